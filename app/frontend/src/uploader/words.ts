/** Numbers as people say them. */

const language = document.documentElement.lang || 'en';

/** Returns a whole number with separators. */
export const count = (n: number): string => n.toLocaleString(language);

/** Returns bytes as kB, MB or GB of 1000. */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${count(Math.max(1, Math.round(bytes / 1e3)))} kB`;
  if (bytes < 1e9) return `${count(Math.round(bytes / 1e6))} MB`;
  return `${(bytes / 1e9).toLocaleString(language, { maximumFractionDigits: 1 })} GB`;
}

/** Returns a span as "about 9 min". */
export function span(seconds: number): string {
  if (seconds < 60) return 'less than a minute';
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 3600)} h`;
}
