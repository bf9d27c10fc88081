// Painting a photo in the light and colours of another picture: as far as one wants, with every style, at full size; the way
// back; and pictures that are none.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, difference } from './support/limn.mjs';
import { decodePng, drawPhoto, encodePng } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';

/** A dusk: blue, and darker than any photo here. */
function dusk() {
  const [width, height] = [80, 60];
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set([20 + (i % 50), 30 + (i % 40), 90 + (i % 90)], 3 * i);
  return { width, height, rgb };
}

/** Mean red, green and blue. */
function mean({ rgb }) {
  const sums = [0, 0, 0];
  rgb.forEach((v, i) => (sums[i % 3] += v));
  return sums.map((sum) => (3 * sum) / rgb.length);
}

function assertLike(picture, wanted, most, what) {
  const found = mean(picture);
  found.forEach((v, c) => assert.ok(Math.abs(v - wanted[c]) < most, `${what}: ${found}, ${wanted} wanted`));
}

for (const name of BROWSERS) {
  describe(`match in ${name}`, () => {
    const at = setUp(name);
    const put = (file, bytes) => {
      const path = join(at.site.folder, file);
      writeFileSync(path, bytes);
      return path;
    };
    const choose = (limn, path) => limn.painting(() => limn.page.upload('#match-file', path));
    const shown = (limn) => limn.page.evaluate(() => document.getElementById('match-picture')?.checkVisibility() ?? false);
    const inert = (limn) => limn.page.evaluate(() => document.getElementById('match').inert);

    test('a photo is painted in another picture’s colours, as far as one wants, and in its own again', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const reference = put('dusk.png', encodePng(dusk()));
      const painted = await limn.paintPhoto(at.site.photoFile);
      const photo = await limn.original();
      assert.equal(await shown(limn), false);
      const matched = await choose(limn, reference);
      assert.equal(await shown(limn), true);
      assertLike(matched, mean(dusk()), 12, 'a painting in the dusk');
      assert.equal(difference(await limn.original(), photo).max, 0, 'it is compared with the photo as it was');
      const half = await limn.painting(() => limn.slide('match-strength', 0.5));
      const [from, to] = [mean(painted), mean(matched)];
      assertLike(half, from.map((v, c) => (v + to[c]) / 2), 1, 'half of the way');
      await limn.painting(() => limn.slide('match-strength', 1));
      // Without a style it is the photo that takes them.
      const plain = await limn.painting(() => limn.slide('strength', 0));
      assertLike(plain, mean(dusk()), 12, 'a photo in the dusk');
      assert.ok(difference(plain, matched).mean > 2, 'the style shows');
      // And so does the next photo.
      const next = await limn.paintPhoto(put('next.png', encodePng({ ...photo, rgb: photo.rgb.map((v) => 255 - v) })));
      assertLike(next, mean(dusk()), 12, 'another photo');
      const own = await limn.painting(() => limn.page.click('#match-remove'));
      assert.ok(difference(own, await limn.original()).max <= 1, 'its own colours are back');
      assert.equal(await shown(limn), false);
      await limn.close();
    });

    test('what is saved of a large photo has the colours, also of a part of it', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(put('large.png', encodePng(drawPhoto(2600, 2200))));
      await choose(limn, put('dusk.png', encodePng(dusk())));
      await limn.openDialog('crop');
      await limn.page.click('#crop-turn');
      const picture = await limn.painting(() => limn.page.click('#crop-apply'));
      assertLike(picture, mean(dusk()), 12, 'turned');
      const { bytes } = await limn.page.download(() => limn.page.click('#save-png'));
      const saved = decodePng(bytes);
      assert.deepEqual([saved.width, saved.height], [2200, 2600]);
      const apart = difference(await limn.decodeAsShown(bytes), picture).mean;
      assert.ok(apart < 1.5, `${apart.toFixed(2)}/255 apart`);
      await limn.close();
    });

    test('a picture that cannot be read is told, and the one before stays; live pictures keep their own', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      const before = await choose(limn, put('dusk.png', encodePng(dusk())));
      for (const [file, bytes, code] of [['empty.png', '', 'photo-empty'], ['text.png', 'no picture at all', 'photo-unreadable']]) {
        await limn.page.upload('#match-file', put(file, bytes));
        await limn.until(code, (state) => state.error === code);
        assert.equal(await shown(limn), true);
      }
      const again = await limn.painting(() => limn.slide('match-strength', 1));
      assert.equal(difference(again, before).max, 0);
      // A single pixel is a picture.
      const pixel = await choose(limn, put('pixel.png', encodePng({ width: 1, height: 1, rgb: new Uint8Array([200, 40, 40]) })));
      const [red, green, blue] = mean(pixel);
      assert.ok(red > 130 && green < 90 && blue < 90, `${[red, green, blue]}`);
      assert.equal(await inert(limn), false);
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames > 0);
      assert.equal(await inert(limn), true);
      await limn.close();
    });
  });
}
