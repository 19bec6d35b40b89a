/** Other planes through a stack of evenly spaced slices: computed here, shown like any other series. */
import type { Instance, Picture, Plane } from '../manifest';
import type { Stored } from '../pixels/job';
import { type Computed, uses, valuesOf } from '../pixels/source';
import type { Values } from '../pixels/values';
import { areParallel, depthOf, inOneSpace, normalOf, planeOf, type Vector } from '../space';
import { coarse } from '../dom';

const LEAST_SLICES = 8;
const UNEVEN = 0.02;
const MOST_BYTES = (coarse ? 90 : 600) << 20;

/** Why a series cannot be cut: a key of the page's words. */
export class Refused extends Error {}

interface Stack { pictures: Picture[]; spacing: number; normal: Vector }

function sized({ instance: { rows, columns }, frame }: Picture): string {
  return [rows, columns, frame.samples, frame.bits, frame.signed, frame.float].join();
}

/** The slices from the one side to the other. Throws Refused. */
function stackOf(pictures: Picture[]): Stack {
  const [first] = pictures;
  const normal = first && normalOf(planeOf(first));
  if (!first || pictures.length < LEAST_SLICES) throw new Refused('planes_few');
  if (first.frame.samples !== 1) throw new Refused('planes_colour');
  if (!normal || !planeOf(first).spacing || pictures.some((one) => depthOf(one) === null)) throw new Refused('planes_nowhere');
  if (pictures.some((one) => sized(one) !== sized(first))) throw new Refused('planes_sizes');
  if (pictures.some((one) => !inOneSpace(one, first) || !areParallel(one, first))) throw new Refused('planes_uneven');
  if (pictures.length * first.instance.rows * first.instance.columns * (first.frame.bits / 8) > MOST_BYTES) throw new Refused('planes_large');
  const sorted = [...pictures].sort((a, b) => (depthOf(a) as number) - (depthOf(b) as number));
  return { pictures: sorted, spacing: evenSpacing(sorted), normal };
}

/** The distance between neighbours in mm. Throws Refused unless all are the same, and none lies aside. */
function evenSpacing(sorted: Picture[]): number {
  const depths = sorted.map((one) => depthOf(one) as number);
  const whole = ((depths.at(-1) as number) - (depths[0] as number)) / (sorted.length - 1);
  const step = planeOf(sorted[1] as Picture).position?.map((place, axis) => place - ((planeOf(sorted[0] as Picture).position as number[])[axis] as number));
  const even = depths.every((depth, index) => Math.abs(depth - (depths[0] as number) - index * whole) <= UNEVEN * whole);
  const straight = !!step && Math.abs(Math.hypot(...step) - whole) <= UNEVEN * whole;
  if (!(whole > 0) || !even || !straight) throw new Refused('planes_uneven');
  return whole;
}

/** Down is towards the feet where slices lie across the body; else along the slices' own direction. */
function downwards({ normal }: Stack): 1 | -1 {
  return Math.abs(normal[2]) >= 0.5 && normal[2] > 0 ? -1 : 1;
}

type Axis = 'columns' | 'rows';

function cut(slices: Values[], axis: Axis, at: number, down: 1 | -1): Values {
  const first = slices[0] as Values;
  const width = axis === 'columns' ? first.rows : first.columns;
  const pixels = new (first.pixels.constructor as new (length: number) => Stored)(width * slices.length);
  const [start, step] = axis === 'columns' ? [at, first.columns] : [at * first.columns, 1];
  slices.forEach((slice, place) => {
    const row = (down > 0 ? place : slices.length - 1 - place) * width;
    for (let x = 0; x < width; x++) pixels[row + x] = slice.pixels[start + x * step] as number;
  });
  const [min, max] = [Math.min(...slices.map((one) => one.min)), Math.max(...slices.map((one) => one.max))];
  return { ...first, pixels, min, max, rows: slices.length, columns: width };
}

/** The plane of the cut through column or row `at` of the slices. */
function planeAt({ pictures, spacing, normal }: Stack, axis: Axis, at: number, down: 1 | -1): Plane {
  const from = (down > 0 ? pictures[0] : pictures.at(-1)) as Picture;
  const source = planeOf(from);
  const [orientation, pixel, position] = [source.orientation as number[], source.spacing as [number, number], source.position as Vector];
  const [across, along] = axis === 'columns' ? [orientation.slice(0, 3), orientation.slice(3)] : [orientation.slice(3), orientation.slice(0, 3)];
  const [step, width] = axis === 'columns' ? [pixel[1], pixel[0]] : [pixel[0], pixel[1]];
  return {
    ...source,
    position: position.map((place, index) => place + at * step * (across[index] as number)) as Vector,
    orientation: [...along, ...normal.map((part) => part * down)] as Plane['orientation'] & number[],
    spacing: [spacing, width],
    thickness: step,
  };
}

function pictureAt(stack: Stack, axis: Axis, at: number, slices: () => Promise<Values[]>): Computed {
  const from = stack.pictures[0] as Picture;
  const down = downwards(stack);
  const plane = planeAt(stack, axis, at, down);
  const size = { rows: stack.pictures.length, columns: axis === 'columns' ? from.instance.rows : from.instance.columns };
  const [high, wide] = plane.spacing as [number, number];
  const instance: Instance = { ...from.instance, ...size, plane, computed: true, overlays: [], regions: [], aspect: high / wide, preview: null, laterality: '', edges: [] };
  const { plane: _, ...frame } = from.frame;
  return {
    ...from, frame, instance, imageId: `${from.imageId}/${axis}/${at}`, frameIndex: at,
    parts: stack.pictures,
    make: async () => cut(await slices(), axis, at, down),
  };
}

/** The two series of cuts that stand upright on a series. Throws Refused with the reason. */
export function planesOf(pictures: Picture[]): [Picture[], Picture[]] {
  const stack = stackOf(pictures);
  const held: Values[] = [];
  uses(() => held);
  let loaded: Promise<Values[]> | null = null;
  const hold = async (one: Picture): Promise<Values> => {
    const values = await valuesOf(one);
    held.push(values);
    return values;
  };
  const slices = () => {
    loaded ??= Promise.all(stack.pictures.map(hold));
    loaded.catch(() => { loaded = null; });
    return loaded;
  };
  const { rows, columns } = (stack.pictures[0] as Picture).instance;
  const through = (axis: Axis, count: number) => Array.from({ length: count }, (_, at) => pictureAt(stack, axis, at, slices));
  return [through('rows', rows), through('columns', columns)];
}
