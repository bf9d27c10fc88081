// What a visitor can do with a painted picture: JPEG, PNG, clipboard, share sheet. The last two are
// the system's; what the page hands to them is looked at.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, difference } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** Stands in for the system's clipboard and share sheet, and keeps what they are given. */
function standIns() {
  const given = [];
  window.given = given;
  const keep = async (kind, blob) => given.push({ kind, type: blob.type, name: blob.name ?? null, bytes: Array.from(new Uint8Array(await blob.arrayBuffer())) });
  Object.defineProperty(navigator, 'clipboard', { value: { write: async ([item]) => keep('copied', await item.getType('image/png')) } });
  navigator.canShare = ({ files }) => files.length > 0;
  navigator.share = async ({ files: [file] }) => {
    if (window.refuseToShare) throw new DOMException('no', window.refuseToShare);
    await keep('shared', file);
  };
}

for (const name of BROWSERS) {
  describe(`results in ${name}`, () => {
    const at = setUp(name);

    test('the picture is saved as JPEG, copied as PNG and shared as JPEG', async () => {
      const limn = await at.open(CPU, { beforeLoad: standIns });
      await limn.ready();
      const offered = () => limn.page.evaluate(() => document.getElementById('results').checkVisibility());
      assert.equal(await offered(), false, 'nothing to hand over yet');
      const painted = await limn.paintPhoto(at.site.photoFile);
      assert.equal(await offered(), true);

      const { name: file, bytes } = await limn.page.download(() => limn.page.click('#save'));
      assert.deepEqual([...bytes.subarray(0, 3)], [0xff, 0xd8, 0xff]);
      assert.ok(difference(await limn.decode(bytes), painted).mean < 4, 'it shows the painting');
      const kept = () => limn.page.evaluate(() => Array.from(document.querySelectorAll('#shelf-list button'), (button) => button.getAttribute('aria-label')));
      for (let i = 0; i < 100 && (await kept()).length === 0; i++) await sleep(50);
      assert.equal(file, 'limn-untrained-first.jpg');
      assert.deepEqual(await kept(), [`Open ${file}`], 'and is in the strip');

      const png = await limn.page.download(() => limn.page.click('#save-png'));
      assert.equal(png.name, 'limn-untrained-first.png');
      assert.equal(difference(await limn.decode(png.bytes), painted).max, 0);
      assert.match((await limn.page.download(() => limn.page.press('s'))).name, /^limn-untrained-first-2\b.*\.jpg$/, 'each has a name of its own');

      const given = async (kind) => {
        await limn.page.click(kind === 'copied' ? '#copy' : '#share');
        for (let i = 0; i < 100; i++) {
          const found = await limn.page.evaluate((wanted) => window.given.find((item) => item.kind === wanted), kind);
          if (found) return { ...found, bytes: Buffer.from(found.bytes) };
          await sleep(50);
        }
        throw new Error(`nothing was ${kind}`);
      };
      const copied = await given('copied');
      assert.equal(copied.type, 'image/png');
      assert.equal(difference(await limn.decode(copied.bytes), painted).max, 0);
      const shared = await given('shared');
      assert.deepEqual([shared.type, /^limn-untrained-first\b.*\.jpg$/.test(shared.name)], ['image/jpeg', true]);
      assert.ok(difference(await limn.decode(shared.bytes), painted).mean < 4);
      assert.equal((await limn.state()).error, null);

      await limn.page.evaluate(() => (window.refuseToShare = 'AbortError'));
      await limn.page.click('#share');
      await limn.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
      assert.equal((await limn.state()).error, null, 'a visitor may think better of it');
      await limn.page.evaluate(() => (window.refuseToShare = 'NotAllowedError'));
      await limn.page.click('#share');
      await limn.error('share-failed');
      await limn.close();
    });
  });
}
