/** The ways in which one name is spelt: without case and accents, with umlauts spelt out, in Latin letters. */

import { CYRILLIC, GREEK, LETTERS, type Letters, SPELT_OUT } from './tables';

/** Small katakana a to small ke stand this far above their hiragana. */
const KATAKANA = /[ァ-ヶ]/g;
const TO_HIRAGANA = 'ァ'.charCodeAt(0) - 'ぁ'.charCodeAt(0);
const MARKS = /[\u0300-\u036f]/g;

/** Returns the name in small letters without accents, and with umlauts spelt out. */
export function spellings(name: string): string[] {
  const plain = folded(name.normalize('NFKC'));
  return [...new Set([latin(plain), latin(written(plain, SPELT_OUT))])];
}

/** Returns a text without case, as Unicode folds it. */
export const folded = (text: string): string => text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');

const written = (text: string, letters: Letters): string => Array.from(text, (letter) => letters[letter] ?? letter).join('');

const latin = (name: string): string => written(withoutMarks(written(name, CYRILLIC)), GREEK);

/** Drops the accents of Latin, Greek and Cyrillic; marks of other scripts are letters of their own. */
function withoutMarks(name: string): string {
  const bare = written(name, LETTERS).normalize('NFD').replace(MARKS, '').normalize('NFC');
  return bare.replace(KATAKANA, (letter) => String.fromCharCode(letter.charCodeAt(0) - TO_HIRAGANA));
}
