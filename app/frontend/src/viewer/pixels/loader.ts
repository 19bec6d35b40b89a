/** Cornerstone's way to our display frames: the image loader of the scheme `vcd:`. */
import { Enums, imageLoader, type Types, utilities } from '@cornerstonejs/core';
import { type Picture, SCHEME } from '../manifest';
import { ownWindow, rangeOf } from '../voi';
import type { Decoded } from './job';
import { rescaleOf, valuesOf } from './source';

/** The image to draw. Its values are modality values already, and so it says. */
function image(picture: Picture, { pixels, min, max }: Decoded): Types.IImage {
  const { instance, frame } = picture;
  const { rows, columns, plane } = instance;
  const rescale = rescaleOf(picture);
  const own = ownWindow(picture);
  const range = own ? rangeOf(own) : frame.samples === 3 ? { lower: 0, upper: 255 } : { lower: min, upper: max };
  const color = frame.samples === 3;
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    scalarData: pixels, width: columns, height: rows, numberOfComponents: frame.samples,
  });
  return {
    imageId: picture.imageId,
    dataType: pixels.constructor.name as Types.PixelDataTypedArrayString,
    color,
    rgba: false,
    numberOfComponents: frame.samples,
    photometricInterpretation: frame.photometric,
    rows, columns, height: rows, width: columns,
    rowPixelSpacing: plane.spacing?.[0] ?? 1,
    columnPixelSpacing: plane.spacing?.[1] ?? 1,
    minPixelValue: min,
    maxPixelValue: max,
    slope: 1,
    intercept: 0,
    preScale: {
      enabled: true, scaled: true,
      scalingParameters: { rescaleSlope: rescale.slope, rescaleIntercept: rescale.intercept },
    },
    windowCenter: (range.lower + range.upper + 1) / 2,
    windowWidth: range.upper - range.lower + 1,
    voiLUTFunction: (own?.function === 'SIGMOID' ? 'SIGMOID' : 'LINEAR') as Enums.VOILUTFunctionType,
    invert: frame.photometric === 'MONOCHROME1',
    sizeInBytes: pixels.byteLength,
    voxelManager,
    getPixelData: () => voxelManager.getScalarData(),
    getCanvas: () => canvasOf(pixels, columns, rows),
  } as Types.IImage;
}

/** RGB on a canvas, for drawing without a GPU. */
function canvasOf(pixels: ArrayLike<number>, width: number, height: number): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const target = context?.createImageData(width, height);
  if (!context || !target) return canvas;
  for (let from = 0, to = 0; to < target.data.length; from += 3, to += 4) {
    target.data[to] = pixels[from] ?? 0;
    target.data[to + 1] = pixels[from + 1] ?? 0;
    target.data[to + 2] = pixels[from + 2] ?? 0;
    target.data[to + 3] = 255;
  }
  context.putImageData(target, 0, 0);
  return canvas;
}

/** Let Cornerstone load our pictures. */
export function register(pictures: ReadonlyMap<string, Picture>): void {
  imageLoader.registerImageLoader(SCHEME, ((imageId: string) => {
    const picture = pictures.get(imageId);
    const promise = picture
      ? valuesOf(picture).then((values) => image(picture, values))
      : Promise.reject(new Error('not in the manifest'));
    return { promise };
  }) as unknown as Types.ImageLoaderFn);
}
