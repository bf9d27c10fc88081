// Recording the painted camera: the file plays elsewhere, shows the painting and not its mirror image, and nothing that
// was recorded is lost, whatever ends it. Sound comes along only where it was asked for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { stillCamera } from './support/cameras.mjs';
import { CPU, GPU, difference } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';
import { framesOf, probe } from './support/video.mjs';

/** Notes what the page asks of cameras and microphones. */
function noteRequests() {
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  window.asked = [];
  window.tracks = [];
  mediaDevices.getUserMedia = async (wanted) => {
    window.asked.push({ audio: Boolean(wanted.audio), video: Boolean(wanted.video) });
    const stream = await ask(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}

/** The same picture, seen in a mirror. */
function mirror({ width, height, rgb }) {
  const turned = new Uint8Array(rgb.length);
  for (let i = 0; i < width * height; i++) {
    const from = 3 * (i - (i % width) + (width - 1 - (i % width)));
    turned.set(rgb.subarray(from, from + 3), 3 * i);
  }
  return { width, height, rgb: turned };
}

for (const name of BROWSERS) {
  const ENDING = name === 'chromium' ? 'mp4' : 'webm';

  describe(`recording in ${name}`, () => {
    const at = setUp(name);

    async function openCamera(beforeLoad, engine = CPU) {
      const limn = await at.open({ ...engine, size: '64' }, { beforeLoad });
      await limn.ready();
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      return limn;
    }

    /** Waits until `count` more live pictures have been painted. */
    async function pictures(limn, count) {
      const { frames } = await limn.state();
      await limn.until('more live pictures', (state) => state.frames >= frames + count);
    }

    const begun = (limn) => limn.page.evaluate(() => !document.getElementById('recording').hidden);

    /** Starts recording, and waits until it has begun. */
    async function record(limn) {
      await limn.page.click('#record');
      await limn.until('a recording that has begun', () => begun(limn));
    }

    const text = (limn, id) => limn.page.evaluate((wanted) => document.getElementById(wanted).textContent.trim(), id);
    const kept = (limn) => limn.page.evaluate(() => document.querySelectorAll('#shelf-list [data-kind="video"]').length);

    for (const engine of [CPU, GPU]) test(`what is recorded of the ${engine.engine} plays, and shows the painting unmirrored`, async () => {
      const limn = await openCamera(stillCamera, engine);
      await record(limn);
      await pictures(limn, 3);
      await limn.until('a timer that runs', async () => !/^0:00/.test(await text(limn, 'recording')));
      assert.match(await text(limn, 'recording'), /^\d:\d\d · [\d.,]+ MB$/, 'a timer and a size');
      const painted = await limn.readback();
      const { name: file, bytes } = await limn.page.download(() => limn.page.click('#record'));
      assert.match(file, new RegExp(`^limn-untrained-first\\b.*\\.${ENDING}$`));
      const { video, audio, times, seconds } = probe(bytes);
      assert.equal(audio, undefined, 'nobody asked for sound');
      assert.deepEqual([video.width, video.height], [painted.width & ~1, painted.height & ~1]);
      assert.ok(times.length >= 3, `${times.length} frames`);
      assert.ok(times.every((time, i) => i === 0 || time > times[i - 1]), 'in order');
      assert.ok(seconds >= times.at(-1) - times[0] && seconds < 60, `it knows its length: ${seconds} s`);
      const last = framesOf(bytes).at(-1);
      const off = difference(last, painted).mean;
      const source = await limn.page.evaluate(() => document.getElementById('video').videoWidth);
      assert.equal(source, 128);
      // The codec is lossy; the mirror image and the plain camera are much further away.
      assert.ok(off < 6, `recorded and painted picture differ by ${off.toFixed(1)}/255`);
      assert.ok(difference(last, mirror(painted)).mean > 3 * off + 5, 'not as in a mirror');
      assert.equal(await kept(limn), 1, 'it is among the last results');
      const { status } = await limn.messages();
      assert.ok(status.text.includes(file), status.text);
      assert.equal(await limn.page.evaluate(() => document.getElementById('recording').hidden), true);
      await limn.close();
    });

    test('the painting is recorded, not the camera', async () => {
      const limn = await openCamera(stillCamera);
      await limn.slide('strength', 1.5);
      await pictures(limn, 2);
      await record(limn);
      await pictures(limn, 4);
      const { bytes } = await limn.page.download(() => limn.page.click('#record'));
      const strong = framesOf(bytes).at(-1);
      await limn.slide('strength', 0);
      await pictures(limn, 2);
      const plain = await limn.readback();
      assert.ok(difference(strong, plain).mean > 2, 'it looks painted');
      await limn.close();
    });

    test('pressed again before it has begun, it does not begin', async () => {
      const limn = await openCamera(stillCamera);
      await limn.page.evaluate(() => {
        const button = document.getElementById('record');
        button.click();
        button.click();
      });
      await pictures(limn, 3);
      assert.equal(await begun(limn), false);
      assert.equal(await kept(limn), 0);
      await record(limn);
      await pictures(limn, 3);
      const { bytes } = await limn.page.download(() => limn.page.click('#record'));
      assert.ok(probe(bytes).times.length >= 2);
      await limn.close();
    });

    for (const [what, end] of [
      ['the camera is stopped', (limn) => limn.page.click('#camera')],
      ['the camera is unplugged', (limn) => limn.page.evaluate(() => {
        // Not stopped before: that would take the event away.
        const [track] = document.getElementById('video').srcObject.getVideoTracks();
        track.dispatchEvent(new Event('ended'));
      })],
      ['the page is hidden', (limn) => limn.page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      })],
      ['the engine is lost', (limn) => limn.page.evaluate(() => window.limn.crash())],
      ['a photo is opened', (limn) => limn.openPhoto(at.site.photoFile)],
    ]) {
      test(`when ${what}, the recording is saved`, async () => {
        const limn = await openCamera();
        await record(limn);
        await pictures(limn, 3);
        const { bytes } = await limn.page.download(() => end(limn));
        assert.ok(probe(bytes).times.length >= 2);
        assert.equal(await kept(limn), 1);
        assert.equal(await limn.page.evaluate(() => document.getElementById('record').getAttribute('aria-pressed')), 'false');
        await limn.close();
      });
    }

    test('sound comes along where the visitor asks for it, and the microphone is let go', async () => {
      const limn = await openCamera(noteRequests);
      await limn.page.click('#microphone');
      await record(limn);
      await pictures(limn, 5);
      const { bytes } = await limn.page.download(() => limn.page.click('#record'));
      const { audio } = probe(bytes);
      assert.ok(audio, 'it has sound');
      const { asked, live } = await limn.page.evaluate(() => ({
        asked: window.asked, live: window.tracks.filter(({ kind, readyState }) => kind === 'audio' && readyState === 'live').length,
      }));
      assert.deepEqual(asked, [{ audio: false, video: true }, { audio: true, video: false }]);
      assert.equal(live, 0);
      await limn.close();
    });

    test('a refused microphone is told, and recording goes on without', async () => {
      const limn = await openCamera(() => {
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wanted) =>
          wanted.audio ? Promise.reject(new DOMException('no', 'NotAllowedError')) : ask(wanted);
      });
      await limn.page.click('#microphone');
      await limn.page.click('#record');
      await limn.error('microphone-denied');
      await record(limn);
      await pictures(limn, 3);
      const { bytes } = await limn.page.download(() => limn.page.click('#record'));
      assert.equal(probe(bytes).audio, undefined);
      await limn.close();
    });
  });
}
