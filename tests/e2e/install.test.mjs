// What a browser needs to offer the page for installation: a manifest that it finds, and icons of the promised sizes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DIST } from './support/limn.mjs';

/** Width and height from the header of a PNG. */
function sizeOf(png) {
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  return `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;
}

test('the manifest is linked, works at any sub-path, and its icons have the sizes it says', () => {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const [, href] = html.match(/<link rel="manifest" href="([^"]+)"/);
  const manifest = JSON.parse(readFileSync(join(DIST, href), 'utf8'));
  for (const address of [href, manifest.start_url, manifest.scope, ...manifest.icons.map(({ src }) => src)]) {
    assert.ok(!/^(\/|https?:)/.test(address), `${address} is relative`);
  }
  const pngs = manifest.icons.filter(({ type }) => type === 'image/png');
  for (const { src, sizes } of pngs) assert.equal(sizeOf(readFileSync(join(DIST, src))), sizes, src);
  for (const wanted of ['192x192', '512x512']) assert.ok(pngs.some(({ sizes }) => sizes === wanted), wanted);
  assert.ok(pngs.some(({ purpose }) => purpose === 'maskable'));
  const [, touch] = html.match(/<link rel="apple-touch-icon" href="([^"]+)"/);
  assert.equal(sizeOf(readFileSync(join(DIST, touch))), '180x180');
});
