// Cropping and turning a photo, by keys and by pointer: what is on stage, what is saved at full size, and that the file
// stays whole for the next time.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cutOut, straightened, turned, WHOLE } from '../../www/media/cut.js';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, difference } from './support/limn.mjs';
import { decodePng, drawPhoto, encodePng } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';

test('four quarter turns bring a part back to where it was', () => {
  const cut = { turns: 0, angle: 2, x: 0.1, y: 0.25, width: 0.5, height: 0.25 };
  assert.deepEqual(turned(cut), { turns: 1, angle: 2, x: 0.5, y: 0.1, width: 0.25, height: 0.5 });
  const { turns, ...rest } = turned(turned(turned(turned(cut))));
  assert.equal(turns, 0);
  for (const [key, value] of Object.entries(rest)) assert.ok(Math.abs(value - cut[key]) < 1e-12, key);
  const bitmap = { width: 3, height: 2 };
  assert.equal(cutOut(bitmap, WHOLE), bitmap, 'all of a picture is the picture');
});

test('of a straightened picture the largest part of its shape is left that has no corner outside', () => {
  for (const [width, height] of [[400, 300], [300, 400], [1000, 90]]) {
    for (const angle of [-15, -4, 0.1, 9]) {
      for (const turns of [0, 1]) {
        const size = straightened({ width, height }, { turns, angle });
        const [across, down] = (turns ? [height, width] : [width, height]).map((side) => side - 2);
        assert.ok(Math.abs(size.width / size.height - across / down) < 1e-9, 'of the same shape');
        const [sin, cos] = [Math.sin((angle * Math.PI) / 180), Math.cos((angle * Math.PI) / 180)];
        const beyond = [[1, 1], [1, -1]].map(([x, y]) => {
          const [u, v] = [(x * size.width) / 2, (y * size.height) / 2];
          return Math.max(Math.abs(u * cos + v * sin) / (across / 2), Math.abs(v * cos - u * sin) / (down / 2));
        });
        assert.ok(Math.abs(Math.max(...beyond) - 1) < 1e-9, `${width}×${height} by ${angle}°: a corner touches the edge`);
      }
    }
  }
});

/** The part of a picture, turned clockwise by quarters before. */
function part(picture, turns, [left, top, width, height]) {
  let { width: across, height: down, rgb } = picture;
  for (let i = 0; i < turns; i++) {
    const next = new Uint8Array(rgb.length);
    for (let y = 0; y < down; y++) for (let x = 0; x < across; x++) for (let c = 0; c < 3; c++) next[3 * (x * down + down - 1 - y) + c] = rgb[3 * (y * across + x) + c];
    [across, down, rgb] = [down, across, next];
  }
  const cut = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) cut.set(rgb.subarray(3 * ((y + top) * across + left), 3 * ((y + top) * across + left + width)), 3 * y * width);
  return { width, height, rgb: cut };
}

