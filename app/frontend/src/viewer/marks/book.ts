/** All marks of this visit, by picture. They stay in this tab of this browser, and end with it. */
import type { Mark } from './mark';

type Pages = Record<string, Mark[]>;

const MOST_UNDO = 100;

export class Book {
  private pages: Pages;
  private readonly before: { imageId: string; marks: Mark[] }[] = [];
  private readonly listeners: (() => void)[] = [];
  private readonly name: string;

  constructor(shareId: string) {
    this.name = `vcd-marks-${shareId}`;
    try {
      this.pages = JSON.parse(sessionStorage.getItem(this.name) ?? '{}') as Pages;
    } catch {
      this.pages = {};
    }
  }

  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  of(imageId: string): readonly Mark[] {
    return this.pages[imageId] ?? [];
  }

  /** The pictures that carry marks. */
  get marked(): string[] {
    return Object.keys(this.pages).filter((imageId) => this.of(imageId).length);
  }

  /** Whether there is something to take back. */
  get undoable(): boolean {
    return this.before.length > 0;
  }

  /** Remember how a picture's marks are before they change. */
  remember(imageId: string): void {
    this.before.push({ imageId, marks: structuredClone([...this.of(imageId)]) });
    if (this.before.length > MOST_UNDO) this.before.shift();
  }

  /** Write a picture's marks; `done` once the pointer is lifted. */
  write(imageId: string, marks: Mark[], done = true): void {
    this.pages[imageId] = marks;
    if (done) this.keep();
    for (const listener of this.listeners) listener();
  }

  /** Take the last change back. Returns the picture that it was made on. */
  undo(): string | null {
    const last = this.before.pop();
    if (last) this.write(last.imageId, last.marks);
    return last?.imageId ?? null;
  }

  private keep(): void {
    try {
      sessionStorage.setItem(this.name, JSON.stringify(this.pages));
    } catch {
      // A browser that keeps nothing loses marks when the page is loaded again, and nothing else.
    }
  }
}
