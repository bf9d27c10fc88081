// Mixing two styles, and the size of the brush: photos as the native program paints them, live pictures, restarts, reset.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, GPU, assertPainted, assertSame, difference, paintNatively } from './support/limn.mjs';
import { drawPhoto, encodePng } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';

const shown = (limn, id) => limn.page.evaluate((name) => document.getElementById(name).checkVisibility(), id);

for (const name of BROWSERS) {
  describe(`mix and brush in ${name}`, () => {
    const at = setUp(name);

    for (const [parameters, width] of [[GPU, 16], [CPU, 8]]) {
      test(`two styles are mixed on the ${parameters.engine} as natively, through a restart, and reset parts them`, async () => {
        const limn = await at.open(parameters);
        const { precision } = await limn.ready();
        const alone = await limn.paintPhoto(at.site.photoFile);
        assert.equal(await shown(limn, 'mix'), false, 'no slider before there is something to mix');
        await limn.page.press('m');
        assert.equal(await limn.page.evaluate(() => document.activeElement.id), 'mix-with');

        const natively = (mix) => paintNatively(at.site, at.site.photo, at.site.style(0, width), { second: at.site.style(1, width), mix });
        const half = await limn.painting(() => limn.select('mix-with', 'second'));
        assert.equal(await shown(limn, 'mix'), true);
        assertSame(half, natively(0.5), precision);
        assertPainted(half, alone);
        const most = await limn.painting(() => limn.slide('mix', 0.8));
        assertSame(most, natively(0.8), precision);
        assert.equal(difference(await limn.painting(() => limn.slide('mix', 0)), alone).max, 0);
        await limn.painting(() => limn.slide('mix', 0.8));

        const again = await limn.painting(async () => {
          await limn.page.evaluate(() => window.limn.crash());
          await limn.until('a restart', (state) => state.restarts === 1 && state.ready);
        });
        assert.equal(difference(again, most).max, 0);

        const { name: file } = await limn.page.download(() => limn.page.click('#save'));
        assert.match(file, /^limn-untrained-first-untrained-second\b.*\.jpg$/);

        // A style cannot be mixed with itself.
        await limn.painting(() => limn.choose('second'));
        await limn.until('the end of the mix', (state) => state.second === null && state.style === 'second');
        await limn.painting(() => limn.choose('first'));
        await limn.painting(() => limn.select('mix-with', 'second'));
        const reset = await limn.painting(() => limn.page.click('#reset'));
        await limn.until('the reset', (state) => state.second === null && !state.busy);
        assert.equal(await shown(limn, 'mix'), false);
        assert.equal(difference(await limn.readback(), alone).max, 0, `the first style alone, ${difference(reset, alone).max}`);
        await limn.close();
      });
    }

    test('a second style that cannot be had leaves the first alone', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const alone = await limn.paintPhoto(at.site.photoFile);
      const mend = at.site.styles[1].models.map(({ file }) => at.site.server.breakFile(`test/${file}`, '404'));
      await limn.select('mix-with', 'second');
      await limn.error('style-http');
      assert.equal((await limn.state()).second, null);
      assert.equal(await limn.page.evaluate(() => document.getElementById('mix-with').value), '');
      assert.equal(difference(await limn.readback(), alone).max, 0);
      mend.forEach((undo) => undo());
      await limn.close();
    });

    test('the brush sets the working size of photos, through a restart, and reset gives it back', async () => {
      const photo = drawPhoto(600, 420);
      const file = join(at.site.folder, 'brush.png');
      writeFileSync(file, encodePng(photo));
      const limn = await at.open(CPU);
      const { workingSize } = await limn.ready();
      const normal = await limn.paintPhoto(file);
      const large = await limn.painting(() => limn.slide('brush', 1));
      const state = await limn.state();
      assert.deepEqual([state.brush, state.workingSize], [2, workingSize / 2]);
      assertSame(large, paintNatively(at.site, photo, at.site.style(0, 8), { workingSize: workingSize / 2 }));
      assertPainted(large, normal);
      const again = await limn.painting(async () => {
        await limn.page.evaluate(() => window.limn.crash());
        await limn.until('a restart', ({ restarts, ready }) => restarts === 1 && ready);
      });
      assert.equal(difference(again, large).max, 0);
      const back = await limn.painting(() => limn.page.click('#reset'));
      assert.equal(difference(back, normal).max, 0);
      await limn.close();
    });

    test('live pictures are mixed, and follow the brush', async () => {
      const limn = await at.open({ ...GPU, size: '64' });
      await limn.ready();
      await limn.select('mix-with', 'second');
      await limn.until('the second style', (state) => state.second === 'second');
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      await limn.slide('brush', 1);
      const { frames } = await limn.until('the brush', (state) => state.workingSize === 32);
      await limn.until('live pictures with it', (state) => state.frames >= frames + 2 && state.error === null);
      assert.ok(difference(await limn.readback(), await limn.cameraPicture()).max > 10);
      await limn.close();
    });
  });
}
