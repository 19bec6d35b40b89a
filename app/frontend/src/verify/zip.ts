/** What lies where in a ZIP (APPNOTE 6.3.10), ZIP64 included. */
import { type Files, Unreadable, view } from './found';

const END = 0x06054b50, END_64 = 0x06064b50, LOCATOR_64 = 0x07064b50, CENTRAL = 0x02014b50, LOCAL = 0x04034b50;
const END_SIZE = 22, LARGEST_COMMENT = 0xffff;
const FULL = 0xffffffff;
const DEFLATED = 8;

interface Directory { at: number; size: number; count: number }

/** The files of a ZIP, or null when it is none. */
export async function zipFiles(file: Blob): Promise<Files | null> {
  const start = Math.max(0, file.size - END_SIZE - LARGEST_COMMENT);
  const tail = await view(file, start, file.size);
  for (let at = tail.byteLength - END_SIZE; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) === END) return entries(file, await directory(file, tail, at, start + at));
  }
  return null;
}

async function directory(file: Blob, tail: DataView, at: number, offset: number): Promise<Directory> {
  const short = { count: tail.getUint16(at + 10, true), size: tail.getUint32(at + 12, true), at: tail.getUint32(at + 16, true) };
  if (short.count < 0xffff && short.size < FULL && short.at < FULL) return short;
  const locator = await view(file, offset - 20, offset);
  if (locator.getUint32(0, true) !== LOCATOR_64) return short;
  const place = whole(locator, 8);
  const long = await view(file, place, place + 56);
  if (long.getUint32(0, true) !== END_64) throw new Unreadable();
  return { count: whole(long, 32), size: whole(long, 40), at: whole(long, 48) };
}

async function entries(file: Blob, { at: begin, size, count }: Directory): Promise<Files> {
  const list = await view(file, begin, begin + size);
  const files: Files = new Map();
  for (let at = 0, number = 0; number < count; number += 1) {
    if (at + 46 > list.byteLength || list.getUint32(at, true) !== CENTRAL) throw new Unreadable();
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) => list.getUint16(at + field, true)) as [number, number, number];
    const next = at + 46 + nameSize + extraSize + commentSize;
    if (next > list.byteLength) throw new Unreadable();
    const name = new TextDecoder().decode(new Uint8Array(list.buffer, at + 46, nameSize));
    const numbers = sizes(list, at, at + 46 + nameSize, extraSize);
    const packed = list.getUint16(at + 10, true) === DEFLATED;
    if (!name.endsWith('/')) files.set(name, { size: numbers.size, content: () => content(file, numbers, packed) });
    at = next;
  }
  return files;
}

interface Sizes { size: number; packedSize: number; offset: number }

/** Sizes and place; what is full in the old fields stands in the ZIP64 extra field, in this order. */
function sizes(list: DataView, at: number, extra: number, extraSize: number): Sizes {
  const found = { size: list.getUint32(at + 24, true), packedSize: list.getUint32(at + 20, true), offset: list.getUint32(at + 42, true) };
  for (let field = extra; field + 4 <= extra + extraSize; field += 4 + list.getUint16(field + 2, true)) {
    if (list.getUint16(field, true) !== 1) continue;
    let value = field + 4;
    for (const key of ['size', 'packedSize', 'offset'] as const) {
      if (found[key] === FULL) { found[key] = whole(list, value); value += 8; }
    }
  }
  return found;
}

function content(file: Blob, { packedSize, offset }: Sizes, packed: boolean): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const failed = (why: unknown): void => void writable.abort(why).catch(() => undefined);
  view(file, offset, offset + 30).then((local) => {
    if (local.byteLength < 30 || local.getUint32(0, true) !== LOCAL) throw new Unreadable();
    const start = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    return file.slice(start, start + packedSize).stream().pipeTo(writable);
  }).catch(failed);
  return packed ? readable.pipeThrough(new DecompressionStream('deflate-raw') as unknown as TransformStream<Uint8Array, Uint8Array>) : readable;
}

/** A 64-bit number that must be one JavaScript can hold. */
function whole(list: DataView, at: number): number {
  const value = Number(list.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw new Unreadable();
  return value;
}
