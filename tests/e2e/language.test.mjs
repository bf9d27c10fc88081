// The page speaks the visitor's language where it can: German on request, and a complete page in either.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
  });
}
