// Several photos at once: all are painted with the look of now, those that cannot be are named, and what is painted is saved
// as a ZIP or one by one.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, difference } from './support/limn.mjs';
import { drawPhoto, encodePng } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';
import { readZip } from './support/zip.mjs';

/** What the dialog shows. */
function readQueue() {
  const box = document.getElementById('queue');
  const shown = (id) => document.getElementById(`queue-${id}`).checkVisibility();
  return box && {
    open: box.open,
    told: document.getElementById('queue-told').textContent,
    lead: document.getElementById('queue-lead').textContent,
    share: document.getElementById('queue-bar').value,
    lines: Array.from(document.querySelectorAll('#queue-list > li'), (line) => ({
      name: line.querySelector('.name').textContent,
      kind: line.dataset.kind ?? null,
      state: line.lastElementChild.textContent,
      picture: line.querySelector('canvas') !== null,
    })),
    buttons: ['cancel', 'zip', 'singly', 'close'].filter(shown),
    close: document.getElementById('queue-close').textContent,
  };
}

for (const name of BROWSERS) {
  describe(`queue in ${name}`, () => {
    const at = setUp(name);
    const file = (label, bytes) => {
      const path = join(at.site.folder, label);
      writeFileSync(path, bytes);
      return path;
    };
    const until = async (limn, what, wanted) => {
      let queue = null;
      for (const end = Date.now() + 120_000; Date.now() < end; await sleep(30)) {
        queue = await limn.page.evaluate(readQueue);
        if (queue && wanted(queue)) return queue;
      }
      throw new Error(`waited in vain for ${what}: ${JSON.stringify(queue)}\n${limn.page.messages.join('\n')}`);
    };

    test('photos are painted one after the other, and one that cannot be is named and skipped', async () => {
      const limn = await at.open({ ...CPU, lang: 'en' });
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      await limn.painting(() => limn.slide('strength', 0.4));
      const dusk = { width: 8, height: 8, rgb: new Uint8Array(192).map((_, i) => [20, 30, 120][i % 3] + (i % 40)) };
      const painted = await limn.painting(() => limn.page.upload('#match-file', file('dusk.png', encodePng(dusk))));
      const other = drawPhoto(2200, 160);
      await limn.openPhoto([
        at.site.photoFile, file('letter.jpg', 'Dear reader,'), file('wide.png', encodePng(other)), file('film.mp4', 'no film'),
        file('photo.PNG', readFileSync(at.site.photoFile)),
      ]);
      const done = await until(limn, 'the end', ({ buttons }) => buttons.includes('zip'));
      assert.deepEqual(done.lines.map(({ name: label, kind, picture }) => [label, kind, picture]), [
        ['photo.png', 'done', true], ['letter.jpg', 'failed', false], ['wide.png', 'done', true], ['film.mp4', 'failed', false],
        ['photo.PNG', 'done', true],
      ]);
      assert.match(done.lines[1].state, /not a picture/);
      assert.match(done.lines[3].state, /video/);
      assert.equal(done.told, '3 of 5 are painted.');
      assert.deepEqual([done.share, done.buttons], [1, ['zip', 'singly', 'close']]);
      assert.match(done.close, /without saving/);

      const { name: label, bytes } = await limn.page.download(() => limn.page.click('#queue-zip'));
      assert.match(label, /^limn-.*\.zip$/);
      const files = readZip(bytes);
      const names = [...files.keys()];
      assert.equal(names.length, 3);
      assert.match(names[0], /^photo-.*\.jpg$/);
      assert.match(names[1], /^wide-.*\.jpg$/);
      assert.notEqual(names[0], names[2], 'two of one name get two');
      const pictures = [];
      for (const jpeg of files.values()) pictures.push(await limn.decode(jpeg));
      const apart = difference(pictures[0], painted).mean;
      assert.ok(apart < 4, `the look is that of the page: ${apart.toFixed(2)}/255`);
      assert.deepEqual([pictures[1].width, pictures[1].height], [2200, 160], 'at full size');
      assert.equal((await limn.page.evaluate(readQueue)).close, 'Close', 'nothing is left to be lost');

      const after = await limn.state();
      await limn.page.click('#queue-close');
      assert.deepEqual([after.mode, after.error], ['photo', null]);
      assert.equal(difference(await limn.readback(), painted).max, 0, 'what is on stage stays');
      await limn.painting(() => limn.slide('strength', 1));
      await limn.close();
    });

    test('it says how far it is, takes more, and keeps what is painted when it is cancelled', async () => {
      const limn = await at.open({ ...CPU, lang: 'de' });
      await limn.ready();
      const large = file('large.png', encodePng(drawPhoto(3200, 2400)));
      await limn.openPhoto([at.site.photoFile, large, large]);
      const second = await until(limn, 'the second one', ({ told }) => /^Foto 2 von 3…$/.test(told));
      assert.equal(second.lines[0].kind, 'done');
      assert.ok(second.share > 0.33 && second.share < 1);
      assert.deepEqual(second.buttons, ['cancel']);
      await limn.openPhoto([large, large]);
      await until(limn, 'two more', ({ lines }) => lines.length === 5);
      await limn.page.press('Escape');
      const ended = await until(limn, 'the end', ({ buttons }) => buttons.includes('zip'));
      assert.ok(ended.open, 'what is painted is there to be saved');
      assert.match(ended.told, /^Abgebrochen\. 1 von 5/);
      assert.deepEqual(ended.lines.slice(1).map(({ kind }) => kind), Array(4).fill('left'));
      const { name: label } = await limn.page.download(() => limn.page.click('#queue-singly'));
      assert.match(label, /^photo-.*\.jpg$/);
      await until(limn, 'all to be saved', ({ close }) => close === 'Schließen');
      await limn.page.press('Escape');
      await until(limn, 'it to close', ({ open, lines }) => !open && lines.length === 0);
      await limn.paintPhoto(at.site.photoFile);
      await limn.close();
    });

    test('dropped on the page while the camera is on, they take its place', async () => {
      const limn = await at.open({ ...CPU, lang: 'en' });
      await limn.ready();
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames > 0);
      // Dropped on the page, as by a visitor.
      await limn.page.evaluate(async () => {
        const picture = async (label) => {
          const canvas = new OffscreenCanvas(40, 30);
          canvas.getContext('2d').fillRect(5, 5, 20, 20);
          return new File([await canvas.convertToBlob()], label, { type: 'image/png' });
        };
        const dataTransfer = new DataTransfer();
        for (const label of ['one.png', 'two.png']) dataTransfer.items.add(await picture(label));
        window.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      });
      const done = await until(limn, 'the end', ({ buttons }) => buttons.includes('zip'));
      assert.equal(done.told, 'All 2 are painted.');
      assert.equal((await limn.state()).mode, 'empty');
      await limn.page.click('#queue-close');
      await limn.close();
    });
  });
}
