// The camera: from one side to the other, let go when nobody looks, and a text of its own for each way to fail.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, assertPainted } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** A phone's two cameras; `window.asked` holds what the page asks for, `window.tracks` what it got. */
function twoCameras() {
  window.asked = [];
  window.tracks = [];
  const { mediaDevices } = navigator;
  mediaDevices.enumerateDevices = async () => ['front', 'back'].map((deviceId) => ({ kind: 'videoinput', deviceId, label: '', groupId: '' }));
  mediaDevices.getUserMedia = async ({ audio, video }) => {
    window.asked.push({ audio, facingMode: video.facingMode });
    const canvas = document.createElement('canvas');
    canvas.width = 128;
    canvas.height = 96;
    const context = canvas.getContext('2d');
    const draw = () => {
      context.fillStyle = video.facingMode === 'user' ? '#d8a078' : '#405c98';
      context.fillRect(0, 0, 128, 96);
      context.fillStyle = '#283040';
      context.fillRect(20, 20, 30, 50);
    };
    draw();
    setInterval(draw, 50);
    const stream = canvas.captureStream(20);
    const [track] = stream.getVideoTracks();
    track.getSettings = () => ({ facingMode: video.facingMode, width: 128, height: 96 });
    window.tracks.push(track);
    return stream;
  };
}

/** A camera that fails in the way that stands in `window.cameraError`. */
function brokenCamera() {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', window.cameraError));
}

for (const name of BROWSERS) {
  describe(`the camera in ${name}`, () => {
    const at = setUp(name);
    const look = (limn) => limn.page.evaluate(() => ({
      asked: window.asked.map(({ facingMode }) => facingMode),
      sound: window.asked.some(({ audio }) => audio),
      live: window.tracks.map(({ readyState }) => readyState === 'live'),
      mirrored: 'mirrored' in document.getElementById('stage').dataset,
      turn: document.getElementById('turn').checkVisibility(),
    }));

    async function pictures(limn, count = 2) {
      const { frames } = await limn.state();
      await limn.until('live pictures', (state) => state.mode === 'camera' && state.frames >= frames + count);
    }

    test('front and back: mirrored and not, remembered, and one at a time', async () => {
      const limn = await at.open({ ...CPU, size: '64' }, { beforeLoad: twoCameras });
      await limn.ready();
      assert.equal((await look(limn)).turn, false, 'no button before there is a camera');
      await limn.page.click('#camera');
      await pictures(limn);
      assert.deepEqual(await look(limn), { asked: ['user'], sound: false, live: [true], mirrored: true, turn: true });
      await limn.page.press('f');
      await limn.until('the other camera', async () => (await look(limn)).live.length === 2);
      await pictures(limn, 3);
      assert.deepEqual(await look(limn), { asked: ['user', 'environment'], sound: false, live: [false, true], mirrored: false, turn: true });
      const { rgb } = await limn.cameraPicture();
      assert.ok(rgb[2] > rgb[0], 'the other camera\'s picture');
      await limn.page.click('#camera');
      await limn.until('the camera to stop', (state) => state.mode === 'empty');
      await limn.page.click('#camera');
      await pictures(limn);
      const again = await look(limn);
      assert.deepEqual([again.asked, again.live], [['user', 'environment', 'environment'], [false, false, true]]);
      await limn.page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
      assert.deepEqual((await look(limn)).live, [false, false, false], 'nobody films behind a hidden page');
      assert.equal((await limn.messages()).status.code, 'camera-hidden');
      await limn.close();
    });

    test('with one camera there is nothing to turn to', async () => {
      const limn = await at.open({ ...CPU, size: '64' }, {
        beforeLoad: () => {
          const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
          navigator.mediaDevices.enumerateDevices = async () => (await list()).filter(({ kind }, i, all) => kind === 'videoinput' && all.findIndex((d) => d.kind === kind) === i);
        },
      });
      await limn.ready();
      await limn.page.click('#camera');
      await pictures(limn);
      assert.equal(await limn.page.evaluate(() => document.getElementById('turn').checkVisibility()), false);
      await limn.close();
    });

    test('refused, missing, busy, unplugged, insecure: each is told, with what to do', async () => {
      const limn = await at.open({ ...CPU, size: '64' }, { beforeLoad: brokenCamera });
      await limn.ready();
      const texts = new Set();
      for (const [error, code] of [
        ['NotAllowedError', 'camera-denied'], ['NotFoundError', 'camera-none'], ['OverconstrainedError', 'camera-none'],
        ['NotReadableError', 'camera-busy'], ['AbortError', 'camera-busy'], ['TypeError', 'camera-failed'],
      ]) {
        await limn.page.evaluate((wanted) => (window.cameraError = wanted), error);
        await limn.page.click('#camera');
        texts.add(await limn.error(code));
        assert.equal(await limn.page.evaluate(() => document.getElementById('camera').getAttribute('aria-pressed')), 'false');
      }
      await limn.page.evaluate(() => {
        Object.defineProperty(navigator, 'mediaDevices', { value: undefined });
        Object.defineProperty(window, 'isSecureContext', { value: false });
      });
      await limn.page.click('#camera');
      texts.add(await limn.error('camera-insecure'));
      assert.equal(texts.size, 5);
      for (const text of texts) assert.match(text, /choose a photo|try again/i, 'what to do');
      assertPainted(await limn.paintPhoto(at.site.photoFile), at.site.photo);
      await limn.close();

      const unplugged = await at.open({ ...CPU, size: '64' });
      await unplugged.ready();
      await unplugged.page.click('#camera');
      await pictures(unplugged);
      await unplugged.page.evaluate(() => document.getElementById('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended')));
      assert.match(await unplugged.error('camera-ended'), /connect/i);
      assert.equal((await unplugged.state()).mode, 'empty');
      await unplugged.close();
    });

    test('on phones, the system\'s camera takes a photo', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const { accept, capture, shown } = await limn.page.evaluate(() => {
        const input = document.getElementById('snap');
        return { accept: input.accept, capture: input.getAttribute('capture'), shown: input.checkVisibility() };
      });
      assert.deepEqual([accept, capture], ['image/*', 'user']);
      assert.equal(shown, await limn.page.evaluate(() => matchMedia('(pointer: coarse)').matches), 'for fingers only');
      assertPainted(await limn.painting(() => limn.page.upload('#snap', at.site.photoFile)), at.site.photo);
      await limn.close();
    });
  });
}
