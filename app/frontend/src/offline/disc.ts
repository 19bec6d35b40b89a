/** What DISC.JS says of the disc: the viewer's manifest, and where the bytes are. Written by app/bundles/offline.py. */
import type { Frame, Instance, Manifest, Overlay, Series, Study } from '../viewer/manifest';

/** `data`, where it is there, is the frame itself, as base64; all others are read from the disc's own files. */
export interface OfflineFrame extends Frame { data?: string }
/** Drawings over pictures are all here. */
export interface OfflineOverlay extends Overlay { data: string }
/** `path` is the File ID of the original, joined by slashes, from the disc's root. */
export interface OfflineInstance extends Instance { path: string; frames: OfflineFrame[]; overlays?: OfflineOverlay[] }
interface OfflineSeries extends Series { instances: OfflineInstance[] }
export interface OfflineStudy extends Study { series: OfflineSeries[] }

export interface Disc {
  language: string;
  words: Record<string, string>;
  manifest: Omit<Manifest, 'studies'> & { studies: OfflineStudy[] };
  /** Lines of the page's head, as they are to be read. */
  head: { title: string; name: string; born: string; in_images: string; from: string; unmatched: string; counts: string };
}
