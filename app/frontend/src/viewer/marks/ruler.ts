/** What lengths are counted in at a place of a picture: mm, the units of an ultrasound region, or pixels. */
import type { Point } from '../draw/view';
import type { Picture, Region } from '../manifest';
import { aspectOf, planeOf } from '../space';
import { t } from '../words';

export interface Ruler {
  /** How much a pixel is, across and down. */
  scale: Point;
  units: readonly [string, string];
  /** What is to be known of these lengths. */
  remark: string;
}

const PIXELS: Ruler = { scale: [1, 1], units: ['px', 'px'], remark: '' };

/** The region on top at a point (PS3.3 C.8.5.5.1.1: its edges are pixels within). */
function regionAt(regions: readonly Region[], [x, y]: Point): Region | undefined {
  return regions.find(({ left, top, right, bottom }) => x >= left && x <= right + 1 && y >= top && y <= bottom + 1);
}

/** The ruler for something that spans these points. */
export function rulerFor(picture: Picture, points: readonly Point[]): Ruler {
  const { regions } = picture.instance;
  if (regions?.length) {
    const [first, ...rest] = points.map((point) => regionAt(regions, point));
    return first && rest.every((one) => one === first) ? { scale: [first.across, first.down], units: first.units, remark: '' } : PIXELS;
  }
  const { spacing, spacing_at } = planeOf(picture);
  if (!spacing) return PIXELS;
  return { scale: [spacing[1], spacing[0]], units: ['mm', 'mm'], remark: spacing_at === 'detector' ? t('at_detector') : '' };
}

/** The shape of a pixel where angles are meant: that of the ruler, or as the picture is shown. */
export function shapeFor(picture: Picture, { scale, units }: Ruler): Point | null {
  if (units[0] !== units[1]) return null;
  return units[0] === 'px' ? [1, aspectOf(picture)] : scale;
}
