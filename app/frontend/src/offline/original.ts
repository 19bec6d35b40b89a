/** A frame's stored values out of an original file of the disc, exactly as the service would give them, for the
 *  syntaxes that need no library: uncompressed, run lengths, JPEG lossless, and JPEG as far as the browser reads it. */
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import type { Stored } from '../viewer/pixels/job';
import { lossless, Unreadable } from './lossless';
import { unrun } from './rle';

/** What a frame must be; the disc's list says so. */
export interface Wanted {
  instance_uid: string;
  frameIndex: number;
  rows: number;
  columns: number;
  samples: 1 | 3;
  bits: 8 | 16 | 32;
  signed: boolean;
  float: boolean;
}

/** Values, or (HTJ2K) the codestream that the viewer's own decoder reads. */
export type Found = { pixels: Stored } | { htj2k: ArrayBuffer };

/** The file is not the one that the list names. */
export class Stranger extends Error {}

const SYNTAX = {
  deflated: '1.2.840.10008.1.2.1.99', big: '1.2.840.10008.1.2.2', rle: '1.2.840.10008.1.2.5',
  jpeg: ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.51'],
  lossless: ['1.2.840.10008.1.2.4.57', '1.2.840.10008.1.2.4.70'],
  htj2k: ['1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.202', '1.2.840.10008.1.2.4.203'],
};
const NATIVE = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', SYNTAX.big];

/** `lowest`: the first bit of a cell that is the value's, above others in old objects (High Bit, PS3.5 8.1.1). */
interface Layout { allocated: number; stored: number; lowest: number; signed: boolean; planar: boolean; photometric: string; syntax: string }

const typeOf = ({ bits, signed, float }: Wanted) => (float ? Float32Array
  : bits === 8 ? (signed ? Int8Array : Uint8Array)
    : bits === 16 ? (signed ? Int16Array : Uint16Array)
      : signed ? Int32Array : Uint32Array);

function layoutOf(dataSet: DataSet): Layout {
  const allocated = dataSet.uint16('x00280100') ?? 0;
  const stored = dataSet.uint16('x00280101') ?? allocated;
  const lowest = (dataSet.uint16('x00280102') ?? 0) + 1 - stored;
  return {
    allocated,
    stored,
    lowest: lowest > 0 && lowest <= allocated - stored ? lowest : 0,
    signed: dataSet.uint16('x00280103') === 1,
    planar: dataSet.uint16('x00280006') === 1,
    photometric: dataSet.string('x00280004') ?? 'MONOCHROME2',
    syntax: dataSet.string('x00020010') ?? NATIVE[0] as string,
  };
}

/** Whole numbers of one sample each, without the bits that mean nothing (PS3.5 8.1.1). */
function meant(values: Stored, { allocated, stored, lowest, signed }: Layout): Stored {
  if (allocated <= stored) return values;
  const [up, down] = [32 - lowest - stored, 32 - stored];
  return values.map((value) => (signed ? (value << up) >> down : (value << up) >>> down));
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) out[at] = bytes[at - (at % width) + width - 1 - (at % width)] as number;
  return out;
}

/** Little endian bytes as values. */
function values(bytes: Uint8Array, layout: Layout): Stored {
  const own = bytes.slice().buffer;
  if (layout.allocated === 8) return layout.signed ? new Int8Array(own) : new Uint8Array(own);
  if (layout.allocated === 16) return layout.signed ? new Int16Array(own) : new Uint16Array(own);
  if (layout.allocated === 32) return layout.signed ? new Int32Array(own) : new Uint32Array(own);
  throw new Unreadable('bits of another number');
}

/** R, G, B one after the other for each pixel. */
function interleaved(bytes: Uint8Array): Uint8Array {
  const pixels = bytes.length / 3;
  const out = new Uint8Array(bytes.length);
  for (let sample = 0; sample < 3; sample++) {
    for (let pixel = 0; pixel < pixels; pixel++) out[3 * pixel + sample] = bytes[sample * pixels + pixel] as number;
  }
  return out;
}

function coloured(bytes: Uint8Array, { photometric, allocated, planar }: Layout): Uint8Array {
  if (photometric !== 'RGB' || allocated !== 8) throw new Unreadable('colour of another kind');
  return planar ? interleaved(bytes) : bytes.slice();
}

function native(dataSet: DataSet, element: Element, layout: Layout, wanted: Wanted): Stored {
  const width = layout.allocated / 8;
  const size = wanted.rows * wanted.columns * wanted.samples * width;
  const from = element.dataOffset + wanted.frameIndex * size;
  if (from + size > element.dataOffset + element.length || from + size > dataSet.byteArray.length) throw new Unreadable('it is cut short');
  const bytes = (dataSet.byteArray as Uint8Array).subarray(from, from + size);
  if (layout.syntax === SYNTAX.big && width === 1) throw new Unreadable('bytes in words of another order');
  if (wanted.samples === 3) return coloured(bytes, layout);
  return meant(values(layout.syntax === SYNTAX.big ? swapped(bytes, width) : bytes, layout), layout);
}

