/** A lens over the picture, as long as it is pressed. */
import type { Point } from '../draw/view';

const SIDE = 180;
const TIMES = 2.5;

export class Magnifier {
  private readonly lens = document.createElement('canvas');

  constructor(private readonly element: HTMLElement) {
    this.lens.className = 'lens';
    this.lens.hidden = true;
    this.lens.width = this.lens.height = SIDE * 2;
    element.append(this.lens);
  }

  show([x, y]: Point): void {
    const from = this.element.querySelector<HTMLCanvasElement>('.canvas canvas');
    const context = this.lens.getContext('2d', { alpha: false });
    if (!from || !context) return;
    const dense = from.width / this.element.clientWidth;
    const side = (SIDE / TIMES) * dense;
    context.fillRect(0, 0, SIDE * 2, SIDE * 2);
    context.drawImage(from, x * dense - side / 2, y * dense - side / 2, side, side, 0, 0, SIDE * 2, SIDE * 2);
    this.lens.style.translate = `${x - SIDE / 2}px ${y - SIDE / 2}px`;
    this.lens.hidden = false;
  }

  hide(): void {
    this.lens.hidden = true;
  }
}
