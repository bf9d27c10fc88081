// @ts-check
/** A photo's file in, its painting at the photo's full size as a file out. Runs in the engine's worker. */

import { LimnError } from "../limn/limn.js";

/** Of JPEG, from 0 to 1. */
const QUALITY = 0.92;

/**
 * Decodes a photo, upright, on white where it is transparent, paints it in tiles and encodes the picture. The file
 * that comes out holds pixels and nothing else: whatever the photo's own file told (place, camera) is gone.
 *
 * @param {import("../limn/limn.js").Stylizer} stylizer With style and options as they are to be.
 * @param {Blob} photo
 * @param {"image/png" | "image/jpeg"} type
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 * @throws {LimnError} `photo-unreadable`, `canvas-too-large`, `save-failed`, `cancelled` and those of `stylizeTiles`
 */
export async function paintFullSize(stylizer, photo, type, onProgress, signal) {
  const context = await decode(photo);
  // A tile's pixels are read once, and its neighbours need none of them: the canvas is photo and picture at once.
  await stylizer.stylizeTiles(context.canvas, {
    onTile: ({ x, y, image }) => context.putImageData(image, x, y),
    onProgress,
    signal,
  });
  try {
    return await context.canvas.convertToBlob({ type, quality: QUALITY });
  } catch (error) {
    throw new LimnError("save-failed", "", { cause: error });
  }
}

/**
 * @param {Blob} photo
 * @returns {Promise<OffscreenCanvasRenderingContext2D>}
 */
async function decode(photo) {
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(photo, { imageOrientation: "from-image" });
  } catch (error) {
    throw new LimnError("photo-unreadable", "", { cause: error });
  }
  const { width, height } = bitmap;
  const size = `${width}×${height}`;
  try {
    const context = new OffscreenCanvas(width, height).getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new LimnError("canvas-too-large", size);
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    // A canvas beyond the browser's limits throws in one browser and stays black in another.
    if (context.getImageData(width - 1, height - 1, 1, 1).data[0] !== 255) {
      throw new LimnError("canvas-too-large", size);
    }
    context.drawImage(bitmap, 0, 0);
    return context;
  } catch (error) {
    throw error instanceof LimnError ? error : new LimnError("canvas-too-large", size, { cause: error });
  } finally {
    bitmap.close();
  }
}
