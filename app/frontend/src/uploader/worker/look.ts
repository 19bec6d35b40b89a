/** Looks at one file: its header's facts, from as few bytes as the drive makes sensible. */

import { readHeader } from './header';
import type { Drive } from './drive';
import { sha256 } from './hash';
import type { Item } from './item';

/** Above this, in bytes, a file is never held whole. */
export const WHOLE = 64e6;
const SMALL = 4e6;
const WINDOWS = [16_384, 1_048_576, 16_777_216];

/** Reads a file whole and notes its hash; looks at it on the way, if nobody has. What is kept is sent without reading it again. */
export async function readWhole(drive: Drive, item: Item, keep: boolean): Promise<Uint8Array> {
  const bytes = await drive.read(item.file);
  if (!item.looked) note(item, readHeader(new Uint8Array(bytes), true));
  item.sha256 = await sha256(bytes);
  item.kept = keep ? new Blob([bytes]) : null;
  return new Uint8Array(bytes);
}

/**
 * Looks at a file. Where opening is dear the file is read whole while it is open (`room` bytes may be kept), so that
 * sending need not come back to it; elsewhere only its header is read.
 */
export async function look(drive: Drive, item: Item, room: number): Promise<void> {
  const { size } = item.file;
  if (size <= Math.min(room, drive.slow ? WHOLE : drive.known ? 0 : SMALL)) {
    await readWhole(drive, item, true);
    return;
  }
  for (const window of WINDOWS) {
    const header = readHeader(new Uint8Array(await drive.read(item.file, 0, Math.min(window, size))), window >= size);
    if (header !== 'more') return note(item, header);
  }
  note(item, 'other');
}

function note(item: Item, header: ReturnType<typeof readHeader>): void {
  item.facts = typeof header === 'string' ? null : header;
  item.looked = true;
}
