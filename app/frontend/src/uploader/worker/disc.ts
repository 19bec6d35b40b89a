/** The disc that was chosen: its files, and looking at them before any of them leaves. */

import type { Announced, Found } from '../messages';
import { type Leaf, type Part, type Tree, grow, keyOf } from '../tree';
import { type Left, isArchive, staysBehind, viewerParts } from '../left';
import { Drive } from './drive';
import { readIndex } from './index';
import { type Item, itemOf } from './item';
import { look, readWhole } from './look';

/** Bytes that looking may keep from an optical drive: a CD. The browser holds them, outside of the page. */
const KEEP = 800e6;
const LARGEST = 2 * 2 ** 30;
const LOOKERS = 4;

const INDEX = /(^|\/)dicomdir\.?(;1)?$/i;

export class Disc {
  readonly drive = new Drive();
  items: Item[] = [];
  readonly leftBehind: Left[] = [];
  readonly tooLarge: string[] = [];
  before: readonly Announced[] = [];
  #elsewhere: Announced[] = [];
  #next = 0;
  #stopped = false;

  add(found: readonly Found[]): void {
    for (const { path, file } of found) {
      const kind = staysBehind(path);
      if (kind) this.leftBehind.push({ path, kind });
      else if (file.size > LARGEST && !isArchive(path)) this.tooLarge.push(path);
      else this.items.push(itemOf(path, file));
    }
  }

  /** Ends looking: from now on files are looked at as they are sent. */
  stop(): void {
    this.#stopped = true;
  }

  /** All of it was added. */
  added(): void {
    const isViewers = viewerParts(this.leftBehind);
    this.#leave(({ path }) => isViewers(path), ({ path }) => this.leftBehind.push({ path, kind: 'viewer' }));
    // Only alone does an archive hold a whole disc, and may be as large.
    if (this.items.length > 1) this.#leave(({ file }) => file.size > LARGEST, ({ path }) => this.tooLarge.push(path));
  }

  #leave(which: (item: Item) => boolean, note: (item: Item) => void): void {
    this.items.filter(which).forEach(note);
    this.items = this.items.filter((item) => !which(item));
  }

  /** Looks at all files, the index first. */
  async look(): Promise<void> {
    this.items.sort((a, b) => Number(INDEX.test(b.path)) - Number(INDEX.test(a.path)) || (a.path < b.path ? -1 : 1));
    for (const item of this.items) if (INDEX.test(item.path)) await this.#believe(item);
    while (!this.drive.known && (await this.#lookAtNext()));
    await Promise.all(Array.from({ length: LOOKERS }, () => this.#lookOn()));
  }

  async #believe(index: Item): Promise<void> {
    try {
      const folder = index.path.slice(0, index.path.lastIndexOf('/') + 1).toUpperCase();
      const facts = readIndex(await readWhole(this.drive, index, true));
      for (const item of this.items) {
        const path = item.path.toUpperCase().replace(/\.?(;1)?$/, '');
        if (path.startsWith(folder)) item.facts ??= facts.get(path.slice(folder.length)) ?? null;
      }
    } catch {
      // An index that can't be read is a file like any other: the files themselves tell.
    }
  }

  async #lookOn(): Promise<void> {
    while (await this.#lookAtNext());
  }

  /** Tells whether there was one. */
  async #lookAtNext(): Promise<boolean> {
    const item = this.#stopped ? undefined : this.items[this.#next++];
    if (!item) return false;
    const room = this.drive.known && !this.drive.slow ? 0 : KEEP - this.#kept();
    // On a slow drive without room for more, what the index says must do until the file is sent.
    const later = this.drive.slow && item.facts && item.file.size > room;
    if (item.looked || item.state === 'safe' || later) return true;
    await look(this.drive, item, room).catch(() => (item.state = 'unreadable'));
    return true;
  }

  #kept(): number {
    return this.items.reduce((sum, { kept, file }) => sum + (kept ? file.size : 0), 0);
  }

  /** Finds on this disc the files that an earlier upload announced. */
  resume(before: readonly Announced[]): void {
    const there = new Shelf(this.items);
    this.before = before;
    this.#elsewhere = before.filter(({ number, path, size, received }) => {
      const item = there.take(path, size);
      if (item) Object.assign(item, { number, before: true, state: received ? 'safe' : item.state });
      return !item && !received;
    });
  }

  /** Announced before, never received, and not on this disc. */
  get elsewhere(): readonly Announced[] {
    return this.#elsewhere;
  }

  tree(done: boolean): Tree {
    const others: Part = { files: 0, bytes: 0 };
    const leaves: Leaf[] = [];
    for (const { facts, file, looked, before, state } of this.items) {
      if (facts) leaves.push({ facts, bytes: file.size, confirmed: looked, before });
      else if (state !== 'safe') {
        others.files += 1;
        others.bytes += file.size;
      }
    }
    return {
      done,
      looked: this.items.filter(({ looked, state }) => looked || state !== 'there').length,
      files: this.items.length,
      patients: grow(leaves),
      others,
      leftBehind: this.leftBehind.slice(0, 200),
      left: this.leftBehind.length,
      tooLarge: this.tooLarge,
      unreadable: this.items.filter(({ state }) => state === 'unreadable').map(({ path }) => path).slice(0, 200),
      resumed: this.before.length > 0 ? this.#resumed() : null,
    };
  }

  #resumed(): Tree['resumed'] {
    const safe = this.items.filter(({ state }) => state === 'safe');
    const listed = safe.filter(({ facts }) => facts);
    return {
      announced: this.before.length,
      received: safe.length,
      listed: { files: listed.length, bytes: listed.reduce((sum, { file }) => sum + file.size, 0) },
      elsewhere: this.#elsewhere.length,
    };
  }
}

/**
 * What makes a file the same on another day and another PC: its path below the disc's root, and its size. Systems show
 * a disc's names in capitals or not, and put accents together or apart; but where names differ by just that, each is
 * another file.
 */
class Shelf {
  readonly #items = new Map<string, Item[]>();

  constructor(items: readonly Item[]) {
    for (const item of items) {
      const name = folded(item.path, item.file.size);
      this.#items.set(name, [...(this.#items.get(name) ?? []), item]);
    }
  }

  /** Returns the file, once; the one of exactly this name first. */
  take(path: string, size: number): Item | undefined {
    const alike = this.#items.get(folded(path, size)) ?? [];
    const exact = alike.findIndex((item) => below(item.path) === below(path));
    return alike.splice(Math.max(exact, 0), 1)[0];
  }
}

const below = (path: string): string => path.replace(/^[^/]*\//, '');
const folded = (path: string, size: number): string => `${below(path).normalize('NFC').toUpperCase()}\n${size}`;

export type Choice = 'yes' | 'no' | 'ask';

/** Tells whether a file is to be sent; `ask` when it belongs to a study that nobody has seen yet. */
export function choice(item: Item, keep: ReadonlySet<string>, leave: ReadonlySet<string>): Choice {
  if (!item.facts) return 'yes';
  const key = keyOf(item.facts);
  if (leave.has(key)) return 'no';
  return keep.has(key) ? 'yes' : 'ask';
}
