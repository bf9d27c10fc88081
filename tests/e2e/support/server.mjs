// A plain static host for dist/, at a sub-path, with no header of its own but the MIME type: what the page promises has
// to hold without help from the server. It logs every request, serves extra files and breaks chosen ones.

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.avif': 'image/avif', '.webmanifest': 'application/manifest+json',
};

/** Serves `folder` under `base` on a free port of localhost. */
export async function serveFolder(folder, base = '/a/sub-path/limn/') {
  const extra = new Map();
  const faults = new Map();
  const log = [];

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    log.push({ method: request.method, path: pathname, host: request.headers.host, length: request.headers['content-length'] ?? '0' });
    const name = pathname.startsWith(base) ? decodeURIComponent(pathname.slice(base.length)) || 'index.html' : null;
    const send = (status, type, body) => {
      response.writeHead(status, { 'Content-Type': type });
      response.end(body);
    };
    if (name === null || normalize(name).startsWith('..')) return send(404, 'text/plain', 'not found');
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    const fault = faults.get(name);
    if (fault === '404') return send(404, 'text/html', '<!doctype html><title>404</title>');
    if (fault === 'html') return send(200, 'text/html', '<!doctype html><title>Welcome to the hotel network</title>');
    if (extra.has(name) || fault !== undefined) {
      const body = extra.get(name) ?? (await readFile(join(folder, name)));
      return send(200, type, typeof fault === 'function' ? await fault(body) : body);
    }
    const file = join(folder, name);
    if (!(await stat(file).catch(() => null))?.isFile()) return send(404, 'text/plain', 'not found');
    response.writeHead(200, { 'Content-Type': type });
    // The folder may be gone before a page that has been closed has all it asked for.
    createReadStream(file).on('error', () => response.destroy()).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${server.address().port}`;
  return {
    origin,
    url: origin + base,
    log,
    /** Serves `body` as `name` (relative to the base) beside the folder's own files. */
    add: (name, body) => extra.set(name, body),
    /** Breaks `name`: '404', 'html', or a function from the right bytes to wrong or late ones. Returns what mends it. */
    breakFile(name, fault) {
      faults.set(name, fault);
      return () => faults.delete(name);
    },
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

/** Another origin that welcomes everybody and notes what it is told: requests, and every byte besides. */
export async function openHouse() {
  const visits = { bytes: 0, requests: [] };
  const sockets = new Set();
  const server = createServer((request, response) => {
    visits.requests.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Access-Control-Allow-Origin': '*' });
    response.end('welcome');
  });
  // Chromium may open a socket ahead of a frame that the policy then stops; what counts is that nothing is said on it.
  server.on('connection', (socket) => {
    socket.prependListener('close', () => {
      visits.bytes += socket.bytesRead;
      sockets.delete(socket);
    });
    sockets.add(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `localhost:${server.address().port}`,
    /** What has been said so far. */
    visits: () => ({ ...visits, bytes: visits.bytes + [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0) }),
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}
