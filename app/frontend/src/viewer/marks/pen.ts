/** Makes and changes marks on one stage: drag, or click from point to point; handles can be moved in any tool. */
import { type Point, through } from '../draw/view';
import type { Stage } from '../stage/stage';
import type { Book } from './book';
import { type Kind, type Mark, POINTS } from './mark';

const NEAR = { mouse: 9, touch: 22 };
const STILL = 4;

interface Held { imageId: string; index: number; point: number; at: Point; taken?: boolean }

export class Pen {
  private held: Held | null = null;
  private selected: { imageId: string; index: number } | null = null;
  /** Whether the next point follows the pointer though nothing is pressed. */
  private floating = false;

  constructor(private readonly stage: Stage, private readonly book: Book, private readonly ask: (given: (text: string) => void) => void) {}

  private get marks(): Mark[] {
    return this.stage.picture ? structuredClone([...this.book.of(this.stage.picture.imageId)]) : [];
  }

  /** Press at a point of the stage, in CSS pixels. Returns whether the pen takes it. */
  press(at: Point, kind: Kind | null, touch: boolean): boolean {
    const { picture, values } = this.stage;
    if (!picture || !values) return false;
    if (this.floating && this.held) {
      this.floating = false;
      this.held.at = at;
      this.move(at);
      return true;
    }
    const near = this.handleAt(at, touch ? NEAR.touch : NEAR.mouse);
    if (near) {
      this.book.remember(picture.imageId);
      this.hold({ imageId: picture.imageId, ...near, at, taken: true });
      return true;
    }
    if (!kind) return false;
    this.begin(kind, at, picture.imageId);
    return true;
  }

  private begin(kind: Kind, at: Point, imageId: string): void {
    const point = this.stage.toPicture(at);
    this.book.remember(imageId);
    const marks = [...this.marks, { kind, points: POINTS[kind] > 1 ? [point, point] : [point] }];
    this.book.write(imageId, marks, false);
    this.hold({ imageId, index: marks.length - 1, point: POINTS[kind] > 1 ? 1 : 0, at });
  }

  private hold(held: Held): void {
    this.held = held;
    this.selected = held;
  }

  private handleAt(at: Point, near: number): { index: number; point: number } | null {
    const { matrix } = this.stage;
    for (const [index, { points }] of [...this.marks.entries()].reverse()) {
      const point = points.findIndex((one) => {
        const [x, y] = through(matrix, one);
        return Math.hypot(x - at[0], y - at[1]) <= near;
      });
      if (point >= 0) return { index, point };
    }
    return null;
  }

  /** The pointer moved, pressed or between two clicks. Returns whether the pen holds something. */
  move(at: Point): boolean {
    const { held } = this;
    const marks = this.marks;
    const mark = held && marks[held.index];
    if (!held || !mark || held.imageId !== this.stage.picture?.imageId) return false;
    mark.points[held.point] = this.stage.toPicture(at);
    this.book.write(held.imageId, marks, false);
    return true;
  }

  /** The pointer was lifted. A press without a way leaves the point hanging at the pointer until the next press. */
  lift(at: Point): void {
    const { held } = this;
    const marks = this.marks;
    const mark = held && marks[held.index];
    if (!held || !mark) return this.drop();
    const moved = Math.hypot(at[0] - held.at[0], at[1] - held.at[1]) > STILL;
    if (held.taken && !moved) return this.abort(); // a click chooses a mark and changes nothing
    const [before, here] = [mark.points[held.point - 1], mark.points[held.point]];
    const unplaced = !moved && before && here && same(before, here);
    if (unplaced) {
      this.floating = true;
      return;
    }
    if (mark.points.length < POINTS[mark.kind]) {
      mark.points.push(here as Point);
      this.book.write(held.imageId, marks, false);
      this.hold({ ...held, point: mark.points.length - 1, at });
      this.floating = true;
      return;
    }
    this.finish(held, marks, mark);
  }

  private finish(held: Held, marks: Mark[], mark: Mark): void {
    this.held = null;
    this.book.write(held.imageId, marks);
    if (mark.kind === 'arrow' && mark.text === undefined) this.ask((text) => this.label(held, text));
  }

  private label({ imageId, index }: Held, text: string): void {
    const marks = structuredClone([...this.book.of(imageId)]);
    const mark = marks[index];
    if (!mark) return;
    mark.text = text;
    this.book.write(imageId, marks);
  }

  /** Give up what is begun and not whole. */
  drop(): void {
    if (this.held && this.floating) this.book.undo();
    this.held = null;
    this.floating = false;
  }

  /** Take back what is being made or moved. */
  abort(): void {
    if (this.held) this.book.undo();
    this.held = null;
    this.floating = false;
  }

  /** Delete the mark that was made or moved last. Returns whether there was one in view. */
  delete(): boolean {
    this.drop();
    const { imageId } = this.stage.picture ?? {};
    const marks = this.marks;
    if (!imageId || !marks.length) return false;
    this.book.remember(imageId);
    marks.splice(this.selected?.imageId === imageId && this.selected.index < marks.length ? this.selected.index : -1, 1);
    this.selected = null;
    this.book.write(imageId, marks);
    return true;
  }
}

const same = (a: Point, b: Point): boolean => a[0] === b[0] && a[1] === b[1];
