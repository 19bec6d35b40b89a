/** What the page and the disc's worker tell each other. The files stay in the worker; the page sees counts. */

import type { Identity } from './identity';
import type { Tree } from './tree';

export interface Found {
  readonly path: string;
  readonly file: File;
}

/** Leave to send one disc's files, and where its pages are. */
export interface Upload {
  readonly disc_id: string;
  readonly grant: string;
  readonly upload: string;
  readonly page: string;
  readonly share: string;
}

/** Why the people on a disc are one person, the expected one; said with these identities in view. */
export interface SamePerson {
  readonly because: string;
  readonly people: readonly Identity[];
}

/** A file that an earlier upload of the same disc has announced. */
export interface Announced {
  readonly number: number;
  readonly path: string;
  readonly size: number;
  readonly received: boolean;
}

export interface Progress {
  readonly files: number;
  readonly allFiles: number;
  readonly bytes: number;
  readonly allBytes: number;
  /** Files that need not be read from the disc again. */
  readonly off: number;
  readonly lost: boolean;
}

export type ToWorker =
  | { readonly type: 'clear' }
  | { readonly type: 'add'; readonly found: readonly Found[] }
  | { readonly type: 'scan'; readonly before?: readonly Announced[] }
  | { readonly type: 'send'; readonly upload: Upload; readonly keep: readonly string[]; readonly leave: readonly string[]; readonly samePerson: SamePerson | null }
  | { readonly type: 'pause' | 'go' | 'online' };

export type FromWorker =
  | { readonly type: 'look'; readonly tree: Tree }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'unreadable'; readonly path: string }
  | { readonly type: 'surprise'; readonly tree: Tree }
  | { readonly type: 'complete' }
  | { readonly type: 'refused'; readonly sentence: string | null; readonly values?: Readonly<Record<string, string>> };
