/** A picture's modality values: fetched and decoded once, wherever they are asked from first. */
import type { Picture, Rescale } from '../manifest';
import { decode } from './decode';
import { bytesOf } from './fetch';
import type { Decoded } from './job';

/** Colour has no rescale. */
export function rescaleOf({ frame, instance }: Pick<Picture, 'frame' | 'instance'>): Rescale {
  return frame.samples === 1 ? (frame.rescale ?? instance.rescale) : { slope: 1, intercept: 0 };
}

const early = new Map<string, Promise<Decoded>>();

async function load({ frame, instance }: Picture): Promise<Decoded> {
  const bytes = await bytesOf(frame.url);
  const values = instance.rows * instance.columns * frame.samples;
  return decode({ bytes, frame, values, rescale: rescaleOf({ frame, instance }) });
}

/** Begin to load a picture before there is anything to draw it with. */
export function loadEarly(picture: Picture): void {
  const loading = load(picture);
  loading.catch(() => undefined); // told to whoever asks for it
  early.set(picture.imageId, loading);
}

/** The values of a picture. Rejects with VisitEnded, Unreachable, or what the decoder said. */
export function valuesOf(picture: Picture): Promise<Decoded> {
  const begun = early.get(picture.imageId);
  early.delete(picture.imageId);
  return begun ?? load(picture);
}
