/** Run lengths as DICOM packs them (PS3.5 G): a header of segment offsets, then PackBits. */
import { Unreadable } from './lossless';

function unpacked(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  for (let at = 0, to = 0; at < bytes.length && to < size;) {
    const count = bytes[at++] as number;
    if (count < 128) {
      out.set(bytes.subarray(at, Math.min(at + count + 1, at + size - to)), to);
      at += count + 1;
      to += count + 1;
    } else if (count > 128) {
      out.fill(bytes[at++] as number, to, to + 257 - count);
      to += 257 - count;
    }
  }
  return out;
}

/** A frame's bytes, little endian, colour interleaved; a segment holds one byte of one sample of every pixel. */
export function unrun(bytes: Uint8Array, pixels: number, samples: number, width: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count !== samples * width) throw new Unreadable('other segments than the picture has');
  const starts = Array.from({ length: count }, (_, index) => view.getUint32(4 + 4 * index, true));
  const out = new Uint8Array(pixels * samples * width);
  starts.forEach((start, index) => {
    const plane = unpacked(bytes.subarray(start, starts[index + 1] ?? bytes.length), pixels);
    const [sample, byte] = [Math.floor(index / width), width - 1 - (index % width)];
    for (let pixel = 0, to = sample * width + byte; pixel < pixels; pixel++, to += samples * width) out[to] = plane[pixel] as number;
  });
  return out;
}
