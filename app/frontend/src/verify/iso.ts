/** What lies where on an ISO 9660 image of level 1 (ECMA-119), as ours are. */
import { type Files, Unreadable, view } from './found';

const SECTOR = 2048, DESCRIPTOR = 16 * SECTOR, ROOT = 156;
const MAX_DEPTH = 8, MAX_FOLDER = 2 ** 26, MAX_FILES = 200_000;
const FOLDER = 2;

/** The files of an image, or null when it is none. */
export async function isoFiles(file: Blob): Promise<Files | null> {
  if (file.size < DESCRIPTOR + SECTOR) return null;
  const descriptor = await view(file, DESCRIPTOR, DESCRIPTOR + SECTOR);
  if (new TextDecoder('latin1').decode(new Uint8Array(descriptor.buffer, 0, 6)) !== '\u0001CD001') return null;
  const files: Files = new Map();
  await walk(file, descriptor.getUint32(ROOT + 2, true), descriptor.getUint32(ROOT + 10, true), [], files);
  return files;
}

async function walk(file: Blob, sector: number, size: number, above: string[], files: Files): Promise<void> {
  if (above.length >= MAX_DEPTH || size > MAX_FOLDER || files.size > MAX_FILES) throw new Unreadable();
  const folder = await view(file, sector * SECTOR, sector * SECTOR + size);
  for (let at = 0; at < folder.byteLength;) {
    const length = folder.getUint8(at);
    if (length === 0) { at = (Math.floor(at / SECTOR) + 1) * SECTOR; continue; }
    if (length < 34 || at + length > folder.byteLength) throw new Unreadable();
    const name = new TextDecoder('latin1').decode(new Uint8Array(folder.buffer, at + 33, folder.getUint8(at + 32)));
    const [start, bytes] = [folder.getUint32(at + 2, true), folder.getUint32(at + 10, true)];
    const path = [...above, name.replace(/;.*$/, '').replace(/\.$/, '')];
    if (name !== '\0' && name !== '\u0001') {
      if (folder.getUint8(at + 25) & FOLDER) await walk(file, start, bytes, path, files);
      else files.set(path.join('/'), { size: bytes, content: () => file.slice(start * SECTOR, start * SECTOR + bytes).stream() });
    }
    at += length;
  }
}
