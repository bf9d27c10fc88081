// The conversion of painted pixels for video encoders, which needs no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toI420 } from '../../www/media/yuv.js';

test('pure colours become the codes that BT.709 gives them in limited range', () => {
  for (const [rgb, yuv] of [
    [[255, 255, 255], [235, 128, 128]],
    [[0, 0, 0], [16, 128, 128]],
    [[255, 0, 0], [63, 102, 240]],
    [[0, 255, 0], [173, 42, 26]],
    [[0, 0, 255], [32, 240, 118]],
  ]) {
    assert.deepEqual(Array.from(toI420(new Uint8ClampedArray([...rgb, 255]), 1, 1)), yuv);
  }
});

test('planes of odd pictures: each pixel has its luma, squares share their colour, edges count twice', () => {
  const [width, height] = [5, 3];
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  const set = (x, y, ...rgb) => rgba.set(rgb, 4 * (y * width + x));
  set(4, 2, 255, 0, 0);
  set(0, 0, 0, 0, 0);
  const planes = toI420(rgba, width, height);
  assert.equal(planes.length, 15 + 2 * 6);
  assert.deepEqual([planes[0], planes[1], planes[14]], [16, 235, 63]);
  const [cb, cr] = [planes.subarray(15, 21), planes.subarray(21)];
  assert.deepEqual(Array.from(cr), [128, 128, 128, 128, 128, 240], 'the corner has a square of its own');
  assert.deepEqual(Array.from(cb), [128, 128, 128, 128, 128, 102]);
});
