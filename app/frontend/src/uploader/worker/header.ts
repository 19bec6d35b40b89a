/** Reads of a DICOM header only what tells patient, study and series apart; never the pixels. */

import dicomParser, { type ByteStream, type DataSet, type Element } from 'dicom-parser';
import type { Facts } from '../tree';
import { decoderOf } from './charset';

/** Series Number (0020,0011): nothing that we look for comes after it. */
const LAST = 'x00200011';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const IMPLICIT = '1.2.840.10008.1.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';

/** `more`: the bytes end before what we look for. `other`: nothing that we can read; the server judges. */
export type Header = Facts | 'more' | 'other';

/** Tells whether a file starts as PS3.10 7.1 says: 128 bytes of anything, then DICM. */
const isPart10 = (bytes: Uint8Array): boolean =>
  bytes.length > 132 && bytes[128] === 0x44 && bytes[129] === 0x49 && bytes[130] === 0x43 && bytes[131] === 0x4d;

/** Reads the start of a file; `whole` says that there is no more of it. */
export function readHeader(bytes: Uint8Array, whole: boolean): Header {
  if (!isPart10(bytes)) return 'other';
  const unfinished = whole ? 'other' : 'more';
  try {
    const meta = dicomParser.readPart10Header(bytes) as DataSet & { position: number };
    const syntax = meta.string('x00020010') ?? IMPLICIT;
    if (syntax === DEFLATED) return 'other';
    const elements = readElements(bytes, meta.position, syntax);
    if (!elements.complete && !whole) return 'more';
    return factsOf(valuesOf(bytes, elements.found));
  } catch {
    return unfinished;
  }
}

interface Elements {
  readonly found: Record<string, Element>;
  readonly complete: boolean;
}

function readElements(bytes: Uint8Array, from: number, syntax: string): Elements {
  const parser = syntax === BIG_ENDIAN ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  const stream: ByteStream = new dicomParser.ByteStream(parser, bytes, from);
  const found: Record<string, Element> = {};
  while (stream.position < bytes.length) {
    const element =
      syntax === IMPLICIT ? dicomParser.readDicomElementImplicit(stream) : dicomParser.readDicomElementExplicit(stream);
    if (element.tag > LAST) return { found, complete: true };
    if (stream.position > bytes.length) break;
    found[element.tag] = element;
  }
  return { found, complete: false };
}

export type Values = (tag: string) => string;

/** Returns a reader of text values, in the character set that the elements themselves name. */
export function valuesOf(bytes: Uint8Array, elements: Record<string, Element>, inherited = ''): Values {
  const raw = (tag: string): Uint8Array => {
    const element = elements[tag];
    return element ? bytes.subarray(element.dataOffset, element.dataOffset + element.length) : new Uint8Array();
  };
  const decode = decoderOf(String.fromCharCode(...raw('x00080005')) || inherited);
  return (tag) => decode(raw(tag)).replace(/[\0 ]+$/, '').trimStart();
}

function factsOf(value: Values): Header {
  const studyUid = value('x0020000d');
  if (!studyUid) return 'other';
  return {
    name: value('x00100010').replace(/[\^= ]+$/, ''),
    patientId: value('x00100020'),
    issuer: value('x00100021'),
    birthDate: value('x00100030'),
    sex: value('x00100040').toUpperCase(),
    studyUid,
    studyDate: value('x00080020'),
    studyDescription: value('x00081030'),
    seriesUid: value('x0020000e'),
    seriesNumber: value('x00200011'),
    seriesDescription: value('x0008103e'),
    modality: value('x00080060'),
  };
}
