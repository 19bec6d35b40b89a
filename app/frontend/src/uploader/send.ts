/** Sends a disc's files: six at a time, tried again until they are safe, waiting while offline. */

import type { Found } from './collect';

const AT_ONCE = 6;
const ANNOUNCE_AT_ONCE = 1000;
const LONGEST_WAIT_MS = 30_000;

export interface Upload {
  readonly disc_id: string;
  readonly grant: string;
  readonly upload: string;
  readonly page: string;
  readonly share: string;
}

export interface Progress {
  readonly state: 'receiving' | 'ingesting' | 'ready' | 'needs_review' | 'failed';
  readonly files: number;
  readonly received: number;
  readonly read: number;
}

export interface Watcher {
  sent(files: number, bytes: number): void;
  lost(): void;
  found(): void;
  unreadable(path: string): void;
}

/** What the server said no to; trying again would not help. */
export class Refusal extends Error {}

/** Makes a request under the disc's grant, again and again while the network is away. */
async function ask(upload: Upload, path: string, init: RequestInit, watcher?: Watcher): Promise<Response> {
  for (let wait = 500; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      const response = await fetch(upload.upload + path, {
        ...init,
        headers: { ...init.headers, Authorization: `Upload ${upload.grant}` },
      });
      if (response.ok) {
        watcher?.found();
        return response;
      }
      if (response.status < 500 && response.status !== 429) throw new Refusal(await reason(response));
      if (response.status === 507) throw new Refusal(await reason(response));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch says TypeError when the network is away
    }
    watcher?.lost();
    await pause(wait * (0.5 + Math.random()));
  }
}

/** Waits, and returns early once the browser is online again. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
  });
}

/** Returns the server's sentence for people. */
export async function reason(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { detail: string }).detail;
  } catch {
    return `The server answered ${response.status}.`;
  }
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** Sends all files and closes the upload. */
export async function send(upload: Upload, files: readonly Found[], leftBehind: number, watcher: Watcher): Promise<void> {
  const numbers: number[] = [];
  for (let i = 0; i < files.length; i += ANNOUNCE_AT_ONCE) {
    const some = files.slice(i, i + ANNOUNCE_AT_ONCE).map(({ path, file }) => ({ path, size: file.size }));
    const response = await ask(upload, '/files', json({ first: i, files: some }), watcher);
    numbers.push(...((await response.json()) as { numbers: number[] }).numbers);
  }
  const queue = files.map((found, i) => ({ ...found, number: numbers[i] as number }));
  await Promise.all(Array.from({ length: AT_ONCE }, () => sendSome(upload, queue, watcher)));
  await ask(upload, '/complete', json({ left_behind: leftBehind }), watcher);
}

async function sendSome(upload: Upload, queue: (Found & { number: number })[], watcher: Watcher): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (await readable(next.file)) {
      await ask(upload, `/files/${next.number}`, { method: 'PUT', body: next.file }, watcher);
    } else {
      watcher.unreadable(next.path);
      await ask(upload, `/files/${next.number}/unreadable`, { method: 'POST' }, watcher);
    }
    watcher.sent(1, next.file.size);
  }
}

/** Tells whether the drive still gives the file: fetch itself can't tell a bad disc from a bad network. */
async function readable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    await file.slice(Math.max(0, file.size - 1)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Returns how far the server is. */
export async function progress(upload: Upload): Promise<Progress> {
  return (await (await ask(upload, '', {})).json()) as Progress;
}
