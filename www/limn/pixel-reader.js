// @ts-check
/** Pixels of what is painted: of a frame at once, of a large photo row by row. */

import { LimnError } from "./error.js";

/**
 * @typedef {import("./limn.js").Source} Source
 * @typedef {import("./limn.js").PhotoSource} PhotoSource
 */

/** Rows of a large photo that are read and painted at once: at most so many, and so many pixels of them. */
const BAND = { rows: 256, pixels: 1 << 21 };

/** Reads a large photo without holding all of its pixels. */
export class PhotoReader {
  /** @type {PhotoSource} */
  #source;
  /** Scratch canvas for bitmaps. @type {OffscreenCanvasRenderingContext2D | null} */
  #scratch = null;

  /**
   * @param {PhotoSource} source
   * @throws {LimnError} `bad-image`
   */
  constructor(source) {
    this.#source = source;
    requireSize(this.width, this.height);
  }

  get width() {
    return this.#source.width;
  }

  get height() {
    return this.#source.height;
  }

  /** Where to cut the photo into bands of rows, from the top. @returns {{ y: number, height: number }[]} */
  get bands() {
    const rows = Math.max(1, Math.min(BAND.rows, Math.floor(BAND.pixels / this.width)));
    return Array.from({ length: Math.ceil(this.height / rows) }, (_, i) => {
      const y = i * rows;
      return { y, height: Math.min(rows, this.height - y) };
    });
  }

  /**
   * @param {{ y: number, height: number }} band
   * @returns {Uint8ClampedArray<ArrayBuffer>} RGBA `[height, width, 4]`.
   * @throws {LimnError} `bad-image`
   */
  read({ y, height }) {
    const { width } = this;
    const source = this.#source;
    if (source instanceof ImageData) {
      const data = /** @type {Uint8ClampedArray<ArrayBuffer>} */ (source.data);
      return data.subarray(4 * width * y, 4 * width * (y + height));
    }
    if (source instanceof OffscreenCanvas) return context2d(source).getImageData(0, y, width, height).data;
    this.#scratch ??= context2d(new OffscreenCanvas(width, height));
    const { canvas } = this.#scratch;
    if (canvas.height !== height) canvas.height = height;
    this.#scratch.clearRect(0, 0, width, height);
    this.#scratch.drawImage(source, 0, -y);
    return this.#scratch.getImageData(0, 0, width, height).data;
  }
}

/** Reads frames of about one size, one after the other. */
export class FrameReader {
  /** @type {OffscreenCanvas | null} */
  #scratch = null;

  /**
   * @param {Source} source
   * @param {number} [longest] Scales down to this longest side, in pixels.
   * @returns {ImageData}
   * @throws {LimnError} `bad-image`
   */
  read(source, longest = Infinity) {
    if (source instanceof ImageData) return source;
    const [shownWidth, shownHeight] =
      "displayWidth" in source ? [source.displayWidth, source.displayHeight] : [source.width, source.height];
    requireSize(shownWidth, shownHeight);
    const scale = Math.min(1, longest / Math.max(shownWidth, shownHeight));
    const width = Math.max(1, Math.round(shownWidth * scale));
    const height = Math.max(1, Math.round(shownHeight * scale));
    this.#scratch ??= new OffscreenCanvas(width, height);
    if (this.#scratch.width !== width) this.#scratch.width = width;
    if (this.#scratch.height !== height) this.#scratch.height = height;
    const context = context2d(this.#scratch);
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  }
}

/**
 * @param {number} width
 * @param {number} height
 * @throws {LimnError} `bad-image`
 */
function requireSize(width, height) {
  if (!(width > 0 && height > 0)) throw new LimnError("bad-image", `The picture is ${width}×${height} pixels.`);
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
