// Looks: styles and settings undone and redone, passed on as a link that never holds the picture, and kept on the device if,
// and only as long as, the visitor agrees.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULTS } from '../../www/engine/settings.js';
import { lookText, parseLook } from '../../www/panel/look-text.js';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, difference } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

test('a look is text and back, and text from anybody is a look that can be painted with', () => {
  const look = { style: 'toon', second: 'pop', settings: { ...DEFAULTS, strength: 0.25, lambda: 12.34, mix: 0.3, width: 8 } };
  assert.equal(lookText(look), 'look=toon&second=pop&strength=0.25&lambda=12.34&mix=0.3&width=8');
  assert.deepEqual(parseLook(lookText(look)), look);
  assert.deepEqual(parseLook('look=toon'), { style: 'toon', second: null, settings: DEFAULTS });
  const wild = parseLook('look=%3Cb%3E&strength=1e9&colour=-3&brush=NaN&lambda=Infinity&texture=&settings=1');
  assert.deepEqual(wild, { style: '<b>', second: null, settings: { ...DEFAULTS, strength: 1.5, colour: 0 } });
});

for (const name of BROWSERS) {
  describe(`looks in ${name}`, () => {
    const at = setUp(name);

    const settled = (limn) => limn.until('rest', async (state) => !state.busy).then(() => sleep(450));
    const buttons = (limn) => limn.page.evaluate(() => ['undo', 'redo'].map((id) => !document.getElementById(id).disabled));
    const shown = (limn) => limn.page.evaluate(() => ({
      strength: document.getElementById('strength').valueAsNumber, mixed: document.getElementById('mix-with').value, checked: document.querySelector('#gallery input:checked').value,
    }));

    test('every setting is undone and redone, by keys and by buttons', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const first = await limn.paintPhoto(at.site.photoFile);
      await settled(limn);
      assert.deepEqual(await buttons(limn), [false, false]);
      // What a slider passes on its way is one step.
      for (const value of [0.9, 0.7, 0.4]) await limn.slide('strength', value);
      await settled(limn);
      await limn.choose('second');
      await limn.until('the second style', (state) => state.style === 'second');
      await settled(limn);
      await limn.select('mix-with', 'first');
      await limn.until('a mix', (state) => state.second === 'first');
      await settled(limn);
      await limn.slide('mix', 0.2);
      await settled(limn);
      const last = await limn.readback();
      assert.deepEqual(await buttons(limn), [true, false]);

      await limn.page.press('Control+z');
      await limn.until('the mix of before', (state) => state.mix === 0.5 && state.second === 'first');
      await limn.page.press('Control+z');
      await limn.until('no mix', (state) => state.second === null);
      await settled(limn);
      await limn.page.click('#undo');
      await limn.until('the first style', (state) => state.style === 'first' && state.strength === 0.4);
      await settled(limn);
      assert.deepEqual(await shown(limn), { strength: 0.4, mixed: '', checked: 'first' });
      await limn.page.click('#undo');
      await limn.until('the strength of before', (state) => state.strength === 1);
      await settled(limn);
      assert.deepEqual([await buttons(limn), (await shown(limn)).strength], [[false, true], 1]);
      assert.equal(difference(await limn.readback(), first).max, 0);

      for (let i = 0; i < 4; i++) {
        await limn.page.press(i % 2 ? 'Control+Shift+Z' : 'Control+y');
        await settled(limn);
      }
      await limn.until('the last look', (state) => state.style === 'second' && state.second === 'first' && state.mix === 0.2);
      await settled(limn);
      assert.equal(difference(await limn.readback(), last).max, 0);
      assert.deepEqual(await buttons(limn), [true, false]);
      // A new change takes the place of those that were undone.
      await limn.page.press('Control+z');
      await settled(limn);
      await limn.slide('texture', 0.5);
      await settled(limn);
      assert.deepEqual(await buttons(limn), [true, false]);
      await limn.page.click('#reset');
      await settled(limn);
      await limn.page.press('Control+z');
      await limn.until('what was reset', (state) => state.texture === 0.5 && state.second === 'first');
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });

    test('a look is copied as a link, which paints the sample in it for whoever opens it', async () => {
      const limn = await at.open({ ...CPU, lang: 'en' }, {
        beforeLoad: () => Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => (window.written = text) } }),
      });
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      await limn.choose('second');
      await limn.until('the second style', (state) => state.style === 'second');
      await limn.slide('strength', 0.5);
      await limn.page.click('#copy-look');
      const written = () => limn.page.evaluate(() => window.written ?? null);
      for (let i = 0; i < 100 && !(await written()); i++) await sleep(50);
      const link = new URL(await written());
      assert.equal(link.hash, '#look=second&strength=0.5');
      assert.equal(link.searchParams.has('lang'), false);
      assert.match((await limn.messages()).status.text, /^Copied.*picture is not in it/);

      // As one who comes by it, and as one who pastes another into the same tab.
      const page = await at.browser.newPage();
      await page.goto(link.href);
      const guest = Object.assign(Object.create(Object.getPrototypeOf(limn)), { page });
      await guest.until('the sample in that look', (state) => state.style === 'second' && state.strength === 0.5 && state.photoPainted > 0);
      assert.deepEqual(await shown(guest), { strength: 0.5, mixed: '', checked: 'second' });
      await page.evaluate(() => (location.hash = '#look=first&second=second&mix=0.25'));
      await guest.until('the other look', (state) => state.style === 'first' && state.second === 'second' && state.mix === 0.25 && state.strength === 1);
      await page.evaluate(() => (location.hash = '#look=nowhere'));
      for (let i = 0; i < 100 && !/not here/.test((await guest.messages()).status.text); i++) await sleep(50);
      assert.match((await guest.messages()).status.text, /not here/);
      assert.equal((await guest.state()).error, null);
      await guest.close();
      await limn.close();
    });

    test('settings are kept on the device with the visitor\'s consent, and forgotten without', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const kept = () => limn.page.evaluate(() => Object.entries(localStorage).map(([key, value]) => [key.split(' ').slice(0, 2).join(' '), value]));
      const reload = async () => {
        await limn.page.goto(await limn.page.evaluate(() => location.href));
        await limn.ready();
      };
      await limn.slide('strength', 0.5);
      await settled(limn);
      assert.deepEqual(await kept(), [], 'nothing unless it is asked for');
      await reload();
      assert.equal((await limn.state()).strength, 1);

      await limn.page.evaluate(() => (document.getElementById('more').open = true));
      await limn.page.click('#keep-look');
      await limn.slide('strength', 0.75);
      await limn.choose('second');
      await limn.until('the second style', (state) => state.style === 'second');
      for (let i = 0; i < 100 && !/0\.75/.test(JSON.stringify(await kept())); i++) await sleep(50);
      await settled(limn);
      assert.deepEqual(await kept(), [['limn look', 'look=second&strength=0.75']]);
      await reload();
      const { style, strength, mode } = await limn.until('what was kept', (state) => state.style === 'second');
      assert.deepEqual([style, strength, mode], ['second', 0.75, 'empty']);
      assert.equal(await limn.page.evaluate(() => document.getElementById('keep-look').checked), true);

      await limn.page.evaluate(() => (document.getElementById('more').open = true));
      await limn.page.click('#keep-look');
      assert.deepEqual(await kept(), []);
      await reload();
      assert.deepEqual([(await limn.state()).style, (await limn.state()).strength], ['first', 1]);
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });

    test('without a clipboard the link stands in the address bar, and a style of one\'s own goes into none', async () => {
      const limn = await at.open(CPU, { beforeLoad: () => Object.defineProperty(navigator, 'clipboard', { value: undefined }) });
      await limn.ready();
      await limn.page.click('#copy-look');
      const told = async (words) => {
        for (let i = 0; i < 100 && !words.test((await limn.messages()).status.text); i++) await sleep(50);
        assert.match((await limn.messages()).status.text, words);
      };
      await told(/address bar/);
      assert.equal(await limn.page.evaluate(() => location.hash), '#look=first');
      // On a photo: on an empty stage the sample would be opened, and whatever is said while it is painted replaced.
      await limn.paintPhoto(at.site.photoFile);
      await limn.painting(() => limn.openPhoto(at.site.style(1, 8)));
      assert.match((await limn.state()).style, /^own-/);
      await limn.page.click('#copy-look');
      await told(/does not fit into a link/);
      await limn.close();
    });

    test('where the device keeps nothing, that is told', async () => {
      const limn = await at.open(CPU, { beforeLoad: () => (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }) });
      await limn.ready();
      await limn.page.evaluate(() => document.getElementById('keep-look').click());
      await limn.error('look-storage');
      assert.equal(await limn.page.evaluate(() => document.getElementById('keep-look').checked), false);
      await limn.close();
    });
  });
}
