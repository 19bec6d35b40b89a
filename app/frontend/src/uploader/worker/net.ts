/** Requests that outlast a bad line: tried again with growing pauses, held while paused or offline. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** What the server said no to, in English; `values` stand for its `{name}`. Trying again would not help. */
export class Refusal extends Error {
  constructor(
    sentence: string,
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super(sentence);
  }
}

/** An answer that has come whole: a pause can't cut it any more. */
export interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

export class Net {
  paused = false;
  /** The line is down: somebody is waiting to try again. */
  lost = false;
  #abort = new AbortController();
  #wake: (() => void)[] = [];

  pause(): void {
    this.paused = true;
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  go(): void {
    this.paused = false;
    this.online();
  }

  /** Ends all waiting: the line may be back. */
  online(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Waits while paused. */
  async open(): Promise<void> {
    while (this.paused) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  /**
   * Returns an answer that is worth reading: neither a network's failure nor a server that is busy. Rejects when
   * `sound` says that it isn't the line: what is to be sent can't be read.
   */
  async fetch(url: string, init: RequestInit, sound?: () => Promise<boolean>): Promise<Answer> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      await this.open();
      try {
        const response = await fetch(url, { ...init, signal: this.#abort.signal, credentials: 'omit' });
        const { ok, status } = response;
        const text = await response.text();
        if (!worthAnotherTry(status)) {
          this.lost = false;
          return { ok, status, text };
        }
      } catch (error) {
        if (this.paused) continue;
        const aborted = error instanceof DOMException && error.name === 'AbortError';
        // fetch says TypeError when the network is away, and when a file can't be read.
        if (!aborted && (!(error instanceof TypeError) || (sound && !(await sound())))) throw error;
      }
      this.lost = true;
      await this.#rest(wait * (0.5 + Math.random()));
    }
  }

  async #rest(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** The disk is full: no second try makes room. */
export const NO_ROOM = 507;
const worthAnotherTry = (status: number): boolean => status === 408 || status === 429 || (status >= 500 && status !== NO_ROOM);

/** Returns the server's sentence for people. */
export function reason({ text }: Answer): string {
  try {
    return (JSON.parse(text) as { detail: string }).detail;
  } catch {
    return 'The server answered with an error.';
  }
}
