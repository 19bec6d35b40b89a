/** What page and decoding worker say to each other. */
import type { Frame } from '../manifest';

export interface Job {
  id: number;
  bytes: ArrayBuffer;
  frame: Pick<Frame, 'encoding' | 'bits' | 'signed' | 'samples' | 'float'>;
  /** Pixels times samples: how many values there must be. */
  values: number;
  rescale: { slope: number; intercept: number };
}

export type Pixels = Uint8Array | Int16Array | Uint16Array | Float32Array;
export interface Decoded { id: number; pixels: Pixels; min: number; max: number }
export interface Failed { id: number; error: string }
