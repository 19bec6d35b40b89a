/** What Cornerstone asks about an image, answered from the manifest: no DICOM is read in the browser. */
import { Enums, metaData } from '@cornerstonejs/core';
import type { Picture } from '../manifest';

const Modules = Enums.MetadataModules;

function plane({ instance }: Picture): object {
  const { position, orientation, spacing, thickness, frame_of_reference } = instance.plane;
  return {
    frameOfReferenceUID: frame_of_reference ?? instance.instance_uid,
    rows: instance.rows,
    columns: instance.columns,
    imagePositionPatient: position ?? [0, 0, 0],
    imageOrientationPatient: orientation ?? [1, 0, 0, 0, 1, 0],
    rowCosines: orientation?.slice(0, 3) ?? [1, 0, 0],
    columnCosines: orientation?.slice(3) ?? [0, 1, 0],
    sliceThickness: thickness ?? undefined,
    pixelSpacing: spacing ?? undefined,
    rowPixelSpacing: spacing?.[0] ?? 1,
    columnPixelSpacing: spacing?.[1] ?? 1,
    usingDefaultValues: !spacing,
  };
}

function pixel({ instance, frame }: Picture): object {
  return {
    samplesPerPixel: frame.samples,
    photometricInterpretation: frame.photometric,
    rows: instance.rows,
    columns: instance.columns,
    bitsAllocated: frame.bits,
    bitsStored: frame.bits,
    highBit: frame.bits - 1,
    pixelRepresentation: frame.signed ? 1 : 0,
  };
}

const ANSWERS: Record<string, (picture: Picture) => object> = {
  [Modules.IMAGE_PIXEL]: pixel,
  [Modules.IMAGE_PLANE]: plane,
  [Modules.GENERAL_SERIES]: ({ series, study }) => ({
    modality: series.modality, seriesInstanceUID: series.series_uid, studyInstanceUID: study.study_uid,
  }),
  [Modules.SOP_COMMON]: ({ instance }) => ({ sopClassUID: instance.sop_class_uid, sopInstanceUID: instance.instance_uid }),
};

/** Answer Cornerstone's questions about our pictures. */
export function answerFor(pictures: ReadonlyMap<string, Picture>): void {
  metaData.addProvider((type: string, imageId: unknown) => {
    const picture = typeof imageId === 'string' ? pictures.get(imageId) : undefined;
    return picture && ANSWERS[type]?.(picture);
  }, 10_000);
}
