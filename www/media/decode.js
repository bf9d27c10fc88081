// @ts-check
/**
 * Photos in and out: decoding a file to pixels, which a worker can do too, and a canvas to a file. Everything stays in
 * memory.
 */

import { LimnError } from "../limn/limn.js";
import { inspect } from "./picture-file.js";

/**
 * @typedef {object} Photo
 * @property {ImageData} image
 * @property {{ width: number, height: number, file: Blob } | null} full What the image was scaled down from, its file a
 *   copy in memory: the one on disk may change or go.
 * @property {boolean} animated
 */

/** More pixels than any browser draws at once. */
const LARGEST_AREA = 16384 ** 2;
/** Firefox decodes no longer side than this. */
const LARGEST_SIDE = 32767;
/** Where decoding fails above this many pixels, memory is the likely reason. */
const LARGE_AREA = 48e6;

/**
 * Decodes a picture file, upright, on white where it is transparent. Of an animation it is the first picture.
 *
 * @param {Blob} file
 * @param {number} longest Larger photos are scaled down to this longest side, in pixels.
 * @returns {Promise<Photo>}
 * @throws {LimnError} `photo-…`
 */
export async function decodePhoto(file, longest) {
  if (file.size === 0) throw new LimnError("photo-empty");
  const about = await inspect(file);
  if (about.width * about.height > LARGEST_AREA) throw tooLarge("photo-too-large", about);
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    console.info("Limn: the browser could not decode the picture.", error);
    throw whyUnreadable(about);
  }
  try {
    const side = Math.max(bitmap.width, bitmap.height);
    const scale = Math.min(1, longest / side);
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const small = halve(bitmap, width, height);
    const context = canvas2d(width, height);
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(small, 0, 0, width, height);
    const image = context.getImageData(0, 0, width, height);
    const { animated } = about;
    if (scale === 1) return { image, full: null, animated };
    const copy = new Blob([await file.arrayBuffer()], { type: file.type });
    return { image, full: { width: bitmap.width, height: bitmap.height, file: copy }, animated };
  } catch (error) {
    // Nothing is left that may fail, but for memory.
    throw LimnError.from(error, "photo-memory");
  } finally {
    bitmap.close();
  }
}

/**
 * Why a file that the browser cannot decode could not be.
 *
 * @param {import("./picture-file.js").Inspection} about
 */
function whyUnreadable(about) {
  const { format, width, height } = about;
  if (format === "heic" || format === "unknown") return new LimnError(format === "heic" ? "photo-heic" : "photo-unreadable");
  if (format === "avif" || format === "tiff" || format === "svg") return new LimnError("photo-format", format.toUpperCase());
  if (Math.max(width, height) > LARGEST_SIDE) return tooLarge("photo-too-large", about);
  return width * height > LARGE_AREA ? tooLarge("photo-memory", about) : new LimnError("photo-corrupt");
}

/** @param {string} code @param {{ width: number, height: number }} size */
function tooLarge(code, { width, height }) {
  return new LimnError(code, `${width} × ${height}`);
}

/**
 * The portrait that comes with the page, for visitors without a camera or a photo.
 *
 * @returns {Promise<Blob>}
 * @throws {LimnError} `sample-network`, `sample-http`
 */
export async function fetchSample() {
  const url = new URL("models/portrait.jpg", document.baseURI);
  try {
    const response = await fetch(url, { mode: "same-origin", credentials: "omit" });
    if (!response.ok) throw new LimnError("sample-http", `${url.pathname}: ${response.status}`);
    return await response.blob();
  } catch (error) {
    throw LimnError.from(error, "sample-network");
  }
}

/**
 * Halves a picture until the rest is less than a halving: browsers filter a single large step poorly.
 *
 * @param {ImageBitmap} bitmap
 * @param {number} width Wanted in the end.
 * @param {number} height
 * @returns {ImageBitmap | OffscreenCanvas}
 */
function halve(bitmap, width, height) {
  /** @type {ImageBitmap | OffscreenCanvas} */
  let picture = bitmap;
  while (picture.width >= 2 * width && picture.height >= 2 * height) {
    const context = canvas2d(Math.ceil(picture.width / 2), Math.ceil(picture.height / 2), false);
    context.drawImage(picture, 0, 0, context.canvas.width, context.canvas.height);
    picture = context.canvas;
  }
  return picture;
}

/**
 * @param {number} width
 * @param {number} height
 * @param {boolean} [read] Whether pixels will be read back, which is exact and quick in main memory.
 */
function canvas2d(width, height, read = true) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: read });
  if (!context) throw new LimnError("photo-memory", `no canvas of ${width}×${height} pixels`);
  context.imageSmoothingQuality = "high";
  return context;
}

/**
 * A picture as a file. It holds pixels and nothing else: whatever the photo's own file told (place, camera) is gone.
 *
 * @param {ImageBitmap} picture
 * @param {"image/png" | "image/jpeg"} type
 * @returns {Promise<Blob>}
 * @throws {LimnError} `save-failed`
 */
export async function encode(picture, type) {
  const context = canvas2d(picture.width, picture.height);
  context.drawImage(picture, 0, 0);
  try {
    return await context.canvas.convertToBlob({ type, quality: 0.92 });
  } catch (error) {
    throw new LimnError("save-failed", "", { cause: error });
  }
}

/**
 * Hands a file to the visitor as a download.
 *
 * @param {Blob} blob
 * @param {string} name File name.
 */
export function offerDownload(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Long enough for slow browsers to have read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
