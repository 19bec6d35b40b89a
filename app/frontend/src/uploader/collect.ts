/** Gathers what is on a dropped or chosen disc, without reading any of it. */

import type { Found } from './messages';

/** The page is free again after so long: thousands of files are not gathered in one go. */
const GATHERED_MS = 20;

/** Returns what an `<input type=file>` holds, a folder's files with their paths, and empties it. */
export async function fromInput(input: HTMLInputElement): Promise<Found[]> {
  const chosen = input.files ?? [];
  const found: Found[] = [];
  let rested = performance.now();
  for (let i = 0; i < chosen.length; i += 1) {
    const file = chosen[i]!;
    found.push({ path: file.webkitRelativePath || file.name, file });
    if (performance.now() - rested < GATHERED_MS) continue;
    await pause();
    rested = performance.now();
  }
  // Choosing the same folder again must be heard too.
  if (input.files === chosen) input.value = '';
  return found;
}

/** Lets the page do what else waits. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Returns everything below what was dropped. */
export async function fromDrop(transfer: DataTransfer): Promise<Found[]> {
  // Entries must be taken before the first await: the browser empties the list then.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: Found[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader hands out at most 100 entries a call.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const child of some) await walk(child, found);
  }
}
