/** The viewer that lies in bundles: one classic script and one style sheet, which build/offline.mjs makes one page. */
import path from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const here = (file: string) => path.resolve(import.meta.dirname, file);

/** The decoding worker comes inline: a page opened from a file may start no other. */
const inlineDecoder: Plugin = {
  name: 'inline-decoder',
  enforce: 'pre',
  resolveId: (source, importer) => (source === './spawn' && importer?.includes('/viewer/pixels/') ? here('src/offline/spawn.ts') : null),
};

export default defineConfig({
  plugins: [inlineDecoder],
  worker: { format: 'iife' },
  build: {
    target: 'es2022',
    outDir: here('../bundles/dist'),
    emptyOutDir: true,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      input: here('src/offline/main.ts'),
      output: { format: 'iife', entryFileNames: 'viewer.js', assetFileNames: 'viewer[extname]' },
    },
  },
});
