/** Cornerstone, started once: by GPU, or by CPU where there is no WebGL. Loaded after the page's own code. */
import { cache, Enums, imageLoader, init, RenderingEngine, type Types } from '@cornerstonejs/core';
import { coarse } from '../dom';
import type { Picture } from '../manifest';
import { register } from '../pixels/loader';
import { answerFor } from '../pixels/metadata';
import { Prefetch } from '../pixels/prefetch';

const MB = 1 << 20;
const CACHE_BYTES = (coarse ? 220 : 700) * MB;

export interface Engine {
  viewport: Types.IStackViewport;
  byCpu: boolean;
  prefetch: Prefetch;
  /** Load a picture so that drawing it takes no wait. */
  load(picture: Picture): Promise<Types.IImage>;
  /** Forget what failed, so that it is asked for anew. */
  forget(picture: Picture): void;
  /** Take up the element's new size; without `keep` the picture is fitted anew. */
  resize(keep: boolean): void;
}

function hasWebGl(): boolean {
  const canvas = document.createElement('canvas');
  return !!(canvas.getContext('webgl2') ?? canvas.getContext('webgl'));
}

/** Start drawing into `element`; pictures are found in the map by their image id. */
export function start(element: HTMLDivElement, pictures: ReadonlyMap<string, Picture>): Engine {
  const byCpu = !hasWebGl();
  init({ isMobile: coarse, rendering: { useCPURendering: byCpu, webGlContextCount: 1 } } as never);
  cache.setMaxCacheSize(CACHE_BYTES);
  answerFor(pictures);
  register(pictures);
  const rendering = new RenderingEngine('viewer');
  rendering.enableElement({
    viewportId: 'stage', element, type: Enums.ViewportType.STACK, defaultOptions: { background: [0, 0, 0] },
  });
  return {
    viewport: rendering.getViewport('stage') as Types.IStackViewport,
    byCpu,
    prefetch: new Prefetch(CACHE_BYTES * 0.9),
    load: (picture) => imageLoader.loadAndCacheImage(picture.imageId) as Promise<Types.IImage>,
    forget: ({ imageId }) => {
      if (cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId, { force: true } as never);
    },
    resize: (keep) => rendering.resize(true, keep),
  };
}
