/** Gathers what is on a dropped or chosen disc, without reading any of it. */

export interface Found {
  readonly path: string;
  readonly file: File;
}

export interface Disc {
  readonly files: readonly Found[];
  /** Paths of programs and viewer junk, which stay on the disc. */
  readonly leftBehind: readonly string[];
}

const PROGRAMS = /\.(exe|dll|com|bat|cmd|msi|scr|ocx|sys|jar|class|app|dmg|sh|vbs|ps1|lnk|cab)$/i;
const JUNK = /(^|\/)(autorun\.inf|thumbs\.db|desktop\.ini|\.ds_store|\._[^/]*|__macosx\/.*)$/i;

/** Parts what is sent from what stays on the disc. Anything odd is sent: the server judges by content. */
export function sort(found: readonly Found[]): Disc {
  const stays = (path: string): boolean => PROGRAMS.test(path) || JUNK.test(path);
  return {
    files: found.filter(({ path }) => !stays(path)).sort((a, b) => (a.path < b.path ? -1 : 1)),
    leftBehind: found.filter(({ path }) => stays(path)).map(({ path }) => path),
  };
}

/** Returns what an `<input type=file>` holds, a folder's files with their paths. */
export function fromInput(input: HTMLInputElement): Found[] {
  return [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Returns everything below what was dropped. */
export async function fromDrop(transfer: DataTransfer): Promise<Found[]> {
  // Entries must be taken before the first await: the browser empties the list then.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
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
