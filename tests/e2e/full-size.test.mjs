// Large photos: shown small, saved whole, and alike. Rows, progress, cancelling, and what of a photo's file does not come out
// again.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, GPU, assertSame, difference, paintFileNatively } from './support/limn.mjs';
import { decodePng, drawPhoto, encodePng, jpegSegments, pngChunks, withExif } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';

/** Software computes these; so each browser takes one engine: the one it is quicker at. */
const LARGE = { chromium: { engine: CPU, width: 8 }, firefox: { engine: GPU, width: 16 } };
/** 12 megapixels. */
const SIZE = [4000, 3000];
const MINUTES = 60_000;
/** How far, in units of 1/255, what is saved may be from what is shown, once it is as small. */
const ALIKE = 2;

/** Keeps every value that the progress bar takes. */
function watchBar() {
  window.shares = [];
  addEventListener('DOMContentLoaded', () => {
    const bar = document.getElementById('job-bar');
    new MutationObserver(() => window.shares.push(bar.value)).observe(bar, { attributes: true, attributeFilter: ['value'] });
  });
}

const told = (limn, code) => limn.page.evaluate((wanted) => document.getElementById('status').dataset.code === wanted, code);
const working = (limn) => limn.page.evaluate(() => document.getElementById('job').checkVisibility());

async function eventually(what, wanted, patience = 15 * MINUTES) {
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (await wanted()) return;
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Clicks, and waits until the long job that follows is over; resolves to the file. */
function save(limn, button) {
  return limn.page.download(async () => {
    await limn.page.click(button);
    await eventually('the job to end', async () => !(await working(limn)));
  });
}

/** A picture with each of its pixels `factor` × `factor` times. */
function enlarged({ width, height, rgb }, factor) {
  const large = new Uint8Array(rgb.length * factor * factor);
  for (let y = 0, to = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++, to += 3) {
      const from = 3 * (Math.floor(y / factor) * width + Math.floor(x / factor));
      large.set(rgb.subarray(from, from + 3), to);
    }
  }
  return { width: width * factor, height: height * factor, rgb: large };
}

/** And back: the mean of each square of `factor` × `factor` pixels. */
function reduced({ width, height, rgb }, factor) {
  const small = { width: width / factor, height: height / factor };
  const sums = new Float64Array(3 * small.width * small.height);
  rgb.forEach((value, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    sums[3 * (Math.floor(y / factor) * small.width + Math.floor(x / factor)) + (i % 3)] += value;
  });
  return { ...small, rgb: sums.map((sum) => sum / factor ** 2) };
}

/** A JPEG of a picture, by the browser. */
async function encodeJpeg(limn, picture) {
  const base64 = await limn.page.evaluate(async (png) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const { rgba } = await window.packPixels({ width: 0, height: 0, data: await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer() });
    return rgba;
  }, encodePng(picture).toString('base64'));
  return Buffer.from(base64, 'base64');
}

