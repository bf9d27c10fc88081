// What the page says of itself: its version, the licences of its parts, whose texts are there to be read, and whom it owes
// what.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

for (const name of BROWSERS) {
  describe(`about Limn in ${name}`, () => {
    const at = setUp(name);

    test('the dialog names version, licences and teachers, and its own links lead somewhere', async () => {
      const limn = await at.open({ ...CPU, styles: 'models/styles.json' });
      await limn.ready();
      await limn.openDialog('show-about');
      const { text, links } = await limn.page.evaluate(async () => {
        const dialog = document.getElementById('about-limn');
        const own = Array.from(dialog.querySelectorAll('a'), ({ href }) => href).filter((href) => href.startsWith(location.origin));
        return { text: dialog.innerText, links: await Promise.all(own.map(async (href) => [href, (await fetch(href)).status])) };
      });
      assert.match(text, /\b\d+\.\d+\.\d+\b/);
      for (const part of ['MIT', 'Apache-2.0', 'MPL-2.0', 'Mediabunny', 'wgpu', 'CPU', 'Liu et al.']) assert.ok(text.includes(part), part);
      for (const { title } of at.site.shipped) assert.ok(text.includes(`${title} (`), title);
      assert.equal(links.length, 4);
      for (const [href, status] of links) assert.equal(status, 200, href);
      await limn.page.press('Escape');
      assert.equal(await limn.page.evaluate(() => document.activeElement.id), 'show-about', 'the focus goes back');
      await limn.close();
    });

    test('is told in German', async () => {
      const limn = await at.open({ ...CPU, lang: 'de' });
      await limn.ready();
      await limn.openDialog('show-about');
      const empty = await limn.page.evaluate(() => Array.from(document.querySelectorAll('dialog [data-text]')).filter((node) => !node.textContent).map((node) => node.dataset.text));
      assert.deepEqual(empty, []);
      assert.match(await limn.page.evaluate(() => document.getElementById('about-limn').innerText), /Über Limn/);
      await limn.close();
    });
  });
}
