/** The document that the page carries: what there is to see. Its names are those of app/viewer/manifest.py. */

export interface Frame {
  url: string;
  /** 'jpeg': reduced for looking only. */
  encoding: 'htj2k' | 'raw' | 'jpeg';
  bits: 8 | 16 | 32;
  signed: boolean;
  samples: 1 | 3;
  photometric: 'MONOCHROME1' | 'MONOCHROME2' | 'RGB';
  float: boolean;
  /** Where they differ from the instance's: enhanced objects. */
  plane?: Partial<Plane>;
  rescale?: Rescale;
  windows?: Window[];
}

export interface Rescale { slope: number; intercept: number }

export interface Window {
  center: number;
  width: number;
  name?: string | null;
  function?: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' | null;
}

/** A table, as base64, for inputs from `first` on. Of a VOI (8 bits) a grey for each modality value, of a modality (16,
 *  little endian) a modality value for each stored one (PS3.3 C.11.2.1.1, C.11.1.1.1). */
export interface Table { first: number; bits: 8 | 16; name: string; data: string }

/** Stored value, or range, that is no picture (PS3.3 C.7.5.1.1.2). */
export interface Padding { value: number; limit?: number }

export interface Plane {
  position: [number, number, number] | null;
  orientation: [number, number, number, number, number, number] | null;
  /** Between rows, between columns; mm. */
  spacing: [number, number] | null;
  spacing_at: 'patient' | 'detector' | null;
  thickness: number | null;
  frame_of_reference: string | null;
}

/** A drawing over the picture (PS3.3 C.9.2): values 0 and 255, its first pixel on column `x` and row `y`, from 0. */
export interface Overlay {
  url: string;
  encoding: Frame['encoding'];
  rows: number;
  columns: number;
  x: number;
  y: number;
  /** Index of the frame that it belongs to; null: all of them. */
  frame: number | null;
  label: string;
}

/** A part of an ultrasound picture with a scale of its own (PS3.3 C.8.5.5); those on top come first. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** How much of `units` [across, down] a pixel is. */
  across: number;
  down: number;
  units: [string, string];
  shape: '2d' | 'm-mode' | 'spectral' | '';
}

export interface Instance {
  id: string;
  instance_uid: string;
  sop_class_uid: string;
  transfer_syntax_uid: string;
  number: number | null;
  rows: number;
  columns: number;
  what: string;
  shown: boolean;
  reason: string | null;
  frames: Frame[];
  /** Indices of the frames as they are leafed through, where that is not their own order. */
  order?: number[];
  rescale: Rescale;
  windows: Window[];
  /** Which of the manifest's tables makes modality values, in place of the rescale. */
  modality_lut: string | null;
  /** Of modality values; empty where the object says none. */
  unit: string;
  /** Which of the manifest's tables; it refines the window of that index, or is a further choice. */
  voi_lut: { table: string; window: number | null } | null;
  padding: Padding | null;
  note: string | null;
  lossy: boolean;
  lossy_ratio: number | null;
  /** Greys as first shown, smaller and lossy; exact values are not sent. */
  reduced?: boolean;
  /** A plane through other pictures, not one that was taken. */
  computed?: boolean;
  /** Drawings over the picture stayed behind. */
  undrawn?: boolean;
  preview: string | null;
  original: string | null;
  document: Document['document'];
  plane: Plane;
  overlays?: Overlay[];
  regions?: Region[];
  /** Height of a pixel over its width. */
  aspect: number;
  frame_time: number | null;
  laterality: string;
  edges: string[];
}

export interface Series {
  id: string;
  series_uid: string;
  modality: string;
  description: string;
  body_part: string;
  number: number | null;
  preview: string | null;
  /** Whether some of it was added after the link was made. */
  is_new: boolean;
  pictures: number;
  instances: Instance[];
}

export interface Study {
  study_uid: string;
  description: string;
  date: string | null;
  series: Series[];
}

export interface Document {
  what: string;
  is_report: boolean;
  is_photo: boolean;
  /** Added after the link was made. */
  is_new: boolean;
  title: string;
  date: string | null;
  original: string | null;
  /** Where it can be read, and as what. */
  document: { url: string; kind: 'pdf' | 'report' | 'photo' } | null;
  /** Where it is had as one PDF, for whoever may download. */
  pdf: string | null;
  /** Why it is no picture. */
  reason: string | null;
}

/** Marks that somebody kept with the link, without them. */
export interface Note { id: string; at: string; name: string; text: string; count: number }

export interface Manifest {
  share_id: string;
  expires_at: string;
  allow: string[];
  organisation: { name: string; telephone: string | null; measuring: boolean; reslicing: boolean };
  counts: { images: number; shown: number; pending: number; missing: number };
  first: { series_uid: string; instance_id: string; frame_index: number } | null;
  /** The newest first; none of them where nothing can be kept, as on a disc. */
  notes?: Note[];
  documents: Document[];
  tables: Record<string, Table>;
  studies: Study[];
}

/** One thing to look at: a frame of an instance, in its series and study. */
export interface Picture {
  imageId: string;
  study: Study;
  series: Series;
  instance: Instance;
  frameIndex: number;
  frame: Frame;
}

/** Read what a script element of the page holds as JSON. */
export function readJson<T>(id: string): T {
  const text = document.getElementById(id)?.textContent;
  if (!text) throw new Error(`the page carries no ${id}`);
  return JSON.parse(text) as T;
}

/** The pictures of a series, in the order they are leafed through. */
export function picturesOf(study: Study, series: Series): Picture[] {
  return series.instances.filter((instance) => instance.shown).flatMap((instance) =>
    (instance.order ?? instance.frames.map((_, index) => index)).map((frameIndex) => ({
      imageId: `${instance.id}/${frameIndex}`, study, series, instance, frameIndex, frame: instance.frames[frameIndex] as Frame,
    })),
  );
}
