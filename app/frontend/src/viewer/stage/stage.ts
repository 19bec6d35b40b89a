/** The stage: one series, one picture of it in view, its window and its zoom. Panels listen, gestures command. */
import type { Types } from '@cornerstonejs/core';
import type { Picture, Window } from '../manifest';
import { dragged, ownWindow, rangeOf } from '../voi';
import type { Engine } from './engine';

export type State = 'loading' | 'exact' | 'error';
type Point = [number, number];

/** What can be seen to change: the picture in view, its look, or whether it could be had. */
export interface Changes {
  picture: [];
  wanted: [];
  look: [];
  state: [state: State, error?: unknown];
}

const ZOOM = { least: 0.25, most: 20 };

export class Stage {
  pictures: Picture[] = [];
  /** Where the visitor wants to be; what is drawn follows. */
  wanted = 0;
  inverted = false;
  /** Whether the visitor has leafed through this or another series. */
  leafed = false;
  private shown = -1;
  /** Whether the visitor zoomed or moved; else the picture is fitted anew when its room changes. */
  private moved = false;
  private fitted = 1;
  private chosen: Window | null = null;
  private direction = 1;
  private busy = false;
  private retry: (() => void) | null = null;
  private readonly listeners: { [K in keyof Changes]?: ((...details: Changes[K]) => void)[] } = {};

  constructor(private readonly engine: Engine, private readonly element: HTMLElement) {}

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

  get window(): Window | null {
    return this.chosen ?? (this.picture ? ownWindow(this.picture) : null);
  }

  /** 1 when the picture is fitted: drawing by CPU counts from another base than by GPU. */
  get zoom(): number {
    if (!this.moved) this.fitted = this.engine.viewport.getZoom();
    return this.engine.viewport.getZoom() / this.fitted;
  }

  /** Put a series on the stage, at one of its pictures. */
  async open(pictures: Picture[], index: number): Promise<void> {
    this.chosen = null;
    this.inverted = false;
    this.moved = false;
    this.pictures = pictures;
    this.shown = -1;
    await this.show(index);
  }

  /** Leaf by so many pictures. */
  step(amount: number): void {
    this.leafed = true;
    void this.show(this.wanted + amount);
  }

  /** Go to a picture of the series; stays within it. However fast it is called, only the newest wish is drawn. */
  async show(index: number): Promise<void> {
    const next = Math.max(0, Math.min(this.pictures.length - 1, index));
    if (next !== this.wanted) this.direction = Math.sign(next - this.wanted);
    this.wanted = next;
    this.tell('wanted');
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.shown !== this.wanted) await this.draw(this.pictures, this.wanted);
    } catch (error) {
      this.retry = () => void this.show(this.wanted);
      this.tell('state', 'error', error);
    } finally {
      this.busy = false;
    }
  }

  /** Ask again for what could not be had. */
  again(): void {
    const picture = this.pictures[this.wanted];
    if (picture) this.engine.forget(picture);
    this.retry?.();
  }

  private async draw(pictures: Picture[], index: number): Promise<void> {
    const picture = pictures[index];
    if (!picture) return;
    const slow = setTimeout(() => this.tell('state', 'loading'), 150);
    let image: Types.IImage;
    try {
      image = await this.engine.load(picture);
    } finally {
      clearTimeout(slow);
    }
    if (pictures !== this.pictures) return;
    await this.put(pictures, index);
    if (pictures !== this.pictures) return;
    this.shown = index;
    this.applyLook();
    await this.drawn(image);
    this.tell('picture');
    this.tell('state', 'exact');
    this.engine.prefetch.around(pictures, index, this.direction);
  }

  private async put(pictures: Picture[], index: number): Promise<void> {
    const { viewport } = this.engine;
    const ids = pictures.map(({ imageId }) => imageId);
    const same = viewport.getImageIds().length === ids.length && viewport.getImageIds()[0] === ids[0];
    if (same) await viewport.setImageIdIndex(index);
    else await viewport.setStack(ids, index);
  }

  /** Wait until the picture is on the screen; tests read the exact values from the event. */
  private drawn(image: Types.IImage): Promise<void> {
    return new Promise((done) => {
      const tell = () => {
        this.element.dispatchEvent(new CustomEvent('vcd:picture', { bubbles: true, detail: image }));
        done();
      };
      this.engine.viewport.element.addEventListener('CORNERSTONE_IMAGE_RENDERED', tell, { once: true });
      this.engine.viewport.render();
    });
  }

  private applyLook(): void {
    const { viewport } = this.engine;
    const invert = (this.picture?.frame.photometric === 'MONOCHROME1') !== this.inverted;
    const window = this.window;
    if (!window) {
      viewport.setProperties({ invert: this.inverted });
      return;
    }
    const sigmoid = window.function === 'SIGMOID' && !this.engine.byCpu;
    viewport.setProperties({
      voiRange: rangeOf(window),
      ...(this.engine.byCpu ? {} : { VOILUTFunction: (sigmoid ? 'SIGMOID' : 'LINEAR') as never }),
      invert,
    });
  }

  private changed(): void {
    this.applyLook();
    this.engine.viewport.render();
    this.tell('look');
  }

  /** Show with this window until another series is opened; null: each picture's own. */
  choose(window: Window | null): void {
    this.chosen = window;
    this.changed();
  }

  dragWindow(dx: number, dy: number): void {
    if (this.window) this.choose(dragged(this.window, dx, dy));
  }

  invert(): void {
    this.inverted = !this.inverted;
    this.changed();
  }

  /** Zoom by a factor; `at`, in CSS pixels from the middle of the stage, stays where it is. */
  zoomBy(factor: number, at: Point = [0, 0]): void {
    const before = this.zoom;
    this.moved = true;
    const { viewport } = this.engine;
    const after = Math.max(ZOOM.least, Math.min(ZOOM.most, before * factor));
    const [x, y] = viewport.getPan();
    viewport.setZoom(after * this.fitted);
    const ratio = after / before;
    viewport.setPan([at[0] - (at[0] - x) * ratio, at[1] - (at[1] - y) * ratio]);
    viewport.render();
    this.tell('look');
  }

  panBy(dx: number, dy: number): void {
    this.moved = true;
    const { viewport } = this.engine;
    const [x, y] = viewport.getPan();
    viewport.setPan([x + dx, y + dy]);
    viewport.render();
  }

  /** Back to how it was first shown: own window, fitted, not inverted. */
  reset(): void {
    this.chosen = null;
    this.inverted = false;
    this.moved = false;
    this.engine.viewport.resetCamera();
    this.changed();
  }

  resize(): void {
    this.engine.resize(this.moved);
    this.tell('look');
  }
}
