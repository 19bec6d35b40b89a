/** Which way the patient lies: letters for the edges of a picture (PS3.3 C.7.6.1.1.1). */
import type { Instance } from './manifest';

export interface Edges { top: string; right: string; bottom: string; left: string }

const AXES: [string, string][] = [['L', 'R'], ['P', 'A'], ['H', 'F']];
const OPPOSITE: Record<string, string> = { L: 'R', R: 'L', P: 'A', A: 'P', H: 'F', F: 'H' };
const LEAST = 0.25;

/** The direction's letters, strongest first, at most two. */
function letters(direction: readonly number[]): string {
  return direction
    .map((amount, axis) => ({ size: Math.abs(amount), letter: AXES[axis]?.[amount > 0 ? 0 : 1] ?? '' }))
    .filter(({ size }) => size > LEAST)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map(({ letter }) => letter)
    .join('');
}

const opposite = (text: string): string => [...text].map((letter) => OPPOSITE[letter] ?? '').join('');

/** The letters at the four edges; null when the picture does not say how it lies. */
export function edgesOf(instance: Instance): Edges | null {
  const cosines = instance.plane.orientation;
  const [right, bottom] = cosines
    ? [letters(cosines.slice(0, 3)), letters(cosines.slice(3))]
    : [instance.edges[0] ?? '', instance.edges[1] ?? ''];
  if (!right || !bottom) return null;
  return { top: opposite(bottom), right, bottom, left: opposite(right) };
}