for (const name of BROWSERS) {
  describe(`crop in ${name}`, () => {
    const at = setUp(name);

    const crop = async (limn, act) => {
      await limn.openDialog('crop');
      await act();
      return limn.painting(() => limn.page.click('#crop-apply'));
    };
    const shape = (limn, value) => limn.page.evaluate((wanted) => document.querySelector(`#crop-shapes input[value="${wanted}"]`).click(), value);
    const told = (limn) => limn.page.evaluate(() => document.getElementById('crop-told').textContent);

    test('a photo is turned and cropped to a shape, exactly, and is whole again when one wants', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const { photo } = at.site;
      const offered = () => limn.page.evaluate(() => document.getElementById('crop').checkVisibility());
      assert.equal(await offered(), false);
      const before = await limn.paintPhoto(at.site.photoFile);
      assert.equal(await offered(), true);
      await crop(limn, () => limn.page.click('#crop-turn'));
      assert.equal(difference(await limn.original(), part(photo, 1, [0, 0, 75, 97])).max, 0, 'turned to the right');
      await crop(limn, () => shape(limn, '1:1'));
      assert.equal(difference(await limn.original(), part(photo, 1, [0, 11, 75, 75])).max, 0, 'a square from the middle');
      for (const [value, ratio] of [['4:5', 0.8], ['9:16', 9 / 16]]) {
        const { width, height } = await crop(limn, () => shape(limn, value));
        assert.ok(Math.abs(width / height - ratio) < 0.02, `${value}: ${width}×${height}`);
      }
      // By keys: half as wide, then to the right.
      await crop(limn, async () => {
        await limn.page.click('#crop-reset');
        await limn.page.focus('#crop-box');
        for (let i = 0; i < 50; i++) await limn.page.press('Shift+ArrowLeft');
        for (let i = 0; i < 20; i++) await limn.page.press('ArrowRight');
        assert.match(await told(limn), /^4[89] × 75, from 20 % across and 0 % down\.$/);
      });
      const half = await limn.original();
      assert.equal(difference(half, part(photo, 0, [19, 0, half.width, 75])).max, 0);
      // By pointer: the right lower corner.
      await crop(limn, () => limn.page.evaluate(() => {
        const { left, top, width, height } = document.getElementById('crop-picture').getBoundingClientRect();
        const pointer = (target, type, x, y) => target.dispatchEvent(new PointerEvent(type, { clientX: left + x * width, clientY: top + y * height, bubbles: true }));
        pointer(document.querySelector('[data-corner="1 1"]'), 'pointerdown', 0.7, 1);
        pointer(window, 'pointermove', 0.5, 0.6);
        pointer(window, 'pointerup', 0.5, 0.6);
      }));
      const { width, height } = await limn.original();
      assert.ok(Math.abs(width - 0.3 * 97) <= 1 && Math.abs(height - 0.6 * 75) <= 1, `${width}×${height}`);
      const after = await crop(limn, () => limn.page.click('#crop-reset'));
      assert.equal(difference(after, before).max, 0, 'nothing of it was lost');
      await limn.openDialog('crop');
      await limn.page.press('Escape');
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });

    test('a photo is straightened without a white corner, and undone and redone like everything else', async () => {
      const plain = join(at.site.folder, 'plain.png');
      writeFileSync(plain, encodePng({ width: 120, height: 80, rgb: new Uint8Array(3 * 120 * 80).fill(90) }));
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(plain);
      await crop(limn, async () => {
        await limn.page.focus('#crop-angle');
        await limn.page.press('Home');
        assert.equal(await limn.page.evaluate(() => document.getElementById('crop-angle').getAttribute('aria-valuetext')), '-15.0°');
      });
      const { width, height, rgb } = await limn.original();
      assert.ok(width < 100 && height < 70 && Math.abs(width / height - 1.5) < 0.05, `${width}×${height}`);
      assert.ok(rgb.every((value) => Math.abs(value - 90) <= 1), 'all of it is photo');

      const whole = await limn.paintPhoto(at.site.photoFile);
      const cropped = await crop(limn, async () => {
        await limn.page.focus('#crop-angle');
        for (let i = 0; i < 30; i++) await limn.page.press('ArrowRight');
      });
      assert.ok(cropped.width < 97 && cropped.width > 85, `3° cost little: ${cropped.width}`);
      const undo = (keys) => limn.painting(() => limn.page.press(keys));
      assert.equal(difference(await undo('Control+z'), whole).max, 0, 'undone');
      assert.equal(difference(await undo('Control+Shift+Z'), cropped).max, 0, 'redone');
      // A setting on top of it is undone first.
      await limn.painting(() => limn.slide('strength', 0.3));
      assert.equal(difference(await undo('Control+z'), cropped).max, 0);
      assert.equal(difference(await undo('Control+z'), whole).max, 0);
      // Of another photo there is nothing cut out to go back to.
      await limn.paintPhoto(plain);
      const { photoPainted } = await limn.state();
      await limn.page.press('Control+Shift+Z');
      await limn.until('the setting alone', (state) => state.strength === 0.3 && state.photoPainted > photoPainted && !state.busy);
      const after = await limn.original();
      assert.deepEqual([after.width, after.height], [120, 80]);
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });

    test('what is saved of a large photo is its part, at full size', async () => {
      const file = join(at.site.folder, 'crop.png');
      writeFileSync(file, encodePng(drawPhoto(3000, 2400)));
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(file);
      const shown = await crop(limn, async () => {
        await limn.page.click('#crop-turn');
        await limn.page.focus('#crop-box');
        for (let i = 0; i < 10; i++) await limn.page.press('Shift+ArrowUp');
      });
      assert.deepEqual([shown.width, shown.height], [1820, 2048]);
      const { bytes } = await limn.page.download(() => limn.page.click('#save-png'));
      const saved = decodePng(bytes);
      assert.deepEqual([saved.width, saved.height], [2400, 2700]);
      const apart = difference(await limn.decodeAsShown(bytes), shown).mean;
      assert.ok(apart < 1.5, `${apart.toFixed(2)}/255 apart`);
      await limn.close();
    });
  });
}
