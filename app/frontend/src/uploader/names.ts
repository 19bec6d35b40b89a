/** Names of people: as they are said, and how alike two are (the same judgement as the server's). */

const LETTERS: Record<string, string> = { ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ħ: 'h', ß: 'ss' };
const GERMAN: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' };

export type NameLikeness = 'same' | 'similar' | 'different';

/** Returns a PN (PS3.5 6.2) as it is said: prefix, given, middle, family name, suffix. */
export function person(name: string): string {
  const group = name.split('=').find((part) => part.replace(/[\^ ]/g, '') !== '') ?? '';
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = group.split('^').map((part) => part.trim());
  const said = [prefix, given, middle, family].filter(Boolean).join(' ');
  return [said, suffix].filter(Boolean).join(', ') || 'No name';
}

/** Compares two names, each in DICOM's form or as people type: `DOE^JANE`, `Doe, Jane`, `Jane Doe`. */
export function compareNames(a: string, b: string): NameLikeness {
  const [one, other] = [groups(a), groups(b)];
  const found = one.flatMap((part, i) => (part && other[i] ? [compareGroup(part, other[i])] : []));
  if (found.length > 0 && found.every((likeness) => likeness === 'same')) return 'same';
  return found.some((likeness) => likeness !== 'different') ? 'similar' : 'different';
}

/** Returns alphabetic, ideographic and phonetic group; a name typed as one goes to the group of its script. */
function groups(name: string): string[] {
  const parts = name.split('=').map((part) => part.replace(/^[\s^]+|[\s^]+$/g, ''));
  const before = parts.length === 1 ? place(parts[0] ?? '') : 0;
  return [...Array<string>(before).fill(''), ...parts, '', ''].slice(0, 3);
}

function place(name: string): number {
  if (/[\u3400-\u9fff]/.test(name)) return 1;
  return /[\u3040-\u30ff\uac00-\ud7a3]/.test(name) ? 2 : 0;
}

function compareGroup(a: string, b: string): NameLikeness {
  const pairs = spellings(a).flatMap((one) => spellings(b).map((other) => [words(one), words(other)] as const));
  if (pairs.some(([one, other]) => one.join(' ') === other.join(' '))) return 'same';
  return pairs.some(([one, other]) => similar(one, other)) ? 'similar' : 'different';
}

/** Tells whether parts are swapped, joined, or left out: two at least must be in both. */
function similar(one: string[], other: string[]): boolean {
  const [fewer, more] = one.length <= other.length ? [one, other] : [other, one];
  const rest = [...more];
  for (const word of fewer) {
    const at = rest.indexOf(word);
    if (at < 0) return one.join('') === other.join('');
    rest.splice(at, 1);
  }
  return fewer.length >= 2 || rest.length === 0;
}

function spellings(name: string): string[] {
  const plain = name.normalize('NFKC').toLowerCase();
  return [bare(plain), bare(plain.replace(/[äöüåø]/g, (letter) => GERMAN[letter] ?? letter))];
}

function bare(name: string): string {
  const apart = name.replace(/[øæœłđðþıħß]/g, (letter) => LETTERS[letter] ?? letter).normalize('NFD');
  return apart.replace(/[\u0300-\u036f]/g, '').normalize('NFC');
}

/** Returns the words of family, given and middle name in DICOM's order; `Doe, Jane` has it too. */
function words(name: string): string[] {
  const parts = /[\^,]/.test(name) ? name.replaceAll(',', '^').split('^').slice(0, 3) : [name];
  return parts.flatMap((part) => part.replace(/['’`´.·]/g, '').replace(/[-‐‑–_]/g, ' ').split(/\s+/).filter(Boolean));
}
