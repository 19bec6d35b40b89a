/** Which way the patient lies: letters for the edges of a picture (PS3.3 C.7.6.1.1.1). */
import type { View } from './draw/view';
import type { Picture } from './manifest';
import { planeOf } from './space';

interface Edges { top: string; right: string; bottom: string; left: string }

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

/** The letters at the four edges as the picture is turned in view; null when it does not say how it lies. */
export function edgesOf(picture: Picture, { turns, flipped }: Pick<View, 'turns' | 'flipped'>): Edges | null {
  const cosines = planeOf(picture).orientation;
  const [right, bottom] = cosines
    ? [letters(cosines.slice(0, 3)), letters(cosines.slice(3))]
    : [picture.instance.edges[0] ?? '', picture.instance.edges[1] ?? ''];
  if (!right || !bottom) return null;
  const [east, west] = flipped ? [opposite(right), right] : [right, opposite(right)];
  const round = [opposite(bottom), east, bottom, west];
  const at = (place: number) => round[(place - turns + 4) % 4] ?? '';
  return { top: at(0), right: at(1), bottom: at(2), left: at(3) };
}
