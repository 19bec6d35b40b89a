/** Plays a series as a film, at the object's own pace where it has one: from slice to slice, or one slice over time. */
import { momentsOf } from '../space';
import type { Deck } from './deck';

const USUAL_MS = 100;
const FASTEST_MS = 16;
/** How often the object's own pace. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4];

export class Cine {
  /** Whether the slice stays and the moment changes, where there are several. */
  overTime = true;
  speed = 1;
  private timer = 0;
  /** When the picture after this one is due, on the page's clock. */
  private due = 0;

  constructor(private readonly deck: Deck, private readonly changed: (playing: boolean) => void) {
    deck.on('active', () => this.stop());
    deck.on('series', () => this.stop());
  }

  get playing(): boolean {
    return this.timer !== 0;
  }

  /** The pictures of the slice in view, moment by moment. */
  get moments(): number[] {
    const { pictures, wanted } = this.deck.stage;
    return momentsOf(pictures, wanted);
  }

  /** Let the slice stay, or not. */
  switch(): void {
    this.overTime = !this.overTime;
    this.changed(this.playing);
  }

  /** Play at that many times the object's pace. */
  pace(speed: number): void {
    this.speed = speed;
    this.changed(this.playing);
  }

  /** Play a step faster, or slower. */
  hurry(step: 1 | -1): void {
    this.pace(SPEEDS[SPEEDS.indexOf(this.speed) + step] ?? this.speed);
  }

  /** Go to another moment of the same slice; after the last comes the first. */
  moment(step: number): void {
    const { moments, deck: { stage } } = this;
    const next = moments[(moments.indexOf(stage.wanted) + step + moments.length) % moments.length];
    if (next !== undefined) void stage.show(next);
  }

  private next(): number {
    const { moments, deck: { stage } } = this;
    if (!this.overTime || moments.length < 2) return (stage.wanted + 1) % stage.pictures.length;
    return moments[(moments.indexOf(stage.wanted) + 1) % moments.length] as number;
  }

  toggle(): void {
    if (this.playing) this.stop();
    else this.play();
  }

  stop(): void {
    if (!this.playing) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.changed(false);
  }

  private play(): void {
    if (this.deck.stage.pictures.length < 2) return;
    this.due = performance.now();
    this.tick();
    this.changed(true);
  }

  /** A picture that comes late makes the next wait less, but none is left out. */
  private tick(): void {
    const { stage } = this.deck;
    const pace = Math.max(FASTEST_MS, (stage.picture?.instance.frame_time ?? USUAL_MS) / this.speed);
    const now = performance.now();
    this.due = Math.max(this.due + pace, now);
    this.timer = setTimeout(() => {
      void stage.show(this.next()).then(() => this.playing && this.tick());
    }, this.due - now);
  }
}
