/** The disc's pictures as the viewer wants them: exact, from DISC.JS or from the chosen folder, or told why not. */
import type { Frame, Picture } from '../viewer/manifest';
import { decode } from '../viewer/pixels/decode';
import { extent } from '../viewer/pixels/extent';
import { Told } from '../viewer/pixels/fetch';
import type { Stored } from '../viewer/pixels/job';
import { type Computed, type ComputedOverlay, curveOf, rescaleOf } from '../viewer/pixels/source';
import type { Values } from '../viewer/pixels/values';
import { t } from '../viewer/words';
import type { OfflineFrame, OfflineInstance, OfflineOverlay, OfflineStudy } from './disc';
import type { Folder } from './folder';
import type { Answer, Ask } from './original.worker';
import OriginalWorker from './original.worker?worker&inline';

const reader = new OriginalWorker();
const waiting = new Map<number, (answer: Answer) => void>();
let last = 0;
reader.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
  waiting.get(data.id)?.(data);
  waiting.delete(data.id);
});

function asked(ask: Omit<Ask, 'id'>): Promise<Answer> {
  const id = ++last;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    reader.postMessage({ ...ask, id } satisfies Ask);
  });
}

function valuesOf(picture: Picture, pixels: Stored, [min, max] = extent(pixels)): Values {
  const { frame, instance } = picture;
  return { pixels, min, max, rows: instance.rows, columns: instance.columns, samples: frame.samples, rescale: rescaleOf(picture), curve: curveOf(picture) };
}

async function decoded(picture: Picture, bytes: ArrayBuffer, encoding: Frame['encoding']): Promise<Values> {
  const { frame, instance } = picture;
  const { pixels, min, max } = await decode({ bytes, frame: { ...frame, encoding }, values: instance.rows * instance.columns * frame.samples });
  return valuesOf(picture, pixels, [min, max]);
}

function bytesOf(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
}

async function fromFolder(picture: Picture, folder: Folder): Promise<Values> {
  const { path, instance_uid, rows, columns } = picture.instance as OfflineInstance;
  const { samples, bits, signed, float } = picture.frame;
  const ask = { label: t('offline_choose'), act: () => folder.choose() };
  if (!folder.isChosen) throw new Told(t('offline_needs_folder'), ask);
  const file = folder.file(path);
  if (!file) throw new Told(t('offline_missing', { path }), ask);
  const wanted = { instance_uid, frameIndex: picture.frameIndex, rows, columns, samples, bits, signed, float };
  const answer = await asked({ path, file, wanted });
  if ('htj2k' in answer) return decoded(picture, answer.htj2k, 'htj2k');
  if ('pixels' in answer) return valuesOf(picture, answer.pixels);
  if (answer.failed === 'stranger') throw new Told(t('offline_stranger'), ask);
  throw new Told(t(answer.failed === 'unreadable' ? 'offline_unreadable' : 'offline_lost', { path }));
}

/** A drawing, made of what the disc's list brings along. */
function drawn(overlay: OfflineOverlay, id: string): ComputedOverlay {
  return { ...overlay, url: id, make: (drawing) => decoded(drawing, bytesOf(overlay.data), overlay.encoding) };
}

/** A series' pictures, in the order they are leafed through. */
export function picturesOf(study: OfflineStudy, series: OfflineStudy['series'][number], folder: Folder): Picture[] {
  return series.instances.filter(({ shown }) => shown).flatMap((told) => {
    const overlays = (told.overlays ?? []).map((overlay, index) => drawn(overlay, `${told.id}/drawing/${index}`));
    const instance = { ...told, overlays };
    return (told.order ?? told.frames.map((_, index) => index)).map((frameIndex): Computed => {
      const frame = told.frames[frameIndex] as OfflineFrame;
      const picture: Picture = { imageId: `${told.id}/${frameIndex}`, study, series, instance, frameIndex, frame };
      const make = () => (frame.data ? decoded(picture, bytesOf(frame.data), frame.encoding) : fromFolder(picture, folder));
      return { ...picture, make };
    });
  });
}
