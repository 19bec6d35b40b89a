/** A lens over the picture, as long as it is pressed. */
import { leftHanded } from '../dom';
import type { Point } from '../draw/view';

const SIDE = 180;
const TIMES = 2.5;
/** From a finger's tip to the middle of the lens. */
const AWAY = 130;

export class Magnifier {
  private readonly lens = document.createElement('canvas');

  constructor(private readonly element: HTMLElement) {
    this.lens.className = 'lens';
    this.lens.hidden = true;
    this.lens.width = this.lens.height = SIDE * 2;
    element.append(this.lens);
  }

  /** Show what lies at a point: over it, or where the finger that points does not cover it. */
  show([x, y]: Point, finger: boolean): void {
    const from = this.element.querySelector<HTMLCanvasElement>('.canvas canvas');
    const context = this.lens.getContext('2d', { alpha: false });
    if (!from || !context) return;
    const dense = from.width / this.element.clientWidth;
    const side = (SIDE / TIMES) * dense;
    context.fillRect(0, 0, SIDE * 2, SIDE * 2);
    context.drawImage(from, x * dense - side / 2, y * dense - side / 2, side, side, 0, 0, SIDE * 2, SIDE * 2);
    const [dx, dy] = finger ? this.besideFinger([x, y]) : [0, 0];
    this.lens.style.translate = `${x + dx - SIDE / 2}px ${y + dy - SIDE / 2}px`;
    this.lens.hidden = false;
  }

  /** Above the finger, away from its hand; beside it where there is no room above. */
  private besideFinger([x, y]: Point): Point {
    const away = leftHanded() ? 1 : -1;
    const { clientWidth } = this.element;
    const sideways = (by: number): number => Math.max(SIDE / 2, Math.min(x + by, clientWidth - SIDE / 2)) - x;
    if (y >= AWAY + SIDE / 2) return [sideways((away * SIDE) / 4), -AWAY];
    const hidden = Math.abs(sideways(away * AWAY)) < SIDE / 2;
    return [sideways(hidden ? -away * AWAY : away * AWAY), 0];
  }

  hide(): void {
    this.lens.hidden = true;
  }
}
