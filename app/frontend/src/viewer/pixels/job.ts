/** What page and decoding worker say to each other. */
import type { Frame } from '../manifest';

declare global {
  interface ArrayBuffer {
    /** Browsers since 2024: gives the memory back where the new length is 0. */
    transfer?(newLength: number): ArrayBuffer;
  }
}

export interface Job {
  id: number;
  bytes: ArrayBuffer;
  frame: Pick<Frame, 'encoding' | 'bits' | 'signed' | 'samples' | 'float'>;
  /** Pixels times samples: how many values there must be. */
  values: number;
}

/** Stored values in the type in which they were sent: nothing is rounded. */
export type Stored = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array;
export interface Decoded { id: number; pixels: Stored; min: number; max: number }
export interface Failed { id: number; error: string }
