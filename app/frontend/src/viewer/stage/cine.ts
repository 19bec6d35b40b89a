/** Plays a series as a film, at the object's own pace where it has one. */
import type { Deck } from './deck';

const USUAL_MS = 100;
const FASTEST_MS = 16;

export class Cine {
  private timer = 0;

  constructor(private readonly deck: Deck, private readonly changed: (playing: boolean) => void) {
    deck.on('active', () => this.stop());
    deck.on('series', () => this.stop());
  }

  get playing(): boolean {
    return this.timer !== 0;
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
    this.tick();
    this.changed(true);
  }

  private tick(): void {
    const { stage } = this.deck;
    const pace = stage.picture?.instance.frame_time ?? USUAL_MS;
    this.timer = setTimeout(() => {
      const next = (stage.wanted + 1) % stage.pictures.length;
      void stage.show(next).then(() => this.playing && this.tick());
    }, Math.max(FASTEST_MS, pace));
  }
}
