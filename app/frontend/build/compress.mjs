// Writes .br and .gz beside every text asset and WASM file, so that the server never compresses while it serves.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const out = path.resolve(import.meta.dirname, '../../web/static/dist');
const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(path.join(dir, e.name)) : [path.join(dir, e.name)]));

for (const file of walk(out)) {
  if (!/\.(js|css|wasm|svg)$/.test(file) || statSync(file).size < 1024) continue;
  const bytes = readFileSync(file);
  const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: bytes.length > 2_000_000 ? 9 : 11 } };
  writeFileSync(`${file}.br`, zlib.brotliCompressSync(bytes, quality));
  writeFileSync(`${file}.gz`, zlib.gzipSync(bytes, { level: 9 }));
}
