/** Mouse, pen and fingers on a stage, as commands to it. */
import { coarse } from '../dom';
import type { Point } from '../draw/view';
import type { Kind } from '../marks/mark';
import { KINDS } from '../marks/mark';
import type { Pen } from '../marks/pen';
import type { Magnifier } from './magnifier';
import type { Stage } from './stage';

export type Tool = 'scroll' | 'window' | 'zoom' | 'pan' | 'magnifier' | 'crosshair' | Kind;
/** What dragging does before a tool is taken. */
export const USUAL: Tool = coarse ? 'scroll' : 'window';
/** What dragging does, on every tile; and what it does to the others. */
export interface Hand {
  tool: Tool;
  /** Leaf on this tile only, where tiles are linked. */
  alone(leaf: () => void): void;
  /** Show on the other tiles what lies at this point of a stage's picture. */
  point(stage: Stage, at: Point): void;
  /** Show the active tile alone, or again what stood beside it. */
  enlarge(): void;
}
interface Place { x: number; y: number }

const WHEEL_STEP = 60;
const SWIPE = { most: 24, least: 4 };
const TAP_STILL = 10;
const TAP_MS = 300;
const LONG_PRESS_MS = 450;
const LONG_PRESS_STILL = 8;

const middleOf = (a: Place, b: Place): Place => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const distance = (a: Place, b: Place): number => Math.hypot(a.x - b.x, a.y - b.y);
const kindOf = (tool: Tool): Kind | null => KINDS.find((kind) => kind === tool) ?? null;

/** Which tool a pressed button means: the right one windows, the middle one moves, the left one is chosen. */
function toolOf(event: PointerEvent, chosen: Tool): Tool {
  if (event.button === 2) return 'window';
  if (event.button === 1) return 'pan';
  if (event.ctrlKey || event.metaKey) return 'zoom';
  return event.shiftKey ? 'pan' : chosen;
}

/** Follows pointers over a stage. One finger or button drags the tool; two fingers zoom and move. */
export class Gestures {
  private readonly down = new Map<number, Place>();
  private dragging: Tool = 'window';
  private drawing = false;
  private finger = false;
  private began: Place = { x: 0, y: 0 };
  private travelled = 0;
  private wheeled = 0;
  private lastTap = 0;
  private longPress = 0;

