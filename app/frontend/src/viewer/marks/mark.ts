/** What people draw on a picture, and what it measures. Points are in picture pixels: 0,0 is the first one's corner. */
import type { Point } from '../draw/view';
import type { Instance } from '../manifest';
import type { Values } from '../pixels/source';
import { language, t } from '../words';

export const KINDS = ['probe', 'length', 'angle', 'rectangle', 'ellipse', 'arrow'] as const;
export type Kind = (typeof KINDS)[number];
export interface Mark { kind: Kind; points: Point[]; text?: string }

/** How many points a mark has once it is whole. */
export const POINTS: Record<Kind, number> = { probe: 1, length: 2, angle: 3, rectangle: 2, ellipse: 2, arrow: 2 };

export interface Statistics { mean: number; deviation: number; count: number }

const formats = [2, 1, 0].map((digits) => new Intl.NumberFormat(language, { maximumFractionDigits: digits }));
const figure = (value: number): string => (formats[Math.abs(value) < 10 ? 0 : Math.abs(value) < 1000 ? 1 : 2] as Intl.NumberFormat).format(value);

/** Millimetres between columns and between rows; 1 pixel each where the picture is not calibrated. */
function scale({ plane: { spacing } }: Instance): Point {
  return spacing ? [spacing[1], spacing[0]] : [1, 1];
}

/** "mm", with a word where lengths hold at the detector and not in the patient; "px" where there is no scale. */
function unit({ plane: { spacing, spacing_at } }: Instance, power: '' | '²'): string {
  if (!spacing) return `px${power}`;
  return spacing_at === 'detector' ? `mm${power} ${t('at_detector')}` : `mm${power}`;
}

/** The distance of two points in mm, or pixels where uncalibrated. */
export function distance(instance: Instance, [a, b]: [Point, Point]): number {
  const [sx, sy] = scale(instance);
  return Math.hypot((b[0] - a[0]) * sx, (b[1] - a[1]) * sy);
}

/** The angle at the middle one of three points, in degrees. */
export function angle(instance: Instance, [a, vertex, b]: [Point, Point, Point]): number {
  const [sx, sy] = scale(instance);
  const towards = (point: Point) => Math.atan2((point[1] - vertex[1]) * sy, (point[0] - vertex[0]) * sx);
  const between = Math.abs(towards(a) - towards(b)) * (180 / Math.PI);
  return between > 180 ? 360 - between : between;
}

/** Mean and standard deviation of the modality values whose pixels' middles lie within. */
export function statistics(values: Values, kind: 'rectangle' | 'ellipse', [a, b]: [Point, Point]): Statistics {
  const { columns, rows, pixels, rescale: { slope, intercept } } = values;
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  const middle: Point = [(left + right) / 2, (top + bottom) / 2];
  const inside = (x: number, y: number) => kind === 'rectangle'
    || (2 * (x - middle[0]) / (right - left)) ** 2 + (2 * (y - middle[1]) / (bottom - top)) ** 2 <= 1;
  let [count, mean, squares] = [0, 0, 0];
  for (let y = Math.max(0, Math.ceil(top - 0.5)); y < Math.min(rows, bottom - 0.5); y++) {
    for (let x = Math.max(0, Math.ceil(left - 0.5)); x < Math.min(columns, right - 0.5); x++) {
      if (!inside(x + 0.5, y + 0.5)) continue;
      const value = (pixels[y * columns + x] as number) * slope + intercept;
      count++;
      const before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
    }
  }
  return { count, mean, deviation: count ? Math.sqrt(squares / count) : 0 };
}

function area(instance: Instance, kind: 'rectangle' | 'ellipse', [a, b]: [Point, Point]): number {
  const [sx, sy] = scale(instance);
  return Math.abs((b[0] - a[0]) * sx * (b[1] - a[1]) * sy) * (kind === 'ellipse' ? Math.PI / 4 : 1);
}

function valueAt(values: Values, [x, y]: Point, modality: string): string {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= values.columns || row >= values.rows) return '';
  const at = (row * values.columns + column) * values.samples;
  if (values.samples === 3) return `R ${values.pixels[at]} G ${values.pixels[at + 1]} B ${values.pixels[at + 2]}`;
  const value = (values.pixels[at] as number) * values.rescale.slope + values.rescale.intercept;
  return `${figure(value)}${modality === 'CT' ? ' HU' : ''}`;
}

function region(mark: Mark, values: Values, instance: Instance, modality: string): string[] {
  const kind = mark.kind as 'rectangle' | 'ellipse';
  const ends = mark.points as [Point, Point];
  const size = `${figure(area(instance, kind, ends))} ${unit(instance, '²')}`;
  if (values.samples === 3) return [size];
  const { count, mean, deviation } = statistics(values, kind, ends);
  const of = modality === 'CT' ? ' HU' : '';
  return count ? [`${t('mean')} ${figure(mean)}${of}`, `${t('deviation')} ${figure(deviation)}${of}`, size] : [size];
}

/** What a mark says beside itself, line by line. */
export function saying(mark: Mark, values: Values, instance: Instance, modality: string): string[] {
  if (mark.points.length < POINTS[mark.kind]) return [];
  if (mark.kind === 'probe') return [valueAt(values, mark.points[0] as Point, modality)];
  if (mark.kind === 'length') return [`${figure(distance(instance, mark.points as [Point, Point]))} ${unit(instance, '')}`];
  if (mark.kind === 'angle') return [`${figure(angle(instance, mark.points as [Point, Point, Point]))}°`];
  if (mark.kind === 'arrow') return mark.text ? [mark.text] : [];
  return region(mark, values, instance, modality);
}
