/** The page's words, in the visitor's language: app/viewer/words.py has them, the web translates, this fills in the numbers. */
import { dated } from '../common/dates';
import { readJson } from './manifest';

const words = readJson<Record<string, string>>('words');

/** The text for a key, with `{name}` replaced by the values given. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const language = document.documentElement.lang || 'en';
const locale = language === 'en' ? 'en-GB' : language;
const counting = new Intl.NumberFormat(language);
const dating = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });

/** A count as people of that language write it. */
export const count = (value: number): string => counting.format(value);

/** A date with the month in words; an empty text for none. */
export const longDate = (iso: string | null): string => (iso ? dated(dating, new Date(`${iso}T00:00:00Z`)) : '');

const telling = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });

/** A moment on the reader's own clock. */
export const longMoment = (iso: string): string => dated(telling, new Date(iso));

/** A size in bytes as people of that language say it: "1,5 Go" in French. */
export function size(bytes: number): string {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : bytes < 1e9 ? [bytes / 1e6, 'megabyte'] : [bytes / 1e9, 'gigabyte'];
  return value.toLocaleString(language, { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 });
}
