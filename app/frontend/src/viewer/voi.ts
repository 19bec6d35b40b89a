/** Windows: from modality values to grey (PS3.3 C.11.2.1.2 and C.11.2.1.3). */
import type { Picture, Window } from './manifest';
import { t } from './words';

export interface Range { lower: number; upper: number }
export interface Preset { id: string; name: string; window: Window }

const CT: [string, number, number][] = [
  ['soft', 40, 400], ['lung', -600, 1500], ['bone', 400, 1800], ['brain', 40, 80], ['liver', 60, 160], ['spine', 50, 300],
];

/** The values shown black and white. A sigmoid has no ends; its range carries centre and width all the same. */
export function rangeOf(window: Window): Range {
  if (window.function === 'LINEAR_EXACT') {
    return { lower: window.center - window.width / 2, upper: window.center + window.width / 2 };
  }
  const half = (window.width - 1) / 2;
  return { lower: window.center - 0.5 - half, upper: window.center - 0.5 + half };
}

const windowsOf = ({ frame, instance }: Picture): Window[] => frame.windows ?? instance.windows;

/** The window a picture is first shown with; null for colour. */
export function ownWindow(picture: Picture): Window | null {
  if (picture.frame.samples !== 1) return null;
  return windowsOf(picture)[0] ?? null;
}

/** The object's own windows by name, then those of its kind. */
export function presetsFor(picture: Picture): Preset[] {
  if (picture.frame.samples !== 1) return [];
  const own = windowsOf(picture).map((window, index) => ({
    id: `own${index}`, name: window.name || (index ? t('window_own_n', { number: index + 1 }) : t('window_own')), window,
  }));
  const usual = picture.series.modality === 'CT' ? CT : [];
  return [...own, ...usual.map(([id, center, width]) => ({
    id, name: t(`window_${id}`), window: { center, width, function: 'LINEAR' as const },
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
