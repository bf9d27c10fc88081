// The gallery's thumbnails painted from the visitor's own picture: on demand, beside what is on stage, and gone with it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, GPU, difference } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** Names of the styles whose card shows a preview, each with its pixels. */
async function readPreviews(limn) {
  const found = await limn.page.evaluate(() =>
    Array.from(document.querySelectorAll('#gallery label'), (card) => {
      const canvas = card.querySelector('canvas');
      const pixels = canvas?.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return canvas && { name: card.querySelector('input').value, width: canvas.width, height: canvas.height, rgba: Array.from(pixels.data) };
    }).filter((preview) => preview !== null));
  return new Map(found.map(({ name, width, height, rgba }) => [name, { width, height, rgb: Uint8Array.from(rgba.filter((_, i) => i % 4 !== 3)) }]));
}

async function previews(limn, count) {
  await limn.page.click('#preview');
  await finished(limn);
  const found = await readPreviews(limn);
  assert.equal(found.size, count);
  return found;
}

async function finished(limn) {
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(50)) {
    if (await limn.page.evaluate(() => !document.getElementById('preview').hasAttribute('aria-busy'))) return;
  }
  throw new Error('the previews do not end');
}

const hidden = (limn) => limn.page.evaluate(() => document.getElementById('preview').hidden);

for (const name of BROWSERS) {
  describe(`previews in ${name}`, () => {
    const at = setUp(name);

    for (const [engine, parameters] of [['cpu', CPU], ['gpu', GPU]]) {
      test(`every style is painted small from the photo, and the picture on the ${engine} stays`, async () => {
        const limn = await at.open(parameters);
        await limn.ready();
        assert.ok(await hidden(limn), 'there is nothing to paint from');
        const painted = await limn.paintPhoto(at.site.photoFile);
        const before = await limn.state();
        const found = await previews(limn, 2);
        const [first, second] = ['first', 'second'].map((style) => found.get(style));
        assert.deepEqual([first.width, first.height], [128, 128]);
        assert.ok(difference(first, second).mean > 1, 'each style paints its own');
        const after = await limn.state();
        assert.deepEqual([after.style, after.photoPainted, after.engine], [before.style, before.photoPainted, engine]);
        assert.equal(difference(await limn.readback(), painted).max, 0);
        assert.equal(after.error, null);

        await limn.paintPhoto(at.site.photoFile);
        assert.equal((await readPreviews(limn)).size, 0, 'another picture has none');
        await limn.close();
      });
    }

    test('choosing a style ends the previews; a record that is missing leaves the stock thumbnail', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      let release;
      const late = new Promise((resolve) => (release = resolve));
      const mend = at.site.server.breakFile('test/second-c8.bpk', async (bytes) => {
        await late;
        return bytes;
      });
      await limn.page.click('#preview');
      for (const end = Date.now() + 120_000; Date.now() < end && (await readPreviews(limn)).size === 0;) await sleep(50);
      await limn.choose('second');
      await finished(limn);
      release();
      await limn.until('the style chosen', (state) => state.style === 'second');
      await sleep(300);
      assert.deepEqual([...(await readPreviews(limn)).keys()], ['first']);
      mend();

      const repair = at.site.server.breakFile('test/second-c8.bpk', '404');
      const found = await previews(limn, 1);
      assert.ok(found.has('first'));
      const stock = await limn.page.evaluate(() => document.querySelector('#gallery label:nth-child(2) img') !== null);
      assert.ok(stock);
      assert.equal((await limn.state()).error, null);
      repair();
      await limn.close();
    });

    test('the camera goes on while its picture is previewed, and takes the previews along when it stops', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.page.click('#camera');
      const { frames } = await limn.until('live pictures', (state) => state.frames > 1);
      await previews(limn, 2);
      const after = await limn.until('more of them', (state) => state.frames > frames + 1);
      assert.deepEqual([after.mode, after.style], ['camera', 'first']);
      // By its key: where the window is low, the button has gone behind the picture by now.
      await limn.page.press('c');
      await limn.until('an empty stage', (state) => state.mode === 'empty');
      assert.equal((await readPreviews(limn)).size, 0);
      assert.ok(await hidden(limn));
      await limn.close();
    });
  });
}
