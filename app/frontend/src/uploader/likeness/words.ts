/** The words of a name: which belong to the family, and which are no name at all (Dr, Jr). */

import { GENERATIONS, TITLES } from './tables';

const DROPPED = /['’`´.·]/g;
const SPACES = /[-‐‑–_,/()\s\x1c-\x1f\x85]+/;
/** Family, given and middle name; a prefix makes no other person (PS3.5 6.2.1). */
const NAME_COMPONENTS = 3;
const SUFFIX = 4;
/** Bounds on what a stranger's header makes us compare. */
const MOST_WORDS = 8;
const LONGEST_WORD = 24;

/** A name taken apart. `generation` tells father and son of one name apart: jr, sr, ii, or nothing. */
export interface Words {
  readonly words: readonly string[];
  readonly family: ReadonlySet<string>;
  readonly generation: string;
  /** All words as one. */
  readonly joined: string;
}

/** Returns the words of family, given and middle name in DICOM's order; `Doe, Jane` has it too. As typed, the last is the family's. */
export function wordsOf(name: string): Words {
  const { family, every, suffix } = /[\^,]/.test(name) ? inParts(name) : asTyped(name);
  const names = every.filter((word) => !isNoName(word));
  const kept = (names.length > 0 ? names : every).slice(0, MOST_WORDS);
  const generation = [...every, ...suffix].find((word) => Object.hasOwn(GENERATIONS, word));
  return { words: kept, family: new Set(family), generation: generation ? GENERATIONS[generation]! : '', joined: kept.join('') };
}

interface Taken {
  readonly family: readonly string[];
  readonly every: readonly string[];
  readonly suffix: readonly string[];
}

function inParts(name: string): Taken {
  const parts = name.replaceAll(',', '^').split('^').map(split);
  return { family: parts[0] ?? [], every: parts.slice(0, NAME_COMPONENTS).flat(), suffix: parts[SUFFIX] ?? [] };
}

function asTyped(name: string): Taken {
  const every = split(name);
  return { family: every.filter((word) => !isNoName(word)).slice(-1), every, suffix: [] };
}

const isNoName = (word: string): boolean => TITLES.has(word) || Object.hasOwn(GENERATIONS, word);

const split = (text: string): string[] =>
  text.replace(DROPPED, '').split(SPACES).filter(Boolean).map((word) => Array.from(word).slice(0, LONGEST_WORD).join(''));
