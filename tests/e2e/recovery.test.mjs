// An engine that is lost comes back by itself with everything as it was; one that is lost again and again is given up
// with an offer that works.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, GPU, assertSame, difference, paintNatively } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** How often an engine is started again. */
const RESTARTS = 3;

for (const name of BROWSERS) {
  describe(`recovery in ${name}`, () => {
    const at = setUp(name);

    test('three lost engines come back with photo, style and settings; after the fourth the CPU is offered', async () => {
      const limn = await at.open(GPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      await limn.painting(() => limn.choose('second'));
      const painted = await limn.painting(() => limn.slide('strength', 0.5));
      for (let restart = 1; restart <= RESTARTS; restart++) {
        const again = await limn.painting(async () => {
          await limn.page.evaluate(() => window.limn.loseDevice());
          await limn.until('a restart', (state) => state.restarts === restart && state.ready);
        });
        assert.equal(difference(again, painted).max, 0);
      }
      await limn.page.evaluate(() => window.limn.loseDevice());
      await limn.error('engine-gone');
      assert.equal(difference(await limn.readback(), painted).max, 0, 'the picture is still there, and can be saved');
      const { notice } = await limn.messages();
      assert.deepEqual([notice.hidden, notice.code], [false, 'device-lost']);

      const onCpu = await limn.painting(() => limn.page.click('#use-cpu'));
      const { engine, style, strength, restarts, error } = await limn.state();
      assert.deepEqual([engine, style, strength, restarts, error], ['cpu', 'second', 0.5, RESTARTS, null]);
      assertSame(onCpu, paintNatively(at.site, at.site.photo, at.site.style(1, 8), { strength: 0.5 }));
      await limn.close();
    });

    test('the camera goes on after a crash', async () => {
      const limn = await at.open({ ...CPU, size: '48' });
      await limn.ready();
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      await limn.page.evaluate(() => window.limn.crash());
      await limn.until('a restart', (state) => state.restarts === 1 && state.ready);
      const { frames } = await limn.state();
      await limn.until('more live pictures', (state) => state.frames >= frames + 2 && state.mode === 'camera');
      await limn.close();
    });
  });
}
