// Before and after: left of the line the photo, right of it the painting, moved by arrow keys; judged by what is on screen.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** Columns beside the line and the stage's edges that its handle, or the rounded corners, may cover. */
const MARGIN = 40;

/** Mean difference of two pictures in the columns from `left` to `right` (shares of the width), in units of 1/255. */
function differenceBetween(a, b, left, right) {
  let [sum, count] = [0, 0];
  for (let y = MARGIN; y < a.height - MARGIN; y++) {
    for (let x = Math.round(left * a.width) + MARGIN; x < Math.round(right * a.width) - MARGIN; x++) {
      for (let c = 0; c < 3; c++) sum += Math.abs(a.rgb[3 * (y * a.width + x) + c] - b.rgb[3 * (y * a.width + x) + c]);
      count += 3;
    }
  }
  assert.ok(count > 1000, 'there is something to compare');
  return sum / count;
}

for (const name of BROWSERS) {
  describe(`before and after in ${name}`, () => {
    const at = setUp(name);

    test('the picture held down is the photo, and tapped twice it is compared', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const press = (type) => limn.page.evaluate((type) => {
        const event = type.startsWith('pointer')
          ? new PointerEvent(type, { bubbles: true, button: 0, isPrimary: true })
          : new MouseEvent(type, { bubbles: true });
        document.getElementById('painted').dispatchEvent(event);
      }, type);
      const shown = () => limn.page.evaluate(() => ['original', 'painted'].filter((id) => getComputedStyle(document.getElementById(id)).visibility === 'visible'));
      await press('pointerdown');
      await sleep(400);
      assert.deepEqual(await shown(), [], 'there is nothing yet');
      await press('pointerup');
      await limn.paintPhoto(at.site.photoFile);
      assert.deepEqual(await shown(), ['painted']);
      await press('pointerdown');
      await sleep(400);
      assert.deepEqual(await shown(), ['original']);
      await press('pointerup');
      assert.deepEqual(await shown(), ['painted']);
      const compares = () => limn.page.evaluate(() => document.getElementById('compare').getAttribute('aria-pressed'));
      await press('dblclick');
      assert.equal(await compares(), 'true');
      await press('dblclick');
      assert.equal(await compares(), 'false');
      await limn.close();
    });

    test('a line parts photo and painting, and keys move it', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const disabled = () => limn.page.evaluate(() => document.getElementById('compare').disabled);
      assert.equal(await disabled(), true, 'nothing to compare yet');
      await limn.paintPhoto(at.site.photoFile);
      assert.equal(await disabled(), false);
      // Small, so that looking at it is quick.
      await limn.page.evaluate(() => {
        Object.assign(document.getElementById('stage').style, { flex: 'none', width: '280px', height: '220px' });
      });
      const look = async () => limn.decode(await limn.page.screenshot('#stage'));
      const painted = await look();

      await limn.page.click('#compare');
      await limn.page.press('End');
      const original = await look();
      assert.ok(differenceBetween(painted, original, 0, 1) > 1, 'the original looks different');
      await limn.page.press('Home');
      assert.ok(differenceBetween(painted, await look(), 0, 1) < 0.2, 'at its left end all is painted');
      for (let i = 0; i < 40; i++) await limn.page.press('ArrowRight');
      const parted = await look();
      assert.ok(differenceBetween(parted, original, 0, 0.4) < 0.2, 'left of the line is the original');
      assert.ok(differenceBetween(parted, painted, 0.4, 1) < 0.2, 'right of the line is the painting');

      await limn.page.press('Escape');
      assert.ok(differenceBetween(painted, await look(), 0, 1) < 0.2, 'Escape ends it');
      const focused = await limn.page.evaluate(() => document.activeElement.id);
      assert.equal(focused, 'compare');
      await limn.close();
    });
  });
}
