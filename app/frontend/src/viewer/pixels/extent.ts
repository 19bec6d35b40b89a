import type { Stored } from './job';

/** Least and greatest finite value; zeros where there is none. */
export function extent(values: Stored): [number, number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min && value > -Infinity) min = value;
    if (value > max && value < Infinity) max = value;
  }
  return min <= max ? [min, max] : [0, 0];
}
