// Whatever a visitor opens: a picture that can be painted is, and any other file gets a sentence about what is wrong with
// it and what to do.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from '../../www/media/picture-file.js';
import { BROWSERS } from './support/browsers.mjs';
import { CPU, assertPainted, assertSame, difference } from './support/limn.mjs';
import { drawPhoto, encodeGif, encodePng } from './support/pictures.mjs';
import { setUp } from './support/set-up.mjs';

const PHOTO = drawPhoto(97, 75);
const latin = (text) => Buffer.from(text, 'latin1');
const box = (brand) => Buffer.concat([latin('\0\0\0\x18ftyp'), latin(brand), latin('\0\0\0\0mif1'), latin('no pictures here')]);

const OTHER = { ...PHOTO, rgb: PHOTO.rgb.map((value) => 255 - value) };
const GREYS = [(x, y) => x + y, (x, y) => 127 - x - y];

/** The header of a PNG of this size, without pixels. */
function claimPng(width, height) {
  const png = encodePng(drawPhoto(4, 4));
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  return png;
}

function webp(chunk, bytes) {
  return Buffer.concat([latin('RIFF\0\0\0\0WEBP'), latin(chunk), Buffer.from([bytes.length, 0, 0, 0]), Buffer.from(bytes)]);
}

test('a file\'s first bytes tell format, size and animation', async () => {
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc2, 0, 11, 8, 2, 88, 3, 32, 1, 1, 0x11, 0]);
  for (const [name, bytes, expected] of [
    ['PNG', encodePng(PHOTO), ['png', 97, 75, false]],
    ['animated PNG', encodePng(PHOTO, OTHER), ['png', 97, 75, true]],
    ['JPEG', jpeg, ['jpeg', 800, 600, false]],
    ['GIF', encodeGif(20, 10, GREYS.slice(0, 1)), ['gif', 20, 10, false]],
    ['animated GIF', encodeGif(20, 10, GREYS), ['gif', 20, 10, true]],
    ['WebP', webp('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0]), ['webp', 320, 240, false]],
    ['lossless WebP', webp('VP8L', [0x2f, 0x3f, 0xc1, 0x3b, 0]), ['webp', 320, 240, false]],
    ['animated WebP', webp('VP8X', [2, 0, 0, 0, 0x3f, 1, 0, 0xef, 0, 0, 0]), ['webp', 320, 240, true]],
    ['AVIF', box('avif'), ['avif', 0, 0, false]],
    ['AVIF sequence', box('avis'), ['avif', 0, 0, true]],
    ['HEIC', box('heic'), ['heic', 0, 0, false]],
    ['TIFF', latin('II*\0\b\0\0\0'), ['tiff', 0, 0, false]],
    ['SVG', latin('<?xml version="1.0"?><svg/>'), ['svg', 0, 0, false]],
    ['text', latin('Dear reader,'), ['unknown', 0, 0, false]],
    ['nothing', latin(''), ['unknown', 0, 0, false]],
  ]) {
    const { format, width, height, animated } = await inspect(new Blob([bytes]));
    assert.deepEqual([format, width, height, animated], expected, name);
    // However short it is cut, it is inspected.
    for (let length = 0; length < Math.min(bytes.length, 64); length++) await inspect(new Blob([bytes.subarray(0, length)]));
  }
});

for (const name of BROWSERS) {
  describe(`files in ${name}`, () => {
    const at = setUp(name);
    const write = (file, bytes) => {
      const path = join(at.site.folder, file);
      writeFileSync(path, bytes);
      return path;
    };

    test('of an animation the first picture is painted, and the page says so', async () => {
      const limn = await at.open({ ...CPU, lang: 'en' });
      await limn.ready();
      const first = { width: 60, height: 40, rgb: new Uint8Array(7200).map((_, i) => 2 * GREYS[0](Math.floor(i / 3) % 60, Math.floor(i / 180))) };
      assertPainted(await limn.paintPhoto(write('moving.gif', encodeGif(60, 40, GREYS))), first);
      assert.ok(difference(await limn.original(), first).max <= 1, 'it is the first picture');
      assert.match((await limn.messages()).status.text, /animation/);
      await limn.paintPhoto(write('moving.png', encodePng(PHOTO, OTHER)));
      assertSame(await limn.original(), PHOTO);
      assert.match((await limn.messages()).status.text, /animation/);
      await limn.paintPhoto(write('still.gif', encodeGif(60, 40, GREYS.slice(0, 1))));
      assert.doesNotMatch((await limn.messages()).status.text, /animation/);
      await limn.close();
    });

    test('files that cannot be painted each get their own words, and the picture before stays', async () => {
      const limn = await at.open({ ...CPU, lang: 'en' });
      await limn.ready();
      const before = await limn.paintPhoto(at.site.photoFile);
      // Nothing follows its head: of what is garbled further on, Firefox paints what it can.
      const damaged = encodePng(PHOTO).subarray(0, 40);
      const said = new Set();
      for (const [file, bytes, code, words] of [
        ['damaged.png', damaged, 'photo-corrupt', /damaged/],
        ['phone.heic', box('heic'), 'photo-heic', /JPEG/],
        ['scan.tif', latin('II*\0\b\0\0\0\0\0'), 'photo-format', /TIFF/],
        ['huge.png', claimPng(40_000, 30_000), 'photo-too-large', /40000 × 30000/],
        ['large.png', claimPng(16_000, 16_000), 'photo-memory', /memory/],
        ['empty.jpg', '', 'photo-empty', /empty/],
        ['letter.jpg', 'Dear reader,', 'photo-unreadable', /not a picture/],
      ]) {
        await limn.openPhoto(write(file, bytes));
        const text = await limn.error(code);
        assert.match(text, words, file);
        said.add(text);
        assert.equal(difference(await limn.readback(), before).max, 0, 'the picture before stays');
      }
      assert.equal(said.size, 7);
      await limn.close();
    });
  });
}
