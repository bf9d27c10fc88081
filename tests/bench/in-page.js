// What web.mjs runs in the page: whole pictures by our engine and the bare network by onnxruntime-web, in turns.

import { Stylizer } from './dist/limn/limn.js';

/** @typedef {{ ours: number[], solve: number[], theirs: number[] }} Times Milliseconds, in order. */

/** Any numbers from 0 to 1. */
const noise = (length) => Float32Array.from({ length }, (_, i) => ((i * 37) % 251) / 251);

/**
 * The network alone, by onnxruntime-web: inputs and outputs where it computes. WASM has one thread.
 *
 * @returns {Promise<{ run: () => Promise<void>, release: () => Promise<void> }>}
 */
async function bareNetwork(engine, size, width) {
  const gpu = engine === 'gpu';
  const ort = await import(`./node_modules/onnxruntime-web/dist/ort.${gpu ? 'webgpu' : 'wasm'}.min.mjs`);
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(`c${width}.onnx`, {
    executionProviders: [gpu ? 'webgpu' : 'wasm'],
    preferredOutputLocation: gpu ? 'gpu-buffer' : 'cpu',
  });
  const device = gpu ? await ort.env.webgpu.device : null;
  const input = (channels) => {
    const dims = [1, channels, size, size];
    const values = noise(channels * size * size);
    if (!device) return new ort.Tensor('float32', values, dims);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const gpuBuffer = device.createBuffer({ size: values.byteLength, usage });
    device.queue.writeBuffer(gpuBuffer, 0, values);
    return ort.Tensor.fromGpuBuffer(gpuBuffer, { dataType: 'float32', dims });
  };
  const feeds = { gradient: input(6), photo: input(3) };
  return {
    async run() {
      const outputs = await session.run(feeds);
      if (!device) return;
      // Firefox looks for finished work every 100 ms only, unless something is submitted; our engine does the same.
      const wake = setInterval(() => device.queue.submit([]), 4);
      await device.queue.onSubmittedWorkDone();
      clearInterval(wake);
      for (const output of Object.values(outputs)) output.dispose();
    },
    release: () => session.release(),
  };
}

/**
 * What is timed of our engine: on the GPU a frame from a bitmap to a canvas, on the CPU a photo in pixels and out; and the
 * same again with another λ, which is the solve alone.
 *
 * @param {Stylizer} stylizer
 */
async function wholePicture(stylizer, engine, size) {
  const image = new ImageData(size, size);
  image.data.forEach((_, i) => { image.data[i] = i % 4 === 3 ? 255 : (i * 37) % 251; });
  if (engine === 'cpu') return { paint: () => stylizer.stylize(image), again: () => stylizer.repaint() };
  const canvas = new OffscreenCanvas(size, size);
  const frame = await createImageBitmap(image);
  return { paint: () => stylizer.render(frame, canvas), again: () => stylizer.redraw(canvas) };
}

/** @returns {Promise<{ adapter: string, times: Times }>} */
export async function bench({ engine, size, width, repetitions }) {
  const stylizer = await Stylizer.create({ engine, adapter: 'software' });
  await stylizer.loadStyle(await (await fetch(`c${width}.bpk`)).arrayBuffer());
  const ours = await wholePicture(stylizer, engine, size);
  const theirs = await bareNetwork(engine, size, width);
  const timed = async (job) => {
    const start = performance.now();
    await job();
    return performance.now() - start;
  };
  const times = { ours: [], solve: [], theirs: [] };
  for (let i = -1; i < repetitions; i++) {
    stylizer.setOptions({ workingSize: size });
    const once = { ours: await timed(ours.paint) };
    stylizer.setOptions({ workingSize: size, lambda: 11 + i });
    Object.assign(once, { solve: await timed(ours.again), theirs: await timed(theirs.run) });
    // The first is to get warm.
    if (i >= 0) for (const [what, ms] of Object.entries(once)) times[what].push(ms);
  }
  const { adapter } = stylizer.info();
  stylizer.free();
  await theirs.release();
  return { adapter, times };
}
