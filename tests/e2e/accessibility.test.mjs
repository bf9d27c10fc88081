// The page is for everyone: axe-core finds nothing to complain of in any state, in light and dark; everything is reached
// with the Tab key and shows its focus; and nothing moves endlessly for those who asked for stillness.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Violations of every rule that axe runs by default, best practices included, as lines to read. */
async function violations(limn) {
  return limn.page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
  });
}

for (const name of BROWSERS) {
  describe(`accessibility in ${name}`, () => {
    const at = setUp(name);

    // Only Chromium can be told which of the two the visitor prefers.
    for (const scheme of name === 'chromium' ? ['light', 'dark'] : ['light']) {
      test(`axe finds nothing in any state, ${scheme}`, async () => {
        for (const lang of ['en', 'de']) {
          const limn = await at.open({ ...CPU, size: '48', lang }, name === 'chromium' ? { prefers: { colorScheme: scheme } } : {});
          await limn.ready();
          await limn.page.evaluate(AXE);
          assert.equal(await limn.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches), scheme === 'dark');
          const clean = async (state) => assert.deepEqual(await violations(limn), [], `${state}, ${scheme}, ${lang}`);
          await clean('empty');
          for (const opener of ['show-how', 'show-about', 'show-keys']) {
            await limn.openDialog(opener);
            await limn.page.evaluate(() => document.querySelectorAll('dialog details').forEach((details) => (details.open = true)));
            await clean(`dialog of ${opener}`);
            await limn.page.press('Escape');
          }
          await limn.paintPhoto(at.site.photoFile);
          await limn.page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
          await clean('photo painted, everything unfolded');
          await limn.openDialog('show-how');
          await clean('requests listed');
          await limn.page.press('Escape');
          await limn.openDialog('crop');
          await clean('cropping');
          await limn.page.press('Escape');
          await limn.openDialog('four');
          await limn.appears('#four-save:not(:disabled)');
          await clean('four styles');
          await limn.page.press('Escape');
          await limn.page.press('+');
          await clean('zoomed');
          await limn.page.press('-');
          await limn.page.click('#compare');
          await clean('comparing');
          await limn.page.press('Escape');
          await limn.page.evaluate(() => {
            const other = document.getElementById('mix-with');
            other.value = Array.from(other.options).findLast((option) => !option.disabled).value;
            other.dispatchEvent(new Event('change', { bubbles: true }));
          });
          await limn.appears('#mix');
          await clean('two styles mixed');
          const text = join(at.site.folder, 'letter.png');
          writeFileSync(text, 'no picture');
          await limn.openPhoto(text);
          await limn.error('photo-unreadable');
          await limn.openPhoto([at.site.photoFile, text]);
          await limn.appears('#queue-zip');
          await clean('a queue at its end');
          await limn.page.press('Escape');
          await limn.page.evaluate(() => {
            // The note of a new version, which only a new release brings about.
            document.getElementById('update-text').textContent = 'A new version of Limn is here.';
            document.getElementById('update').hidden = false;
          });
          await clean('an error and a note');
          if (lang === 'en') {
            await limn.page.click('#camera');
            await limn.until('live pictures', (state) => state.frames > 0);
            await clean('camera live');
            await limn.page.click('#record');
            await limn.appears('#recording:not([hidden])');
            await clean('recording');
            await limn.page.click('#record');
            await limn.appears('#shelf-list button');
            await clean('a strip of results');
            await limn.page.click('#shelf-list button');
            await clean('a result on show');
            await limn.page.press('Escape');
          }
          await limn.close();
        }
      });
    }

    if (name === 'chromium') {
      test('nothing moves endlessly for those who asked for stillness', async () => {
        for (const reducedMotion of ['no-preference', 'reduce']) {
          const limn = await at.open(CPU, { prefers: { reducedMotion } });
          await limn.ready();
          const endless = await limn.page.evaluate(async () => {
            document.getElementById('stage').setAttribute('aria-busy', 'true');
            document.querySelector('.card').dataset.loading = '';
            await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
            return document.getAnimations().filter((animation) => animation.effect.getTiming().iterations === Infinity).length;
          });
          assert.equal(endless > 0, reducedMotion === 'no-preference', `${endless} endless animations, ${reducedMotion}`);
          await limn.close();
        }
      });
    }

    test('Tab reaches every control, and each shows that it has the focus', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      const wanted = await limn.page.evaluate(() => {
        const controls = document.querySelectorAll('button, input, select, summary, a[href]');
        // Of radio buttons the chosen one takes the focus; a field over the stage that is not in use takes none.
        const reachable = Array.from(controls).filter((control) => control.checkVisibility() && !control.disabled && (control.type !== 'radio' || control.checked));
        return reachable.map((control) => control.id || control.value || control.textContent.trim());
      });
      assert.ok(wanted.length > 10, `${wanted}`);
      const reached = new Set();
      const dull = [];
      // A page behind another has no focus to show.
      await limn.page.toFront();
      await limn.page.evaluate(() => document.activeElement.blur());
      for (let i = 0; i < wanted.length + 12; i++) {
        await limn.page.press('Tab');
        const { key, shown } = await limn.page.evaluate(() => {
          const control = document.activeElement;
          // A hidden field shows its focus by the frame, or the label, around it.
          const around = [control, control.closest('label'), control.parentElement?.querySelector('.frame')];
          const shown = around.some((node) => node && getComputedStyle(node).outlineStyle !== 'none' && parseFloat(getComputedStyle(node).outlineWidth) >= 2);
          return { key: control.id || control.value || control.textContent.trim(), shown };
        });
        // Past the last control the keys belong to the browser's own; back from there, Firefox without a window of its
        // own shows no focus.
        if (!shown && wanted.includes(key) && !reached.has(key)) dull.push(key);
        reached.add(key);
      }
      assert.deepEqual(wanted.filter((key) => !reached.has(key)), []);
      assert.deepEqual(dull, []);
      await limn.close();
    });
  });
}
