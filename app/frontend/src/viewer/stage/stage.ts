/** A stage: one series, one picture of it in view, its window and its place. Panels listen, gestures command. */
import type { Look } from '../draw/grey';
import { type Drawing, Painter } from '../draw/painter';
import { fitted, matrixOf, PLAIN, type Point, type Size, through, type View } from '../draw/view';
import type { Picture, Window } from '../manifest';
import type { Prefetch } from '../pixels/prefetch';
import { uses, valuesHere, wholeOf } from '../pixels/source';
import { modalityOf, type Values } from '../pixels/values';
import { aspectOf } from '../space';
import { type Choice, dragged, ownChoice } from '../voi';

export type State = 'loading' | 'exact' | 'error';

/** What can be seen to change: the picture in view, where one wants to be, look and place, whether it could be had. */
export interface Changes {
  series: [];
  picture: [];
  wanted: [];
  look: [];
  state: [state: State, error?: unknown];
}

const ZOOM = { least: 0.25, most: 20 };
const nextFrame = () => new Promise((go) => requestAnimationFrame(go));

export class Stage {
  pictures: Picture[] = [];
  /** Where the visitor wants to be; what is drawn follows. */
  wanted = 0;
  inverted = false;
  view: View = PLAIN;
  /** Whether the visitor has leafed through this or another series. */
  leafed = false;
  values: Values | null = null;
  /** Whether what the object draws over its pictures is seen. */
  overlaid = true;
  private drawings: Drawing[] = [];
  private shown = -1;
  private chosen: Choice | null = null;
  private direction = 1;
  private busy = false;
  /** Ends the wait for a picture that is no longer wished for. */
  private giveUp: () => void = () => undefined;
  private waiting = false;
  private readonly painter: Painter;
  private readonly listeners: { [K in keyof Changes]?: ((...details: Changes[K]) => void)[] } = {};

  constructor(readonly element: HTMLElement, canvas: HTMLElement, private readonly prefetch: Prefetch) {
    this.painter = new Painter(canvas, () => this.paint());
    this.painter.resize(this.size);
    uses(() => [this.values, ...this.drawings.map(({ values }) => values)]);
    new ResizeObserver(() => this.resize()).observe(element);
  }

  on<K extends keyof Changes>(change: K, listener: (...details: Changes[K]) => void): void {
    ((this.listeners[change] ??= []) as ((...details: Changes[K]) => void)[]).push(listener);
  }

  private tell<K extends keyof Changes>(change: K, ...details: Changes[K]): void {
    for (const listener of this.listeners[change] ?? []) (listener as (...d: Changes[K]) => void)(...details);
  }

  /** The picture that is drawn. */
  get picture(): Picture | undefined {
    return this.pictures[this.shown];
  }

  /** Which of the series it is. */
  get index(): number {
    return this.shown;
  }

  /** How its values become greys; null for colour. */
  get choice(): Choice | null {
    return this.chosen ?? (this.picture ? ownChoice(this.picture) : null);
  }

  get window(): Window | null {
    return this.picture?.frame.samples === 1 ? (this.choice?.window ?? null) : null;
  }

  /** Whether somebody chose another window than the picture's own. */
  get windowed(): boolean {
    return this.chosen !== null;
  }

  get zoom(): number {
    return this.view.zoom;
  }

