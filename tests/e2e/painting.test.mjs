// The page paints: photos as the native program does, live pictures on the GPU, with every browser and both engines.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { stillCamera } from './support/cameras.mjs';
import { CPU, GPU, assertPainted, assertSame, difference, paintNatively } from './support/limn.mjs';
import { drawPhoto } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';

for (const name of BROWSERS) {
  describe(`painting in ${name}`, () => {
    const at = setUp(name);

    for (const [engine, parameters, other, width] of [['gpu', GPU, 'cpu', 16], ['cpu', CPU, 'gpu', 8]]) {
      test(`a photo is painted on the ${engine} as natively, and follows the sliders and the style`, async () => {
        at.site.server.log.length = 0;
        const limn = await at.open(parameters);
        const { engine: used, precision, width: taken } = await limn.ready();
        assert.deepEqual([used, taken], [engine, width]);
        const painted = await limn.paintPhoto(at.site.photoFile);
        assertSame(await limn.original(), at.site.photo);
        assertPainted(painted, at.site.photo);
        assertSame(painted, paintNatively(at.site, at.site.photo, at.site.style(0, width)), precision);

        const fidelity = await limn.painting(() => limn.slide('fidelity', 0.25));
        assertSame(fidelity, paintNatively(at.site, at.site.photo, at.site.style(0, width), { lambda: 100 }), precision);
        const half = await limn.painting(() => limn.slide('strength', 0.5));
        assertSame(half, paintNatively(at.site, at.site.photo, at.site.style(0, width), { lambda: 100, strength: 0.5 }), precision);

        const second = await limn.painting(() => limn.choose('second'));
        assertSame(second, paintNatively(at.site, at.site.photo, at.site.style(1), { lambda: 100, strength: 0.5 }), precision);
        assertPainted(second, half);

        const none = await limn.painting(() => limn.slide('strength', 0));
        assert.ok(difference(none, at.site.photo).max <= 1, 'strength 0 gives the photo back');
        const paths = at.site.server.log.map(({ path }) => path);
        assert.ok(paths.some((path) => path.includes(`limn_${engine}_bg.wasm`)), `the ${engine} engine was fetched`);
        assert.ok(!paths.some((path) => path.includes(`limn_${other}`)), `the ${other} engine was not`);
        await limn.close();
      });

      test(`limn.js used alone paints on the ${engine} at a working size below the photo's`, async () => {
        const limn = await at.open(parameters);
        await limn.ready();
        const { width, height, rgb } = at.site.photo;
        const results = await limn.page.evaluate(async ([options, picture]) => {
          const { Stylizer, init } = await import('./limn/limn.js');
          const image = new ImageData(picture.width, picture.height);
          for (let i = 0; i < picture.width * picture.height; i++) {
            image.data.set([...picture.rgb.slice(3 * i, 3 * i + 3), 255], 4 * i);
          }
          await init(options.engine);
          const stylizer = await Stylizer.create(options);
          await stylizer.loadStyle(await (await fetch('test/first-c8.bpk')).arrayBuffer());
          const own = await stylizer.stylize(image);
          stylizer.setOptions({ workingSize: 48 });
          const full = await stylizer.stylize(image);
          stylizer.setOptions({ lambda: 0.1, strength: 1.5 });
          const repainted = await stylizer.repaint();
          const none = await stylizer.picture().then(() => 'a picture', ({ code }) => code);
          await stylizer.render(image, new OffscreenCanvas(1, 1));
          const live = await stylizer.picture();
          // Where the browser's WebGPU takes no such frame, the library makes a bitmap of it.
          const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
          context.putImageData(image, 0, 0);
          const frame = new VideoFrame(context.canvas, { timestamp: 0 });
          await stylizer.render(frame, new OffscreenCanvas(1, 1));
          frame.close();
          const video = await stylizer.picture();
          const info = stylizer.info();
          const { device } = stylizer;
          device?.destroy();
          const lost = device ? (await stylizer.lost).code : null;
          stylizer.free();
          return { info, none, lost, pictures: [own, full, repainted, live, video].map((result) => Array.from(result.data)) };
        }, [parameters, { width, height, rgb: Array.from(rgb) }]);
        assert.equal(results.info.engine, engine);
        assert.equal(typeof results.info.videoFrames, 'boolean');
        assert.equal(results.lost, engine === 'gpu' ? 'device-lost' : null);
        const [own, full, repainted, live, video] = results.pictures.map((rgba) => ({ width, height, rgb: Uint8Array.from(rgba.filter((_, i) => i % 4 !== 3)) }));
        assertSame(own, paintNatively(at.site, at.site.photo, at.site.style(0, 8)), results.info.precision);
        assertSame(full, paintNatively(at.site, at.site.photo, at.site.style(0, 8), { workingSize: 48 }), results.info.precision);
        const expected = paintNatively(at.site, at.site.photo, at.site.style(0, 8), { workingSize: 48, lambda: 0.1, strength: 1.5 });
        assertSame(repainted, expected, results.info.precision);
        const off = difference(live, expected);
        assert.ok(off.mean < 0.5 && off.max <= 4, `the live frame, by fewer cycles, is off by ${off.mean} in the mean, ${off.max} at most`);
        assert.ok(difference(video, live).mean < 1, `a video frame is painted alike: ${difference(video, live).mean}`);
        assert.equal(results.none, 'bad-image', 'nothing live had been painted before');
        await limn.close();
      });
    }

    test('while a frame is waited for, the browser is made to look whether it is done', async () => {
      const limn = await at.open(CPU);
      const { during, after } = await limn.page.evaluate(async (options) => {
        const { Stylizer, init } = await import('./limn/limn.js');
        await init('gpu');
        const stylizer = await Stylizer.create(options);
        await stylizer.loadStyle(await (await fetch('test/first-c8.bpk')).arrayBuffer());
        stylizer.setOptions({ workingSize: 160 });
        let empty = 0;
        const { submit } = GPUQueue.prototype;
        GPUQueue.prototype.submit = function (buffers) {
          if (buffers.length === 0) empty++;
          return submit.call(this, buffers);
        };
        // A software adapter takes far longer over it than from one look to the next.
        await stylizer.render(new ImageData(160, 160), new OffscreenCanvas(1, 1));
        const during = empty;
        await new Promise((resolve) => setTimeout(resolve, 100));
        stylizer.free();
        return { during, after: empty - during };
      }, GPU);
      assert.ok(during >= 1, 'it looked while the frame was painted');
      assert.equal(after, 0, 'and no longer');
      await limn.close();
    });

    test('the fake camera is painted live on the GPU, and can be saved', async () => {
      const limn = await at.open({ ...GPU, size: '96' });
      await limn.ready();
      await limn.page.click('#camera');
      const { frames } = await limn.until('a first live picture', (state) => state.frames > 0);
      const later = await limn.until('more live pictures', (state) => state.frames >= frames + 3);
      assert.deepEqual([later.mode, later.engine, later.workingSize, later.error], ['camera', 'gpu', 96, null]);
      const painted = await limn.readback();
      const camera = await limn.cameraPicture();
      assert.ok(difference(painted, camera).max > 10, 'the live picture is not the plain one');
      assert.match(await limn.page.evaluate(() => document.getElementById('fps').textContent), /\d/);
      assert.equal(await limn.page.evaluate(() => document.getElementById('engine').dataset.engine), 'gpu');

      const { name: file, bytes } = await limn.page.download(() => limn.page.click('#save-png'));
      assert.match(file, /^limn-untrained-first\b.*\.png$/);
      const saved = await limn.decode(bytes);
      assert.deepEqual([saved.width, saved.height], [camera.width, camera.height]);

      await limn.page.click('#camera');
      await limn.until('the camera to stop', (state) => state.mode === 'empty');
      const live = await limn.page.evaluate(() => document.getElementById('video').srcObject !== null);
      assert.equal(live, false, 'the camera was let go');
      await limn.close();
    });

    for (const [engine, parameters, width] of [['gpu', GPU, 16], ['cpu', CPU, 8]]) test(`a live picture is painted on the ${engine} as natively, and follows the strength`, async () => {
      const limn = await at.open({ ...parameters, size: '64' }, { beforeLoad: stillCamera });
      const { precision } = await limn.ready();
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      const camera = await limn.cameraPicture();
      assert.deepEqual([camera.width, camera.height], [128, 96]);
      const expected = paintNatively(at.site, camera, at.site.style(0, width), { workingSize: 64 });
      assertSame(await limn.readback(), expected, precision);
      assertPainted(expected, camera);
      assertSame(await limn.liveCanvas(name), expected, precision);
      await limn.slide('strength', 0);
      const { frames } = await limn.state();
      await limn.until('pictures at strength 0', (state) => state.frames >= frames + 2);
      assert.ok(difference(await limn.readback(), camera).max <= 1, 'strength 0 shows the camera as it is');
      await limn.close();
    });

    test('a photo is saved as it was painted', async () => {
      const limn = await at.open(GPU);
      await limn.ready();
      const painted = await limn.paintPhoto(at.site.photoFile);
      const { bytes } = await limn.page.download(() => limn.page.click('#save-png'));
      assert.equal(difference(await limn.decode(bytes), painted).max, 0);
      await limn.close();
    });

    test('a lost device and a crash of the engine are got over, and the photo is painted again', async () => {
      const limn = await at.open(GPU);
      await limn.ready();
      const painted = await limn.paintPhoto(at.site.photoFile);
      for (const [index, blow] of ['loseDevice', 'crash'].entries()) {
        const again = await limn.painting(async () => {
          await limn.page.evaluate((what) => window.limn[what](), blow);
          await limn.until('a restart', (state) => state.restarts === index + 1 && state.ready);
        });
        assert.equal(difference(again, painted).max, 0);
      }
      await limn.close();
    });

    test('the shipped default style paints a photo as natively, and the camera', async () => {
      const [entry] = at.site.shipped;
      const limn = await at.open({ ...GPU, styles: 'models/styles.json', size: '64' });
      const { style, precision } = await limn.ready();
      assert.equal(style, entry.name);
      const painted = await limn.paintPhoto(at.site.photoFile);
      const { path, lambda, trained_size: workingSize } = at.site.shippedModel(entry);
      assertSame(painted, paintNatively(at.site, at.site.photo, path, { lambda, workingSize }), precision);
      assertPainted(painted, at.site.photo);
      await limn.page.click('#camera');
      await limn.until('live pictures', (state) => state.frames >= 2);
      assert.ok(difference(await limn.readback(), await limn.cameraPicture()).max > 3);
      await limn.close();
    });
  });
}

test('the drawn photo has the edges and ramps that make a comparison worth it', () => {
  const { rgb } = drawPhoto(97, 75);
  assert.ok(new Set(rgb).size > 100);
});
