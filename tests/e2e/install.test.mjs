// What a browser needs to offer the page for installation: a manifest that it finds, and icons of the promised sizes; and what
// the system then starts the page with.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, DIST } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

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

test('the system may start it by shortcut, with files, and with what is shared, each at an address of the page', () => {
  const manifest = JSON.parse(readFileSync(join(DIST, 'manifest.webmanifest'), 'utf8'));
  const base = 'https://example.org/limn/manifest.webmanifest';
  const starts = [...manifest.shortcuts.map(({ url }) => url), ...manifest.file_handlers.map(({ action }) => action)];
  assert.deepEqual(starts.map((address) => new URL(address, base).href), ['camera', 'sample', 'file'].map((start) => `https://example.org/limn/?start=${start}`));
  for (const { name, icons } of manifest.shortcuts) assert.ok(name && icons.every(({ src }) => readFileSync(join(DIST, src)).length > 0), name);
  const [{ accept }] = manifest.file_handlers;
  assert.ok(Object.entries(accept).every(([type, endings]) => /^[a-z]+\/[a-z0-9-]+$/.test(type) && endings.every((ending) => /^\.[a-z0-9]+$/.test(ending))));
  const { action, method, enctype, params } = manifest.share_target;
  assert.equal(new URL(action, base).href, 'https://example.org/limn/share');
  assert.deepEqual([method, enctype], ['POST', 'multipart/form-data']);
  assert.ok(params.files[0].accept.includes('image/*'));
});

for (const name of BROWSERS) {
  describe(`started by the system, ${name}`, () => {
    const at = setUp(name);

    test('the sample is shown, files are painted, and in a tab the camera waits for a click', async () => {
      const sample = await at.open({ ...CPU, start: 'sample' });
      await sample.until('the sample', (state) => state.photoPainted > 0);
      await sample.close();

      const camera = await at.open({ ...CPU, start: 'camera' });
      // What does it is fetched once the page is ready.
      await camera.until('the camera to have the focus', () => camera.page.evaluate(() => document.activeElement.id === 'camera'));
      assert.equal((await camera.state()).mode, 'empty');
      await camera.close();

      const files = await at.open({ ...CPU, start: 'file' }, {
        // As in browsers that hand over files of installed pages.
        beforeLoad: () => {
          const getFile = async () => {
            const canvas = new OffscreenCanvas(40, 30);
            canvas.getContext('2d').fillRect(5, 5, 20, 20);
            return new File([await canvas.convertToBlob()], 'opened.png', { type: 'image/png' });
          };
          Object.defineProperty(window, 'launchQueue', { value: { setConsumer: (take) => take({ files: [{ getFile }] }) } });
        },
      });
      const { width, height } = await files.until('the file', (state) => state.photoPainted > 0).then(() => files.original());
      assert.deepEqual([width, height], [40, 30]);
      await files.close();
    });
  });
}
