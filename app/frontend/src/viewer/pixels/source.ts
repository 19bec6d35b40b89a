/** A picture's stored values: fetched and decoded once, kept in memory up to a bound, oldest forgotten first. */
import { coarse } from '../dom';
import type { Overlay, Picture, Rescale } from '../manifest';
import type { Drawing } from '../draw/painter';
import { decode } from './decode';
import { bytesOf } from './fetch';
import { entriesOf, tables } from '../tables';
import type { Curve, Values } from './values';

/** A picture that is computed from others, its `parts`, instead of fetched. */
export interface Computed extends Picture { make: () => Promise<Values>; parts?: readonly Picture[] }

/** What must come for a picture to be seen: itself, or what it is computed from. */
export const partsOf = (picture: Picture): readonly Picture[] => (picture as Partial<Computed>).parts ?? [picture];

/** A drawing over pictures that is computed; it is given the picture that it is. */
export interface ComputedOverlay extends Overlay { make: (drawing: Picture) => Promise<Values> }

const MB = 1 << 20;
const BUDGET = (coarse ? 72 : 700) * MB;
/** What prefetching may fill: the rest is for what is asked for now. */
export const PREFETCHED = BUDGET * 0.9;

const kept = new Map<string, Values>();
const coming = new Map<string, Promise<Values>>();
let bytes = 0;

/** Colour has no rescale. */
export function rescaleOf({ frame, instance }: Pick<Picture, 'frame' | 'instance'>): Rescale {
  return frame.samples === 1 ? (frame.rescale ?? instance.rescale) : { slope: 1, intercept: 0 };
}

const curves = new Map<string, Curve>();

/** The table that leads from stored to modality values, where it is no straight line. */
export function curveOf({ frame, instance }: Picture): Curve | null {
  const id = frame.samples === 1 ? instance.modality_lut : null;
  const table = id && tables[id];
  if (!id || !table) return null;
  const found = curves.get(id) ?? { first: table.first, outputs: entriesOf(table) };
  curves.set(id, found);
  return found;
}

async function load(picture: Picture): Promise<Values> {
  if ('make' in picture) return (picture as Computed).make();
  const { frame, instance } = picture;
  const { rows, columns } = instance;
  const { pixels, min, max } = await decode({ bytes: await bytesOf(frame.url), frame, values: rows * columns * frame.samples });
  return { pixels, min, max, rows, columns, samples: frame.samples, rescale: rescaleOf(picture), curve: curveOf(picture) };
}

const users: (() => Iterable<Values | null>)[] = [];

const listeners: (() => void)[] = [];
let telling = false;

/** Hear, before the next frame, that other pictures are here than before. */
export function onKept(listener: () => void): void {
  listeners.push(listener);
}

function tell(): void {
  if (telling) return;
  telling = true;
  requestAnimationFrame(() => {
    telling = false;
    for (const listener of listeners) listener();
  });
}

/** Keep the memory of what `user` yields, however long it was not asked for. */
export function uses(user: () => Iterable<Values | null>): void {
  users.push(user);
}

/** Give memory back at once: a collector comes late for a phone. */
function forget(id: string, values: Values): void {
  kept.delete(id);
  bytes -= values.pixels.byteLength;
  if (!users.some((user) => [...user()].includes(values))) (values.pixels.buffer as ArrayBuffer).transfer?.(0);
}

function keep(id: string, values: Values): Values {
  bytes += values.pixels.byteLength;
  kept.set(id, values);
  tell();
  for (const [oldest, one] of kept) {
    if (bytes <= BUDGET || oldest === id) break;
    forget(oldest, one);
  }
  return values;
}

const isWhole = ({ pixels, rows, columns, samples }: Values): boolean => pixels.length === rows * columns * samples;

/** The values of a picture. Rejects with VisitEnded, Unreachable, or what the decoder said. */
export function valuesOf(picture: Picture): Promise<Values> {
  const id = picture.imageId;
  const here = kept.get(id);
  if (here) {
    kept.delete(id);
    kept.set(id, here);
    return Promise.resolve(here);
  }
  const begun = coming.get(id) ?? load(picture).then((values) => keep(id, values)).finally(() => coming.delete(id));
  coming.set(id, begun);
  return begun;
}

/** The drawings over a picture, as pictures of their own. */
function overlaysOf(picture: Picture): { picture: Picture; x: number; y: number }[] {
  const { study, series, instance, frameIndex } = picture;
  const over = (instance.overlays ?? []).filter(({ frame }) => frame === null || frame === frameIndex);
  return over.map((overlay) => {
    const { url, encoding, rows, columns, x, y } = overlay;
    const drawing: Picture = {
      study, series, frameIndex, imageId: url, instance: { ...instance, rows, columns, modality_lut: null },
      frame: { url, encoding, bits: 8, signed: false, samples: 1, photometric: 'MONOCHROME2', float: false },
    };
    return { x, y, picture: 'make' in overlay ? { ...drawing, make: () => (overlay as ComputedOverlay).make(drawing) } : drawing };
  });
}

/** A picture's values, and what is drawn over it: nothing is shown without. Rejects as `valuesOf` does. */
export async function wholeOf(picture: Picture): Promise<{ values: Values; drawings: Drawing[] }> {
  const [values, ...drawings] = await Promise.all([
    valuesOf(picture),
    ...overlaysOf(picture).map(async (over) => ({ values: await valuesOf(over.picture), x: over.x, y: over.y })),
  ]);
  const all = [values, ...drawings.map((one) => one.values)];
  return all.every(isWhole) ? { values, drawings } : wholeOf(picture); // forgotten while the others came
}

/** The values of a picture if they are here already. */
export const valuesHere = ({ imageId }: Picture): Values | undefined => kept.get(imageId);

/** Whether a picture is here or on its way. */
export const known = ({ imageId }: Picture): boolean => kept.has(imageId) || coming.has(imageId);

/** How many bytes of values are kept. */
export const bytesKept = (): number => bytes;
