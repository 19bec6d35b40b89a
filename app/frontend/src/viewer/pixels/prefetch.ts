/** Loads what comes next: the neighbours in the direction of travel, then the rest of the series, nearest first,
 *  then the middle of the next series. */
import { coarse } from '../dom';
import type { Picture } from '../manifest';
import { VisitEnded } from './fetch';
import { bytesKept, known, PREFETCHED, wholeOf } from './source';

const IN_FLIGHT = coarse ? 3 : 4; // browsers open six connections a host; two stay free for what is asked for now

/** Pictures of the series that wait to be loaded, and how far it has come. */
export class Prefetch {
  private pictures: Picture[] = [];
  private index = 0;
  private direction = 1;
  private loading = 0;
  private failed = new Set<string>();

  constructor(private readonly after: (pictures: Picture[]) => Picture | undefined) {
    window.addEventListener('online', () => this.again());
  }

  /** Go on from this picture of this series. */
  around(pictures: Picture[], index: number, direction: number): void {
    if (pictures !== this.pictures) this.failed.clear();
    Object.assign(this, { pictures, index, direction });
    this.fill();
  }

  private fill(): void {
    while (this.loading < IN_FLIGHT && this.begin());
  }

  private begin(): boolean {
    const next = this.next();
    if (!next || bytesKept() > PREFETCHED) return false;
    this.loading++;
    const done = () => {
      this.loading--;
      this.begin();
    };
    wholeOf(next).then(done, (error) => {
      if (error instanceof VisitEnded) this.pictures = []; // the others would be refused as well
      this.failed.add(next.imageId);
      done();
    });
    return true;
  }

  /** What could not be had may be had now. */
  again(): void {
    this.failed.clear();
    this.fill();
  }

  private next(): Picture | undefined {
    const waits = (picture: Picture | undefined) => picture && !known(picture) && !this.failed.has(picture.imageId);
    for (let far = 1; far < this.pictures.length; far++) {
      for (const step of [far * this.direction, -far * this.direction]) {
        const picture = this.pictures[this.index + step];
        if (waits(picture)) return picture;
      }
    }
    const following = this.after(this.pictures);
    return waits(following) ? following : undefined;
  }
}
