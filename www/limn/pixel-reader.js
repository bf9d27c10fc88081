// @ts-check
/** Pixels of large photos, part by part: what `Stylizer.stylizeTiles` reads and hands out. */

import { LimnError } from "./limn.js";

/** @typedef {import("./limn.d.ts").TileSource} TileSource */

/** Pixels that are read at once, some megabytes. */
const AT_ONCE = 1 << 20;

/** Reads rectangles of a picture without holding all of its pixels. */
export class PixelReader {
  /** @type {TileSource} */
  #source;
  /** Scratch canvas for bitmaps. @type {OffscreenCanvasRenderingContext2D | null} */
  #scratch = null;

  /**
   * @param {TileSource} source
   * @throws {LimnError} `bad-image`
   */
  constructor(source) {
    this.#source = source;
    if (!(this.width > 0 && this.height > 0)) {
      throw new LimnError("bad-image", `The picture is ${this.width}×${this.height} pixels.`);
    }
  }

  get width() {
    return this.#source.width;
  }

  get height() {
    return this.#source.height;
  }

  /**
   * All rows, top to bottom, several at once.
   *
   * @returns {Generator<{ end: number, rgba: Uint8ClampedArray<ArrayBuffer> }>} `end` is the number of rows so far.
   */
  *rows() {
    const count = Math.max(1, Math.floor(AT_ONCE / this.width));
    for (let y = 0; y < this.height; y += count) {
      const end = Math.min(y + count, this.height);
      yield { end, rgba: this.read({ x: 0, y, width: this.width, height: end - y }) };
    }
  }

  /**
   * @param {{ x: number, y: number, width: number, height: number }} part
   * @returns {Uint8ClampedArray<ArrayBuffer>} RGBA.
   * @throws {LimnError} `bad-image`
   */
  read({ x, y, width, height }) {
    const source = this.#source;
    if (source instanceof ImageData) return cut(source, x, y, width, height);
    if (source instanceof OffscreenCanvas) return context2d(source).getImageData(x, y, width, height).data;
    this.#scratch ??= context2d(new OffscreenCanvas(width, height));
    const { canvas } = this.#scratch;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    this.#scratch.clearRect(0, 0, width, height);
    this.#scratch.drawImage(source, -x, -y);
    return this.#scratch.getImageData(0, 0, width, height).data;
  }
}

/**
 * @param {ImageData} image
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function cut(image, x, y, width, height) {
  const data = /** @type {Uint8ClampedArray<ArrayBuffer>} */ (image.data);
  const row = 4 * image.width;
  if (width === image.width) return data.subarray(y * row, (y + height) * row);
  const part = new Uint8ClampedArray(4 * width * height);
  for (let line = 0; line < height; line++) {
    const start = (y + line) * row + 4 * x;
    part.set(data.subarray(start, start + 4 * width), 4 * width * line);
  }
  return part;
}

/**
 * @param {OffscreenCanvas} canvas
 * @throws {LimnError} `bad-image`
 */
function context2d(canvas) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new LimnError("bad-image", "The browser gave no 2-D canvas.");
  return context;
}

/**
 * Lets whatever waits have its turn: a cancelled job hears of it here.
 *
 * @param {AbortSignal} [signal]
 * @throws {LimnError} `cancelled`
 */
export async function breathe(signal) {
  await new Promise((resolve) => setTimeout(resolve));
  if (signal?.aborted) throw new LimnError("cancelled", "It was cancelled.");
}
