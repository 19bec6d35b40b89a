/** Sends a disc: files are read one after the other, hashed, announced, signed for, and sent six at a time. */

import type { Left } from '../left';
import type { Progress, SamePerson, Upload } from '../messages';
import { Api, ANNOUNCE_AT_ONCE, type Ticket } from './api';
import { type Disc, choice } from './disc';
import type { Item } from './item';
import { sendLarge } from './large';
import { WHOLE, readWhole } from './look';
import { NO_ROOM, type Net, Refusal, reason } from './net';
import { Budget, Queue } from './queue';

const AT_ONCE = 6;
/** Files that are read and hashed side by side; the drive itself takes one at a time where seeks are dear. */
const READERS = 3;
const SIGN_AT_ONCE = 48;
/** Bytes held between drive and line, where a drive is not asked twice; from an optical drive all of a CD, so that it can be taken out soon. */
const HELD = 64e6;
const HELD_OF_SLOW = 800e6;
const TRIES = 5;
const FAILURES_OF_A_GONE_DRIVE = 5;
const CONFIRM_AT_ONCE = 50;

export interface Wishes {
  readonly keep: ReadonlySet<string>;
  readonly leave: ReadonlySet<string>;
}

interface Parcel {
  readonly item: Item;
  ticket: Ticket | null;
}

export interface Listener {
  unreadable(path: string): void;
  /** The drive has stopped giving files; resolves when it is to be tried again. */
  gone(): Promise<void>;
  /** Files belong to studies that nobody has seen yet; resolves with what is wanted now. */
  ask(): Promise<Wishes>;
}

export class Sending {
  readonly #api: Api;
  #signed = new Queue<Parcel>(SIGN_AT_ONCE);
  #ready = new Queue<Item>(2 * SIGN_AT_ONCE);
  readonly #budget = new Budget();
  readonly #unconfirmed: Item[] = [];
  #wishes: Wishes;
  #partly = 0;
  #over = false;
  #next = 0;
  /** Something could not be sent from the drive and needs another pass. */
  #returned = false;
  #failed: Item[] = [];
  #gone: Promise<void> | null = null;
  readonly #reading = new Set<Promise<boolean>>();
  /** Why all that is sent is one person, where somebody had to say so. */
  samePerson: SamePerson | null = null;
  readonly #queued = new Set<Item>();
  readonly #budgeted = new Set<Item>();

  constructor(
    upload: Upload,
    readonly net: Net,
    readonly disc: Disc,
    wishes: Wishes,
    readonly listener: Listener,
  ) {
    this.#api = new Api(upload, net);
    this.#api.announced = disc.before.reduce((most, { number }) => Math.max(most, number + 1), 0);
    this.#wishes = wishes;
  }

