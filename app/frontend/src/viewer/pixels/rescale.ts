/** Stored values into modality values (PS3.3 C.11.1), in the smallest array that holds them exactly. */
import type { Pixels } from './job';

export type Stored = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array;

/** Least and greatest value; zeros for an empty array. */
export function extent(values: Stored): [number, number] {
  let min = values[0] ?? 0;
  let max = min;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return [min, max];
}

/** The array to draw from: modality values, which the GPU takes as 8 or 16 bits or as 32-bit floats. */
export function modality(stored: Stored, slope: number, intercept: number): Pixels {
  const plain = slope === 1 && intercept === 0;
  if (plain && (stored instanceof Uint8Array || stored instanceof Int16Array || stored instanceof Uint16Array)) {
    return stored;
  }
  const [min, max] = extent(stored);
  const whole = Number.isInteger(slope) && Number.isInteger(intercept) && !(stored instanceof Float32Array);
  const ends = [min * slope + intercept, max * slope + intercept];
  const target = room(whole, Math.min(...ends), Math.max(...ends), stored.length);
  for (let i = 0; i < stored.length; i++) target[i] = (stored[i] as number) * slope + intercept;
  return target;
}

function room(whole: boolean, low: number, high: number, length: number): Pixels {
  if (whole && low >= -32768 && high <= 32767) return new Int16Array(length);
  if (whole && low >= 0 && high <= 65535) return new Uint16Array(length);
  return new Float32Array(length);
}