for (const name of BROWSERS) {
  describe(`full size in ${name}`, () => {
    const at = setUp(name);
    const { engine, width: network } = LARGE[name];

    /** Makes painting a band of rows take a while, so that there is something to cancel. Returns what mends it. */
    const slowRows = () => at.site.server.breakFile('media/full-size.js', (body) => {
      const paint = 'context.putImageData(recolour ? recolour(image) : image, 0, y)';
      assert.ok(body.includes(`=> ${paint}`), 'full-size.js has changed');
      return String(body).replace(paint, `new Promise((go) => setTimeout(go, 100)).then(() => ${paint})`);
    });

    test('a photo of 12 megapixels is saved at its full size as natively, with progress, and saving can be cancelled', async () => {
      const photo = drawPhoto(...SIZE);
      const file = join(at.site.folder, 'large.png');
      writeFileSync(file, encodePng(photo));
      const mend = slowRows();
      const limn = await at.open(engine, { beforeLoad: watchBar });
      assert.equal((await limn.ready()).workingSize, at.site.trainedSize, 'the size at which the style was learnt');
      await limn.openPhoto(file);
      await limn.until('the photo on show', (state) => state.photoPainted > 0 && !state.busy, 15 * MINUTES);
      const shown = await limn.readback();
      assert.deepEqual([shown.width, shown.height], [2048, 1536]);
      const { status } = await limn.messages();
      assert.match(status.text, /4000 × 3000/, 'the visitor is told');

      await limn.page.click('#save');
      await eventually('some progress', () => limn.page.evaluate(() => window.shares.some((share) => share > 0)));
      assert.equal(await limn.page.evaluate(() => document.getElementById('save').disabled), true, 'one at a time');
      await limn.page.click('#job-cancel');
      await eventually('the end', () => told(limn, 'cancelled'));
      assert.equal(await working(limn), false);
      await limn.page.evaluate(() => (window.shares.length = 0));

      const { name: saved, bytes } = await save(limn, '#save-png');
      assert.match(saved, /^limn-untrained-first\b.*\.png$/);
      const shares = await limn.page.evaluate(() => window.shares);
      assert.ok(shares.length > 12 && shares.at(-1) === 1, `the bar moves: ${shares}`);
      assert.ok(shares.every((share, i) => i === 0 || share >= shares[i - 1]), 'and never back');
      const picture = decodePng(bytes);
      assert.deepEqual([picture.width, picture.height], SIZE);
      mend();
      assertSame(picture, paintFileNatively(at.site, file, at.site.style(0, network)));
      const small = await limn.decodeAsShown(bytes);
      const [apart, painted] = [difference(small, shown).mean, difference(shown, await limn.original()).mean];
      assert.ok(apart <= ALIKE, `what is saved is what is shown: ${apart.toFixed(2)}/255 apart`);
      assert.ok(painted > 2 * apart && painted > 0.5, `and that is painted: ${painted.toFixed(2)}/255`);
      assert.equal(difference(await limn.readback(), shown).max, 0, 'what is on show stays');
      assert.equal((await limn.state()).restarts, 0);
      await limn.close();
    });

    test('with a large brush, too, what is saved is what is shown', async () => {
      const file = join(at.site.folder, 'brush.png');
      writeFileSync(file, encodePng(drawPhoto(2800, 2100)));
      const limn = await at.open(CPU);
      await limn.ready();
      const fine = await limn.paintPhoto(file);
      const shown = await limn.painting(() => limn.slide('brush', 1));
      const { bytes } = await save(limn, '#save-png');
      const small = await limn.decodeAsShown(bytes);
      const [apart, other] = [difference(small, shown).mean, difference(small, fine).mean];
      assert.ok(apart <= ALIKE && apart < other / 2, `${apart.toFixed(2)}/255 apart, ${other.toFixed(2)}/255 from another brush`);
      await limn.close();
    });

    test('a picture and its enlargements are painted alike', async () => {
      const limn = await at.open(engine);
      await limn.ready();
      const photo = drawPhoto(128, 96);
      const painted = [];
      for (const factor of [1, 2, 4, 12]) {
        const large = enlarged(photo, factor);
        const file = join(at.site.folder, `enlarged-${factor}.png`);
        writeFileSync(file, encodePng(large));
        const picture = await limn.paintPhoto(file);
        assert.deepEqual([picture.width, picture.height], [128 * factor, 96 * factor]);
        painted.push({ factor, change: difference(picture, large).mean, back: reduced(picture, factor) });
      }
      const [{ change, back }, ...others] = painted;
      assert.ok(change > 2, `the style changes the picture: ${change.toFixed(1)}/255`);
      for (const { factor, change: other, back: again } of others) {
        const apart = difference(again, back).mean;
        assert.ok(apart <= ALIKE, `${factor} times: ${apart.toFixed(2)}/255 apart`);
        assert.ok(Math.abs(other / change - 1) <= 0.1, `${factor} times: changed by ${other.toFixed(2)}, not ${change.toFixed(2)}`);
      }
      await limn.close();
    });

    test('a photo comes out upright, and nothing of its Exif block with it', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      for (const [what, size] of [['shown whole', [120, 80]], ['saved in rows', [2400, 600]]]) {
        const drawn = drawPhoto(...size);
        // Orientation 6: the camera was held upright, a quarter turned to the right.
        const photo = withExif(await encodeJpeg(limn, drawn), 6);
        assert.ok(jpegSegments(photo).some(({ marker, data }) => marker === 0xe1 && data.includes('A camera')));
        const file = join(at.site.folder, 'turned.jpg');
        writeFileSync(file, photo);
        await limn.paintPhoto(file);

        const { bytes: jpeg } = await save(limn, '#save');
        const { bytes: png } = await save(limn, '#save-png');
        const painted = decodePng(png);
        assert.deepEqual([painted.width, painted.height], [...size].reverse(), what);
        // The dark corner of the drawing is at its bottom right; after the turn, at the bottom left.
        const red = (x, y) => painted.rgb[(y * painted.width + x) * 3];
        assert.ok(red(2, painted.height - 3) < red(2, 2) - 20, what);
        for (const { marker, data } of jpegSegments(jpeg)) {
          assert.ok(marker < 0xe1 || marker > 0xef || data.includes('ICC_PROFILE'), `${what}: segment ${marker.toString(16)}`);
        }
        // deBG is what Firefox's encoder writes into every PNG of a canvas.
        const others = pngChunks(png).map(({ type }) => type).filter((type) => !['IHDR', 'IDAT', 'IEND', 'sRGB', 'sBIT', 'iCCP', 'cICP', 'deBG'].includes(type));
        assert.deepEqual(others, [], what);
        for (const bytes of [jpeg, png]) assert.ok(!bytes.includes('A camera') && !bytes.includes('Exif'), what);
      }
      await limn.close();
    });

    test('a photo is saved although the engine is lost on the way', async () => {
      const photo = drawPhoto(2400, 600);
      const file = join(at.site.folder, 'lost.png');
      writeFileSync(file, encodePng(photo));
      const mend = slowRows();
      const limn = await at.open(CPU, { beforeLoad: watchBar });
      await limn.ready();
      await limn.paintPhoto(file);
      const { bytes } = await limn.page.download(async () => {
        await limn.page.click('#save-png');
        await eventually('some progress', () => limn.page.evaluate(() => window.shares.some((share) => share > 0)));
        await limn.page.evaluate(() => window.limn.crash());
        await limn.until('a restart', ({ restarts, ready }) => restarts === 1 && ready);
        await eventually('the job to end', async () => !(await working(limn)));
      });
      mend();
      const picture = decodePng(bytes);
      assert.deepEqual([picture.width, picture.height], [2400, 600]);
      assert.ok(difference(picture, photo).max > 3, 'it is painted');
      await limn.close();
    });

    test('where memory runs out, that is told, and the page goes on', async () => {
      const mend = at.site.server.breakFile('media/full-size.js', (body) =>
        String(body).replace('await stylizer.stylizeRows(', 'throw Object.assign(new Error("none left"), { code: "out-of-memory" });\n  await stylizer.stylizeRows('));
      const limn = await at.open(CPU);
      await limn.ready();
      const file = join(at.site.folder, 'memory.png');
      writeFileSync(file, encodePng(drawPhoto(2400, 600)));
      await limn.paintPhoto(file);
      await limn.page.click('#save-png');
      await limn.error('out-of-memory');
      mend();
      assert.equal(await working(limn), false);
      await limn.paintPhoto(at.site.photoFile);
      await limn.close();
    });

    test('a photo that is too large for the browser is refused with words', async () => {
      const limn = await at.open(CPU);
      await limn.ready();
      const file = join(at.site.folder, 'wide.png');
      // Chromium decodes more than it makes canvases for; Firefox decodes no more than that.
      writeFileSync(file, encodePng(drawPhoto(70_000, 2)));
      await limn.openPhoto(file);
      if (name === 'firefox') {
        assert.match(await limn.error('photo-too-large'), /70000 × 2/);
      } else {
        await limn.until('the photo on show', (state) => state.photoPainted > 0 && !state.busy);
        await limn.page.click('#save-png');
        assert.match(await limn.error('canvas-too-large'), /70000×2/);
        assert.equal(await working(limn), false);
      }
      await limn.close();
    });

    for (const parameters of [CPU, GPU]) {
      test(`limn.js used alone paints in rows on the ${parameters.engine} what it paints whole`, async () => {
        const limn = await at.open(parameters);
        await limn.ready();
        const result = await limn.page.evaluate(async (options) => {
          const { Stylizer } = await import('./limn/limn.js');
          const [width, height] = [83, 611];
          const canvas = new OffscreenCanvas(width, height);
          const context = canvas.getContext('2d', { willReadFrequently: true });
          const ramp = context.createLinearGradient(0, 0, width, height);
          ramp.addColorStop(0, '#d8a078');
          ramp.addColorStop(1, '#405c98');
          context.fillStyle = ramp;
          context.fillRect(0, 0, width, height);
          context.fillStyle = '#203040';
          for (let i = 0; i < 40; i++) context.fillRect((i * 53) % width, (i * 31) % height, 19, 13);
          const image = context.getImageData(0, 0, width, height);
          const bitmap = await createImageBitmap(image);

          const stylizer = await Stylizer.create(options);
          const style = (file) => fetch(`test/${file}`).then((response) => response.arrayBuffer());
          await stylizer.loadStyle(await style('first-c8.bpk'));
          await stylizer.loadStyle(await style('second-c8.bpk'), undefined, 'second');
          stylizer.setOptions({ workingSize: 48, lambda: 1, mix: 0.3, strength: 1.2 });
          const whole = await stylizer.stylize(image);
          const compare = (picture) => {
            let max = 0;
            for (let i = 0; i < whole.data.length; i++) max = Math.max(max, Math.abs(whole.data[i] - picture.data[i]));
            return max;
          };
          const differences = {};
          // Sources are read alike on both engines, and software takes half a minute for each on the GPU's.
          const sources = options.engine === 'gpu' ? { canvas } : { image, bitmap, canvas };
          for (const [name, source] of Object.entries(sources)) {
            const target = new OffscreenCanvas(width, height).getContext('2d');
            const shares = [];
            const bands = [];
            const painting = stylizer.stylizeRows(source, {
              onRows: ({ y, image: rows }) => {
                bands.push([y, rows.width, rows.height]);
                (name === 'canvas' ? context : target).putImageData(rows, 0, y);
              },
              onProgress: (share) => shares.push(share),
            });
            // What comes after the call does not change it.
            stylizer.setOptions({ strength: 0 });
            const plain = await stylizer.repaint();
            await painting;
            stylizer.setOptions({ strength: 1.2 });
            const picture = (name === 'canvas' ? context : target).getImageData(0, 0, width, height);
            const rising = shares.every((share, i) => i === 0 || share >= shares[i - 1]) && shares.at(-1) === 1;
            differences[name] = { max: compare(picture), bands, rising, plain: compare(plain) > 3 };
          }
          const controller = new AbortController();
          let after = 0;
          const cancelled = await stylizer.stylizeRows(image, {
            signal: controller.signal,
            onRows: () => { controller.abort(); after++; },
          }).catch((error) => error.code);
          const refusals = [cancelled, after];
          refusals.push(await stylizer.stylizeRows(new OffscreenCanvas(0, 5), { onRows() {} }).catch((error) => error.code));
          await stylizer.dropSecondStyle();
          const alone = compare(await stylizer.stylize(image)) > 0;
          stylizer.free();
          return { differences, refusals, alone };
        }, parameters);
        for (const [source, { max, bands, rising, plain }] of Object.entries(result.differences)) {
          assert.ok(max <= 1 && rising && plain, `${source}: ${JSON.stringify({ max, rising, plain })}`);
          assert.deepEqual(bands, [[0, 83, 256], [256, 83, 256], [512, 83, 99]], source);
        }
        assert.deepEqual(result.refusals, ['cancelled', 1, 'bad-image']);
        assert.ok(result.alone, 'without the second style it is another picture');
        await limn.close();
      });
    }
  });
}
