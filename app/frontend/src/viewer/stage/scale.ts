/** A bar of a round length beside the picture: how large what is seen is, at a glance and on paper. */
import { h } from '../dom';
import type { Picture } from '../manifest';
import { rulerFor } from '../marks/ruler';
import type { Stage } from './stage';

const MOST_PIXELS = 110;
const MM: Record<string, number> = { mm: 1, cm: 10 };

/** The greatest of 1, 2 and 5 times a power of ten that is not above `value`. */
function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([5, 2, 1].find((one) => one * power <= value) ?? 1) * power;
}

/** The bar, as wide as that length is at the middle of the stage; none where lengths are not the patient's. */
export function scaleOf(stage: Stage, picture: Picture): HTMLElement[] {
  const { width, height } = stage.size;
  const ends = [0, 1].map((right) => stage.toPicture([width / 2 + right, height / 2])) as [[number, number], [number, number]];
  const { scale, units: [across, down], remark } = rulerFor(picture, ends);
  const unit = MM[across];
  if (!unit || across !== down || remark || picture.instance.reduced) return [];
  const [from, to] = ends;
  const pixel = Math.hypot((to[0] - from[0]) * scale[0], (to[1] - from[1]) * scale[1]) * unit;
  const length = round(MOST_PIXELS * pixel);
  const bar = h('span', { class: 'scale' }, length < 10 ? `${length} mm` : `${length / 10} cm`);
  bar.style.width = `${length / pixel}px`;
  return [bar];
}
