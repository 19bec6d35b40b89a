/** Dates as people of a language write them, in the one point where browsers do not. */

/** A moment by that format; in French the first of a month is "1er", which Intl has as "1". */
export function dated(format: Intl.DateTimeFormat, when: Date): string {
  if (!format.resolvedOptions().locale.startsWith('fr')) return format.format(when);
  return format.formatToParts(when).map(({ type, value }) => (type === 'day' && value === '1' ? '1er' : value)).join('');
}
