// The service worker: after one visit the page paints without a server; a new release waits for the visitor's word, and
// until then every file is of the old one; and where files are missing or wrong, the page falls back on the network.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS, launch } from './support/browsers.mjs';
import { CPU, DIST, assertPainted, openPage } from './support/limn.mjs';
import { drawPhoto, encodePng } from './support/pictures.mjs';
import { serveFolder } from './support/server.mjs';

const PARAMETERS = { ...CPU, styles: 'models/styles.json' };
const PHOTO = drawPhoto(97, 75);

/** A copy of dist/ that can be released anew, on a server of its own that can go away and come back. */
async function openRelease() {
  const folder = mkdtempSync(join(tmpdir(), 'limn-release-'));
  cpSync(DIST, join(folder, 'dist'), { recursive: true });
  const photoFile = join(folder, 'photo.png');
  writeFileSync(photoFile, encodePng(PHOTO));
  const read = (name) => readFileSync(join(folder, 'dist', name), 'utf8');
  const write = (name, text) => writeFileSync(join(folder, 'dist', name), text);
  return {
    server: await serveFolder(join(folder, 'dist')),
    photoFile,
    write,
    /** Changes a file by `change`, in the worker's list too, as `cargo xtask dist` would. */
    release(name, change) {
      const text = change(read(name));
      write(name, text);
      const worker = read('service-worker.js');
      const [, list] = worker.match(/const RELEASE = (\{[^]*?\n\});/);
      const release = JSON.parse(list);
      const part = name in release.shell ? release.shell : release.later;
      assert.ok(name in part, `${name} is listed`);
      part[name] = createHash('sha256').update(text).digest('hex').slice(0, 16);
      write('service-worker.js', worker.replace(list, JSON.stringify(release, null, 2)));
    },
    close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const tagline = (text) => (words) => words.replace(/tagline: ".*"/, `tagline: "${text}"`);

for (const name of BROWSERS) {
  describe(`offline in ${name}`, () => {
    let browser;
    let site;
    before(async () => {
      browser = await launch(name, { serviceWorker: true });
    });
    after(() => browser?.close());

    /** Runs `body` with a release on a server of its own, and a page of it that says that it works offline. */
    const withPage = (body) => async () => {
      site = await openRelease();
      try {
        const limn = await openPage(browser, site, PARAMETERS);
        await limn.until('all files to be kept', (state) => state.ready && state.offline && state.offlineComplete);
        await body(limn);
        await limn.close();
      } finally {
        await site.server.close();
        site.close();
      }
    };
    const reload = (limn) => limn.page.goto(`${site.server.url}?${new URLSearchParams(PARAMETERS)}`);
    const read = (limn, selector) => limn.page.evaluate((wanted) => {
      const element = document.querySelector(wanted);
      return element.checkVisibility() ? element.textContent.trim() : null;
    }, selector);
    const reloaded = async (limn, words) => {
      for (let i = 0; i < 200; i++) {
        // Between two pages there is none to ask.
        if ((await read(limn, '.masthead p').catch(() => null)) === words) return;
        await sleep(100);
      }
      throw new Error('the page was not reloaded');
    };
    const updateOffered = async (limn) => {
      for (let i = 0; i < 600; i++) {
        if (await read(limn, '#update')) return;
        await sleep(100);
      }
      throw new Error('no new version was offered');
    };

    test('after one visit the page paints without a server, with the styles that were used', withPage(async (limn) => {
      assert.match(await read(limn, '#offline'), /offline/);
      const [first, used, unused] = JSON.parse(readFileSync(join(DIST, 'models/styles.json'), 'utf8')).styles;
      await limn.choose(used.name);
      await limn.until('the second style to be kept', (state) => state.style === used.name && state.offline);

      const asked = () => site.server.log.map(({ path }) => path).filter((path) => !path.endsWith('service-worker.js'));
      site.server.log.length = 0;
      await reload(limn);
      await limn.until('it to work offline', (state) => state.ready && state.offline && state.offlineComplete);
      assert.deepEqual(asked(), [], 'with a server, too, nothing is asked of it but whether there is a new release');

      await site.server.close();
      await reload(limn);
      await limn.ready();
      const painted = await limn.paintPhoto(site.photoFile);
      assertPainted(painted, PHOTO);
      assert.equal((await limn.state()).style, first.name);
      assertPainted(await limn.painting(() => limn.choose(used.name)), painted);
      // What comes late was fetched when the page had nothing else to do.
      for (const opener of ['show-about', 'show-keys', 'crop', 'four']) {
        await limn.openDialog(opener);
        await limn.page.press('Escape');
      }
      await limn.openPhoto([site.photoFile, site.photoFile]);
      await limn.appears('#queue-zip');
      assert.match((await limn.page.download(() => limn.page.click('#queue-zip'))).name, /\.zip$/);
      await limn.page.press('Escape');
      await limn.choose(unused.name);
      await limn.error('style-network');
      assert.match(await read(limn, '#offline'), /offline/);
    }));

    test('what another app shares is painted, and the server is sent nothing', withPage(async (limn) => {
      // As the system does it, which posts a form to the address in the manifest.
      const share = (bytes) => limn.page.evaluate(async (base64s) => {
        const { action, method, params: { files: [{ name }] } } = (await (await fetch('manifest.webmanifest')).json()).share_target;
        const body = new FormData();
        for (const base64 of base64s) {
          body.append(name, new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'shared.png', { type: 'image/png' }));
        }
        const answer = await fetch(action, { method, body, redirect: 'manual' });
        return answer.type;
      }, bytes.map((file) => file.toString('base64')));
      await reload(limn);
      await limn.ready();
      site.server.log.length = 0;
      const photo = readFileSync(site.photoFile);
      assert.equal(await share([photo]), 'opaqueredirect');
      const come = () => limn.page.goto(`${site.server.url}?${new URLSearchParams({ ...PARAMETERS, start: 'shared' })}`);
      await come();
      await limn.until('the shared photo', (state) => state.photoPainted > 0 && !state.busy);
      assertPainted(await limn.readback(), PHOTO);
      assert.ok(await limn.page.evaluate(() => !location.search.includes('start')), 'loading the page again begins anew');
      await share([photo, photo]);
      await come();
      await limn.appears('#queue-zip');
      await come();
      await limn.error('photo-none');
      assert.deepEqual(site.server.log.filter(({ method }) => method !== 'GET'), []);
    }));

    test('a new release waits for the visitor, and nothing of it is seen before', withPage(async (limn) => {
      const before = await read(limn, '.masthead p');
      site.release('ui/words/en.js', tagline('A newer page.'));
      site.release('limn/pkg/limn_gpu.js', (text) => `${text}\n// newer\n`);
      await reload(limn);
      await limn.ready();
      await updateOffered(limn);
      assert.equal(await read(limn, '.masthead p'), before);
      const have = await limn.page.evaluate(async () => ({
        words: await (await fetch('ui/words/en.js')).text(),
        engine: await fetch('limn/pkg/limn_gpu.js').then(({ ok }) => ok, () => 'refused'),
      }));
      assert.ok(!have.words.includes('A newer page.'), 'files of the old release go on being served');
      assert.equal(have.engine, 'refused', 'a file that is only to be had anew is not mixed in');

      // A second tab keeps the old release alive until it is closed.
      const other = await browser.newPage(limn.page);
      await other.goto(site.server.url);
      await limn.page.click('#reload');
      for (let i = 0; i < 100 && !/tabs/.test(await read(limn, '#update')); i++) await limn.state();
      assert.match(await read(limn, '#update'), /tabs/);
      await other.close();

      await limn.page.click('#reload');
      await reloaded(limn, 'A newer page.');
      await limn.until('the new release', (state) => state.ready && state.offline);
      assert.equal(await read(limn, '.masthead p'), 'A newer page.');
      assert.equal(await read(limn, '#update'), null);
      await site.server.close();
      await reload(limn);
      await limn.until('the new release without a server', (state) => state.ready && state.offline);
      assert.equal(await read(limn, '.masthead p'), 'A newer page.');
      assertPainted(await limn.paintPhoto(site.photoFile), PHOTO);
    }));

    test('a release that is half on the server is not taken', withPage(async (limn) => {
      const before = await read(limn, '.masthead p');
      site.release('ui/words/en.js', tagline('A newer page.'));
      site.release('ui/keyboard.js', (text) => `${text}\n`);
      site.write('ui/keyboard.js', readFileSync(join(DIST, 'ui/keyboard.js'), 'utf8'));
      const outcome = await limn.page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        const found = new Promise((resolve) => registration.addEventListener('updatefound', () => resolve(registration.installing)));
        await registration.update();
        const next = await found;
        return new Promise((resolve) => next.addEventListener('statechange', () => resolve(next.state)));
      });
      assert.equal(outcome, 'redundant');
      await reload(limn);
      await limn.until('the old release', (state) => state.ready && state.offline);
      assert.equal(await read(limn, '.masthead p'), before);
      assert.equal(await read(limn, '#update'), null);
    }));

    test('what the browser throws away comes from the network, of whatever release is there', withPage(async (limn) => {
      await limn.page.evaluate(async () => {
        for (const key of await caches.keys()) await caches.delete(key);
      });
      site.release('ui/words/en.js', tagline('A newer page.'));
      await reload(limn);
      await limn.ready();
      assert.equal(await read(limn, '.masthead p'), 'A newer page.');
      assertPainted(await limn.paintPhoto(site.photoFile), PHOTO);
    }));
  });

  describe(`${name} without service workers`, () => {
    let browser;
    let site;
    before(async () => {
      site = await openRelease();
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await site?.server.close();
      site?.close();
    });

    test('the page paints and promises nothing', async () => {
      const limn = await openPage(browser, site, PARAMETERS);
      await limn.until('the offline line to be settled', (state) => state.ready && state.offline === false);
      assert.equal(await limn.page.evaluate(() => document.getElementById('offline').checkVisibility()), false);
      assertPainted(await limn.paintPhoto(site.photoFile), PHOTO);
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });
  });
}
