// The gallery's cards painted from the visitor's own picture: by themselves, behind what is on stage, and gone with it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, GPU, difference } from './support/limn.mjs';
import { drawPhoto, encodePng } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';
import { encodeVideo } from './support/video.mjs';

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

/** Waits until so many cards show previews. */
async function previews(limn, count) {
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(50)) {
    const found = await readPreviews(limn);
    if (found.size === count) return found;
  }
  throw new Error(`there are no ${count} previews: ${limn.page.messages.join('\n')}`);
}

const offered = (limn) => limn.page.evaluate(() => document.getElementById('preview').checkVisibility());

/** Whether a card still has the style's own thumbnail. */
const stock = (limn, index) => limn.page.evaluate((nth) => document.querySelectorAll('#gallery label')[nth].querySelector('img') !== null, index);

for (const name of BROWSERS) {
  describe(`previews in ${name}`, () => {
    const at = setUp(name);
    const otherFile = () => {
      const file = join(at.site.folder, 'other.png');
      const { width, height, rgb } = at.site.photo;
      writeFileSync(file, encodePng({ width, height, rgb: rgb.map((value) => 255 - value) }));
      return file;
    };

    for (const [engine, parameters] of [['cpu', CPU], ['gpu', GPU]]) {
      test(`every card is painted from the photo by itself, and the picture on the ${engine} stays`, async () => {
        const limn = await at.open(parameters);
        await limn.ready();
        assert.equal((await readPreviews(limn)).size, 0);
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
        assert.equal(await offered(limn), false, 'there is nothing to ask for');

        await limn.choose('second');
        await limn.until('another style', (state) => state.style === 'second');
        assert.equal((await readPreviews(limn)).size, 2, 'they outlive a change of style');

        await limn.paintPhoto(otherFile());
        const next = await previews(limn, 2);
        assert.ok(difference(next.get('first'), first).mean > 5, 'another picture, other cards');
        await limn.page.click('#camera');
        await limn.until('live pictures', (state) => state.frames > 0);
        assert.equal((await readPreviews(limn)).size, 0, 'the photo has gone, and they with it');
        assert.ok(await stock(limn, 0) && await stock(limn, 1));
        await limn.close();
      });
    }

    test('a crop repaints the cards from what is left', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      const before = await previews(limn, 2);
      await limn.openDialog('crop');
      await limn.page.click('#crop-turn');
      await limn.painting(() => limn.page.click('#crop-apply'));
      const after = await previews(limn, 2);
      assert.ok(difference(after.get('first'), before.get('first')).mean > 2);
      await limn.close();
    });

    test('what is on stage goes first: no card is begun while a slider moves', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.page.evaluate(() => {
        const slider = document.getElementById('strength');
        window.sliding = setInterval(() => {
          slider.valueAsNumber = slider.valueAsNumber === 0.5 ? 0.6 : 0.5;
          slider.dispatchEvent(new Event('input', { bubbles: true }));
        }, 40);
      });
      await limn.openPhoto(at.site.photoFile);
      await limn.until('a painted photo', (state) => state.photoPainted > 3);
      await sleep(1500);
      assert.equal((await readPreviews(limn)).size, 0);
      await limn.page.evaluate(() => clearInterval(window.sliding));
      await previews(limn, 2);
      await limn.close();
    });

    test('another picture ends the previews of the one before; a record that is missing leaves the stock thumbnail', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      let release;
      const late = new Promise((resolve) => (release = resolve));
      const mend = at.site.server.breakFile('test/second-c8.bpk', async (bytes) => {
        await late;
        return bytes;
      });
      await limn.paintPhoto(at.site.photoFile);
      const before = await previews(limn, 1);
      mend();
      const repair = at.site.server.breakFile('test/second-c8.bpk', '404');
      await limn.paintPhoto(otherFile());
      release();
      const after = await previews(limn, 1);
      await sleep(500);
      assert.ok(difference(after.get('first'), before.get('first')).mean > 5);
      assert.deepEqual([...(await readPreviews(limn)).keys()], ['first'], 'nothing comes late');
      assert.ok(await stock(limn, 1));
      assert.equal((await limn.state()).error, null);
      repair();
      await limn.close();
    });

    test('a visitor who saves data is asked, and so is one with the camera on, which goes on meanwhile', async () => {
      const limn = await at.open(CPU, {
        beforeLoad: () => Object.defineProperty(navigator, 'connection', { value: { saveData: true }, configurable: true }),
      });
      await limn.ready();
      assert.equal(await offered(limn), false, 'there is nothing to paint from');
      await limn.paintPhoto(at.site.photoFile);
      assert.ok(await offered(limn));
      await sleep(700);
      assert.equal((await readPreviews(limn)).size, 0);
      await limn.page.click('#preview');
      await previews(limn, 2);
      await limn.page.evaluate(() => (navigator.connection.saveData = false));

      // By its key, and off again: where the window is low, the button has gone behind the picture by now.
      await limn.page.press('c');
      await limn.until('live pictures', (state) => state.frames > 1);
      await sleep(700);
      assert.equal((await readPreviews(limn)).size, 0);
      const { frames } = await limn.state();
      await limn.page.press('g');
      await previews(limn, 2);
      const after = await limn.until('more of them', (state) => state.frames > frames + 1);
      assert.deepEqual([after.mode, after.style], ['camera', 'first']);
      await limn.page.press('c');
      await limn.until('an empty stage', (state) => state.mode === 'empty');
      assert.equal((await readPreviews(limn)).size, 0);
      assert.equal(await offered(limn), false);
      await limn.close();
    });

    test('a video has its first picture in the cards', async () => {
      const file = join(at.site.folder, 'clip.webm');
      writeFileSync(file, encodeVideo(drawPhoto(96, 64), { ending: 'webm', codec: 'libvpx-vp9', sound: null, options: ['-cpu-used', '8'] }));
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.openPhoto(file);
      await limn.until('a painted video', (state) => state.mode === 'video' && state.frames > 0);
      await previews(limn, 2);
      assert.ok(await offered(limn), 'for another of its pictures');
      await limn.close();
    });
  });
}
