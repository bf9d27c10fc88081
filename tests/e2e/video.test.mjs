// Video files: painted while they play, and exported frame by frame with the original's frames, times and sound.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, difference } from './support/limn.mjs';
import { drawPhoto } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';
import { audioPackets, encodeVideo, framesOf, probe } from './support/video.mjs';

/** B-frames, so that frames lie in another order than they are shown in. */
const MP4 = { ending: 'mp4', codec: 'libx264', sound: 'aac', options: ['-bf', '2', '-crf', '12'] };
const WEBM = { ending: 'webm', codec: 'libvpx-vp9', sound: 'libopus', options: ['-crf', '12', '-b:v', '0', '-cpu-used', '8'] };

for (const name of BROWSERS) {
  describe(`video files in ${name}`, () => {
    const at = setUp(name);

    /** Writes a file for the page to open. */
    function file(label, bytes) {
      const path = join(at.site.folder, label);
      writeFileSync(path, bytes);
      return path;
    }

    /** Opens the page with a video on stage. */
    async function openVideo(path, how) {
      const limn = await at.open({ ...CPU, size: '64' }, how);
      await limn.ready();
      const { frames } = await limn.state();
      await limn.openPhoto(path);
      await limn.until('a painted video', (state) => state.mode === 'video' && state.frames > frames);
      return limn;
    }

    const player = (limn) => limn.page.evaluate(() => {
      const { paused, currentTime, loop, muted } = document.getElementById('film');
      return { paused, currentTime, loop, muted, shown: document.getElementById('player').checkVisibility() };
    });
    const kept = (limn) => limn.page.evaluate(() => document.querySelectorAll('#shelf-list button').length);
    const exporting = (limn) => limn.page.evaluate(() => document.getElementById('exporting')?.open ?? false);

    /** Exports, at a strength, what is on stage. */
    async function exported(limn, strength) {
      await limn.slide('strength', strength);
      return limn.page.download(() => limn.page.press('e'));
    }

    test('a video plays painted, and keys and slider move it', async () => {
      const limn = await openVideo(file('playing.mp4', encodeVideo(drawPhoto(96, 72), MP4)));
      assert.deepEqual({ ...(await player(limn)), currentTime: 0, paused: false }, { paused: false, currentTime: 0, loop: true, muted: true, shown: true });
      const { frames } = await limn.state();
      await limn.until('more pictures', (state) => state.frames >= frames + 3);
      if (!(await player(limn)).paused) await limn.page.press('p');
      assert.equal((await player(limn)).paused, true);
      await sleep(300);
      const seek = async (seconds) => {
        const before = (await limn.state()).frames;
        await limn.slide('seek', seconds);
        await limn.until('the picture there', (state) => state.frames > before);
        await sleep(300);
        return limn.readback();
      };
      const early = await seek(0.05);
      const late = await seek(0.95);
      assert.ok(difference(early, late).mean > 3, 'another picture');
      await limn.slide('strength', 0);
      for (let i = 0; i < 100 && difference(await limn.readback(), late).max === 0; i++) await sleep(100);
      assert.ok(difference(await limn.readback(), late).mean > 0.5, 'the sliders act on a paused video');
      await limn.page.press('l');
      await limn.page.press('u');
      const { loop, muted } = await player(limn);
      assert.deepEqual({ loop, muted }, { loop: false, muted: false });
      await limn.page.click('#camera');
      await limn.until('the camera in its place', (state) => state.mode === 'camera');
      assert.equal(await limn.page.evaluate(() => document.getElementById('film')), null);
      await limn.close();
    });

    for (const [what, clip, [width, height], container] of [
      ['an MP4 with B-frames and AAC', MP4, [96, 72], /mp4/],
      ['a WebM of odd size with Opus', WEBM, [97, 75], /webm/],
    ]) {
      test(`${what} is exported frame by frame`, async () => {
        const source = encodeVideo(drawPhoto(width, height), clip);
        const original = { ...probe(source), frames: framesOf(source) };
        assert.equal(original.times.length, 11, 'one of twelve frames was left out');
        const limn = await openVideo(file(`clip.${clip.ending}`, source));
        const { name: saved, bytes } = await exported(limn, 0);
        assert.match(saved, new RegExp(`^limn-untrained-first\\b.*\\.${clip.ending}$`));
        const plain = { ...probe(bytes), frames: framesOf(bytes) };
        assert.match(plain.container, container);
        assert.deepEqual([plain.video.width, plain.video.height], [width, height]);
        assert.equal(plain.times.length, original.times.length, 'as many frames');
        plain.times.forEach((time, i) => {
          assert.ok(Math.abs(time - original.times[i]) < 0.0011, `frame ${i} at ${time} s, not ${original.times[i]} s`);
        });
        // But for what lies before the beginning, which only warms a decoder up.
        const [heard, all] = [audioPackets(bytes), audioPackets(source)];
        assert.ok(all.length - heard.length <= 1, `${heard.length} of ${all.length} packets of sound`);
        assert.deepEqual(heard, all.slice(all.length - heard.length), 'the sound, packet by packet');
        assert.doesNotMatch(JSON.stringify(plain.tags), /Secret|52\.5/, 'tags stay behind');
        const losses = plain.frames.map((frame, i) => difference(frame, original.frames[i]).mean);
        assert.ok(Math.max(...losses) < 6, `at strength 0 each frame is the original's: ${losses.map((loss) => loss.toFixed(1))}`);
        await limn.until('the paused picture again', () => limn.readback().then(() => true, () => false), 20_000);
        assert.ok(difference(await limn.readback(), await limn.cameraPicture('film')).mean < 3, 'not the last one exported');

        const { bytes: strong } = await exported(limn, 1.5);
        const painted = framesOf(strong);
        assert.equal(painted.length, original.times.length);
        painted.forEach((frame, i) => {
          const change = difference(frame, plain.frames[i]).mean;
          assert.ok(change > 2, `frame ${i} is painted: ${change.toFixed(1)}/255`);
        });
        assert.equal(await kept(limn), 2);
        assert.equal((await limn.state()).error, null);
        await limn.close();
      });
    }

    /** Begins an export and waits until frames have been painted. */
    async function beginExport(limn) {
      await limn.page.click('#export');
      for (let i = 0; i < 600; i++, await sleep(50)) {
        if (/\d/.test(await limn.page.evaluate(() => document.getElementById('export-told')?.textContent ?? ''))) break;
      }
      assert.equal(await exporting(limn), true);
    }

    test('an export whose engine crashes begins again with a new one, and is whole', async () => {
      const source = encodeVideo(drawPhoto(320, 240), { ...MP4, count: 240, sound: null });
      const limn = await openVideo(file('crashed.mp4', source));
      const { bytes } = await limn.page.download(async () => {
        await beginExport(limn);
        await limn.page.evaluate(() => window.limn.crash());
      });
      assert.equal(probe(bytes).times.length, 239, 'every frame, once');
      const { restarts, error } = await limn.state();
      assert.deepEqual({ restarts, error }, { restarts: 1, error: null });
      await limn.close();
    });

    test('a video that is damaged midway is told', async () => {
      const source = encodeVideo(drawPhoto(320, 240), { ...MP4, count: 40, sound: null });
      // The pictures begin near the front, their index lies at the end.
      source.fill(0xff, Math.trunc(source.length * 0.4), Math.trunc(source.length * 0.5));
      const path = file('damaged.mp4', source);
      if (name === 'firefox') {
        // Its player looks further ahead than the clip is long, and gives up.
        const limn = await at.open({ ...CPU, size: '64' });
        await limn.ready();
        await limn.openPhoto(path);
        await limn.error('video-damaged');
        return limn.close();
      }
      // Paused: playing, it would come to the damage by itself.
      const limn = await openVideo(path, {
        beforeLoad: () => {
          HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('not now', 'NotAllowedError'));
        },
      });
      assert.equal((await player(limn)).paused, true);
      await limn.page.click('#export');
      await limn.error('video-damaged');
      assert.deepEqual([await exporting(limn), await kept(limn), (await limn.state()).mode], [false, 0, 'video'], 'it can still be played');
      await limn.close();
    });

    for (const [code, script, from, to] of [
      ['video-long', 'media/video-export.js', 'LARGEST = 1.2e9', 'LARGEST = 1e3'],
      ['export-failed', 'media/video-export.js', 'await output.start()', 'throw new TypeError("no")'],
      ['export-interrupted', 'media/video-export.js', 'await output.start()', 'throw new LimnError("device-lost")'],
      ['record-unsupported', 'media/mediabunny.js', 'return await import', 'return await null.missing'],
    ]) {
      test(`an export that cannot be done is told: ${code}`, async () => {
        const mend = at.site.server.breakFile(script, (body) => {
          assert.ok(body.includes(from), `${script} has changed`);
          return String(body).replace(from, to);
        });
        try {
          const limn = await openVideo(file('told.mp4', encodeVideo(drawPhoto(96, 72), MP4)));
          if (code === 'record-unsupported') await limn.page.evaluate(() => delete window.MediaRecorder);
          await limn.page.click('#export');
          if (code === 'export-interrupted') {
            // The status line belongs to the engine; the dialog stays and tells.
            const told = () => limn.page.evaluate(() => document.getElementById('export-told')?.textContent ?? '');
            for (let i = 0; i < 200 && !/engine/.test(await told()); i++) await sleep(50);
            assert.match(await told(), /engine/);
            assert.equal(await exporting(limn), true);
          } else {
            await limn.error(code);
            assert.equal(await exporting(limn), false);
          }
          assert.equal(await kept(limn), 0);
          await limn.close();
        } finally {
          mend();
        }
      });
    }

    test('an export can be cancelled', async () => {
      const limn = await openVideo(file('cancelled.mp4', encodeVideo(drawPhoto(320, 240), { ...MP4, count: 60, sound: null })));
      await beginExport(limn);
      await limn.page.press('Escape');
      for (let i = 0; i < 600 && !/cancelled/.test((await limn.messages()).status.text); i++) await sleep(50);
      assert.match((await limn.messages()).status.text, /cancelled/);
      assert.deepEqual([await exporting(limn), await kept(limn)], [false, 0]);
      await limn.close();
    });

    test('without the library, the video is recorded in real time', async () => {
      const mend = at.site.server.breakFile('vendor/mediabunny.js', '404');
      const limn = await openVideo(file('live.webm', encodeVideo(drawPhoto(96, 72), { ...WEBM, count: 20 })));
      // Somebody reads another tab meanwhile.
      await limn.page.evaluate(() => (document.hasFocus = () => false));
      const { bytes } = await limn.page.download(() => limn.page.click('#export'));
      const title = () => limn.page.evaluate(() => document.title);
      for (let i = 0; i < 100 && !(await title()).startsWith('✓'); i++) await sleep(50);
      assert.equal(await title(), '✓ Done · Limn');
      await limn.page.evaluate(() => dispatchEvent(new Event('focus')));
      assert.equal(await title(), 'Limn: paint your portrait');
      const { times, video } = probe(bytes);
      assert.ok(times.length >= 2 && video.width >= 64, `${times.length} frames of ${video.width} pixels`);
      assert.match((await limn.messages()).status.text, /real time/);
      mend();
      await limn.close();
    });

    test('files that are no videos, or damaged ones, are told, and what is on stage stays', async () => {
      const limn = await openVideo(file('good.webm', encodeVideo(drawPhoto(96, 72), WEBM)));
      const sound = encodeVideo(drawPhoto(96, 72), { ...WEBM, codec: null, options: [] });
      for (const [label, bytes, code] of [
        ['letter.mp4', 'This is a letter, whatever its name says.\n', 'video-unreadable'],
        ['empty.webm', '', 'photo-empty'],
        ['song.webm', sound, 'video-blind'],
      ]) {
        await limn.openPhoto(file(label, bytes));
        await limn.error(code);
        assert.equal((await limn.state()).mode, 'video', label);
      }
      await limn.close();
    });
  });
}
