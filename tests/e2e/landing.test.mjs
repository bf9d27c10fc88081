// What a visitor finds before there is a picture, with every browser.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

for (const name of BROWSERS) {
  describe(`the landing in ${name}`, () => {
    const at = setUp(name);

    test('portraits are painted right of a line, which follows the pointer', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const { loaded, shares } = await limn.page.evaluate(async () => {
        const hero = document.getElementById('hero');
        const images = [...hero.querySelectorAll('img')];
        await Promise.all(images.map((image) => image.decode()));
        const { left, top, width } = hero.getBoundingClientRect();
        const shares = [0.2, 0.75].map((share) => {
          hero.dispatchEvent(new PointerEvent('pointermove', { clientX: left + share * width, clientY: top + 10, bubbles: true }));
          return Number.parseFloat(getComputedStyle(hero.querySelector('.painting')).clipPath.match(/([\d.]+)%\)/)[1]);
        });
        return { loaded: images.map(({ naturalWidth }) => naturalWidth > 0), shares };
      });
      assert.deepEqual(loaded, [true, true]);
      assert.deepEqual(shares.map(Math.round), [20, 75]);
      await limn.close();
    });

    // Firefox's protocol cannot ask for it.
    if (name === 'chromium') {
      test('where motion is unwelcome the line rests in the middle', async () => {
        const limn = await at.open(CPU, { prefers: { reducedMotion: 'reduce' } });
        await limn.ready();
        const { animations, clip } = await limn.page.evaluate(() => {
          const hero = document.getElementById('hero');
          return { animations: hero.getAnimations().length, clip: getComputedStyle(hero.querySelector('.painting')).clipPath };
        });
        assert.equal(animations, 0);
        assert.match(clip, /50%/);
        await limn.close();
      });
    }

    test('a style that is chosen before there is a picture is shown on the sample', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.choose('second');
      const state = await limn.until('the painted sample', ({ mode, style, photoPainted }) => mode === 'photo' && style === 'second' && photoPainted > 0);
      assert.equal(state.error, null);
      await limn.close();
    });

    test('a note that was put away stays away', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const { notice } = await limn.messages();
      assert.deepEqual([notice.hidden, notice.code], [false, 'cpu-chosen']);
      await limn.page.click('#notice-close');
      assert.equal((await limn.messages()).notice.hidden, true);
      await limn.page.evaluate(() => void window.limn.crash());
      await limn.until('another engine', ({ restarts, ready }) => restarts === 1 && ready);
      assert.equal((await limn.messages()).notice.hidden, true);
      await limn.close();
    });
  });
}