  get size(): Size {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** From picture pixels to CSS pixels of the stage. */
  get matrix(): DOMMatrix {
    return matrixOf(this.size, this.pictureSize, this.aspect, this.view);
  }

  private get pictureSize(): Size {
    return { width: this.values?.columns ?? 1, height: this.values?.rows ?? 1 };
  }

  private get aspect(): number {
    return this.picture ? aspectOf(this.picture) : 1;
  }

  /** The picture's own pixels for a point of the stage, in CSS pixels from its upper left corner. */
  toPicture(point: Point): Point {
    return through(this.matrix.inverse(), point);
  }

  /** Put a series on the stage, at one of its pictures. */
  async open(pictures: Picture[], index: number): Promise<void> {
    this.chosen = null;
    this.inverted = false;
    this.view = PLAIN;
    this.pictures = pictures;
    this.shown = -1;
    this.giveUp();
    this.tell('series');
    await this.show(index);
  }

  /** Leaf by so many pictures. */
  step(amount: number): void {
    this.leafed = true;
    void this.show(this.wanted + amount);
  }

  /** Go to a picture of the series; stays within it. However fast it is called, only the newest wish is drawn: at once
   *  where it is here already, even while another does not come. */
  async show(index: number): Promise<void> {
    const next = Math.max(0, Math.min(this.pictures.length - 1, index));
    if (next !== this.wanted) this.direction = Math.sign(next - this.wanted);
    this.wanted = next;
    this.tell('wanted');
    if (this.busy) {
      const picture = this.pictures[next];
      if (picture && valuesHere(picture)) this.giveUp();
      return;
    }
    this.busy = true;
    while (this.shown !== this.wanted && this.pictures.length && await this.draw(this.pictures, this.wanted));
    this.busy = false;
  }

  /** Draw a picture, unless another is wished for before it comes. Returns whether there may be more to do. */
  private async draw(pictures: Picture[], index: number): Promise<boolean> {
    let wished = true;
    const elsewhere = new Promise<void>((go) => {
      this.giveUp = () => {
        wished = false;
        go();
      };
    });
    try {
      await Promise.race([this.fetch(pictures, index, () => wished), elsewhere]);
      return true;
    } catch (error) {
      if (pictures !== this.pictures || index !== this.wanted) return true;
      this.tell('state', 'error', error);
      return false;
    }
  }

  /** Ask again for what could not be had. */
  again(): void {
    this.prefetch.again();
    void this.show(this.wanted);
  }

  private async fetch(pictures: Picture[], index: number, isWished: () => boolean): Promise<void> {
    const picture = pictures[index];
    if (!picture) return;
    const slow = setTimeout(() => isWished() && this.tell('state', 'loading'), 150);
    const whole = await wholeOf(picture).finally(() => clearTimeout(slow));
    if (!isWished()) return;
    this.giveUp = () => undefined;
    const { values, drawings } = whole;
    Object.assign(this, { values, drawings });
    this.shown = index;
    this.paint();
    await nextFrame();
    this.announce(values);
    this.tell('picture');
    this.tell('state', 'exact');
    this.prefetch.around(pictures, index, this.direction);
  }

  /** Tests read the very values from this event. */
  private announce(values: Values): void {
    const getPixelData = () => Float64Array.from(values.pixels, modalityOf(values));
    const detail = { imageId: this.picture?.imageId, getPixelData };
    this.element.dispatchEvent(new CustomEvent('vcd:picture', { bubbles: true, detail }));
  }

  private get look(): Look {
    const { picture, choice } = this;
    const inverted = (picture?.frame.photometric === 'MONOCHROME1') !== this.inverted;
    return { window: choice?.window ?? null, table: choice?.table ?? null, inverted, padding: picture?.instance.padding ?? null };
  }

  private paint(): void {
    if (this.values && this.picture) this.painter.draw(this.values, this.look, this.matrix, this.overlaid ? this.drawings : []);
  }

  /** Draw anew, once before the next frame, and tell. */
  private changed(): void {
    this.tell('look');
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.paint();
    });
  }

  /** Show with this until another series is opened; null: each picture's own. */
  choose(choice: Choice | null): void {
    this.chosen = choice;
    this.changed();
  }

  dragWindow(dx: number, dy: number): void {
    if (this.window) this.choose({ window: dragged(this.window, dx, dy), table: null });
  }

  invert(): void {
    this.inverted = !this.inverted;
    this.changed();
  }

  /** Whether there is something drawn over the picture in view. */
  get hasOverlays(): boolean {
    return this.drawings.length > 0;
  }

  /** Show or hide what is drawn over the picture. */
  overlay(): void {
    this.overlaid = !this.overlaid;
    this.changed();
  }

  /** Turn by so many quarters clockwise, about the middle of the stage. */
  turn(quarters: number): void {
    let { pan: [x, y] } = this.view;
    for (let left = (quarters + 4) % 4; left > 0; left--) [x, y] = [-y, x];
    this.move({ turns: (this.view.turns + quarters + 4) % 4, pan: [x, y] });
  }

  /** Mirror left to right, as it is seen. */
  flip(): void {
    const { flipped, turns, pan: [x, y] } = this.view;
    this.move({ flipped: !flipped, turns: (4 - turns) % 4, pan: [-x, y] });
  }

  /** Change the place of the picture. */
  move(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.changed();
  }

  /** Zoom by a factor; `at`, in CSS pixels from the middle of the stage, stays where it is. */
  zoomBy(factor: number, at: Point = [0, 0]): void {
    const { zoom, pan: [x, y] } = this.view;
    const after = Math.max(ZOOM.least, Math.min(Math.max(ZOOM.most, 4 / this.fit), zoom * factor));
    const ratio = after / zoom;
    this.move({ zoom: after, pan: [at[0] - (at[0] - x) * ratio, at[1] - (at[1] - y) * ratio] });
  }

  /** A pixel of the screen for each of the picture, about the middle of the stage; fitted again where that is so already. */
  oneToOne(): void {
    const wanted = 1 / (this.fit * devicePixelRatio);
    const there = Math.abs(this.view.zoom / wanted - 1) < 0.001;
    const [zoom, ratio] = there ? [1, 0] : [wanted, wanted / this.view.zoom];
    this.move({ zoom, pan: [this.view.pan[0] * ratio, this.view.pan[1] * ratio] });
  }

  /** CSS pixels a picture pixel takes when the whole picture fits. */
  private get fit(): number {
    return fitted(this.size, this.pictureSize, this.aspect, this.view.turns)[0];
  }

  panBy(dx: number, dy: number): void {
    const [x, y] = this.view.pan;
    this.move({ pan: [x + dx, y + dy] });
  }

  /** Back to how it was first shown: own window, fitted, upright, not inverted. */
  reset(): void {
    this.chosen = null;
    this.inverted = false;
    this.overlaid = true;
    this.move(PLAIN);
  }

  private resize(): void {
    this.painter.resize(this.size);
    this.paint();
    this.tell('look');
  }
}
