/** Hands things from one stage to the next; who pushes waits while there is no room. */

export class Queue<T> {
  readonly #held: T[] = [];
  readonly #takers: (() => void)[] = [];
  readonly #givers: (() => void)[] = [];
  #closed = false;

  constructor(readonly room: number) {}

  async push(...things: T[]): Promise<void> {
    while (this.#held.length >= this.room && !this.#closed) await new Promise<void>((resolve) => this.#givers.push(resolve));
    this.#held.push(...things);
    for (const wake of this.#takers.splice(0)) wake();
  }

  /** Returns one to `most` things, none at the end. */
  async take(most = 1): Promise<T[]> {
    while (this.#held.length === 0 && !this.#closed) await new Promise<void>((resolve) => this.#takers.push(resolve));
    const some = this.#held.splice(0, most);
    for (const wake of this.#givers.splice(0)) wake();
    return some;
  }

  close(): void {
    this.#closed = true;
    for (const wake of [...this.#takers.splice(0), ...this.#givers.splice(0)]) wake();
  }
}

/** Bytes that may be held at once. */
export class Budget {
  #used = 0;
  #waiting: (() => void)[] = [];

  /** Somebody waits for room. */
  get short(): boolean {
    return this.#waiting.length > 0;
  }

  /** Waits for room, and asks for it first; one thing always fits. */
  async take(bytes: number, limit: () => number, ask: () => Promise<void>): Promise<void> {
    while (this.#used > 0 && this.#used + bytes > limit()) {
      const room = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await ask();
      await room;
    }
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
