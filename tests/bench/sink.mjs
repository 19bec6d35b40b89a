// What an upload page talks to, without the work: signs anything, keeps nothing. Three ports of the loopback, printed
// as one JSON line: the pages' origin, a store of another origin that discards, and the same store behind a long line.
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net from 'node:net';
import path from 'node:path';

const [page, statics, shim] = process.argv.slice(2);
const LINE = { oneWayMs: 20, bytesPerMs: 12_500, ahead: 512 << 10 };
const KINDS = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const FIELDS = { key: 'incoming/x', 'Content-Type': 'application/octet-stream', policy: 'x'.repeat(400), 'x-amz-signature': 'x'.repeat(64) };
const BARE = `<!doctype html><title>bare</title><input type="file" id="folder" webkitdirectory multiple>`;
const seen = { store: '', slow: false, files: 0 };

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
const body = async (request) => JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}');

function upload(name, asked) {
  if (name === 'files') {
    const numbers = asked.files.map((_, i) => asked.first + i);
    seen.files = Math.max(seen.files, asked.first + numbers.length);
    return { numbers, known: [] };
  }
  if (name === 'sign') {
    const ticket = (number) => ({ number, method: 'POST', url: seen.store, fields: FIELDS, headers: {}, expires_at: '2100-01-01T00:00:00Z' });
    return { uploads: asked.numbers.map(ticket) };
  }
  if (name === 'arrived') return { missing: [] };
  return { state: 'ingesting', files: seen.files, read: 0 };
}

const app = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const json = (document) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
  if (pathname === '/new') {
    Object.assign(seen, { store: searchParams.get('store'), slow: searchParams.has('slow'), files: 0 });
    return response.setHeader('Content-Type', 'text/html').end(readFileSync(page));
  }
  if (pathname === '/bare') return response.setHeader('Content-Type', 'text/html').end(BARE);
  if (pathname === '/discs') return json({ disc_id: 'x', grant: 'x', upload: '/uploads/x', page: '/bare', share: '/bare' });
  const call = /^\/uploads\/x(?:\/(\w+))?$/.exec(pathname);
  if (call) return json(upload(call[1], request.method === 'POST' ? await body(request) : {}));
  const file = path.join(statics, pathname.replace('/static/dist/', '/'));
  if (!pathname.startsWith('/static/dist/') || !existsSync(file)) return response.writeHead(404).end();
  response.setHeader('Content-Type', KINDS[path.extname(file)] ?? 'application/octet-stream');
  if (seen.slow && /disc\.worker/.test(file)) return response.end(readFileSync(shim) + '\n' + readFileSync(file));
  return createReadStream(file).pipe(response);
});

const store = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(204, { 'Access-Control-Allow-Origin': '*' }).end());
});

/** A way in one direction: what is given arrives later, and no faster than the line of all connections takes it. */
function way(free) {
  return (from, to) =>
    from.on('data', (chunk) => {
      free.at = Math.max(free.at, performance.now()) + chunk.length / LINE.bytesPerMs;
      const waiting = free.at - performance.now();
      if (waiting > LINE.ahead / LINE.bytesPerMs) {
        from.pause();
        setTimeout(() => from.resume(), waiting - LINE.ahead / LINE.bytesPerMs / 2);
      }
      setTimeout(() => to.write(chunk), waiting + LINE.oneWayMs);
    });
}

const ports = { app: await listening(app), store: await listening(store) };
const [up, down] = [way({ at: 0 }), way({ at: 0 })];
const line = net.createServer((client) => {
  const server = net.connect(ports.store, '127.0.0.1');
  for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => {});
  up(client, server);
  down(server, client);
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
});
console.log(JSON.stringify({ ...ports, line: await listening(line) }));
