/** Whether two birth dates, two patient IDs or two sexes agree, and which differences typists make. */

import { byLength, edits, lengthOf } from './match';
import { folded } from './spelling';

/** What two values say about each other; `close` is one typing slip apart. */
export type Agreement = 'yes' | 'close' | 'unknown' | 'no';

/** What devices send where nobody knows the date. */
const PLACEHOLDERS = new Set(['19000101', '18000101', '18500101', '11111111', '00000000', '99999999']);
const DATE = /^(\d{4})(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9])$/;
/** Digits that an ID must keep without its prefix, and from which on a slip in it is a slip. */
const SHORTEST_ID = 4;

/** Compares two DA (PS3.5 6.2); also as ACR-NEMA wrote them, with dots, and as forms do, with dashes. */
export function datesAgree(one: string, other: string): Agreement {
  const [a, b] = [dateOf(one), dateOf(other)];
  if (!a || !b) return 'unknown';
  if (a === b) return 'yes';
  const swapped = a.slice(0, 4) + a.slice(6) + a.slice(4, 6);
  return b === swapped || (a.length === b.length && edits(a, b) === 1) ? 'close' : 'no';
}

/** Compares two patient IDs of one issuer: case, separators, leading zeros and letters before aside. */
export function idsAgree(one: string, other: string): Agreement {
  const [a, b] = [plainId(one), plainId(other)];
  if (!a || !b) return 'unknown';
  if (a === b || differByPrefix(a, b)) return 'yes';
  const [shorter, longer] = byLength(a, b);
  return lengthOf(shorter) >= SHORTEST_ID && (edits(a, b) === 1 || longer.endsWith(shorter)) ? 'close' : 'no';
}

/** Compares sexes; O and blank conflict with nothing (PS3.3 C.7.1.1). */
export function sexesAgree(one: string, other: string): Agreement {
  if (!one || !other) return 'unknown';
  if (one === other) return 'yes';
  return (one === 'M' && other === 'F') || (one === 'F' && other === 'M') ? 'no' : 'unknown';
}

/** Returns the digits of a date, or nothing where no birth date can be meant. */
function dateOf(text: string): string {
  const digits = text.replace(/\D/g, '');
  const [, year, month, day] = DATE.exec(digits) ?? [];
  if (!day || Number(year) === 0 || PLACEHOLDERS.has(digits)) return '';
  const when = new Date(Date.UTC(2000, 0, 1));
  when.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return when.getUTCDate() === Number(day) ? digits : '';
}

const plainId = (text: string): string => (folded(text).match(/[\p{L}\p{N}]+/gu) ?? []).join('').replace(/^0+/, '');

/** Tells whether one is the other with letters, or letters and zeros, before its digits. */
function differByPrefix(a: string, b: string): boolean {
  const [shorter, longer] = byLength(a, b);
  if (!/^\d+$/.test(shorter) || shorter.length < SHORTEST_ID || !longer.endsWith(shorter)) return false;
  return /^\p{L}+$/u.test(longer.slice(0, longer.length - shorter.length).replace(/0+$/, ''));
}
