// @ts-check
/** Photos from files to pixels, upright, on white where they are transparent. Everything stays in memory. */

import { LimnError } from "../limn/error.js";
import { WHOLE, cutOut } from "./cut.js";
import { inspect } from "./picture-file.js";

/**
 * @typedef {object} Photo
 * @property {ImageData} image
 * @property {{ width: number, height: number } | null} full Size of what the image was scaled down from.
 * @property {Blob} file A copy in memory: the one on disk may change or go.
 * @property {boolean} animated
 *
 * @typedef {import("./cut.js").Cut} Cut
 */

/** More pixels than any browser draws at once. */
const LARGEST_AREA = 16384 ** 2;
/** Firefox decodes no longer side than this. */
const LARGEST_SIDE = 32767;
/** Where decoding fails above this many pixels, memory is the likely reason. */
const LARGE_AREA = 48e6;

/**
 * Decodes a picture file to be shown. Of an animation it is the first picture.
 *
 * @param {Blob} file
 * @param {number} longest Larger photos are scaled down to this longest side, in pixels.
 * @param {Readonly<Cut>} [cut] What of it.
 * @returns {Promise<Photo>}
 * @throws {LimnError} `photo-…`
 */
export async function decodePhoto(file, longest, cut = WHOLE) {
  const { about, picture } = await upright(file);
  /** @type {ImageBitmap | OffscreenCanvas} */
  let bitmap = picture;
  try {
    bitmap = cutOut(bitmap, cut);
    const side = Math.max(bitmap.width, bitmap.height);
    const scale = Math.min(1, longest / side);
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const context = whiteCanvas(width, height);
    context.drawImage(halve(bitmap, width, height), 0, 0, width, height);
    const image = context.getImageData(0, 0, width, height);
    const { animated } = about;
    const copy = file instanceof File ? new Blob([await file.arrayBuffer()], { type: file.type }) : file;
    return { image, full: scale === 1 ? null : { width: bitmap.width, height: bitmap.height }, file: copy, animated };
  } catch (error) {
    // Nothing is left that may fail, but for memory.
    throw LimnError.from(error, "photo-memory");
  } finally {
    if (bitmap instanceof ImageBitmap) bitmap.close();
  }
}

/**
 * Decodes a picture file at its full size.
 *
 * @param {Blob} file
 * @param {Readonly<Cut>} cut What of it.
 * @returns {Promise<OffscreenCanvasRenderingContext2D>} Of a canvas that shows it.
 * @throws {LimnError} `photo-…`, `canvas-too-large`
 */
export async function decodeWhole(file, cut) {
  /** @type {ImageBitmap | OffscreenCanvas} */
  let bitmap = (await upright(file)).picture;
  const { width: across, height: down } = bitmap;
  try {
    bitmap = cutOut(bitmap, cut);
    const { width, height } = bitmap;
    const context = whiteCanvas(width, height);
    // A canvas beyond the browser's limits throws in one browser and stays black in another.
    if (context.getImageData(width - 1, height - 1, 1, 1).data[0] !== 255) throw new Error("the canvas stays black");
    context.drawImage(bitmap, 0, 0);
    return context;
  } catch (error) {
    throw new LimnError("canvas-too-large", `${across}×${down}`, { cause: error });
  } finally {
    if (bitmap instanceof ImageBitmap) bitmap.close();
  }
}

/** @param {Blob} file @returns What it says of itself, and what it shows. @throws {LimnError} `photo-…` */
async function upright(file) {
  if (file.size === 0) throw new LimnError("photo-empty");
  const about = await inspect(file);
  if (about.width * about.height > LARGEST_AREA) throw tooLarge("photo-too-large", about);
  try {
    return { about, picture: await createImageBitmap(file, { imageOrientation: "from-image" }) };
  } catch (error) {
    console.info("Limn: the browser could not decode the picture.", error);
    throw whyUnreadable(about);
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

/** @param {import("../limn/error.js").Code} code @param {{ width: number, height: number }} size */
function tooLarge(code, { width, height }) {
  return new LimnError(code, `${width} × ${height}`);
}

/**
 * Halves a picture until the rest is less than a halving: browsers filter a single large step poorly.
 *
 * @param {ImageBitmap | OffscreenCanvas} bitmap
 * @param {number} width Wanted in the end.
 * @param {number} height
 * @returns {ImageBitmap | OffscreenCanvas}
 */
function halve(bitmap, width, height) {
  /** @type {ImageBitmap | OffscreenCanvas} */
  let picture = bitmap;
  while (picture.width >= 2 * width && picture.height >= 2 * height) {
    const context = canvas2d(Math.ceil(picture.width / 2), Math.ceil(picture.height / 2));
    context.drawImage(picture, 0, 0, context.canvas.width, context.canvas.height);
    picture = context.canvas;
  }
  return picture;
}

/**
 * A canvas to be read back, which is exact and quick in main memory.
 *
 * @param {number} width
 * @param {number} height
 */
function whiteCanvas(width, height) {
  const context = canvas2d(width, height, { alpha: false, willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  return context;
}

/**
 * @param {number} width
 * @param {number} height
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
function canvas2d(width, height, settings) {
  const context = new OffscreenCanvas(width, height).getContext("2d", settings);
  if (!context) throw new LimnError("photo-memory", `no canvas of ${width}×${height} pixels`);
  context.imageSmoothingQuality = "high";
  return context;
}