/** One frame's compressed bytes: by the offset table, a fragment a frame, or all there are of a single frame. */
function compressed(dataSet: DataSet, element: Element, frameIndex: number): Uint8Array {
  const { fragments = [], basicOffsetTable = [] } = element;
  const frames = dataSet.intString('x00280008') ?? 1;
  const part = (start: number, count: number) => dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, start, count) as Uint8Array;
  if (frames === 1) return part(0, fragments.length);
  if (fragments.length === frames) return part(frameIndex, 1);
  const table = basicOffsetTable.length ? basicOffsetTable : dicomParser.createJPEGBasicOffsetTable(dataSet, element);
  return dicomParser.readEncapsulatedImageFrame(dataSet, element, frameIndex, table) as Uint8Array;
}

/** Whether the browser reads the colours as they are meant: it goes by JFIF and Adobe markers and the components' names. */
function saysItsColours(bytes: Uint8Array, photometric: string): boolean {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  const adobe = text.indexOf('Adobe');
  const transform = adobe < 0 ? null : bytes[adobe + 11];
  if (photometric === 'RGB') return transform === 0;
  return photometric.startsWith('YBR') && transform !== 0;
}

async function jpeg(bytes: Uint8Array, layout: Layout, { rows, columns, samples }: Wanted): Promise<Stored> {
  if (layout.allocated !== 8) throw new Unreadable('a JPEG of 12 bits');
  if (samples === 3 && !saysItsColours(bytes, layout.photometric)) throw new Unreadable('it does not say its colours');
  const bitmap = await createImageBitmap(new Blob([bytes.slice()], { type: 'image/jpeg' }), { colorSpaceConversion: 'none', imageOrientation: 'none' })
    .catch(() => { throw new Unreadable('the browser does not read it'); });
  if (bitmap.width !== columns || bitmap.height !== rows) throw new Unreadable('of another size');
  const context = new OffscreenCanvas(columns, rows).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, columns, rows);
  const out = new Uint8Array(rows * columns * samples);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    for (let sample = 0; sample < samples; sample++) out[pixel * samples + sample] = data[4 * pixel + sample] as number;
  }
  return out;
}

function unpackedLossless(bytes: Uint8Array, layout: Layout, { rows, columns, samples }: Wanted): Stored {
  const found = lossless(bytes);
  if (found.rows !== rows || found.columns !== columns || found.samples !== samples) throw new Unreadable('of another size');
  if (samples === 3) return coloured(Uint8Array.from(found.values), { ...layout, planar: false });
  const own = layout.allocated === 8 ? Uint8Array.from(found.values) : new Uint8Array(found.values.buffer as ArrayBuffer);
  return meant(values(own, layout), { ...layout, lowest: 0 });
}

async function encapsulated(dataSet: DataSet, element: Element, layout: Layout, wanted: Wanted): Promise<Found> {
  const bytes = compressed(dataSet, element, wanted.frameIndex);
  const { rows, columns, samples } = wanted;
  if (SYNTAX.htj2k.includes(layout.syntax)) return { htj2k: bytes.slice().buffer };
  if (SYNTAX.jpeg.includes(layout.syntax)) return { pixels: await jpeg(bytes, layout, wanted) };
  if (SYNTAX.lossless.includes(layout.syntax)) return { pixels: unpackedLossless(bytes, layout, wanted) };
  if (layout.syntax !== SYNTAX.rle) throw new Unreadable('a compression that needs a library');
  const plain = unrun(bytes, rows * columns, samples, layout.allocated / 8);
  return { pixels: samples === 3 ? coloured(plain, { ...layout, planar: false }) : meant(values(plain, layout), layout) };
}

/** Read a whole file; a deflated data set is inflated first. */
export async function open(file: Blob): Promise<DataSet> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const meta = dicomParser.readPart10Header(bytes) as DataSet & { position: number };
  if (meta.string('x00020010') !== SYNTAX.deflated) return dicomParser.parseDicom(bytes);
  const packed = new Blob([bytes.subarray(meta.position)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const rest = new Uint8Array(await new Response(packed).arrayBuffer());
  const whole = new Uint8Array(meta.position + rest.length);
  whole.set(bytes.subarray(0, meta.position));
  whole.set(rest, meta.position);
  return dicomParser.parseDicom(whole, { inflater: () => whole });
}

/** One frame of an opened file. Throws Stranger for another instance, Unreadable for what only a library reads. */
export async function frameOf(dataSet: DataSet, wanted: Wanted): Promise<Found> {
  if (dataSet.string('x00080018') !== wanted.instance_uid) throw new Stranger();
  const element = dataSet.elements.x7fe00010;
  if (!element) throw new Unreadable('no pixels of the usual kind');
  const layout = layoutOf(dataSet);
  const found = NATIVE.includes(layout.syntax) || layout.syntax === SYNTAX.deflated
    ? { pixels: native(dataSet, element, layout, wanted) }
    : await encapsulated(dataSet, element, layout, wanted);
  if ('htj2k' in found) return found;
  const Type = typeOf(wanted);
  return { pixels: found.pixels instanceof Type ? found.pixels : new Type(found.pixels) };
}
