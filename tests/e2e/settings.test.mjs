// What the engine is given of the visitor's settings, and how a large photo is cut into bands.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BRUSHES, DEFAULTS, brushed, paintOptions } from '../../www/engine/settings.js';
import { PhotoReader } from '../../www/limn/pixel-reader.js';

test('the engine gets every setting but those that the page turns into others', () => {
  const model = { lambda: 25 };
  assert.deepEqual(paintOptions(DEFAULTS, model, 480), { strength: 1, lambda: 25, colour: 1, texture: 1, mix: 0.5, workingSize: 480 });
  const set = { ...DEFAULTS, lambda: 0, strength: 0.5, grain: 0.3 };
  assert.deepEqual(paintOptions(set, model, 0), { strength: 0.5, lambda: 0, colour: 1, texture: 1, mix: 0.5, grain: 0.3, workingSize: 0 }, 'one that is new, too');
});

test('a larger brush sees a smaller picture, within what the engine has', () => {
  assert.equal(brushed(480, 1, 'gpu'), 480);
  assert.equal(brushed(480, 2, 'gpu'), 240);
  assert.equal(brushed(480, 0.1, 'gpu'), 480 / BRUSHES.gpu.smallest);
  assert.ok(brushed(480, 0.1, 'cpu') < brushed(480, 0.1, 'gpu'));
});

test('bands cover a photo from the top, and stay small', () => {
  for (const [width, height] of [[1, 1], [4000, 3000], [83, 611], [70_000, 2], [16_384, 16_384], [3_000_000, 3]]) {
    const { bands } = new PhotoReader({ width, height });
    let next = 0;
    for (const band of bands) {
      assert.equal(band.y, next);
      assert.ok(band.height >= 1 && (band.height === 1 || band.height * width <= 2 ** 21), `${width}×${height}: ${band.height} rows`);
      assert.ok(band.height <= 256);
      next += band.height;
    }
    assert.equal(next, height);
  }
  assert.throws(() => new PhotoReader({ width: 0, height: 5 }), { code: 'bad-image' });
});