  constructor(
    private readonly stage: Stage, private readonly hand: Hand, private readonly pen: Pen,
    private readonly magnifier: Magnifier,
  ) {
    const { element } = stage;
    element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    element.addEventListener('pointerdown', (event) => this.press(event));
    element.addEventListener('pointermove', (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel'] as const) element.addEventListener(end, (event) => this.lift(event));
    element.addEventListener('contextmenu', (event) => event.preventDefault());
    element.addEventListener('dblclick', (event) => this.twice(event));
  }

  private onStage({ x, y }: Place): Point {
    const box = this.stage.element.getBoundingClientRect();
    return [x - box.x, y - box.y];
  }

  private fromMiddle(place: Place): Point {
    const { width, height } = this.stage.size;
    const [x, y] = this.onStage(place);
    return [x - width / 2, y - height / 2];
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
    if (!steps) return;
    if (event.altKey) this.hand.alone(() => this.stage.step(steps));
    else this.stage.step(steps);
  }

  private press(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest('button, input, a')) return;
    this.stage.element.setPointerCapture(event.pointerId);
    const place = { x: event.clientX, y: event.clientY };
    this.down.set(event.pointerId, place);
    this.travelled = 0;
    this.began = place;
    if (event.button === 1) event.preventDefault();
    if (this.down.size > 1) return this.second();
    this.dragging = toolOf(event, this.hand.tool);
    this.finger = event.pointerType === 'touch';
    const primary = event.button === 0 && this.dragging === this.hand.tool;
    this.drawing = primary && this.pen.press(this.onStage(place), kindOf(this.dragging), this.finger);
    if (this.drawing) return;
    if (this.dragging === 'magnifier' || this.dragging === 'crosshair') this.drag(0, 0, place);
    if (this.finger && this.dragging === 'scroll') this.waitLong(place);
  }

  /** A second finger: what the first began is given up. */
  private second(): void {
    clearTimeout(this.longPress);
    if (this.drawing) this.pen.abort();
    this.drawing = false;
    this.magnifier.hide();
  }

  /** A finger that rests changes brightness and contrast from then on. */
  private waitLong(start: Place): void {
    this.longPress = setTimeout(() => {
      const [now] = this.down.values();
      if (this.down.size === 1 && now && distance(now, start) < LONG_PRESS_STILL) {
        this.dragging = 'window';
        this.stage.element.classList.add('windowing');
      }
    }, LONG_PRESS_MS);
  }

  private move(event: PointerEvent): void {
    const before = this.down.get(event.pointerId);
    const now = { x: event.clientX, y: event.clientY };
    if (!before) {
      this.pen.move(this.onStage(now));
      return;
    }
    const other = [...this.down].find(([id]) => id !== event.pointerId)?.[1];
    this.down.set(event.pointerId, now);
    if (other) this.pinch(before, now, other);
    else if (this.drawing) this.pen.move(this.onStage(now));
    else this.drag(now.x - before.x, now.y - before.y, now);
  }

  private pinch(before: Place, now: Place, other: Place): void {
    const [from, to] = [middleOf(before, other), middleOf(now, other)];
    this.stage.panBy(to.x - from.x, to.y - from.y);
    this.stage.zoomBy(distance(now, other) / Math.max(distance(before, other), 1), this.fromMiddle(to));
  }

  private drag(dx: number, dy: number, now: Place): void {
    if (this.dragging === 'window') this.stage.dragWindow(dx, dy);
    else if (this.dragging === 'pan') this.stage.panBy(dx, dy);
    else if (this.dragging === 'zoom') this.stage.zoomBy(Math.exp(-dy / 150));
    else if (this.dragging === 'magnifier') this.magnifier.show(this.onStage(now), this.finger);
    else if (this.dragging === 'crosshair') this.hand.point(this.stage, this.stage.toPicture(this.onStage(now)));
    else if (this.stage.pictures.length > 1) this.leaf(dy);
    else if (this.stage.zoom > 1) this.stage.panBy(dx, dy); // nothing to leaf through: a finger moves what it enlarged
  }

  /** The whole height of the stage leafs through the whole series, but never too fast or too slow for a finger. */
  private leaf(dy: number): void {
    const share = (this.stage.element.clientHeight * 0.8) / Math.max(this.stage.pictures.length, 1);
    const step = Math.max(SWIPE.least, Math.min(SWIPE.most, share));
    this.travelled += dy;
    const steps = Math.trunc(this.travelled / step);
    this.travelled -= steps * step;
    if (steps) this.stage.step(steps);
  }

  private lift(event: PointerEvent): void {
    clearTimeout(this.longPress);
    this.stage.element.classList.remove('windowing');
    this.magnifier.hide();
    const was = this.down.get(event.pointerId);
    this.down.delete(event.pointerId);
    if (this.drawing) {
      this.drawing = false;
      if (event.type === 'pointercancel') this.pen.abort();
      else this.pen.lift(this.onStage({ x: event.clientX, y: event.clientY }));
      return;
    }
    if (event.pointerType !== 'touch' || !was || this.down.size || event.type === 'pointercancel') return;
    const still = distance(was, this.began) < TAP_STILL;
    if (still && event.timeStamp - this.lastTap < TAP_MS) this.doubleTap(was);
    this.lastTap = still ? event.timeStamp : 0;
  }

  /** Two clicks of a mouse; with a tool in hand that draws they are two points. */
  private twice(event: MouseEvent): void {
    if (this.finger || kindOf(this.hand.tool)) return;
    if (!(event.target instanceof Element && event.target.closest('button, input, a'))) this.hand.enlarge();
  }

  private doubleTap(at: Place): void {
    if (this.stage.zoom > 1.05) this.stage.reset();
    else this.stage.zoomBy(2.5, this.fromMiddle(at));
  }
}
