/** Mouse, pen and fingers on the stage, as commands to it. */
import type { Stage } from './stage';

export type Tool = 'scroll' | 'window' | 'zoom' | 'pan';
type Point = { x: number; y: number };

const WHEEL_STEP = 60;
const SWIPE = { most: 24, least: 4 };
const TAP_MS = 300;

const middleOf = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Which tool a pressed button means: the right one windows, the middle one moves, the left one is chosen. */
function toolOf(event: PointerEvent, chosen: Tool): Tool {
  if (event.button === 2) return 'window';
  if (event.button === 1) return 'pan';
  if (event.ctrlKey || event.metaKey) return 'zoom';
  return event.shiftKey ? 'pan' : chosen;
}

/** Follows pointers over an element. One finger or button drags the tool; two fingers zoom and move. */
export class Gestures {
  tool: Tool = 'window';
  private readonly down = new Map<number, Point>();
  private dragging: Tool = 'window';
  private travelled = 0;
  private wheeled = 0;
  private lastTap = 0;

  constructor(private readonly element: HTMLElement, private readonly stage: Stage) {
    element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    element.addEventListener('pointerdown', (event) => this.press(event));
    element.addEventListener('pointermove', (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel'] as const) element.addEventListener(end, (event) => this.lift(event));
    element.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  private fromMiddle(point: Point): [number, number] {
    const box = this.element.getBoundingClientRect();
    return [point.x - box.x - box.width / 2, point.y - box.y - box.height / 2];
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * WHEEL_STEP;
    if (event.ctrlKey || event.metaKey) {
      this.stage.zoomBy(Math.exp(-pixels / 400), this.fromMiddle({ x: event.clientX, y: event.clientY }));
      return;
    }
    this.wheeled += Math.abs(pixels) < WHEEL_STEP ? pixels : Math.sign(pixels) * WHEEL_STEP;
    const steps = Math.trunc(this.wheeled / WHEEL_STEP);
    this.wheeled -= steps * WHEEL_STEP;
    if (steps) this.stage.step(steps);
  }

  private press(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest('button, input, a')) return;
    this.element.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.dragging = toolOf(event, this.tool);
    this.travelled = 0;
    if (event.button === 1) event.preventDefault();
  }

  private move(event: PointerEvent): void {
    const before = this.down.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.down].find(([id]) => id !== event.pointerId)?.[1];
    this.down.set(event.pointerId, now);
    if (other) this.pinch(before, now, other);
    else this.drag(now.x - before.x, now.y - before.y);
  }

  private pinch(before: Point, now: Point, other: Point): void {
    const [from, to] = [middleOf(before, other), middleOf(now, other)];
    this.stage.panBy(to.x - from.x, to.y - from.y);
    this.stage.zoomBy(distance(now, other) / Math.max(distance(before, other), 1), this.fromMiddle(to));
  }

  private drag(dx: number, dy: number): void {
    if (this.dragging === 'window') this.stage.dragWindow(dx, dy);
    else if (this.dragging === 'pan') this.stage.panBy(dx, dy);
    else if (this.dragging === 'zoom') this.stage.zoomBy(Math.exp(-dy / 150));
    else this.leaf(dy);
  }

  /** The whole height of the stage leafs through the whole series, but never too fast or too slow for a finger. */
  private leaf(dy: number): void {
    const share = (this.element.clientHeight * 0.8) / Math.max(this.stage.pictures.length, 1);
    const step = Math.max(SWIPE.least, Math.min(SWIPE.most, share));
    this.travelled += dy;
    const steps = Math.trunc(this.travelled / step);
    this.travelled -= steps * step;
    if (steps) this.stage.step(steps);
  }

  private lift(event: PointerEvent): void {
    const was = this.down.get(event.pointerId);
    this.down.delete(event.pointerId);
    if (event.pointerType !== 'touch' || !was || this.down.size || event.type === 'pointercancel') return;
    const still = Math.abs(this.travelled) < SWIPE.least;
    if (still && event.timeStamp - this.lastTap < TAP_MS) this.doubleTap(was);
    this.lastTap = still ? event.timeStamp : 0;
  }

  private doubleTap(at: Point): void {
    if (this.stage.zoom > 1.05) this.stage.reset();
    else this.stage.zoomBy(2.5, this.fromMiddle(at));
  }
}
