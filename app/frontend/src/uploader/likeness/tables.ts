/** What people do to names, in the tables that the server's comparison (`app.dicom.name_tables`) shares. */

import tables from '../../../../dicom/names.json' with { type: 'json' };

export type Letters = Readonly<Record<string, string>>;

export const LETTERS: Letters = tables.letters;
export const SPELT_OUT: Letters = tables.spelt_out;
export const CYRILLIC: Letters = tables.cyrillic;
export const GREEK: Letters = tables.greek;
export const GENERATIONS: Letters = tables.generations;
export const TITLES: ReadonlySet<string> = new Set(tables.titles);
export const SOUNDS = tables.sounds.map(([written, sound]) => [new RegExp(written!, 'gu'), sound!] as const);
export const SHORT_FORMS: readonly ReadonlySet<string>[] = tables.short_forms.map((line) => new Set(line.split(' ')));
