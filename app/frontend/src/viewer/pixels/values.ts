/** What a picture's values are, and what they mean. */
import type { Rescale } from '../manifest';
import type { Stored } from './job';

/** Modality values by a table: inputs outside take the nearest end (PS3.3 C.11.1.1.1). */
export interface Curve { first: number; outputs: Uint8Array | Uint16Array }

/** The stored values of one picture, as they were sent. */
export interface Values {
  pixels: Stored;
  min: number;
  max: number;
  rows: number;
  columns: number;
  samples: 1 | 3;
  rescale: Rescale;
  /** In place of the rescale. */
  curve: Curve | null;
}

/** From stored to modality values: stored × slope + intercept, or by a table (PS3.3 C.11.1.1). */
export function modalityOf({ rescale: { slope, intercept }, curve }: Pick<Values, 'rescale' | 'curve'>): (stored: number) => number {
  if (!curve) return (stored) => stored * slope + intercept;
  const { first, outputs } = curve;
  const last = outputs.length - 1;
  return (stored) => outputs[Math.max(0, Math.min(last, stored - first))] as number;
}
