// Everything by keyboard: what each key presses, that fields keep their letters, and the help that lists the keys.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, assertPainted } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

for (const name of BROWSERS) {
  describe(`keys in ${name}`, () => {
    const at = setUp(name);

    test('letters and digits do what the help says', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const open = () => limn.page.evaluate(() => document.querySelector('dialog[open]')?.id ?? null);
      await limn.page.press('?');
      await limn.appears('dialog[open]');
      assert.equal(await open(), 'keys');
      const listed = await limn.page.evaluate(() => document.querySelectorAll('#keys-list dt').length);
      assert.ok(listed >= 7);
      await limn.page.press('c');
      assert.equal((await limn.state()).mode, 'empty', 'behind an open dialog keys do nothing');
      await limn.page.press('Escape');
      assert.equal(await open(), null);

      const first = await limn.paintPhoto(at.site.photoFile);
      assertPainted(await limn.painting(() => limn.page.press('2')), first);
      assert.equal((await limn.state()).style, 'second');

      const pressed = () => limn.page.evaluate(() => document.getElementById('compare').getAttribute('aria-pressed'));
      await limn.page.press('b');
      assert.equal(await pressed(), 'true');
      await limn.page.press('b');
      assert.equal(await pressed(), 'false');
      await limn.page.press('b');
      await limn.page.focus('#strength');
      await limn.page.press('Escape');
      assert.equal(await pressed(), 'false', 'wherever the focus is');

      await limn.painting(() => limn.slide('strength', 0.25));
      await limn.painting(() => limn.page.press('r'));
      assert.equal((await limn.state()).strength, 1);

      await limn.page.evaluate(() => document.getElementById('more').setAttribute('open', ''));
      await limn.page.focus('#quality');
      await limn.page.press('c');
      assert.equal((await limn.state()).mode, 'photo', 'a list keeps its letters');

      await limn.page.focus('#show-keys');
      const { name: file } = await limn.page.download(() => limn.page.press('s'));
      assert.match(file, /^limn-untrained-second\b.*\.jpg$/);
      await limn.page.press('c');
      await limn.until('the painted camera', (state) => state.mode === 'camera' && state.frames > 0);
      await limn.page.press('b');
      await limn.page.press('t');
      const counting = () => limn.page.evaluate(() => !document.getElementById('countdown').hidden);
      assert.equal(await counting(), true);
      await limn.page.press('Escape');
      for (let i = 0; i < 40 && (await counting()); i++) await sleep(50);
      assert.deepEqual([await counting(), await pressed()], [false, 'true'], 'Escape ends what began last');
      await limn.page.press('Escape');
      assert.equal(await pressed(), 'false', 'then what began before');
      await limn.page.press('c');
      await limn.until('the camera to stop', (state) => state.mode === 'empty');
      await limn.close();
    });
  });
}
