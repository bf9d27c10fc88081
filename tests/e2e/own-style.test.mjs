// A style of the visitor's own: a record opened as a photo is, checked by the engine, and kept in the gallery for the visit.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, assertSame, paintNatively } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

for (const name of BROWSERS) {
  describe(`a style of one's own in ${name}`, () => {
    const at = setUp(name);
    const cards = (limn) => limn.page.evaluate(() => Array.from(document.querySelectorAll('#gallery .caption'), (node) => node.textContent));

    test('it paints as natively, stands in the gallery and in the list of mixes, once', async () => {
      const mine = join(at.site.folder, 'mine.bpk');
      copyFileSync(at.site.style(1, 8), mine);
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      const before = await cards(limn);
      at.site.server.log.length = 0;
      const painted = await limn.painting(() => limn.openPhoto(mine));
      assertSame(painted, paintNatively(at.site, at.site.photo, at.site.style(1, 8)));
      const state = await limn.state();
      assert.equal(state.style, 'own-mine');
      assert.deepEqual([state.width, state.error], [8, null]);
      assert.deepEqual(at.site.server.log, [], 'nothing was asked of the server');
      const after = await cards(limn);
      assert.equal(after.length, before.length + 1);
      assert.deepEqual((await limn.gallery()).current, [state.style]);
      assert.equal(await limn.page.evaluate((own) => document.getElementById('mix-with').querySelector(`[value="${own}"]`) !== null, state.style), true);

      await limn.painting(() => limn.choose('first'));
      await limn.painting(() => limn.openPhoto(mine));
      assert.deepEqual(await cards(limn), after, 'the same file again is the same style');
      await limn.close();
    });

    test('a record that is none is refused, and the style in use stays', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const whole = readFileSync(at.site.style(1, 8));
      for (const [file, bytes, code] of [
        ['half.bpk', whole.subarray(0, whole.length >> 1), 'style-truncated'],
        ['text.bpk', Buffer.from('Dear reader, this is no record at all.'), 'style-format'],
        ['empty.bpk', Buffer.alloc(0), 'style-truncated'],
      ]) {
        const path = join(at.site.folder, file);
        writeFileSync(path, bytes);
        await limn.openPhoto(path);
        const message = await limn.error(code);
        assert.ok(message.includes(file), message);
        assert.equal((await limn.state()).style, 'first');
      }
      assert.equal((await cards(limn)).length, 2);
      await limn.close();
    });
  });
}