  /** Sends all that is wanted and closes the upload. Called again after a refusal, it goes on where it stood. */
  async run(): Promise<void> {
    try {
      await this.#announceKnown();
      do await this.#pass();
      while (this.#returned);
      await this.#close();
    } finally {
      this.#over = true;
      this.#ready.close();
      this.#signed.close();
    }
  }

  /** Reads, signs and sends side by side all that is still there. */
  async #pass(): Promise<void> {
    [this.#returned, this.#next] = [false, 0];
    [this.#signed, this.#ready] = [new Queue<Parcel>(SIGN_AT_ONCE), new Queue<Item>(2 * SIGN_AT_ONCE)];
    const senders = Array.from({ length: AT_ONCE }, () => this.#send());
    await Promise.all([this.#prepare(), this.#sign(), ...senders]);
    await this.#confirm();
  }

  async #close(): Promise<void> {
    const unreadable = this.disc.items.filter(({ state }) => state === 'unreadable');
    const unknown = unreadable.filter(({ number }) => number === null);
    if (unknown.length > 0) await this.#api.announce(unknown);
    for (const { number } of [...unreadable, ...this.disc.elsewhere]) await this.#api.unreadable(number!);
    await this.#api.complete(this.#leftBehind(), this.samePerson);
  }

  /** What stays on the disc, the fewer and the odder first: of them the receipt names the first. */
  #leftBehind(): Left[] {
    const tooLarge = this.disc.tooLarge.map((path): Left => ({ path, kind: 'too_large' }));
    const leftOut = this.disc.items.filter(({ state }) => state === 'left').map(({ path }): Left => ({ path, kind: 'left_out' }));
    return [...tooLarge, ...this.disc.leftBehind, ...leftOut];
  }

  /** How far it is, in files and bytes of what is wanted. */
  progress(): Progress {
    const { keep, leave } = this.#wishes;
    const at = { files: 0, allFiles: 0, bytes: this.#partly, allBytes: 0, off: 0, lost: this.net.lost };
    for (const item of this.disc.items) {
      if (item.state === 'left' || choice(item, keep, leave) === 'no') continue;
      const done = item.state === 'safe' || item.state === 'unreadable';
      at.allFiles += 1;
      at.allBytes += item.file.size;
      if (done) at.files += 1;
      if (done) at.bytes += item.file.size;
      if (done || item.state === 'off' || item.kept) at.off += 1;
    }
    return at;
  }

  /** Announces what was looked at, so that the server's counts are true from the start. */
  async #announceKnown(): Promise<void> {
    const { keep, leave } = this.#wishes;
    const known = (item: Item): boolean => item.looked || item.state === 'unreadable';
    const fresh = this.disc.items.filter((item) => item.number === null && known(item) && choice(item, keep, leave) === 'yes');
    for (let i = 0; i < fresh.length; i += ANNOUNCE_AT_ONCE) await this.#api.announce(fresh.slice(i, i + ANNOUNCE_AT_ONCE));
  }

  async #prepare(): Promise<void> {
    const held: Item[] = [];
    await Promise.all(Array.from({ length: READERS }, () => this.#readOn(held)));
    this.#tellUnreadable();
    await this.#askFor(held);
    this.#ready.close();
  }

  /** Reads what is wanted, file by file, and queues it. */
  async #readOn(held: Item[]): Promise<void> {
    const { items } = this.disc;
    while (this.#next < items.length && !this.#over) {
      const item = items[this.#next++] as Item;
      const open = item.state === 'there' || item.state === 'off';
      if (!open || this.#queued.has(item) || !this.#wanted(item, held)) continue;
      await this.net.open();
      const reading = this.#read(item);
      this.#reading.add(reading);
      const read = await reading;
      this.#reading.delete(reading);
      if (read) await this.#has(item, held);
      else if (this.#failed.push(item) >= FAILURES_OF_A_GONE_DRIVE) await (this.#gone ??= this.#backAgain());
    }
  }

  async #has(item: Item, held: Item[]): Promise<void> {
    this.#tellUnreadable();
    if (this.#wanted(item, held)) await this.#queue(item);
    else if (!held.includes(item)) this.#letGo(item);
  }

  /** Many in a row: that is the drive, not its files. Once it is back they are tried again. */
  async #backAgain(): Promise<void> {
    await Promise.allSettled([...this.#reading]);
    await this.listener.gone();
    for (const item of this.#failed.splice(0)) item.state = 'there';
    [this.#next, this.#gone] = [0, null];
  }

  /** The drive reads on: what failed before was the files' fault. */
  #tellUnreadable(): void {
    if (!this.#gone) for (const { path } of this.#failed.splice(0)) this.listener.unreadable(path);
  }

  #wanted(item: Item, held: Item[]): boolean {
    const wish = choice(item, this.#wishes.keep, this.#wishes.leave);
    if (wish === 'no') item.state = 'left';
    if (wish === 'ask' && !held.includes(item)) held.push(item);
    return wish === 'yes';
  }

  async #queue(item: Item): Promise<void> {
    this.#queued.add(item);
    await this.#ready.push(item);
  }

  /** Reads an item for its hash; where the drive is slow, or fails, its bytes are kept. Tells whether it could be read. */
  async #read(item: Item): Promise<boolean> {
    const { drive } = this.disc;
    const keep = item.shaky || !drive.known || drive.slow;
    if (item.file.size > WHOLE || (item.sha256 && !item.kept && !keep)) return true;
    if (keep || item.kept) await this.#hold(item);
    if (item.kept) return true;
    try {
      await readWhole(drive, item, keep);
      if (keep) item.state = 'off';
      return true;
    } catch {
      this.#letGo(item);
      item.state = 'unreadable';
      return false;
    }
  }

  /** Waits until there is room for an item's bytes. */
  async #hold(item: Item): Promise<void> {
    if (this.#budgeted.has(item)) return;
    await this.#budget.take(item.file.size, () => (this.disc.drive.slow ? HELD_OF_SLOW : HELD), () => this.#confirm());
    this.#budgeted.add(item);
  }

  #cannotRead(item: Item): void {
    item.state = 'unreadable';
    this.listener.unreadable(item.path);
  }

  #letGo(item: Item): void {
    item.kept = null;
    if (item.state === 'off') item.state = 'there';
    if (this.#budgeted.delete(item)) this.#budget.give(item.file.size);
  }

  async #askFor(held: Item[]): Promise<void> {
    if (held.length === 0) return;
    this.#wishes = await this.listener.ask();
    for (const item of held) {
      if (!this.#wanted(item, [])) this.#letGo(item);
      else if (await this.#read(item)) await this.#queue(item);
    }
  }

  async #sign(): Promise<void> {
    for (;;) {
      const batch = await this.#ready.take(SIGN_AT_ONCE);
      if (batch.length === 0) break;
      const known = await this.#declare(batch);
      const rest = batch.filter(({ number }) => !known.has(number!));
      for (const item of batch) if (known.has(item.number!)) this.#safe(item);
      const small = rest.filter(({ file }) => file.size <= WHOLE);
      const tickets = small.length > 0 ? await this.#api.sign(small.map(({ number }) => number!)) : new Map<number, Ticket>();
      for (const item of rest) await this.#signed.push({ item, ticket: tickets.get(item.number!) ?? null });
    }
    this.#signed.close();
  }

  /** Tells the server the hashes of a batch; returns the numbers that it need not be sent. */
  async #declare(batch: readonly Item[]): Promise<ReadonlySet<number>> {
    const known = new Set<number>();
    for (const run of runs(batch)) {
      for (const number of await this.#api.announce(run)) known.add(number);
    }
    return known;
  }

  async #send(): Promise<void> {
    for (;;) {
      const [parcel] = await this.#signed.take();
      if (!parcel) return;
      if (parcel.item.file.size > WHOLE) await this.#sendLarge(parcel.item);
      else await this.#sendWhole(parcel);
    }
  }

  async #sendLarge(item: Item): Promise<void> {
    let arrived = 0;
    const count = (bytes: number): void => {
      arrived += bytes;
      this.#partly += bytes;
    };
    try {
      await sendLarge(this.#api, this.disc.drive, item, count);
      item.state = 'safe';
    } catch (error) {
      if (error instanceof Refusal) throw error;
      this.#cannotRead(item);
    } finally {
      this.#partly -= arrived;
    }
  }

  async #sendWhole({ item, ticket }: Parcel): Promise<void> {
    // Without a ticket it has arrived before; where we ourselves are the store, an answer says that it is there.
    if (ticket && !(await this.#deliver(item, ticket))) return;
    if (!ticket || new URL(ticket.url, location.href).origin === location.origin) {
      this.#safe(item);
      return;
    }
    this.#unconfirmed.push(item);
    // What the store has confirmed need no longer be held: readers may be waiting for that room.
    if (this.#unconfirmed.length >= CONFIRM_AT_ONCE || this.#budget.short) await this.#confirm();
  }

  /**
   * Sends one file to where its ticket says; a signature that has lapsed is asked for anew. Tells whether it is gone:
   * what the drive no longer gives is for the readers to judge.
   */
  async #deliver(item: Item, first: Ticket): Promise<boolean> {
    let ticket: Ticket | undefined = first;
    let answer = '';
    for (let tries = 0; tries < TRIES && ticket; tries += 1) {
      const response = await this.net.fetch(ticket.url, requestOf(ticket, item.kept ?? item.file), () => this.#there(item)).catch((error: unknown) => {
        if (item.kept) throw error;
      });
      if (!response) return this.#giveBack(item);
      if (response.ok) return true;
      answer = reason(response);
      if (response.status === NO_ROOM) throw new Refusal(answer);
      ticket = (await this.#api.sign([item.number!])).get(item.number!);
    }
    if (!ticket) return true;
    throw new Refusal('{file} was refused. {answer} What arrived is safe.', { file: item.path, answer });
  }

  #there(item: Item): Promise<boolean> {
    return item.kept ? Promise.resolve(true) : this.disc.drive.has(item.file);
  }

  #giveBack(item: Item): false {
    Object.assign(item, { shaky: true, sha256: null, state: 'there' });
    this.#queued.delete(item);
    this.#returned = true;
    return false;
  }

  /** Has a foreign store's holdings checked; what is missing there is sent again, from memory. */
  async #confirm(): Promise<void> {
    for (let tries = 0; this.#unconfirmed.length > 0; tries += 1) {
      const some = this.#unconfirmed.splice(0);
      const missing = new Set(await this.#api.arrived(some.map(({ number }) => number!)));
      for (const item of some) if (!missing.has(item.number!)) this.#safe(item);
      const again = some.filter(({ number }) => missing.has(number!));
      if (again.length === 0) return;
      if (tries >= TRIES) throw new Refusal('{n} files do not arrive whole. What arrived is safe.', { n: `${again.length}` });
      const tickets = await this.#api.sign([...missing]);
      for (const item of again) if (await this.#deliver(item, tickets.get(item.number!)!)) this.#unconfirmed.push(item);
    }
  }

  #safe(item: Item): void {
    this.#letGo(item);
    item.state = 'safe';
  }
}

/** Parts a batch into runs that can be announced at once: numbers that follow each other, or none yet. */
function runs(batch: readonly Item[]): Item[][] {
  const found: Item[][] = [];
  for (const item of batch.filter(({ sha256, number }) => sha256 || number === null)) {
    const last = found.at(-1)?.at(-1);
    const follows = last && (item.number === null ? last.number === null : last.number !== null && item.number === last.number + 1);
    if (follows) found.at(-1)!.push(item);
    else found.push([item]);
  }
  return found;
}

function requestOf(ticket: Ticket, body: Blob): RequestInit {
  if (ticket.method === 'PUT') return { method: 'PUT', body, headers: ticket.headers };
  const form = new FormData();
  for (const [name, value] of Object.entries(ticket.fields ?? {})) form.append(name, value);
  form.append('file', body);
  return { method: 'POST', body: form, headers: ticket.headers };
}
