// The page fits the window it is in, in every language: nothing sticks out sideways, and whatever is scrolled to can be
// seen and hit.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

const WINDOWS = [[360, 740], [740, 360], [820, 1180], [1440, 900]];

/** What is wider than the window, and which controls something else lies upon once they have been scrolled to. */
function misfits() {
  const root = document.documentElement;
  const wide = Array.from(document.querySelectorAll('body *')).filter((node) => {
    const { right, width } = node.getBoundingClientRect();
    return width > 0 && node.checkVisibility() && right > root.clientWidth + 0.5 && !node.closest('#gallery, #shelf-list, .unseen, svg');
  });
  const covered = [];
  for (const control of document.querySelectorAll('button, select, summary, input[type="range"], input[type="radio"]')) {
    if (!control.checkVisibility() || control.closest('dialog')) continue;
    const target = control.type === 'radio' ? control.closest('label') : control;
    // As the browser does for a control that takes the focus.
    target.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    const { left, top, width, height } = target.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (!target.contains(hit) && !hit?.contains(target)) covered.push(`${control.id || control.value} under ${hit?.id || hit?.className || hit?.tagName}`);
  }
  const name = (node) => node.id || node.className || node.tagName;
  return { sideways: root.scrollWidth - root.clientWidth, wide: wide.map(name), covered };
}

for (const name of BROWSERS) {
  describe(`layout in ${name}`, () => {
    const at = setUp(name);

    for (const lang of ['en', 'de']) {
      test(`everything fits and can be reached at ${WINDOWS.map((size) => size.join('×')).join(', ')}, ${lang}`, async () => {
        const limn = await at.open({ ...CPU, size: '48', lang });
        await limn.ready();
        const check = async (state) => {
          for (const [width, height] of WINDOWS) {
            await limn.page.resize(width, height);
            const found = await limn.page.evaluate(misfits);
            assert.deepEqual(found, { sideways: 0, wide: [], covered: [] }, `${state}, ${width}×${height}`);
          }
        };
        const begins = async (opener) => {
          for (const [width, height] of WINDOWS) {
            await limn.page.resize(width, height);
            await limn.openDialog(opener);
            const { top, sideways } = await limn.page.evaluate(() => {
              const dialog = document.querySelector('dialog[open]');
              return { top: dialog.scrollTop, sideways: dialog.scrollWidth - dialog.clientWidth };
            });
            assert.deepEqual({ top, sideways }, { top: 0, sideways: 0 }, `${opener} begins at its beginning, ${width}×${height}`);
            await limn.page.press('Escape');
          }
        };
        await check('empty');
        await limn.paintPhoto(at.site.photoFile);
        await limn.page.evaluate(() => {
          document.querySelectorAll('details').forEach((details) => (details.open = true));
          const other = document.getElementById('mix-with');
          other.value = Array.from(other.options).findLast((option) => !option.disabled).value;
          other.dispatchEvent(new Event('change', { bubbles: true }));
        });
        await limn.until('a mix of two styles', (state) => state.second !== null);
        await check('photo painted, two styles mixed');
        await begins('crop');
        await begins('four');
        await limn.page.click('#camera');
        await limn.until('live pictures', (state) => state.frames > 0);
        await check('camera live');
        for (const opener of ['show-how', 'show-about', 'show-keys']) await begins(opener);
        await limn.close();
      });
    }
  });
}
