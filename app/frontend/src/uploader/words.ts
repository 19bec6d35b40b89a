/** Numbers, dates and kinds of pictures as people say them. */

import { dated } from '../common/dates';
import type { LeftKind } from './left';

const language = document.documentElement.lang || 'en';
const dating = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { dateStyle: 'long', timeZone: 'UTC' });
const translated = JSON.parse(document.getElementById('words')?.textContent ?? '{}') as Record<string, string>;

/** Returns an English text in the page's language, `{name}` replaced by the values given. */
export function t(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (translated[text] ?? text).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Returns a whole number with separators. */
export const count = (n: number): string => n.toLocaleString(language);

/** Returns a number with its noun: "1 file", "1,204 files"; each form is a text of its own. */
export const counted = (n: number, one: string, several = `${one}s`): string => t(`{n} ${n === 1 ? one : several}`, { n: count(n) });

/** Returns bytes as kB, MB or GB of 1000, in the language's own letters: "1,5 Go". */
export function size(bytes: number): string {
  if (bytes < 1e6) return measured(Math.max(1, bytes / 1e3), 'kilobyte', 0);
  if (bytes < 1e9) return measured(bytes / 1e6, 'megabyte', 0);
  return measured(bytes / 1e9, 'gigabyte', 1);
}

const measured = (value: number, unit: string, maximumFractionDigits: number): string =>
  value.toLocaleString(language, { style: 'unit', unit, maximumFractionDigits });

/** Returns a span as "about 9 min". */
export function span(seconds: number): string {
  if (seconds < 60) return t('less than a minute');
  if (seconds < 5400) return t('about {n} min', { n: Math.round(seconds / 60) });
  return t('about {n} h', { n: Math.round(seconds / 3600) });
}

/** Returns a DA (YYYYMMDD, YYYY.MM.DD, YYYY-MM-DD) with the month in words; what is none, as it is. */
export function day(date: string): string {
  const found = /^(\d{4})[.-]?(\d\d)[.-]?(\d\d)$/.exec(date.trim());
  if (!found) return date;
  const [, year, month, of] = found.map(Number);
  return dated(dating, new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, of)));
}

const MODALITIES: Record<string, string> = {
  CT: 'CT',
  MR: 'MRI',
  US: 'Ultrasound',
  CR: 'X-ray',
  DX: 'X-ray',
  RG: 'X-ray',
  XA: 'Angiography',
  RF: 'Fluoroscopy',
  MG: 'Mammogram',
  NM: 'Nuclear medicine',
  PT: 'PET',
  SR: 'Report',
  DOC: 'Document',
  OT: 'Other pictures',
};

/** Returns how people call a modality (PS3.3 C.7.3.1.1.1). */
export const modality = (code: string): string => (MODALITIES[code] || !code ? t(MODALITIES[code] ?? 'Pictures') : code);

const LEFT: Record<LeftKind, string> = {
  program: 'a program',
  autorun: 'would start a program',
  viewer: 'part of a viewer',
  system: 'left there by a computer',
  too_large: 'larger than we take',
  left_out: 'left out',
};

/** Returns why something stays on the disc. */
export const leftWords = (kind: LeftKind): string => t(LEFT[kind]);
