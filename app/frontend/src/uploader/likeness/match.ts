/** Whether two words may be one name: a typing slip, an initial, a short form, another transcription. */

import { SHORT_FORMS, SOUNDS } from './tables';

/** From so many letters on one slip is forgiven, and two. */
const LONG = 4;
const LONGER = 8;
const SHORTEST_CUT = 5;
const FEWEST_CONSONANTS = 3;
const VOWELS = /[aeiouh]/g;
const TWICE = /(.)\1+/gu;

const [NONE, SHORT, SLIP, EXACT] = [0, 1, 2, 3] as const;

/** Returns a text's length in characters, not in UTF-16 units. */
export const lengthOf = (text: string): number => Array.from(text).length;

/** Orders two by length; alike, they stay as they are. */
export const byLength = (one: string, other: string): readonly [shorter: string, longer: string] =>
  lengthOf(one) <= lengthOf(other) ? [one, other] : [other, one];

/** Tells how one word may stand for another; both plain, in small letters. */
function match(one: string, other: string): number {
  if (one === other) return EXACT;
  if (isSlip(one, other) || isCut(one, other) || soundAlike(one, other)) return SLIP;
  const [shorter] = byLength(one, other);
  const initial = lengthOf(shorter) === 1 && Array.from(one)[0] === Array.from(other)[0];
  return initial || SHORT_FORMS.some((forms) => forms.has(one) && forms.has(other)) ? SHORT : NONE;
}

/** Tells whether every word of the shorter name stands for one of the longer, and one of them surely. */
export function allMatch(one: readonly string[], other: readonly string[]): boolean {
  const [fewer, more] = one.length <= other.length ? [one, other] : [other, one];
  return eachMatches(fewer, more) || (fewer.length === more.length && eachMatches(more, fewer));
}

function eachMatches(fewer: readonly string[], more: readonly string[]): boolean {
  const rest = [...more];
  const found: number[] = [];
  for (const word of [...fewer].sort((a, b) => Number(!more.includes(a)) - Number(!more.includes(b)) || lengthOf(b) - lengthOf(a))) {
    const matches = rest.map((other) => match(word, other));
    const best = Math.max(...matches);
    if (best === NONE) return false;
    found.push(best);
    rest.splice(matches.indexOf(best), 1);
  }
  return found.length > 1 && (Math.max(...found) === EXACT || Math.min(...found) === SLIP);
}

/** Tells whether a typing slip or two, by length, turn one word into the other: none in short ones. */
function isSlip(one: string, other: string): boolean {
  const [a, b] = [lengthOf(one), lengthOf(other)];
  const shorter = Math.min(a, b);
  const allowed = shorter < LONG ? 0 : shorter < LONGER ? 1 : 2;
  return allowed > 0 && Math.abs(a - b) <= allowed && edits(one, other) <= allowed;
}

/** Returns how many letters to add, drop, change or swap with their neighbour turn one into the other. */
export function edits(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)];
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of a.entries()) {
    const row = [i + 1];
    for (const [j, wanted] of b.entries()) {
      let cost = Math.min(last[j + 1]! + 1, row[j]! + 1, last[j]! + Number(letter !== wanted));
      if (i > 0 && j > 0 && letter === b[j - 1] && a[i - 1] === wanted) cost = Math.min(cost, before[j - 1]! + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last.at(-1)!;
}

/** Tells whether one is the other's beginning, as devices with short fields leave it. */
function isCut(one: string, other: string): boolean {
  const [shorter, longer] = byLength(one, other);
  return lengthOf(shorter) >= SHORTEST_CUT && longer.startsWith(shorter);
}

/** Tells whether two transcriptions may be of one word: Youssef and Yusuf, Mohamed and Muhammad. */
function soundAlike(one: string, other: string): boolean {
  const [a, b] = [smooth(one), smooth(other)];
  if (a === b || isSlip(a, b)) return true;
  const [skeleton, theirs] = [a.replace(VOWELS, ''), b.replace(VOWELS, '')];
  return lengthOf(skeleton) >= FEWEST_CONSONANTS && skeleton.replace(TWICE, '$1') === theirs.replace(TWICE, '$1');
}

/** Returns a word as it sounds, roughly, each letter once in a row. */
function smooth(word: string): string {
  return SOUNDS.reduce((sounding, [written, sound]) => sounding.replace(written, sound), word).replace(TWICE, '$1');
}
