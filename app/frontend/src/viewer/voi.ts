/** Windows and tables to choose from (PS3.3 C.11.2): the object's own first, then those of its kind. */
import type { Greys } from './draw/grey';
import type { Picture, Window } from './manifest';
import { entriesOf, tables } from './tables';
import { t } from './words';

/** What turns values into greys; the window stands beside a table for who drags on from it. */
export interface Choice { window: Window; table: Greys | null }
export interface Preset extends Choice { id: string; name: string }

const CT: [string, number, number][] = [
  ['soft', 40, 400], ['lung', -600, 1500], ['bone', 400, 1800], ['brain', 40, 80], ['liver', 60, 160], ['spine', 50, 300],
];
const USUAL: Record<string, string> = { CHEST: 'lung', BRAIN: 'brain', HEAD: 'brain', ABDOMEN: 'liver', LSPINE: 'spine', CSPINE: 'spine', TSPINE: 'spine' };

const read = new Map<string, Greys>();

function greys(id: string): Greys | null {
  const table = tables[id];
  if (!table) return null;
  const found = read.get(id) ?? { id, first: table.first, greys: entriesOf(table) };
  read.set(id, found);
  return found;
}

/** The object's own choices, without those of a frame that has windows of its own. */
function own({ frame, instance }: Picture): Preset[] {
  const lut = frame.windows ? null : instance.voi_lut;
  const table = lut && greys(lut.table);
  const windows = frame.windows ?? instance.windows;
  const found = windows.map((window, index) => ({
    id: `own${index}`,
    name: window.name || (index ? t('window_own_n', { number: index + 1 }) : t('window_own')),
    window,
    table: lut?.window === index ? table : null,
  }));
  const [first] = found;
  if (!table || !first || lut?.window !== null) return found;
  return [...found, { id: 'table', name: tables[table.id]?.name || t('window_table'), window: first.window, table }];
}

/** How a picture is first shown; null for colour. */
export function ownChoice(picture: Picture): Choice | null {
  return (picture.frame.samples === 1 && own(picture)[0]) || null;
}

/** The object's own by name, then those usual for its kind, the examined part's first. */
export function presetsFor(picture: Picture): Preset[] {
  if (picture.frame.samples !== 1) return [];
  const usual = USUAL[picture.series.body_part.toUpperCase()];
  const kind = picture.series.modality === 'CT' && !picture.instance.reduced ? [...CT].sort((a, b) => Number(b[0] === usual) - Number(a[0] === usual)) : [];
  return [...own(picture), ...kind.map(([id, center, width]) => ({
    id, name: t(`window_${id}`), window: { center, width, function: 'LINEAR' as const }, table: null,
  }))];
}

/** The window after dragging by so many CSS pixels: right widens, down brightens less. */
export function dragged(window: Window, dx: number, dy: number): Window {
  const step = Math.max(Math.abs(window.width), 1e-6) / 256;
  const least = window.function === 'LINEAR_EXACT' || window.function === 'SIGMOID' ? step : 1;
  const { name: _, ...rest } = window;
  return { ...rest, width: Math.max(window.width + dx * step, least), center: window.center + dy * step };
}

/** A number for a corner text: whole where it is large. */
export const brief = (value: number): string => (Math.abs(value) >= 20 ? Math.round(value) : Number(value.toPrecision(3))).toString();
