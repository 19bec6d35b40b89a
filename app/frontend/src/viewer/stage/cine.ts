/** Plays a series as a film, at the object's own pace where it has one. */
import type { Stage } from './stage';

const USUAL_MS = 100;
const FASTEST_MS = 16;

export class Cine {
  private timer = 0;

  constructor(private readonly stage: Stage, private readonly changed: (playing: boolean) => void) {}

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
    this.tick();
    this.changed(true);
  }

  private tick(): void {
    const pace = this.stage.picture?.instance.frame_time ?? USUAL_MS;
    this.timer = setTimeout(() => {
      const next = (this.stage.wanted + 1) % this.stage.pictures.length;
      void this.stage.show(next).then(() => this.playing && this.tick());
    }, Math.max(FASTEST_MS, pace));
  }
}
