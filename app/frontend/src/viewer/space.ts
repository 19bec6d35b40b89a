/** Pictures in the patient's space: positions and directions in mm (PS3.3 C.7.6.2.1.1). */
import type { Point } from './draw/view';
import type { Picture, Plane } from './manifest';

export type Vector = [number, number, number];

const PARALLEL = 0.999;

export const dot = (a: readonly number[], b: readonly number[]): number =>
  (a[0] as number) * (b[0] as number) + (a[1] as number) * (b[1] as number) + (a[2] as number) * (b[2] as number);

/** The plane of a picture: the frame's own where frames differ. */
export const planeOf = ({ frame, instance }: Picture): Plane => (frame.plane ? { ...instance.plane, ...frame.plane } : instance.plane);

/** Height of a pixel over its width: the frame's own where frames differ. */
export function aspectOf({ frame, instance }: Picture): number {
  const spacing = frame.plane?.spacing;
  return spacing ? spacing[0] / spacing[1] : instance.aspect;
}

/** The direction that a plane faces; null where it does not say. */
export function normalOf({ orientation }: Plane): Vector | null {
  if (!orientation) return null;
  const [a, b, c, d, e, f] = orientation;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

/** How far a picture lies along its own normal, in mm. */
export function depthOf(picture: Picture): number | null {
  const plane = planeOf(picture);
  const normal = normalOf(plane);
  return normal && plane.position ? dot(plane.position, normal) : null;
}

const ENDS = [['R', 'L'], ['A', 'P'], ['F', 'H']] as const;

/** Where a picture's plane lies along the axis that it faces most, as "H 12.5 mm"; '' where it does not say. */
export function locationOf(picture: Picture): string {
  const plane = planeOf(picture);
  const normal = normalOf(plane);
  if (!normal || !plane.position) return '';
  const sizes = normal.map(Math.abs);
  const axis = sizes.indexOf(Math.max(...sizes)) as 0 | 1 | 2;
  const place = dot(plane.position, normal) / (normal[axis] as number);
  return `${ENDS[axis][place < 0 ? 0 : 1]} ${Math.abs(place).toFixed(1)} mm`;
}

/** Whether two pictures face the same way (or quite the opposite). */
export function areParallel(a: Picture, b: Picture): boolean {
  const [one, other] = [normalOf(planeOf(a)), normalOf(planeOf(b))];
  return !!one && !!other && Math.abs(dot(one, other)) > PARALLEL;
}

/** Whether two pictures' positions can be compared. */
export function inOneSpace(a: Picture, b: Picture): boolean {
  const [one, other] = [planeOf(a).frame_of_reference, planeOf(b).frame_of_reference];
  return !!one && one === other;
}

/** Where a picture's own pixel lies in the patient. */
export function inPatient(picture: Picture, [x, y]: Point): Vector | null {
  const { position, orientation, spacing } = planeOf(picture);
  if (!position || !orientation || !spacing) return null;
  const [across, down] = [(x - 0.5) * spacing[1], (y - 0.5) * spacing[0]];
  return [0, 1, 2].map((axis) => (position[axis] as number)
    + across * (orientation[axis] as number) + down * (orientation[axis + 3] as number)) as Vector;
}

/** The line on which `other` cuts `picture`, in the picture's pixels; null where they do not meet. */
export function cutBy(picture: Picture, other: Picture): [Point, Point] | null {
  const [plane, normal] = [planeOf(other), normalOf(planeOf(other))];
  if (!normal || !plane.position || !inOneSpace(picture, other) || areParallel(picture, other)) return null;
  const { rows, columns } = picture.instance;
  const corners: Point[] = [[0, 0], [columns, 0], [columns, rows], [0, rows]];
  const sides = corners.map((corner) => {
    const place = inPatient(picture, corner);
    return place ? dot(place, normal) - dot(plane.position as Vector, normal) : NaN;
  });
  const found: Point[] = [];
  corners.forEach((from, index) => {
    const next = (index + 1) % 4;
    const [here, there, to] = [sides[index] as number, sides[next] as number, corners[next] as Point];
    if (here * there >= 0) return;
    const share = here / (here - there);
    found.push([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]);
  });
  return found.length === 2 ? (found as [Point, Point]) : null;
}

const places = new WeakMap<Picture, string>();

/** Where a picture lies, as a word: the same for pictures of one place (to a hundredth of a millimetre). */
function placeOf(picture: Picture): string {
  const known = places.get(picture);
  if (known !== undefined) return known;
  const { position, orientation } = planeOf(picture);
  const place = position && orientation ? [...position, ...orientation].map((value) => value.toFixed(2)).join() : picture.imageId;
  places.set(picture, place);
  return place;
}

/** The indices of all pictures of one place, in their order: the same slice from moment to moment. */
export function momentsOf(pictures: readonly Picture[], index: number): number[] {
  const here = pictures[index];
  return here ? pictures.flatMap((one, at) => (placeOf(one) === placeOf(here) ? [at] : [])) : [];
}

/** The pictures of the pass over the volume that a picture belongs to: all of them, unless places come again. */
export function passOf(pictures: readonly Picture[], index: number): readonly Picture[] {
  const moments = momentsOf(pictures, index);
  if (moments.length < 2) return pictures;
  const met = new Map<string, number>();
  const turns = pictures.map((picture) => {
    const turn = met.get(placeOf(picture)) ?? 0;
    met.set(placeOf(picture), turn + 1);
    return turn;
  });
  return pictures.filter((_, at) => turns[at] === turns[index]);
}
