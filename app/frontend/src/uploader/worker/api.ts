/** The calls of an upload, under the disc's own grant. */

import type { Left } from '../left';
import type { SamePerson, Upload } from '../messages';
import { saidOf } from '../same';
import { type Answer, type Net, Refusal, reason } from './net';
import type { Item } from './item';

export const ANNOUNCE_AT_ONCE = 1000;
/** Of what stays on the disc, how many the receipt names. */
const NAMED = 1000;

/** Leave to send one file's bytes to where they are kept. */
export interface Ticket {
  readonly number: number;
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly fields: Record<string, string> | null;
  readonly headers: Record<string, string>;
  readonly expires_at: string;
}

export interface PartTicket {
  readonly part: number;
  readonly url: string;
  /** It has arrived before. */
  readonly there: boolean;
}

export interface PartPlan {
  readonly parts: readonly PartTicket[];
  readonly headers: Record<string, string>;
}

export class Api {
  /** How many files are announced: the number that the next one gets. */
  announced = 0;

  constructor(
    readonly upload: Upload,
    readonly net: Net,
  ) {}

  /** Announces files in the order of their numbers, again once their hashes are known; returns those that need not be sent. */
  async announce(items: readonly Item[]): Promise<ReadonlySet<number>> {
    const first = items[0]?.number ?? this.announced;
    const files = items.map(({ path, file, sha256 }) => ({ path, size: file.size, ...(sha256 ? { sha256 } : {}) }));
    const answer = (await this.#json('/files', { first, files })) as { numbers: number[]; known: number[] };
    items.forEach((item, i) => (item.number = answer.numbers[i] as number));
    this.announced = Math.max(this.announced, first + items.length);
    return new Set(answer.known);
  }

  /** Returns tickets by number; those that have arrived get none. */
  async sign(numbers: readonly number[]): Promise<Map<number, Ticket>> {
    const { uploads } = (await this.#json('/sign', { numbers })) as { uploads: Ticket[] };
    return new Map(uploads.map((ticket) => [ticket.number, ticket]));
  }

  /** Returns the numbers of those that the store does not hold as announced. */
  async arrived(numbers: readonly number[]): Promise<readonly number[]> {
    return ((await this.#json('/arrived', { numbers })) as { missing: number[] }).missing;
  }

  /** Returns leave to send a large file in parts of so many bytes. */
  async parts(number: number, partSize: number): Promise<PartPlan> {
    return (await this.#json(`/files/${number}/parts`, { part_size: partSize })) as PartPlan;
  }

  async partsComplete(number: number, partSize: number): Promise<void> {
    await this.#json(`/files/${number}/parts/complete`, { part_size: partSize });
  }

  async unreadable(number: number): Promise<void> {
    this.#good(await this.#ask(`/files/${number}/unreadable`, { method: 'POST' }));
  }

  /** Closes the upload: says what stays on the disc, and why its people are one where that was in doubt. */
  async complete(left: readonly Left[], samePerson: SamePerson | null): Promise<void> {
    await this.#json('/complete', {
      left_behind: left.length,
      left_paths: left.slice(0, NAMED),
      same_person: samePerson && saidOf(samePerson),
    });
  }

  #ask(path: string, init: RequestInit): Promise<Answer> {
    const headers = { ...(init.headers as Record<string, string>), Authorization: `Upload ${this.upload.grant}`, Accept: 'application/json' };
    return this.net.fetch(this.upload.upload + path, { ...init, headers });
  }

  async #json(path: string, body: unknown): Promise<unknown> {
    return this.#good(await this.#ask(path, json(body)));
  }

  #good(answer: Answer): unknown {
    if (!answer.ok) throw new Refusal(reason(answer));
    return answer.text ? JSON.parse(answer.text) : null;
  }
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
