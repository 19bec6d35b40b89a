/** Draws one picture on one canvas. A 2D canvas is drawn by the graphics hardware where there is any, and looks the
 *  same where there is none; the arithmetic of windows is ours in either case. */
import type { Values } from '../pixels/values';
import { type Look, paint, type Region } from './grey';
import { levelFor } from './levels';
import type { Size } from './view';

const PART = 1 << 22; // pixels; of larger pictures only what is in view is windowed

interface Raster { level: Values; region: Region; look: string }
type Ratio = [number, number];

/** What is laid over the picture, and from which of its pixels on. */
export interface Drawing { values: Values; x: number; y: number }

/** One sheet of values, windowed once and drawn as often as its place changes. */
class Layer {
  private readonly raster = document.createElement('canvas');
  private last: Raster | null = null;
  private image: ImageData | null = null;

  forget(): void {
    this.last = null;
  }

  draw(context: CanvasRenderingContext2D, values: Values, look: Look | 'drawing', matrix: DOMMatrix): void {
    const scale = Math.hypot(matrix.a, matrix.b);
    const level = levelFor(values, scale);
    const ratio: Ratio = [values.columns / level.columns, values.rows / level.rows];
    const { x, y } = this.rastered(level, look, inView(context.canvas, level, matrix, ratio));
    context.setTransform(matrix.scale(...ratio));
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = scale < 1 ? 'high' : 'low';
    context.drawImage(this.raster, x, y);
  }

  private rastered(level: Values, look: Look | 'drawing', region: Region): Region {
    const key = look === 'drawing' ? look : JSON.stringify({ ...look, table: look.table?.id });
    const same = this.last?.level === level && this.last.look === key && covers(this.last.region, region);
    if (this.last && same) return this.last.region;
    this.image = paint(level, region, look, this.image);
    if (this.raster.width !== region.width) this.raster.width = region.width;
    if (this.raster.height !== region.height) this.raster.height = region.height;
    this.raster.getContext('2d', { willReadFrequently: true })?.putImageData(this.image, 0, 0);
    this.last = { level, region, look: key };
    return region;
  }
}

export class Painter {
  readonly canvas = document.createElement('canvas');
  private readonly picture = new Layer();
  private drawings: Layer[] = [];
  private size: Size = { width: 0, height: 0 };

  constructor(element: HTMLElement, private readonly lost: () => void) {
    element.append(this.canvas);
    this.canvas.addEventListener('contextrestored', () => {
      this.picture.forget();
      this.drawings = [];
      this.lost();
    });
  }

  /** Take up the tile's size, in CSS pixels. */
  resize(size: Size): void {
    this.size = size;
    const dense = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(size.width * dense));
    this.canvas.height = Math.max(1, Math.round(size.height * dense));
  }

  /** Draw; `matrix` leads from picture pixels to the tile's CSS pixels. */
  draw(values: Values, look: Look, matrix: DOMMatrix, drawings: Drawing[]): void {
    const context = this.canvas.getContext('2d', { alpha: false });
    if (!context) return;
    const whole = new DOMMatrix().scale(this.canvas.width / Math.max(this.size.width, 1)).multiply(matrix);
    context.setTransform(new DOMMatrix());
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.picture.draw(context, values, look, whole);
    this.drawings = drawings.map((_, index) => this.drawings[index] ?? new Layer());
    drawings.forEach((one, index) => this.drawings[index]?.draw(context, one.values, 'drawing', whole.translate(one.x, one.y)));
  }
}

/** The whole of a sheet, or of a large one what is in view. */
function inView(canvas: HTMLCanvasElement, level: Values, matrix: DOMMatrix, ratio: Ratio): Region {
  if (level.rows * level.columns <= PART) return { x: 0, y: 0, width: level.columns, height: level.rows };
  const back = matrix.scale(...ratio).inverse();
  const { width, height } = canvas;
  const corners = [[0, 0], [width, 0], [0, height], [width, height]].map(([x, y]) => back.transformPoint({ x: x as number, y: y as number }));
  const along = (values: number[], most: number): [number, number] => {
    const from = Math.max(0, Math.min(most - 1, Math.floor(Math.min(...values)) - 2));
    return [from, Math.max(1, Math.min(most, Math.ceil(Math.max(...values)) + 2) - from)];
  };
  const [x, across] = along(corners.map((corner) => corner.x), level.columns);
  const [y, down] = along(corners.map((corner) => corner.y), level.rows);
  return { x, y, width: across, height: down };
}

function covers(had: Region, wanted: Region): boolean {
  return had.x <= wanted.x && had.y <= wanted.y
    && had.x + had.width >= wanted.x + wanted.width && had.y + had.height >= wanted.y + wanted.height;
}
