// A closer look: by wheel, two fingers, buttons and keys, in both directions as far as it goes; sharp where each pixel of
// the picture is one of the screen's; moved by drag and arrow keys; and the line of before and after stays where it is.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { drawPhoto, encodePng } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';

const SIZE = [1600, 1200];

for (const name of BROWSERS) {
  describe(`zoom in ${name}`, () => {
    const at = setUp(name);

    async function openLarge(parameters) {
      const file = join(at.site.folder, 'zoom.png');
      writeFileSync(file, encodePng(drawPhoto(...SIZE)));
      const limn = await at.open({ ...CPU, ...parameters });
      await limn.page.resize(1440, 900);
      await limn.ready();
      const painted = await limn.paintPhoto(file);
      return { limn, painted };
    }
    const look = (limn) => limn.page.evaluate(() => {
      const stage = document.getElementById('stage').getBoundingClientRect();
      const { left, top, width, height } = document.getElementById('painted').getBoundingClientRect();
      return { share: parseInt(document.getElementById('zoom-fit').textContent, 10), x: left - stage.left, y: top - stage.top, width, height, stage: [stage.width, stage.height] };
    });
    const wheel = (limn, deltaY, ctrlKey = false) => limn.page.evaluate(([deltaY, ctrlKey]) => {
      const stage = document.getElementById('stage');
      const { left, top, width, height } = stage.getBoundingClientRect();
      stage.dispatchEvent(new WheelEvent('wheel', { deltaY, ctrlKey, clientX: left + width / 4, clientY: top + height / 2, bubbles: true, cancelable: true }));
    }, [deltaY, ctrlKey]);

    test('at 100 % each pixel of the painting is one of the screen\'s', async () => {
      const { limn, painted } = await openLarge();
      const fitted = await look(limn);
      assert.ok(fitted.share < 100, `it does not fit: ${JSON.stringify(fitted)}`);
      await limn.page.press('0');
      assert.equal((await look(limn)).share, 100);
      await sleep(300);
      const screen = await limn.decode(await limn.page.screenshot('#stage'));
      // The middle of the one is the middle of the other, to half a pixel.
      const [left, top] = [painted.width - screen.width, painted.height - screen.height].map((rest) => rest / 2);
      const apart = (dx, dy) => {
        let sum = 0;
        for (let y = 200; y < 300; y++) for (let x = 200; x < 300; x++) for (let c = 0; c < 3; c++) {
          const from = 3 * ((y + Math.floor(top) + dy) * painted.width + x + Math.floor(left) + dx) + c;
          sum += Math.abs(screen.rgb[3 * (y * screen.width + x) + c] - painted.rgb[from]);
        }
        return sum / 30_000;
      };
      const best = Math.min(...[-1, 0, 1, 2].flatMap((dx) => [-1, 0, 1, 2].map((dy) => apart(dx, dy))));
      assert.ok(best < 0.5, `${best.toFixed(2)}/255 apart`);
      await limn.page.press('0');
      assert.deepEqual(await look(limn), fitted, 'and back');
      await limn.close();
    });

    test('wheel, buttons, keys and two fingers zoom as far as 400 %, drag and arrows move it, no further than its edge', async () => {
      const { limn } = await openLarge();
      const { share: fit, stage: [width, height] } = await look(limn);
      await wheel(limn, -200);
      const near = await look(limn);
      assert.ok(near.share > fit);
      // What was under the pointer stays there.
      assert.ok(Math.abs((width / 4 - near.x) / near.width - 0.25) < 0.01, JSON.stringify(near));
      await wheel(limn, -100_000);
      assert.equal((await look(limn)).share, 400);
      await wheel(limn, 100_000, true);
      assert.equal((await look(limn)).share, fit);
      for (const press of [() => limn.page.press('+'), () => limn.page.evaluate(() => document.getElementById('zoom-in').click())]) {
        const before = await look(limn);
        await press();
        assert.ok((await look(limn)).share > before.share);
      }
      await limn.page.evaluate(() => document.activeElement.blur());
      const still = await look(limn);
      await limn.page.press('ArrowRight');
      const moved = await look(limn);
      assert.ok(moved.x < still.x - 50 && moved.y === still.y, JSON.stringify([still, moved]));
      for (let i = 0; i < 20; i++) await limn.page.press('ArrowRight');
      const edge = await look(limn);
      await limn.page.press('ArrowRight');
      assert.deepEqual(await look(limn), edge);

      const touch = (type, pointerId, x, y) => limn.page.evaluate(([type, pointerId, x, y]) => {
        const { left, top } = document.getElementById('stage').getBoundingClientRect();
        document.getElementById('painted').dispatchEvent(new PointerEvent(type, { pointerId, clientX: left + x, clientY: top + y, isPrimary: pointerId === 101, bubbles: true, pointerType: 'touch' }));
      }, [type, pointerId, x, y]);
      await touch('pointerdown', 101, 300, 300);
      await touch('pointermove', 101, 360, 310);
      const dragged = await look(limn);
      assert.ok(Math.abs(dragged.x - edge.x - 60) < 1.5 && Math.abs(dragged.y - edge.y - 10) < 1.5, JSON.stringify([edge, dragged]));
      await touch('pointerup', 101, 360, 310);
      await limn.page.click('#zoom-fit');
      assert.equal((await look(limn)).share, fit);
      await touch('pointerdown', 101, 300, 300);
      await touch('pointerdown', 102, 400, 300);
      await touch('pointermove', 102, 500, 300);
      assert.ok(Math.abs((await look(limn)).share / fit - 2) < 0.05, 'fingers twice as far apart');
      await touch('pointermove', 102, 320, 300);
      assert.equal((await look(limn)).share, fit, 'no smaller than it fits');
      await touch('pointerup', 101, 300, 300);
      await touch('pointerup', 102, 320, 300);
      await limn.page.press('+');
      await limn.page.press('-');
      assert.equal((await look(limn)).share, fit);
      await limn.page.press('0');
      await limn.paintPhoto(at.site.photoFile);
      assert.equal(await limn.page.evaluate(() => 'zoomed' in document.getElementById('stage').dataset), false, 'another picture is shown whole');
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });

    test('the line of before and after parts what is on screen, however near', async () => {
      const { limn } = await openLarge();
      await limn.page.click('#compare');
      await wheel(limn, -300);
      const edges = () => limn.page.evaluate(() => {
        const stage = document.getElementById('stage').getBoundingClientRect();
        const painted = document.getElementById('painted');
        const [, inset] = getComputedStyle(painted).clipPath.match(/inset\((.*)\)/);
        const values = inset.split(' ');
        // In a copy, since a computed calc() may keep its percentages.
        const probe = Object.assign(document.createElement('div'), { style: `position: absolute; width: ${values.slice(3).join(' ')}` });
        painted.after(probe);
        Object.assign(probe.style, { position: 'absolute', left: '0', width: getComputedStyle(painted).width });
        const child = document.createElement('div');
        child.style.width = values.slice(3).join(' ');
        probe.append(child);
        const clipped = child.getBoundingClientRect().width;
        probe.remove();
        return { line: document.getElementById('divider').getBoundingClientRect().left + 1 - stage.left, clip: painted.getBoundingClientRect().left + clipped - stage.left };
      });
      const { line, clip } = await edges();
      assert.ok(Math.abs(line - clip) < 2, `the line at ${line}, the edge at ${clip}`);
      await limn.close();
    });
  });
}
