/** Starts a decoding worker: on its own, since the offline viewer, which is one file, brings its worker inline. */
export const spawn = (): Worker => new Worker(new URL('./decoder.worker.ts', import.meta.url), { type: 'module' });
