/** Decodes display frames off the page's thread. Only this worker runs the HTJ2K codec, and only that codec. */
import openjph from '@cornerstonejs/codec-openjph/wasmjs';
import wasm from '@cornerstonejs/codec-openjph/wasm?url';
import { extent } from './extent';
import type { Decoded, Failed, Job, Stored } from './job';

const codec = openjph({ locateFile: () => wasm });
codec.catch(() => undefined); // told by the first frame that needs it

const TYPES = {
  '8': [Uint8Array, Int8Array], '16': [Uint16Array, Int16Array], '32': [Uint32Array, Int32Array],
} as const;

async function htj2k(bytes: Uint8Array): Promise<Uint8Array> {
  const decoder = new (await codec).HTJ2KDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    return decoder.getDecodedBuffer().slice();
  } finally {
    decoder.delete();
  }
}

/** Greys or colours of a JPEG, without a browser's own ideas of colour. */
async function jpeg(bytes: Uint8Array, samples: 1 | 3): Promise<Uint8Array> {
  const image = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), { colorSpaceConversion: 'none' });
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
  image.close();
  const values = new Uint8Array(width * height * samples);
  for (let at = 0, to = 0; to < values.length; at += 4) {
    for (let sample = 0; sample < samples; sample++) values[to++] = data[at + sample] as number;
  }
  return values;
}

async function decode(job: Job): Promise<Decoded> {
  const sent = new Uint8Array(job.bytes);
  const { encoding, samples } = job.frame;
  const bytes = encoding === 'htj2k' ? await htj2k(sent) : encoding === 'jpeg' ? await jpeg(sent, samples) : sent;
  const Type = job.frame.float ? Float32Array : TYPES[job.frame.bits][job.frame.signed ? 1 : 0];
  if (bytes.byteLength !== job.values * Type.BYTES_PER_ELEMENT) throw new Error('a frame of another size');
  const pixels: Stored = new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, job.values);
  if (bytes !== sent) job.bytes.transfer?.(0); // at once: a collector would wait, and phones have no memory to wait with
  const [min, max] = extent(pixels);
  return { id: job.id, pixels, min, max };
}

addEventListener('message', ({ data }: MessageEvent<Job>) => {
  decode(data).then(
    (done) => postMessage(done, { transfer: [done.pixels.buffer as ArrayBuffer] }),
    (error: unknown) => postMessage({ id: data.id, error: String(error) } satisfies Failed),
  );
});
