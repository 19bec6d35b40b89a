/** Reads a DICOMDIR (PS3.3 F): who is on the disc, seconds after it is there, while its files are yet to be looked at. */

import dicomParser, { type Element } from 'dicom-parser';
import type { Facts } from '../tree';
import { type Values, valuesOf } from './header';

interface DirectoryRecord {
  readonly value: Values;
  readonly type: string;
  readonly next: number;
  readonly lower: number;
}

type Part = Partial<Facts>;

/** Returns facts by File ID, its parts joined by slashes, in capitals. Throws what dicom-parser throws at rubbish. */
export function readIndex(bytes: Uint8Array): Map<string, Facts> {
  const all = dicomParser.parseDicom(bytes);
  const records = new Map<number, DirectoryRecord>();
  for (const item of all.elements['x00041220']?.items ?? []) {
    // An item's offset counts from the start of the file to its tag, eight bytes before its content.
    if (item.dataSet) records.set(item.dataOffset - 8, recordOf(bytes, item));
  }
  const files = new Map<string, Facts>();
  follow(records, all.uint32('x00041200') ?? 0, {}, files, new Set());
  return files;
}

function recordOf(bytes: Uint8Array, item: Element): DirectoryRecord {
  const data = item.dataSet!;
  const value = valuesOf(bytes, data.elements);
  return { value, type: value('x00041430'), next: data.uint32('x00041400') ?? 0, lower: data.uint32('x00041420') ?? 0 };
}

/** Walks siblings, and what lies below each; offsets that lead in a circle end the walk. */
function follow(records: Map<number, DirectoryRecord>, first: number, above: Part, files: Map<string, Facts>, seen: Set<number>): void {
  for (let at = first, record = records.get(at); record && !seen.has(at); at = record.next, record = records.get(at)) {
    seen.add(at);
    const facts: Part = { ...above, ...partOf(record) };
    const file = record.value('x00041500');
    if (file && facts.studyUid) files.set(file.split('\\').map((part) => part.trim()).join('/').toUpperCase(), filled(facts));
    follow(records, record.lower, facts, files, seen);
  }
}

function partOf({ type, value }: DirectoryRecord): Part {
  if (type === 'PATIENT') {
    return {
      name: value('x00100010').replace(/[\^= ]+$/, ''),
      patientId: value('x00100020'),
      birthDate: value('x00100030'),
      sex: value('x00100040').toUpperCase(),
    };
  }
  if (type === 'STUDY') {
    return { studyUid: value('x0020000d'), studyDate: value('x00080020'), studyDescription: value('x00081030') };
  }
  if (type !== 'SERIES') return {};
  return {
    seriesUid: value('x0020000e'),
    seriesNumber: value('x00200011'),
    seriesDescription: value('x0008103e'),
    modality: value('x00080060'),
  };
}

const filled = (part: Part): Facts => ({
  name: '',
  patientId: '',
  issuer: '',
  birthDate: '',
  sex: '',
  studyUid: '',
  studyDate: '',
  studyDescription: '',
  seriesUid: '',
  seriesNumber: '',
  seriesDescription: '',
  modality: '',
  ...part,
});
