// Runs the page's own comparison on pairs from standard input: one JSON array in, one out.
import { registerHooks } from 'node:module';
import { text } from 'node:stream/consumers';

// Vite finds modules without their ending; Node wants it.
registerHooks({
  resolve: (name, context, next) => next(name.startsWith('.') && !/\.\w+$/.test(name) ? `${name}.ts` : name, context),
});

const { compare, group, verdict } = await import(process.argv[2]);
const { compareNames } = await import(process.argv[3]);
const deeds = { compare, group, names: compareNames, verdict };

const asked = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(asked.map(([deed, ...about]) => deeds[deed](...about))));
