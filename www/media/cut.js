// @ts-check
/** A part of a picture, turned by quarters. */

/**
 * @typedef {object} Cut
 * @property {number} turns Quarters clockwise, from 0 to 3, before anything else.
 * @property {number} x What is kept begins here; this and the others are shares of the turned picture.
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/** @type {Readonly<Cut>} */
export const WHOLE = { turns: 0, x: 0, y: 0, width: 1, height: 1 };

/**
 * @param {ImageBitmap} bitmap Closed where the result is another picture.
 * @param {Readonly<Cut>} cut
 * @returns {ImageBitmap | OffscreenCanvas}
 */
export function cutOut(bitmap, { turns, x, y, width, height }) {
  if (turns === 0 && width === 1 && height === 1) return bitmap;
  const [across, down] = turns % 2 === 0 ? [bitmap.width, bitmap.height] : [bitmap.height, bitmap.width];
  const [left, top] = [Math.round(x * across), Math.round(y * down)];
  // Not beyond its edges, and a pixel at least.
  const kept = {
    width: Math.max(1, Math.min(Math.round(width * across), across - left)),
    height: Math.max(1, Math.min(Math.round(height * down), down - top)),
  };
  const context = new OffscreenCanvas(kept.width, kept.height).getContext("2d");
  if (!context) throw new Error(`no canvas of ${kept.width}×${kept.height} pixels`);
  // Quarters move pixels and blend none.
  context.imageSmoothingEnabled = false;
  context.translate(-left, -top);
  context.translate(across / 2, down / 2);
  context.rotate((turns * Math.PI) / 2);
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
  bitmap.close();
  return context.canvas;
}

/** The cut of a picture that is turned by one more quarter, with the same part kept. @param {Readonly<Cut>} cut @returns {Cut} */
export function turned({ turns, x, y, width, height }) {
  return { turns: (turns + 1) % 4, x: 1 - y - height, y: x, width: height, height: width };
}
