// @ts-check
/** A photo's file in, its painting at the photo's full size as a file out. Runs in the engine's worker. */

import { decodeWhole } from "./decode.js";
import { encode } from "./encode.js";

/**
 * @typedef {object} Transfer
 * @property {string} map Of a `ColourTransfer`.
 * @property {number} strength
 */

/**
 * Paints a photo's file whole: upright, on white where it is transparent.
 *
 * @param {import("../limn/limn.js").Stylizer} stylizer With style and options as they are to be.
 * @param {Blob} photo
 * @param {object} wanted
 * @param {Readonly<import("./cut.js").Cut>} wanted.cut What of it.
 * @param {import("./encode.js").ImageType} wanted.type
 * @param {Transfer | null} wanted.transfer From the painting's colours to others.
 * @param {{ onProgress: (share: number) => void, signal: AbortSignal }} watch
 * @returns {Promise<Blob>}
 * @throws {LimnError} `photo-…`, `canvas-too-large`, `save-failed`, `cancelled` and those of `stylizeRows`
 */
export async function paintFullSize(stylizer, photo, { cut, type, transfer }, watch) {
  const context = await decodeWhole(photo, cut);
  const recolour = transfer && (await colours(transfer));
  // What a row becomes depends on no other, so the canvas is photo and picture at once.
  await stylizer.stylizeRows(context.canvas, {
    onRows: ({ y, image }) => context.putImageData(recolour ? recolour(image) : image, 0, y),
    ...watch,
  });
  return encode(context.canvas, type);
}

/** @param {Transfer} transfer */
async function colours({ map, strength }) {
  const { ColourTransfer } = await import("../limn/transfer.js");
  return new ColourTransfer(map).at(strength);
}
