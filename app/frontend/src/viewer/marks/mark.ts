/** What people draw on a picture, and what it measures. Points are in picture pixels: 0,0 is the first one's corner. */
import type { Point } from '../draw/view';
import type { Picture } from '../manifest';
import { modalityOf, type Values } from '../pixels/values';
import { language, t } from '../words';
import { type Ruler, rulerFor, shapeFor } from './ruler';

export const KINDS = ['probe', 'length', 'angle', 'rectangle', 'ellipse', 'arrow'] as const;
export type Kind = (typeof KINDS)[number];
export interface Mark { kind: Kind; points: Point[]; text?: string }

/** How many points a mark has once it is whole. */
export const POINTS: Record<Kind, number> = { probe: 1, length: 2, angle: 3, rectangle: 2, ellipse: 2, arrow: 2 };

interface Statistics { mean: number; deviation: number; count: number }

const LENGTHS = ['mm', 'cm', 'px'];
const formats = [2, 1, 0].map((digits) => new Intl.NumberFormat(language, { maximumFractionDigits: digits }));
const figure = (value: number): string => (formats[Math.abs(value) < 10 ? 0 : Math.abs(value) < 1000 ? 1 : 2] as Intl.NumberFormat).format(value);

/** The distance of two points, in the ruler's units: one figure, or one for each axis where these are counted differently. */
function distance(ruler: Ruler, [a, b]: [Point, Point]): string[] {
  const [dx, dy] = [(b[0] - a[0]) * ruler.scale[0], (b[1] - a[1]) * ruler.scale[1]];
  const [across, down] = ruler.units;
  if (across === down) return [`${figure(Math.hypot(dx, dy))} ${across} ${ruler.remark}`.trim()];
  return [`${figure(Math.abs(dx))} ${across}`, `${figure(Math.abs(dy))} ${down}`];
}

/** The angle at the middle one of three points, in degrees; nothing where the axes are counted differently. */
function angle(picture: Picture, ruler: Ruler, [a, vertex, b]: [Point, Point, Point]): string[] {
  const shape = shapeFor(picture, ruler);
  if (!shape) return [];
  const towards = (point: Point) => Math.atan2((point[1] - vertex[1]) * shape[1], (point[0] - vertex[0]) * shape[0]);
  const between = Math.abs(towards(a) - towards(b)) * (180 / Math.PI);
  return [`${figure(between > 180 ? 360 - between : between)}°`];
}

/** Mean and standard deviation of the modality values whose pixels' middles lie within. */
export function statistics(values: Values, kind: 'rectangle' | 'ellipse', [a, b]: [Point, Point]): Statistics {
  const { columns, rows, pixels } = values;
  const modality = modalityOf(values);
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  const middle: Point = [(left + right) / 2, (top + bottom) / 2];
  const inside = (x: number, y: number) => kind === 'rectangle'
    || (2 * (x - middle[0]) / (right - left)) ** 2 + (2 * (y - middle[1]) / (bottom - top)) ** 2 <= 1;
  let [count, mean, squares] = [0, 0, 0];
  for (let y = Math.max(0, Math.ceil(top - 0.5)); y < Math.min(rows, bottom - 0.5); y++) {
    for (let x = Math.max(0, Math.ceil(left - 0.5)); x < Math.min(columns, right - 0.5); x++) {
      if (!inside(x + 0.5, y + 0.5)) continue;
      const value = modality(pixels[y * columns + x] as number);
      count++;
      const before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
    }
  }
  return { count, mean, deviation: count ? Math.sqrt(squares / count) : 0 };
}

/** What a rectangle or ellipse covers; nothing where its axes are not lengths. */
function area({ scale, units, remark }: Ruler, kind: 'rectangle' | 'ellipse', [a, b]: [Point, Point]): string[] {
  if (units[0] !== units[1] || !LENGTHS.includes(units[0])) return [];
  const size = Math.abs((b[0] - a[0]) * scale[0] * (b[1] - a[1]) * scale[1]) * (kind === 'ellipse' ? Math.PI / 4 : 1);
  return [`${figure(size)} ${units[0]}² ${remark}`.trim()];
}

const counted = (value: number, unit: string): string => `${figure(value)} ${unit}`.trim();

function valueAt(values: Values, [x, y]: Point, unit: string): string {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= values.columns || row >= values.rows) return '';
  const at = (row * values.columns + column) * values.samples;
  if (values.samples === 3) return `R ${values.pixels[at]} G ${values.pixels[at + 1]} B ${values.pixels[at + 2]}`;
  return counted(modalityOf(values)(values.pixels[at] as number), unit);
}

function region({ kind, points }: Mark, values: Values, picture: Picture): string[] {
  const [shape, ends] = [kind as 'rectangle' | 'ellipse', points as [Point, Point]];
  const size = area(rulerFor(picture, ends), shape, ends);
  if (values.samples === 3) return size;
  const { count, mean, deviation } = statistics(values, shape, ends);
  const { unit } = picture.instance;
  return count ? [`${t('mean')} ${counted(mean, unit)}`, `${t('deviation')} ${counted(deviation, unit)}`, ...size] : size;
}

/** What a mark says beside itself, line by line. */
export function saying(mark: Mark, values: Values, picture: Picture): string[] {
  const { kind, points, text } = mark;
  if (points.length < POINTS[kind]) return [];
  if (kind === 'probe') return [valueAt(values, points[0] as Point, picture.instance.unit)];
  if (kind === 'length') return distance(rulerFor(picture, points), points as [Point, Point]);
  if (kind === 'angle') return angle(picture, rulerFor(picture, points), points as [Point, Point, Point]);
  if (kind === 'arrow') return text ? [text] : [];
  return region(mark, values, picture);
}
