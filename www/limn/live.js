// @ts-check
/** Live pictures, each engine's own way: straight to the canvas on the GPU, through pixels on the CPU. */

import { LimnError } from "./error.js";
import { FrameReader } from "./pixel-reader.js";

/** @typedef {import("./limn.js").Source} Source */

/** Longest side, in pixels, of a live frame on the CPU. */
const LARGEST_ON_CPU = 640;

/** Live pictures on the GPU; nothing is read back. */
export class GpuLive {
  /** @type {import("./bundles.js").GpuEngine} */
  #engine;
  /** Whether the engine takes a `VideoFrame` as it is. */
  videoFrames;

  /** @param {import("./bundles.js").GpuEngine} engine */
  constructor(engine) {
    this.#engine = engine;
    this.videoFrames = takesVideoFrames(engine.device());
  }

  /** @param {Source} source @param {OffscreenCanvas} canvas */
  async render(source, canvas) {
    const asItIs = source instanceof ImageBitmap || (this.videoFrames && !(source instanceof ImageData));
    const frame = asItIs ? source : await createImageBitmap(source);
    try {
      await this.#engine.render(frame, canvas);
    } finally {
      if (frame !== source) frame.close();
    }
  }

  /** @param {OffscreenCanvas} canvas */
  redraw(canvas) {
    return this.#engine.redraw(canvas);
  }

  /** @returns {Promise<ImageData | null>} */
  picture() {
    return this.#engine.picture();
  }
}

/** Live pictures on the CPU, scaled down to what it can paint. */
export class CpuLive {
  /** @type {import("./bundles.js").CpuEngine} */
  #engine;
  #reader = new FrameReader();
  /** What was painted last. @type {ImageData | null} */
  #painted = null;
  /** It is read through a canvas, which takes them all. */
  videoFrames = true;

  /** @param {import("./bundles.js").CpuEngine} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /** @param {Source} source @param {OffscreenCanvas} canvas */
  async render(source, canvas) {
    this.#painted = await this.#engine.frame(this.#reader.read(source, LARGEST_ON_CPU));
    put(this.#painted, canvas);
  }

  /** @param {OffscreenCanvas} canvas */
  async redraw(canvas) {
    if (!this.#painted) return;
    this.#painted = await this.#engine.repaint();
    put(this.#painted, canvas);
  }

  async picture() {
    return this.#painted;
  }
}

/**
 * Whether a `VideoFrame` may be copied into a texture. Firefox throws a TypeError, which inside the engine would be
 * fatal, so it is asked for here, with a frame of one pixel.
 *
 * @param {GPUDevice} device
 * @returns {boolean}
 */
function takesVideoFrames(device) {
  if (typeof VideoFrame !== "function") return false;
  /** @type {GPUTexture | undefined} */
  let texture;
  /** @type {VideoFrame | undefined} */
  let frame;
  try {
    const usage = 0x02 | 0x10; // COPY_DST | RENDER_ATTACHMENT, which such a copy needs
    texture = device.createTexture({ size: [1, 1], format: "rgba8unorm", usage });
    const shape = { format: /** @type {const} */ ("RGBA"), codedWidth: 1, codedHeight: 1, timestamp: 0 };
    frame = new VideoFrame(new Uint8Array(4), shape);
    device.queue.copyExternalImageToTexture({ source: frame }, { texture }, [1, 1]);
    return true;
  } catch {
    return false;
  } finally {
    frame?.close();
    texture?.destroy();
  }
}

/** Contexts of the CPU engine's canvases. @type {WeakMap<OffscreenCanvas, OffscreenCanvasRenderingContext2D>} */
const contexts = new WeakMap();

/**
 * @param {ImageData} image
 * @param {OffscreenCanvas} canvas
 * @throws {LimnError} `canvas`
 */
function put(image, canvas) {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  // Kept, because Firefox refuses a worker to ask a transferred canvas for its context a second time.
  const context = contexts.get(canvas) ?? canvas.getContext("2d");
  if (!context) throw new LimnError("canvas", "The canvas already serves another engine.");
  contexts.set(canvas, context);
  context.putImageData(image, 0, 0);
}
