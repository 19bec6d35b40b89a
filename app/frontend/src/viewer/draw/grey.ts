/** From stored values to what the screen shows (PS3.3 C.11.1, C.11.2): the same arithmetic on every device. */
import type { Padding, Window } from '../manifest';
import { modalityOf, type Values } from '../pixels/values';

/** Greys by a table: `first` is the modality value of the first entry; values outside take the nearest end. */
export interface Greys { id: string; first: number; greys: Uint8Array | Uint16Array }

/** How values become greys. `inverted` also where the object says MONOCHROME1. */
export interface Look {
  window: Window | null;
  table: Greys | null;
  inverted: boolean;
  padding: Padding | null;
}

export interface Region { x: number; y: number; width: number; height: number }

const BLACK = 0xff000000;
const SPREAD = 0x010101;
const DRAWN = 0x4dd2ff; // amber: blue, green, red
const MOST_ENTRIES = 1 << 16;

/** The share of white, 0 to 1 (a little beyond before clipping), of a modality value. C.11.2.1.2 and C.11.2.1.3. */
function shareOf({ center, width, function: kind }: Window): (value: number) => number {
  if (kind === 'SIGMOID') return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  const [middle, span] = kind === 'LINEAR_EXACT' ? [center, width] : [center - 0.5, width - 1];
  if (span <= 0) return (value) => (value > middle ? 1 : 0);
  return (value) => (value - middle) / span + 0.5;
}

/** The grey, 0 to 255 and not yet rounded, of a modality value. */
function greyOf({ window, table }: Pick<Look, 'window' | 'table'>): (value: number) => number {
  if (table) {
    const { first, greys } = table;
    const last = greys.length - 1;
    return (value) => greys[Math.max(0, Math.min(last, Math.round(value) - first))] ?? 0;
  }
  if (!window) return (value) => value;
  const share = shareOf(window);
  return (value) => 255 * share(value);
}

function isPadding(padding: Padding | null): (stored: number) => boolean {
  if (!padding) return () => false;
  const { value, limit = value } = padding;
  const [low, high] = [Math.min(value, limit), Math.max(value, limit)];
  return (stored) => stored >= low && stored <= high;
}

/** Each stored value's colour as the screen's 32 bits. */
function colourOf(values: Values, look: Look): (stored: number) => number {
  const modality = modalityOf(values);
  const grey = greyOf(look);
  const padded = isPadding(look.padding);
  const rounded = new Uint8ClampedArray(1);
  return (stored) => {
    if (padded(stored)) return BLACK;
    rounded[0] = grey(modality(stored));
    const shade = look.inverted ? 255 - (rounded[0] as number) : (rounded[0] as number);
    return (BLACK | (shade * SPREAD)) >>> 0;
  };
}

const entries = new Uint32Array(MOST_ENTRIES);

/** Colours of all values from the least to the greatest; null where they are too many or no whole numbers. */
function lookup(values: Values, colour: (stored: number) => number): Uint32Array | null {
  const { pixels, min, max } = values;
  if (pixels instanceof Float32Array || max - min >= MOST_ENTRIES) return null;
  for (let index = 0; index <= max - min; index++) entries[index] = colour(min + index);
  return entries;
}

function paintGrey(values: Values, region: Region, look: Look, target: Uint32Array): void {
  const { pixels, columns, min } = values;
  const colour = colourOf(values, look);
  const table = lookup(values, colour);
  let to = 0;
  for (let y = region.y; y < region.y + region.height; y++) {
    const from = y * columns + region.x;
    const end = from + region.width;
    if (table) for (let at = from; at < end; at++) target[to++] = table[(pixels[at] as number) - min] as number;
    else for (let at = from; at < end; at++) target[to++] = colour(pixels[at] as number);
  }
}

function paintColour({ pixels, columns }: Values, region: Region, inverted: boolean, target: Uint32Array): void {
  const flip = inverted ? 0xffffff : 0;
  let to = 0;
  for (let y = region.y; y < region.y + region.height; y++) {
    let from = (y * columns + region.x) * 3;
    for (let x = 0; x < region.width; x++, from += 3) {
      const rgb = (pixels[from] as number) | ((pixels[from + 1] as number) << 8) | ((pixels[from + 2] as number) << 16);
      target[to++] = (BLACK | (rgb ^ flip)) >>> 0;
    }
  }
}

/** What is drawn over a picture: its values are how strongly. */
function paintDrawing({ pixels, columns }: Values, region: Region, target: Uint32Array): void {
  let to = 0;
  for (let y = region.y; y < region.y + region.height; y++) {
    const from = y * columns + region.x;
    for (let at = from; at < from + region.width; at++) target[to++] = (((pixels[at] as number) << 24) | DRAWN) >>> 0;
  }
}

/** Part of a picture as the screen shows it, one to one; into `used` where that has the size. */
export function paint(values: Values, region: Region, look: Look | 'drawing', used: ImageData | null): ImageData {
  const fits = used?.width === region.width && used.height === region.height;
  const image = fits ? used : new ImageData(region.width, region.height);
  const target = new Uint32Array(image.data.buffer);
  if (look === 'drawing') paintDrawing(values, region, target);
  else if (values.samples === 3) paintColour(values, region, look.inverted, target);
  else paintGrey(values, region, look, target);
  return image;
}
