// What can go wrong, one by one: each has a message of its own, the page lives on, the style in use stays.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, GPU, assertPainted, assertSame, difference, paintNatively } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Offers `bytes` as the second style of a list of its own, vouched for by its sha256. */
function offer(site, name, bytes) {
  const [first, second] = site.styles;
  const file = `${name}.bpk`;
  site.server.add(`test/${file}`, bytes);
  const models = [{ ...second.models[0], file, sha256: sha256(bytes), bytes: bytes.length }];
  site.server.add(`test/${name}.json`, JSON.stringify({ version: 2, styles: [first, { ...second, models }] }));
  return { styles: `test/${name}.json` };
}

for (const name of BROWSERS) {
  // What is tested here is the same on either engine, and SwiftShader takes long to compile the shaders of each page.
  const ENGINE = name === 'chromium' ? CPU : GPU;

  describe(`failures in ${name}`, () => {
    const at = setUp(name);

    /** Tries the second style, which is refused with `code`: the first stays, and paints as before. */
    async function refuses(parameters, code) {
      const limn = await at.open({ ...ENGINE, ...parameters });
      await limn.ready();
      const before = await limn.paintPhoto(at.site.photoFile);
      await limn.choose('second');
      const text = await limn.error(code);
      assert.match(text, /Untrained second/);
      assert.equal((await limn.state()).style, 'first');
      assert.deepEqual(await limn.gallery(), { checked: ['first'], current: ['first'], loading: [] });
      const again = await limn.paintPhoto(at.site.photoFile);
      assert.equal(difference(again, before).max, 0, 'the style in use stays');
      return limn;
    }

    test('a record that is missing, and found the next time', async () => {
      const mend = at.site.server.breakFile('test/second-c8.bpk', '404');
      const limn = await refuses({}, 'style-http');
      mend();
      const before = await limn.readback();
      assertPainted(await limn.painting(() => limn.choose('second')), before);
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });

    for (const [what, fault, code] of [
      ['an HTML page', 'html', 'style-html'],
      ['cut off on the way', (bytes) => bytes.subarray(0, bytes.length / 2), 'style-sha256'],
      ['not the one that was promised', (bytes) => Buffer.from(bytes.map((b, i) => (i === 9000 ? b ^ 1 : b))), 'style-sha256'],
    ]) {
      test(`a record that is ${what}`, async () => {
        const mend = at.site.server.breakFile('test/second-c8.bpk', fault);
        await (await refuses({}, code)).close();
        mend();
      });
    }

    test('records that were broken before they were listed: cut off, of another width, too new, not a record', async () => {
      const bytes = readFileSync(at.site.style(1, 8));
      const width = bytes.indexOf('"width":8');
      assert.ok(width > 0, 'the metadata lies in the record as plain JSON');
      const misfit = Buffer.from(bytes);
      misfit.write('"width":4', width);
      const version = bytes.indexOf('"version":3');
      assert.ok(version > 0, 'and its version with it');
      const newer = Buffer.from(bytes);
      newer.write('"version":9', version);
      for (const [label, broken, code] of [
        ['cut', bytes.subarray(0, bytes.length - 1000), 'style-truncated'],
        ['misfit', misfit, 'style-shape'],
        ['newer', newer, 'style-version'],
        ['noise', Buffer.from('no record, but long enough to look at'), 'style-format'],
      ]) {
        await (await refuses(offer(at.site, label, broken), code)).close();
      }
    });

    test('the first style is broken: a message, and another can be chosen', async () => {
      const mend = ['8', '16'].map((width) => at.site.server.breakFile(`test/first-c${width}.bpk`, '404'));
      const limn = await at.open(ENGINE);
      await limn.error('style-http');
      assert.deepEqual(await limn.gallery(), { checked: [], current: [], loading: [] });
      assert.equal((await limn.state()).ready, false);
      await limn.openPhoto(at.site.photoFile);
      await limn.error('no-style');
      const painted = await limn.painting(() => limn.choose('second'));
      assertPainted(painted, at.site.photo);
      for (const repair of mend) repair();
      await limn.close();
    });

    test('a list of styles that is missing, HTML, empty, without a digest, or elsewhere', async () => {
      const [first] = at.site.styles;
      const list = (styles, version = 2) => JSON.stringify({ version, styles });
      at.site.server.add('test/empty.json', list([]));
      at.site.server.add('test/old.json', list([first], 1));
      at.site.server.add('test/undigested.json', list([{ ...first, models: [{ ...first.models[0], sha256: undefined }] }]));
      at.site.server.add('test/bodiless.json', list([{ ...first, models: [] }]));
      const away = [{ ...first.models[0], file: 'http://127.0.0.1:9/first.bpk' }];
      at.site.server.add('test/elsewhere.json', list([{ ...first, models: away }]));
      at.site.server.add('test/page.json', '<!doctype html>');
      for (const [styles, code] of [
        ['test/nowhere.json', 'styles-http'],
        ['test/page.json', 'styles-format'],
        ['test/empty.json', 'styles-format'],
        ['test/undigested.json', 'styles-format'],
        ['test/old.json', 'styles-format'],
        ['test/bodiless.json', 'styles-format'],
        ['test/elsewhere.json', 'styles-origin'],
        ['http://127.0.0.1:9/styles.json', 'styles-origin'],
      ]) {
        const limn = await at.open({ ...ENGINE, styles });
        await limn.error(code);
        assert.ok(await limn.page.evaluate(() => document.getElementById('camera').offsetWidth > 0), 'the page is there');
        assert.ok(!limn.page.requests.some(({ url }) => url.includes('127.0.0.1:9')), 'nothing was asked of another origin');
        await limn.close();
      }
    });

    const camera = async (limn) => {
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames > 0);
    };
    const photo = (limn) => limn.paintPhoto(at.site.photoFile);
    const press = (selector) => (limn) => limn.page.click(selector);
    const refuseMicrophone = (name) => `
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (wanted) => wanted.audio ? Promise.reject(new DOMException('no', '${name}')) : ask(wanted);`;
    const refuseToFetch = (what) => `
      const { fetch } = window;
      window.fetch = (url, ...rest) => String(url).includes('${what}') ? Promise.reject(new TypeError('no network')) : fetch(url, ...rest);`;
    for (const [code, refusal, ...steps] of [
      ['styles-network', refuseToFetch('styles.json')],
      ['sample-network', refuseToFetch('portrait.jpg'), press('#sample')],
      ['photo-none', '', (limn) => limn.page.evaluate(() => {
        const data = new DataTransfer();
        data.setData('text/plain', 'no file');
        document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
      })],
      ['save-failed', `OffscreenCanvas.prototype.convertToBlob = () => Promise.reject(new DOMException());`, photo, press('#save')],
      ['no-picture', '', photo, (limn) => limn.page.evaluate(() => {
        window.createImageBitmap = () => Promise.reject(new DOMException('no', 'InvalidStateError'));
      }), press('#save')],
      ['unexpected', '', (limn) => limn.page.evaluate(() => setTimeout(() => { throw new TypeError('a mistake of ours'); }))],
      ['copy-failed', `Object.defineProperty(navigator, 'clipboard', { value: { write: () => Promise.reject(new DOMException('no', 'NotAllowedError')) } });`, photo, press('#copy')],
      ['record-failed', `MediaRecorder.prototype.start = () => { throw new DOMException('no', 'NotSupportedError'); };`, camera, press('#record')],
      ['microphone-none', refuseMicrophone('NotFoundError'), camera, press('#microphone'), press('#record')],
      ['microphone-failed', refuseMicrophone('AbortError'), camera, press('#microphone'), press('#record')],
    ]) {
      test(`what the browser refuses is told: ${code}`, async () => {
        const limn = await at.open({ ...CPU, size: '64' }, { beforeLoad: new Function(refusal) });
        if (code !== 'styles-network') await limn.ready();
        for (const step of steps) await step(limn);
        await limn.error(code);
        await limn.close();
      });
    }

    test('files that are no pictures', async () => {
      const limn = await at.open(ENGINE);
      await limn.ready();
      const text = join(at.site.folder, 'text.png');
      const empty = join(at.site.folder, 'empty.png');
      writeFileSync(text, 'This is a letter, whatever its name says.\n');
      writeFileSync(empty, '');
      for (const [file, code] of [[text, 'photo-unreadable'], [empty, 'photo-empty']]) {
        await limn.openPhoto(file);
        await limn.error(code);
      }
      assertPainted(await limn.paintPhoto(at.site.photoFile), at.site.photo);
      assert.equal((await limn.state()).error, null);
      await limn.close();
    });

    test('an engine that cannot be fetched', async () => {
      const mend = at.site.server.breakFile('limn/pkg/limn_gpu_bg.wasm', '404');
      const forced = await at.open(GPU);
      await forced.error('wasm-load');
      await forced.close();
      const limn = await at.open({ adapter: 'software' });
      assert.deepEqual([(await limn.ready()).engine, (await limn.messages()).notice.code], ['cpu', 'wasm-load']);
      mend();
      await limn.close();
    });

    test('a software adapter is refused unless asked for, and the CPU takes over', async () => {
      at.site.server.log.length = 0;
      const limn = await at.open();
      const { engine, reason } = await limn.ready();
      assert.deepEqual([engine, reason], ['cpu', 'software-adapter']);
      assertCpuAlone(at.site.server.log);
      const { notice } = await limn.messages();
      assert.deepEqual([notice.hidden, notice.code], [false, 'software-adapter']);
      assert.ok(notice.text.length > 20, notice.text);
      await limn.close();
    });

    test('an adapter that does not tell its name keeps nobody from painting', async () => {
      const limn = await at.open({}, {
        beforeLoad: () => {
          navigator.gpu.requestAdapter = async () => /** @type {any} */ ({});
        },
      });
      const { style } = await limn.ready();
      assert.equal(style, 'first');
      await limn.close();
    });

    test('an engine that fails its self-test is not used', async () => {
      const limn = await at.open({ adapter: 'software', fail: 'self-test' });
      const { engine, reason } = await limn.ready();
      assert.deepEqual([engine, reason], ['cpu', 'self-test']);
      await limn.close();
    });
  });

  describe(`${name} without WebGPU and with the camera refused`, () => {
    const at = setUp(name, { webgpu: false, camera: 'denied' });

    test('the CPU engine takes over, says so, and paints as natively', async () => {
      at.site.server.log.length = 0;
      const limn = await at.open();
      const { engine, reason } = await limn.ready();
      assert.deepEqual([engine, reason], ['cpu', 'no-webgpu']);
      assertCpuAlone(at.site.server.log);
      const { notice } = await limn.messages();
      assert.deepEqual([notice.hidden, notice.code], [false, 'no-webgpu']);
      assert.ok(notice.text.length > 20, notice.text);
      assertSame(await limn.paintPhoto(at.site.photoFile), paintNatively(at.site, at.site.photo, at.site.style(0, 8)));
      await limn.close();
    });

    test('where the GPU is insisted on, a button leads to the CPU', async () => {
      const limn = await at.open(GPU);
      await limn.error('no-webgpu');
      await limn.page.click('#use-cpu');
      assert.equal((await limn.ready()).engine, 'cpu');
      await limn.close();
    });

    test('a refused camera is told, and a photo still works', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      await limn.page.click('#camera');
      await limn.error('camera-denied');
      assert.equal(await limn.page.evaluate(() => document.getElementById('camera').getAttribute('aria-pressed')), 'false');
      assertPainted(await limn.paintPhoto(at.site.photoFile), at.site.photo);
      await limn.close();
    });
  });

  describe(`${name} without a camera`, () => {
    const at = setUp(name, { camera: 'none' });

    test('the page says that there is none', async () => {
      const limn = await at.open(ENGINE);
      await limn.ready();
      await limn.page.click('#camera');
      await limn.error('camera-none');
      await limn.close();
    });
  });
}

/** Nothing was fetched that only a graphics card is for: neither its engine nor the wide record. */
function assertCpuAlone(log) {
  const paths = log.map(({ path }) => path);
  assert.ok(paths.some((path) => path.includes('limn_cpu_bg.wasm')), 'the CPU engine was fetched');
  assert.deepEqual(paths.filter((path) => path.includes('limn_gpu') || path.includes('-c16.bpk')), []);
}
