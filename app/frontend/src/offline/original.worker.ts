/** Reads originals off the page's thread; the last few files stay open for their other frames. */
import type { DataSet } from 'dicom-parser';
import { Unreadable } from './lossless';
import { type Found, frameOf, open, Stranger, type Wanted } from './original';

export interface Ask { id: number; path: string; file: Blob; wanted: Wanted }
export type Answer = { id: number } & (Found | { failed: 'stranger' | 'unreadable' | 'lost' });

const KEPT = 3;
const opened = new Map<string, Promise<DataSet>>();

function dataSetOf(path: string, file: Blob): Promise<DataSet> {
  const found = opened.get(path) ?? open(file);
  opened.delete(path);
  opened.set(path, found);
  for (const oldest of opened.keys()) {
    if (opened.size <= KEPT) break;
    opened.delete(oldest);
  }
  return found;
}

function why(error: unknown): 'stranger' | 'unreadable' | 'lost' {
  if (error instanceof Stranger) return 'stranger';
  return error instanceof Unreadable ? 'unreadable' : 'lost';
}

addEventListener('message', ({ data: { id, path, file, wanted } }: MessageEvent<Ask>) => {
  dataSetOf(path, file).then((dataSet) => frameOf(dataSet, wanted)).then(
    (found) => postMessage({ id, ...found }, { transfer: ['htj2k' in found ? found.htj2k : found.pixels.buffer as ArrayBuffer] }),
    (error: unknown) => {
      opened.delete(path);
      postMessage({ id, failed: why(error) });
    },
  );
});
