// Stills by self-timer and the strip of last results: in memory, a dozen at most, looked at, saved and deleted.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { stillCamera } from './support/cameras.mjs';
import { CPU, difference } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** Counts the addresses given to files in memory that have not been given back. */
function countAddresses() {
  window.addresses = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (thing) => {
    const url = createObjectURL.call(URL, thing);
    if (thing.type !== 'text/javascript') window.addresses.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    window.addresses.delete(url);
    revokeObjectURL.call(URL, url);
  };
}

/** Keeps all that the countdown has shown. */
function keepCountdown() {
  window.shown = [];
  const display = document.getElementById('countdown');
  new MutationObserver(() => {
    if (display.textContent && !display.hidden) window.shown.push(display.textContent);
  }).observe(display, { childList: true, characterData: true, subtree: true });
}

for (const name of BROWSERS) {
  describe(`stills and last results in ${name}`, () => {
    const at = setUp(name);

    async function openCamera() {
      const limn = await at.open({ ...CPU, size: '64' }, { beforeLoad: `(${countAddresses})();(${stillCamera})()` });
      await limn.ready();
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      await limn.page.evaluate(keepCountdown);
      return limn;
    }

    const kept = (limn) => limn.page.evaluate(() => document.querySelectorAll('#shelf-list button').length);
    const viewer = (limn) => limn.page.evaluate(() => ({
      open: document.getElementById('viewer').open, title: document.getElementById('viewer-title').textContent,
    }));
    async function until(what, wanted) {
      for (let i = 0; i < 600; i++, await sleep(50)) if (await wanted()) return;
      throw new Error(`waited in vain for ${what}`);
    }

    test('a countdown, then four pictures, and what can be done with them', async () => {
      const limn = await openCamera();
      const painted = await limn.readback();
      await limn.page.press('x');
      await until('four pictures', async () => (await kept(limn)) === 4);
      await until('the end of it', async () => (await limn.messages()).status.text.includes('4'));
      const { shown, live } = await limn.page.evaluate(() => ({
        shown: window.shown, live: document.getElementById('countdown').getAttribute('aria-live'),
      }));
      assert.deepEqual([shown.slice(0, 3), shown.length, live], [['3', '2', '1'], 7, 'assertive']);

      await limn.page.click('#shelf-list button');
      assert.match((await viewer(limn)).title, /^limn-untrained-first\b.*\.jpg/);
      const { name: file, bytes } = await limn.page.download(() => limn.page.click('#viewer-save'));
      assert.match(file, /^limn-untrained-first\b.*\.jpg$/);
      const still = await limn.decode(bytes);
      assert.ok(difference(still, painted).mean < 4, 'the picture as it was painted, unmirrored');
      const look = () => limn.page.evaluate(async () => {
        const image = document.querySelector('#viewer-frame img');
        await image.decode();
        return image.naturalWidth;
      });
      assert.equal(await look(), painted.width, 'it is shown');
      await limn.page.press('ArrowRight');
      await limn.page.press('Delete');
      assert.equal(await kept(limn), 3);
      await limn.page.press('Escape');
      assert.equal((await viewer(limn)).open, false);

      // In narrow windows the strip is one picture, which leads to the others.
      await limn.page.resize(1280, 720);
      await limn.page.click('#shelf-clear');
      assert.equal(await kept(limn), 0);
      assert.equal(await limn.page.evaluate(() => document.getElementById('shelf').checkVisibility()), false);
      // The one that was saved is given back later, once the browser has surely read it.
      const left = await limn.page.evaluate(() => window.addresses.size);
      assert.ok(left <= 1, `${left} files in memory still have an address`);
      await limn.close();
    });

    test('Escape cancels the countdown, and so does leaving the camera', async () => {
      const limn = await openCamera();
      await limn.page.click('#timer');
      await until('the countdown', () => limn.page.evaluate(() => window.shown.length > 0));
      await limn.page.press('Escape');
      const hidden = () => limn.page.evaluate(() => document.getElementById('countdown').hidden);
      await until('it to end', hidden);
      assert.match((await limn.messages()).status.text, /cancelled/);
      await limn.page.click('#timer');
      await until('the countdown', async () => !(await hidden()));
      await limn.page.click('#camera');
      await until('it to end', hidden);
      await sleep(3500);
      assert.equal(await kept(limn), 0, 'no picture was taken');
      await limn.close();
    });

    test('the strip holds the newest dozen', { skip: name !== 'chromium' && 'the same on every browser, and slow where the CPU paints' }, async () => {
      const limn = await openCamera();
      const names = () => limn.page.evaluate(() => Array.from(document.querySelectorAll('#shelf-list button'), (b) => b.getAttribute('aria-label')));
      // Seconds are a second apart to the visitor; here they pass at once.
      await limn.page.evaluate(() => {
        const wait = window.setTimeout;
        window.setTimeout = (f, ms, ...rest) => wait(f, ms === 1000 ? 5 : ms, ...rest);
      });
      const states = [];
      for (let round = 1; round <= 4; round++) {
        await limn.page.click('#series');
        await until('a series', () => limn.page.evaluate(() => document.getElementById('series').getAttribute('aria-pressed') === 'false'));
        states.push((await names()).length);
      }
      assert.deepEqual(states, [4, 8, 12, 12]);
      await limn.close();
    });
  });
}
