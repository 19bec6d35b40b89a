/** Where a picture lies on its tile: from its own pixels to the tile's CSS pixels, and back. */

export type Point = [number, number];
export interface Size { width: number; height: number }

export interface View {
  /** 1: the whole picture just fits. */
  zoom: number;
  /** From the middle, in CSS pixels. */
  pan: Point;
  /** Quarter turns clockwise. */
  turns: number;
  /** Mirrored left to right. */
  flipped: boolean;
}

export const PLAIN: View = { zoom: 1, pan: [0, 0], turns: 0, flipped: false };

/** How many CSS pixels a picture's column and row take when it just fits; pixels need not be square. */
export function fitted(tile: Size, picture: Size, aspect: number, turns: number): Point {
  const shape = turns % 2 ? [picture.height * aspect, picture.width] : [picture.width, picture.height * aspect];
  const scale = Math.min(tile.width / (shape[0] as number), tile.height / (shape[1] as number));
  return [scale, scale * aspect];
}

/** From picture pixels (0,0 is the upper left corner of the first) to the tile's CSS pixels. */
export function matrixOf(tile: Size, picture: Size, aspect: number, view: View): DOMMatrix {
  const [across, down] = fitted(tile, picture, aspect, view.turns);
  return new DOMMatrix()
    .translate(tile.width / 2 + view.pan[0], tile.height / 2 + view.pan[1])
    .rotate(view.turns * 90)
    .scale((view.flipped ? -1 : 1) * across * view.zoom, down * view.zoom)
    .translate(-picture.width / 2, -picture.height / 2);
}

/** Where a point goes. */
export function through(matrix: DOMMatrix, [x, y]: Point): Point {
  const { x: u, y: v } = matrix.transformPoint({ x, y });
  return [u, v];
}
