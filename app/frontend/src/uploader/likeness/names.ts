/** Comparing patients' names (PN, PS3.5 6.2.1) across case, accents, scripts, order, slips and short forms. */

import { allMatch, byLength, edits, lengthOf } from './match';
import { spellings } from './spelling';
import { type Words, wordsOf } from './words';

/** How alike two names are; the higher, the more. The server's `NameLikeness` says what each means. */
export const NameLikeness = { DIFFERENT: 0, RELATED: 1, AKIN: 2, SIMILAR: 3, SAME: 4 } as const;
const { DIFFERENT, RELATED, AKIN, SIMILAR, SAME } = NameLikeness;

const IDEOGRAPHIC = 1;
const PHONETIC = 2;
const LONG = 8;

/** Compares two names, each in DICOM's form or as people type: `DOE^JANE`, `Doe, Jane`, `Jane Doe`. */
export function compareNames(a: string, b: string): number {
  const [one, other] = [groups(a), groups(b)];
  const found = one.flatMap((group, script) => (group && other[script] ? [compareGroups(group, other[script], script)] : []));
  if (found.length === 0) return DIFFERENT;
  const [best, worst] = [Math.max(...found), Math.min(...found)];
  return best === worst ? best : Math.min(best, worst >= AKIN ? SIMILAR : AKIN);
}

/** Returns alphabetic, ideographic and phonetic group; a name typed as one goes to the group of its script. */
function groups(name: string): string[] {
  const [first = '', second, ...more] = name.split('=');
  const parts = second === undefined ? [first] : [first, second, ...(more.length > 0 ? [more.join('=')] : [])];
  const before = parts.length === 1 ? scriptOf(trimmed(first)) : 0;
  return [...Array<string>(before).fill(''), ...parts.map(trimmed), '', ''].slice(0, 3);
}

const trimmed = (part: string): string => part.replace(/^[ ^]+|[ ^]+$/g, '');

function scriptOf(name: string): number {
  if (/[\u3400-\u9fff]/.test(name)) return IDEOGRAPHIC;
  return /[\u3040-\u30ff\uac00-\ud7a3]/.test(name) ? PHONETIC : 0;
}

function compareGroups(a: string, b: string, script: number): number {
  const [ours, theirs] = [spellings(a).map(wordsOf), spellings(b).map(wordsOf)];
  return Math.max(...ours.flatMap((one) => theirs.map((other) => compareWords(one, other, script))));
}

function compareWords(one: Words, other: Words, script: number): number {
  if (one.words.length === 0 || other.words.length === 0) return DIFFERENT;
  const found = likeness(one, other, script);
  return one.generation && other.generation && one.generation !== other.generation ? Math.min(found, AKIN) : found;
}

function likeness(one: Words, other: Words, script: number): number {
  if (one.words.join('\n') === other.words.join('\n') || (script > 0 && one.joined === other.joined)) return SAME;
  if (one.joined === other.joined || allThere(one.words, other.words)) return SIMILAR;
  if (allMatch(one.words, other.words) || joinedAmiss(one, other)) return AKIN;
  return givenInCommon(one, other) ? RELATED : DIFFERENT;
}

/** Tells whether parts are only swapped or left out: two at least are in both. */
function allThere(one: readonly string[], other: readonly string[]): boolean {
  const [fewer, more] = one.length <= other.length ? [one, other] : [other, one];
  const rest = [...more];
  for (const word of fewer) {
    const at = rest.indexOf(word);
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return rest.length === 0 || fewer.length >= 2;
}

/** Tells whether both have a word that is the family's in neither. */
const givenInCommon = (one: Words, other: Words): boolean =>
  one.words.some((word) => other.words.includes(word) && lengthOf(word) > 1 && !one.family.has(word) && !other.family.has(word));

/** Tells whether words were joined or parted with a slip: `van den Berg`, `Vandenburg`. */
function joinedAmiss(one: Words, other: Words): boolean {
  const parted = one.words.length !== other.words.length;
  const [shorter] = byLength(one.joined, other.joined);
  return parted && lengthOf(shorter) >= LONG && edits(one.joined, other.joined) === 1;
}
