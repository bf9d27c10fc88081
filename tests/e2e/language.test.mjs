// The page speaks the visitor's language where it can: German on request, and a complete page in either.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileName } from '../../www/results/file-name.js';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

for (const name of BROWSERS) {
  describe(`languages in ${name}`, () => {
    const at = setUp(name);

    for (const [lang, used, camera, painted, title] of [
      ['de', 'de', 'Kamera starten', /^Gemalt\.$/, 'Limn: dein Porträt, gemalt'],
      ['de-AT', 'de', 'Kamera starten', /^Gemalt\.$/, 'Limn: dein Porträt, gemalt'],
      ['tlh', 'en', 'Start camera', /^Painted\.$/, 'Limn: paint your portrait'],
    ]) {
      test(`?lang=${lang} gives ${used}, without a gap`, async () => {
        const limn = await at.open({ ...CPU, lang });
        await limn.ready();
        const page = await limn.page.evaluate(() => ({
          lang: document.documentElement.lang,
          title: document.title,
          camera: document.getElementById('camera').textContent.trim(),
          empty: Array.from(document.querySelectorAll('[data-text]')).filter((node) => !node.textContent.trim()).map((node) => node.dataset.text),
          unlabelled: Array.from(document.querySelectorAll('[data-label]')).filter((node) => /^(|undefined)$/.test(node.getAttribute('aria-label'))).length,
        }));
        assert.deepEqual(page, { lang: used, title, camera, empty: [], unlabelled: 0 });
        await limn.paintPhoto(at.site.photoFile);
        assert.match((await limn.messages()).status.text, painted);
        await limn.close();
      });
    }

    test('styles, and the files that are saved, have German names', async () => {
      const limn = await at.open({ ...CPU, lang: 'de', styles: 'models/styles.json' });
      await limn.ready();
      const titles = await limn.page.evaluate(() => Array.from(document.querySelectorAll('#gallery .caption'), (node) => node.textContent));
      for (const title of ['Bleistift', 'Blaue Tinte', 'Öl auf Leinwand']) assert.ok(titles.includes(title), `${titles}`);
      // A style that nobody has named yet keeps its own title: none does.
      const { shipped } = at.site;
      assert.deepEqual(shipped.filter(({ title }, i) => title === titles[i]).map(({ name }) => name), ['pop', 'neon', 'banknote']);
      // The photo first: a style that is chosen on an empty stage opens the sample.
      await limn.paintPhoto(at.site.photoFile);
      await limn.painting(() => limn.choose('oil'));
      const { name: file } = await limn.page.download(() => limn.page.click('#save'));
      assert.equal(file, 'limn-oel-auf-leinwand.jpg');
      await limn.close();
    });
  });
}

test('a file is named by the title of its style, and no two of a visit are named alike', () => {
  assert.deepEqual(['Blue Ink', 'Blue Ink', 'Crème brûlée!', '墨', ''].map((title) => fileName(title, 'jpg')),
    ['limn-blue-ink.jpg', 'limn-blue-ink-2.jpg', 'limn-creme-brulee.jpg', 'limn-墨.jpg', 'limn.jpg']);
  assert.equal(fileName('Blue Ink', 'png'), 'limn-blue-ink.png');
});
