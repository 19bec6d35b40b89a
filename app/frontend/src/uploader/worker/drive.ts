/** Reads files as the drive likes it: an optical one, where each opening costs a seek, one at a time. */

const AT_ONCE = 4;
/** An opening that takes this long, in ms, is a seek of an optical drive (85 to 170) or a far network drive. */
const SEEK_MS = 50;
const REMEMBERED = 5;
const TOLD_BY = 3;
const AGAIN_MS = 400;

export class Drive {
  #reading = 0;
  #waiting: (() => void)[] = [];
  #openings: number[] = [];

  /** Enough files were opened to tell what kind of drive it is. */
  get known(): boolean {
    return this.#openings.length >= TOLD_BY;
  }

  get slow(): boolean {
    const sorted = [...this.#openings].sort((a, b) => a - b);
    return this.known && (sorted[sorted.length >> 1] ?? 0) > SEEK_MS;
  }

  /** Reads bytes; a drive that fails gets a second try. Rejects when it fails again, or the file has changed. */
  async read(file: File, start = 0, end = file.size): Promise<ArrayBuffer> {
    await this.#turn();
    try {
      return await this.#timed(file, start, end).catch(async () => {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        return this.#timed(file, start, end);
      });
    } finally {
      this.#reading -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Tells whether a file can still be read, and has not changed since it was chosen. */
  async has(file: File): Promise<boolean> {
    return file.slice(0, 1).arrayBuffer().then(() => true, () => false);
  }

  async #timed(file: File, start: number, end: number): Promise<ArrayBuffer> {
    const began = performance.now();
    const bytes = await file.slice(start, end).arrayBuffer();
    if (start === 0 && end < 8e6) this.#openings = [...this.#openings, performance.now() - began].slice(-REMEMBERED);
    if (bytes.byteLength !== end - start) throw new Error('the file is shorter than it was');
    return bytes;
  }

  async #turn(): Promise<void> {
    while (this.#reading >= (this.known && !this.slow ? AT_ONCE : 1)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reading += 1;
  }
}
