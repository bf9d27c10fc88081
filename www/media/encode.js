// @ts-check
/** Pictures to files. These hold pixels and nothing else: whatever the photo's own file told (place, camera) is gone. */

import { LimnError } from "../limn/error.js";

/** @typedef {"image/png" | "image/jpeg"} ImageType */

/** Of JPEG, from 0 to 1. */
const QUALITY = 0.92;

/**
 * @param {ImageBitmap | OffscreenCanvas} picture
 * @param {ImageType} type
 * @returns {Promise<Blob>}
 * @throws {LimnError} `save-failed`
 */
export async function encode(picture, type) {
  try {
    const canvas = picture instanceof OffscreenCanvas ? picture : draw(picture);
    return await canvas.convertToBlob({ type, quality: QUALITY });
  } catch (error) {
    throw new LimnError("save-failed", "", { cause: error });
  }
}

/** @param {ImageBitmap} picture */
function draw(picture) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  // Read back, which is exact and quick in main memory.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error(`no canvas of ${picture.width}×${picture.height} pixels`);
  context.drawImage(picture, 0, 0);
  return canvas;
}
