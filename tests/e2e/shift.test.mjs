// Nothing jumps under the visitor's finger: when a photo is opened, when the cards are repainted on it, and when the strip of
// results comes. In Chromium, which measures that.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** Cumulative layout shift that is taken for none. */
const LIMIT = 0.02;

/** Notes every shift, also those that follow the visitor's own doing at once. */
function watchShifts() {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const nodes = sources.map(({ node, previousRect: from, currentRect: to }) =>
        `${node?.id || node?.className || node?.nodeName} ${[from.x, from.y]} → ${[to.x, to.y]}`);
      window.shifts.push({ value, hadRecentInput, nodes });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

describe('layout shift in chromium', { skip: !BROWSERS.includes('chromium') }, () => {
  const at = setUp('chromium');

  for (const [width, height] of [[360, 740], [740, 360], [820, 1180], [1440, 900]]) {
    test(`nothing jumps, ${width}×${height}`, async () => {
      const limn = await at.open({ ...CPU, styles: 'models/styles.json' }, { beforeLoad: watchShifts });
      await limn.page.resize(width, height);
      await limn.ready();
      /** The sum since the last look; `all`: also of what the visitor did in the half second before. */
      const still = async (what, all) => {
        await sleep(700);
        const shifts = await limn.page.evaluate(() => window.shifts.splice(0));
        const counted = shifts.filter(({ hadRecentInput }) => all || !hadRecentInput);
        const sum = counted.reduce((total, { value }) => total + value, 0);
        console.log(`${what}, ${width}×${height}: ${sum.toFixed(4)}`);
        const largest = counted.filter(({ value }) => value > 0.001).map(({ value, nodes }) => `${value.toFixed(4)}: ${nodes.join('; ')}`);
        assert.ok(sum <= LIMIT, `${what}: ${sum.toFixed(3)}\n${largest.join('\n')}`);
      };
      // What the page did while it began, and while the window changed its size, is another matter.
      await sleep(500);
      await limn.page.evaluate(() => window.shifts.splice(0));
      await limn.paintPhoto(at.site.photoFile);
      await still('a photo is opened', false);
      const previews = () => limn.page.evaluate(() => document.querySelectorAll('#gallery canvas').length);
      for (let i = 0; i < 600 && (await previews()) < 14; i++) await sleep(100);
      assert.equal(await previews(), 14);
      await still('the cards are repainted', true);
      await limn.page.download(() => limn.page.click('#save'));
      await limn.appears('#shelf-list button');
      await still('the strip comes', true);
      await limn.close();
    });
  }
});
