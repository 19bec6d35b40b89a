import path from 'node:path';
import { defineConfig } from 'vite';

const here = (file: string) => path.resolve(import.meta.dirname, file);

export default defineConfig({
  base: '/static/dist/',
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: here('../web/static/dist'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        staff: here('src/staff/main.ts'),
        uploader: here('src/uploader/main.ts'),
        landing: here('src/landing/main.ts'),
        send: here('src/send/main.ts'),
        viewer: here('src/viewer/main.ts'),
        verify: here('src/verify/main.ts'),
      },
    },
  },
});
