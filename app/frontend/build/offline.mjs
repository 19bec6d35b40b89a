// Puts the offline viewer's script and style into its one page.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const here = (file) => path.resolve(import.meta.dirname, file);
const out = here('../../bundles/dist');
const read = (file) => readFileSync(file, 'utf8');
const script = read(path.join(out, 'viewer.js')).replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
const page = read(here('../src/offline/skeleton.html'))
  .replace('/*STYLE*/', () => read(path.join(out, 'viewer.css')).trim())
  .replace('/*SCRIPT*/', () => script.trim());
writeFileSync(path.join(out, 'viewer.html'), page);
for (const part of ['viewer.js', 'viewer.css']) rmSync(path.join(out, part));
