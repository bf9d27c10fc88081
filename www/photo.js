// @ts-check
/** Photos in and out: decoding a file to pixels, and saving a canvas as PNG. Everything stays in memory. */

import { LimnError } from "./limn.js";

/**
 * Decodes a picture file, upright, on white where it is transparent.
 *
 * @param {Blob} file
 * @param {number} longest Larger photos are scaled down to this longest side, in pixels.
 * @returns {Promise<{ image: ImageData, scaledFrom: number | null }>} `scaledFrom` is the longest side before.
 * @throws {LimnError} `photo-empty`, `photo-unreadable`
 */
export async function decodePhoto(file, longest) {
  if (file.size === 0) throw new LimnError("photo-empty");
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    throw new LimnError("photo-unreadable", "", { cause: error });
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
    return { image: context.getImageData(0, 0, width, height), scaledFrom: scale < 1 ? side : null };
  } catch (error) {
    throw LimnError.from(error, "photo-unreadable");
  } finally {
    bitmap.close();
  }
}

/**
 * Halves a picture until the rest is less than a halving: browsers filter a single large step poorly.
 *
 * @param {ImageBitmap} bitmap
 * @param {number} width Wanted in the end.
 * @param {number} height
 * @returns {ImageBitmap | HTMLCanvasElement}
 */
function halve(bitmap, width, height) {
  /** @type {ImageBitmap | HTMLCanvasElement} */
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
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: read });
  if (!context) throw new LimnError("photo-unreadable", `no canvas of ${width}×${height} pixels`);
  context.imageSmoothingQuality = "high";
  return context;
}

/**
 * What is on a canvas, also one that was handed to a worker.
 *
 * @param {HTMLCanvasElement} canvas
 */
function copyOf(canvas) {
  const context = canvas2d(canvas.width, canvas.height);
  context.drawImage(canvas, 0, 0);
  return context;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {ImageData}
 */
export function pixelsOf(canvas) {
  return copyOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * Hands the canvas to the visitor as a PNG download.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {string} name File name.
 * @throws {LimnError} `save-failed`
 */
export async function savePng(canvas, name) {
  const { canvas: copy } = copyOf(canvas);
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => copy.toBlob(resolve, "image/png"));
  if (!blob) throw new LimnError("save-failed");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Long enough for slow browsers to have read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
