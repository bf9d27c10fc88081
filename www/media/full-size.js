// @ts-check
/** A photo's file in, its painting at the photo's full size as a file out. Runs in the engine's worker. */

import { decodeWhole } from "./decode.js";
import { encode } from "./encode.js";

/**
 * Paints a photo's file whole: upright, on white where it is transparent.
 *
 * @param {import("../limn/limn.js").Stylizer} stylizer With style and options as they are to be.
 * @param {Blob} photo
 * @param {Readonly<import("./cut.js").Cut>} cut What of it.
 * @param {import("./encode.js").ImageType} type
 * @param {{ onProgress: (share: number) => void, signal: AbortSignal }} watch
 * @returns {Promise<Blob>}
 * @throws {LimnError} `photo-unreadable`, `canvas-too-large`, `save-failed`, `cancelled` and those of `stylizeRows`
 */
export async function paintFullSize(stylizer, photo, cut, type, watch) {
  const context = await decodeWhole(photo, cut);
  // What a row becomes depends on no other, so the canvas is photo and picture at once.
  await stylizer.stylizeRows(context.canvas, {
    onRows: ({ y, image }) => context.putImageData(image, 0, y),
    ...watch,
  });
  return encode(context.canvas, type);
}
