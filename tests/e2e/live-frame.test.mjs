// What a live frame asks of WebGPU once there was one of its size: launches and one submit, no new object. And that the
// solver's kernels for graphics cards do in the browser what those for software adapters do.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSERS } from './support/browsers.mjs';
import { GPU, assertSame, rgbOf } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

const SIZE = 64;
const CYCLES = 2;
const LEVELS = 4;
/** Launches beside the solver's: photo and gradients, the convolutions, blend and right-hand side, the painting. */
const OTHERS = 2 + 9 + 2 + 3;
const SOLVERS = {
  // Down and up on all levels but the coarsest, which takes three times two sweeps.
  square: CYCLES * (2 * (LEVELS - 1) + 3),
  // Half sweeps: four and two for the residual on the way down, one for the correction and four on the way up; twelve.
  plain: CYCLES * (11 * (LEVELS - 1) + 12),
};

/** Paints frames with the engine alone, counts what each of the last asked for, and gives back its picture. */
async function paintFrames({ options, record, size, count }) {
  const calls = {};
  const watch = (prototype, wanted, counts = () => true) => {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (!wanted.test(name)) continue;
      const own = prototype[name];
      prototype[name] = function (...given) {
        if (counts(...given)) calls[name] = (calls[name] ?? 0) + 1;
        return own.apply(this, given);
      };
    }
  };
  watch(GPUDevice.prototype, /^create/);
  for (const { prototype } of [GPUComputePipeline, GPURenderPipeline]) watch(prototype, /^getBindGroupLayout$/);
  watch(GPUComputePassEncoder.prototype, /^dispatchWorkgroups/);
  // Empty ones keep Firefox looking for finished work.
  watch(GPUQueue.prototype, /^submit$/, (buffers) => buffers.length > 0);

  const { Stylizer } = await import(new URL('limn/limn.js', location.href).href);
  const stylizer = await Stylizer.create(options);
  await stylizer.loadStyle(await (await fetch(record)).arrayBuffer());
  stylizer.setOptions({ workingSize: size });
  const source = new OffscreenCanvas(size, size);
  const context = source.getContext('2d');
  const canvas = new OffscreenCanvas(size, size);
  const frames = [];
  for (let i = 0; i < count; i++) {
    context.fillStyle = `hsl(${90 * i} 60% 50%)`;
    context.fillRect(7 * i, 5 * i, size / 2, size / 3);
    const frame = await createImageBitmap(source);
    for (const name in calls) delete calls[name];
    await stylizer.render(frame, canvas);
    frames.push({ ...calls });
  }
  return { frames, picture: await window.packPixels(await stylizer.picture()) };
}

for (const name of BROWSERS) {
  describe(`live frames in ${name}`, () => {
    const at = setUp(name, { camera: 'none' });
    const pictures = {};

    for (const solver of ['square', 'plain']) {
      test(`make nothing anew with the ${solver} solver`, async () => {
        const { page } = await at.open({ engine: 'cpu' });
        const record = `test/${at.site.styles[0].models[0].file}`;
        const options = { ...GPU, solver };
        const { frames, picture } = await page.evaluate(paintFrames, { options, record, size: SIZE, count: 3 });
        const [first, ...later] = frames;
        assert.ok(!Object.keys(first).some((call) => /Pipeline|ShaderModule/.test(call)), 'nothing is compiled for the first frame');
        for (const calls of later) {
          assert.deepEqual(calls, { createCommandEncoder: 1, submit: 1, dispatchWorkgroups: OTHERS + SOLVERS[solver] });
        }
        pictures[solver] = rgbOf(picture);
        await page.close();
      });
    }

    test('are the same with either solver', () => assertSame(pictures.square, pictures.plain));
  });
}
