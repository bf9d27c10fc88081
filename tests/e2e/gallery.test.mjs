// The gallery: every style with its picture, by pointer and by keyboard; the width of network; the sample portrait; and
// what happens while, or where, parts of it do not arrive. On the CPU engine: the choice of a style is the same on both.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, DIST, assertPainted, assertSame, difference, paintNatively } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** What a thumbnail may weigh, in bytes. */
const LARGEST_THUMBNAIL = 8 * 1024;

/** Brings every card into view and resolves to what a visitor then sees of each. */
async function lookAtCards() {
  const cards = [];
  for (const card of document.querySelectorAll('#gallery label')) {
    card.scrollIntoView();
    const image = card.querySelector('img');
    for (let i = 0; i < 100 && image && !image.complete; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    const title = card.querySelector('.caption');
    cards.push({
      name: card.querySelector('input').value,
      title: title.textContent,
      shown: image?.isConnected && image.complete ? image.naturalWidth : 0,
      wide: card.getBoundingClientRect().width,
    });
  }
  return cards;
}

for (const name of BROWSERS) {
  describe(`the gallery in ${name}`, () => {
    const at = setUp(name);

    test('shows every shipped style with its title and its picture', async () => {
      const limn = await at.open({ ...CPU, styles: 'models/styles.json' });
      await limn.ready();
      const cards = await limn.page.evaluate(lookAtCards);
      assert.deepEqual(cards.map((card) => [card.name, card.title]), at.site.shipped.map((style) => [style.name, style.title]));
      for (const [index, { thumbnail }] of at.site.shipped.entries()) {
        const bytes = readFileSync(join(DIST, 'models', thumbnail.file));
        assert.ok(bytes.length <= LARGEST_THUMBNAIL, `${thumbnail.file} has ${bytes.length} bytes`);
        assert.equal(createHash('sha256').update(bytes).digest('hex'), thumbnail.sha256, thumbnail.file);
        assert.ok(cards[index].shown > 100 && cards[index].wide >= 64, JSON.stringify(cards[index]));
      }
      const { style } = await limn.state();
      assert.deepEqual(await limn.gallery(), { checked: [style], current: [style], loading: [] });
      await limn.close();
    });

    test('arrow keys choose the next style and the one before, and repaint the photo', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const first = await limn.paintPhoto(at.site.photoFile);
      await limn.page.focus('#gallery input:checked');
      const second = await limn.painting(() => limn.page.press('ArrowRight'));
      assert.equal((await limn.state()).style, 'second');
      assert.deepEqual(await limn.gallery(), { checked: ['second'], current: ['second'], loading: [] });
      assertPainted(second, first);
      assertSame(second, paintNatively(at.site, at.site.photo, at.site.style(1, 8)));
      const again = await limn.painting(() => limn.page.press('ArrowLeft'));
      assert.equal(difference(again, first).max, 0);
      const focused = await limn.page.evaluate(() => document.activeElement.value);
      assert.equal(focused, 'first', 'the focus follows');
      await limn.close();
    });

    test('the quality chooses the width of network, and offers what the style has', async () => {
      const limn = await at.open(CPU);
      assert.equal((await limn.ready()).width, 8, 'the CPU takes the narrow network by itself');
      const light = await limn.paintPhoto(at.site.photoFile);
      const standard = await limn.painting(() => limn.setQuality('16'));
      assert.equal((await limn.state()).width, 16);
      assertPainted(standard, light);
      assertSame(standard, paintNatively(at.site, at.site.photo, at.site.style(0, 16)));

      const offers = () => limn.page.evaluate(() =>
        Array.from(document.getElementById('quality').options, ({ value, disabled }) => `${value}${disabled ? ' not' : ''}`));
      assert.deepEqual(await offers(), ['', '8', '16']);
      await limn.painting(() => limn.choose('second'));
      assert.equal((await limn.state()).width, 8, 'a style that lacks the width gives the nearest');
      assert.deepEqual(await offers(), ['', '8', '16 not']);
      await limn.painting(() => limn.choose('first'));
      assert.equal((await limn.state()).width, 16, 'the choice is kept');
      const automatic = await limn.painting(() => limn.page.click('#reset'));
      await limn.until('the automatic width', (state) => state.width === 8 && !state.busy);
      assert.equal(difference(automatic.width === light.width ? await limn.readback() : automatic, light).max, 0);
      await limn.close();
    });

    test('the sample portrait is painted for visitors without camera or photo', async () => {
      const limn = await at.open({ ...CPU, styles: 'models/styles.json' });
      await limn.ready();
      const painted = await limn.painting(() => limn.page.click('#sample'));
      const sample = await limn.decode(readFileSync(join(DIST, 'models/portrait.jpg')));
      assert.ok(sample.width >= 480, 'it is large enough to look at');
      assert.ok(difference(await limn.original(), sample).max <= 1);
      assertPainted(painted, sample);
      await limn.close();

      const mend = at.site.server.breakFile('models/portrait.jpg', '404');
      const without = await at.open(CPU);
      await without.ready();
      await without.page.click('#sample');
      await without.error('sample-http');
      mend();
      await without.close();
    });

    test('texture and colours have a slider where a style has them, and Reset takes them back', async () => {
      const limn = await at.open({ ...CPU, styles: 'models/styles.json' });
      await limn.ready();
      const offers = () => limn.page.evaluate(() => ({
        texture: !document.getElementById('texture-field').hidden, colour: !document.getElementById('colour').disabled,
      }));
      const painted = await limn.paintPhoto(at.site.photoFile);
      assert.deepEqual(await offers(), { texture: true, colour: true }, 'graphite on paper');
      const smooth = await limn.painting(() => limn.slide('texture', 0));
      assert.ok(difference(smooth, painted).mean > 2, 'without the paper');
      const coloured = await limn.painting(() => limn.slide('colour', 0));
      assert.ok(difference(coloured, smooth).mean > 5, 'in the photo’s colours');
      const again = await limn.painting(() => limn.page.click('#reset'));
      assert.equal(difference(again, painted).max, 0);
      await limn.painting(() => limn.choose('neon'));
      assert.deepEqual(await offers(), { texture: false, colour: true }, 'on nothing');
      await limn.close();

      const plain = await at.open(CPU);
      await plain.ready();
      const { texture, colour } = await plain.page.evaluate(() => ({
        texture: !document.getElementById('texture-field').hidden, colour: !document.getElementById('colour').disabled,
      }));
      assert.deepEqual([texture, colour], [false, false], 'a network of gradients alone');
      await plain.close();
    });

    test('a thumbnail that is missing or no picture leaves an initial, and the style can be chosen', async () => {
      const mend = [
        at.site.server.breakFile('test/thumbnails/first.png', '404'),
        at.site.server.breakFile('test/thumbnails/second.png', 'html'),
      ];
      const limn = await at.open(CPU);
      await limn.ready();
      const cards = await limn.page.evaluate(lookAtCards);
      await limn.page.evaluate(lookAtCards);
      assert.deepEqual(cards.map(({ shown }) => shown), [0, 0]);
      const initials = await limn.page.evaluate(() =>
        Array.from(document.querySelectorAll('#gallery .frame'), ({ dataset, children }) => [dataset.initial, children.length]));
      assert.deepEqual(initials, [['U', 0], ['U', 0]]);
      const first = await limn.paintPhoto(at.site.photoFile);
      assertPainted(await limn.painting(() => limn.choose('second')), first);
      assert.equal((await limn.state()).error, null);
      for (const repair of mend) repair();
      await limn.close();
    });

    test('a style on its way is marked, can be overtaken, and one that fails leaves the old one', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const first = await limn.paintPhoto(at.site.photoFile);
      let release;
      const late = new Promise((resolve) => (release = resolve));
      const mend = at.site.server.breakFile('test/second-c8.bpk', async (bytes) => {
        await late;
        return bytes;
      });
      await limn.choose('second');
      assert.deepEqual(await limn.gallery(), { checked: ['second'], current: ['first'], loading: ['second'] });
      await limn.painting(() => limn.choose('first'));
      release();
      await sleep(500);
      assert.deepEqual(await limn.gallery(), { checked: ['first'], current: ['first'], loading: [] });
      assert.equal(difference(await limn.readback(), first).max, 0, 'the late one does not take over');
      mend();

      const repair = at.site.server.breakFile('test/second-c8.bpk', '404');
      await limn.page.focus('#gallery input:checked');
      await limn.page.press('ArrowRight');
      await limn.error('style-http');
      assert.deepEqual(await limn.gallery(), { checked: ['first'], current: ['first'], loading: [] });
      repair();
      await limn.close();
    });

    test('the page can be used before the list of styles has arrived', async () => {
      let release;
      const late = new Promise((resolve) => (release = resolve));
      const mend = at.site.server.breakFile('test/styles.json', async (bytes) => {
        await late;
        return bytes;
      });
      const limn = await at.open(CPU);
      await limn.until('the page', (state) => state.mode === 'empty');
      await limn.openPhoto(at.site.photoFile);
      await limn.until('the photo on stage', (state) => state.mode === 'photo');
      assert.equal(await limn.page.evaluate(() => document.getElementById('gallery').getAttribute('aria-busy')), 'true');
      const painted = await limn.painting(async () => release());
      assertSame(painted, paintNatively(at.site, at.site.photo, at.site.style(0, 8)));
      mend();
      await limn.close();
    });
  });
}
