// One picture in four styles, two by two: from a photo and from the camera, saved as one file.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, difference } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** The paintings in the saved picture. */
function cells({ width, height, rgb }, across, down) {
  const gap = Math.round(0.03 * Math.max(across, down));
  assert.deepEqual([width, height], [2 * across + 3 * gap, 2 * down + 3 * gap]);
  return [0, 1, 2, 3].map((place) => {
    const left = gap + (place % 2) * (across + gap);
    const top = gap + Math.floor(place / 2) * (down + gap);
    const cell = new Uint8Array(3 * across * down);
    for (let y = 0; y < down; y++) {
      const from = 3 * ((top + y) * width + left);
      cell.set(rgb.subarray(from, from + 3 * across), 3 * y * across);
    }
    return { width: across, height: down, rgb: cell };
  });
}

for (const name of BROWSERS) {
  describe(`four styles in ${name}`, () => {
    const at = setUp(name);
    const finished = async (limn) => {
      for (const end = Date.now() + 120_000; Date.now() < end; await sleep(50)) {
        if (await limn.page.evaluate(() => !document.getElementById('four-save').disabled)) return;
      }
      throw new Error(`the four are not painted: ${await limn.page.evaluate(() => document.getElementById('four-told').textContent)}`);
    };
    const choices = (limn) => limn.page.evaluate(() => Array.from(document.querySelectorAll('#four-choice select'), ({ value }) => value));

    test('a photo, in the style in use and the next ones, each as the page would paint it', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      await limn.painting(() => limn.slide('strength', 0.6));
      // In the colours of another picture, here of the photo itself.
      await limn.painting(() => limn.page.upload('#match-file', at.site.photoFile));
      const second = await limn.painting(() => limn.choose('second'));
      const first = await limn.painting(() => limn.choose('first'));
      await limn.painting(() => limn.choose('second'));
      await limn.openDialog('four');
      assert.deepEqual(await choices(limn), ['second', 'first', 'second', 'first']);
      await finished(limn);
      // Another one for the last place; what stands stays.
      await limn.page.evaluate(() => {
        const last = document.querySelectorAll('#four-choice select')[3];
        last.value = 'second';
        last.dispatchEvent(new Event('change', { bubbles: true }));
      });
      assert.ok(await limn.page.evaluate(() => document.getElementById('four-save').disabled));
      await finished(limn);
      const { name: label, bytes } = await limn.page.download(() => limn.page.click('#four-save'));
      assert.match(label, /^limn-.*\.jpg$/);
      const saved = await limn.decode(bytes);
      const found = cells(saved, 97, 75);
      for (const [place, expected] of [second, first, second, second].entries()) {
        const apart = difference(found[place], expected).mean;
        // JPEG costs something in pictures this small, another style more.
        const other = difference(found[place], expected === first ? second : first).mean;
        assert.ok(apart < 6 && apart < 0.7 * other, `place ${place}: ${apart.toFixed(2)}/255 apart, ${other.toFixed(2)}/255 from the other style`);
      }
      assert.ok(saved.rgb.subarray(0, 3).every((value) => value > 235), 'on white');
      const state = await limn.state();
      assert.deepEqual([state.style, state.mode, state.error], ['second', 'photo', null], 'the stage stays as it is');
      assert.equal(await limn.page.evaluate(() => document.querySelectorAll('#shelf-list button').length), 1);
      assert.equal(await limn.page.evaluate(() => document.querySelector('dialog[open]')), null);
      await limn.close();
    });

    test('a picture of the camera; a style that cannot be had is named, and another one mends it', async () => {
      const limn = await at.open({ ...CPU, lang: 'en' });
      await limn.ready();
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames > 0);
      const repair = at.site.server.breakFile('test/second-c8.bpk', '404');
      await limn.page.press('q');
      await limn.appears('#four-styles');
      const told = () => limn.page.evaluate(() => document.getElementById('four-told').textContent);
      for (const end = Date.now() + 60_000; Date.now() < end && !/server/.test(await told());) await sleep(50);
      assert.match(await told(), /could not be used\. The server does not have/);
      assert.ok(await limn.page.evaluate(() => document.getElementById('four-save').disabled));
      await limn.page.evaluate(() => {
        for (const select of document.querySelectorAll('#four-choice select')) {
          select.value = 'first';
          select.dispatchEvent(new Event('change', { bubbles: true }));
        }
      });
      await finished(limn);
      repair();
      await limn.page.press('Escape');
      const { frames } = await limn.state();
      await limn.until('the camera to go on', (state) => state.mode === 'camera' && state.frames > frames);
      await limn.close();
    });
  });
}
