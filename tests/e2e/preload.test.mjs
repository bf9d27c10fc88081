// A first visit is told at once which modules it will need, all of them and no other.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

for (const name of BROWSERS) {
  describe(`preloading in ${name}`, () => {
    const at = setUp(name);

    test('the page names the modules that it loads from its start', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const { named, loaded } = await limn.page.evaluate(() => {
        const path = (address) => new URL(address, document.baseURI).href.slice(document.baseURI.split('?')[0].length);
        return {
          named: Array.from(document.querySelectorAll('link[rel="modulepreload"]'), ({ href }) => path(href)),
          loaded: performance.getEntriesByType('resource').map((entry) => entry.name).filter((address) => /\.js$/.test(address)).map(path),
        };
      });
      assert.equal(new Set(named).size, named.length, 'each once');
      // The page's own script stands there itself; words are of one language, and what else is late is asked for by need.
      const late = /^(page\/main\.js|ui\/words\/|vendor\/)/;
      assert.deepEqual([...new Set(loaded)].filter((module) => !late.test(module)).sort(), [...named].sort());
      assert.deepEqual(limn.page.messages.filter((message) => /preload/i.test(message)), [], 'no browser complains');
      await limn.close();
    });
  });
}
