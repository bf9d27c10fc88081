// @ts-check
/** A part of a picture, turned by quarters and straightened. */

/**
 * @typedef {object} Cut
 * @property {number} turns Quarters clockwise, from 0 to 3, before anything else.
 * @property {number} angle Degrees clockwise by which it is then straightened, from -15 to 15. What is left is the largest
 *   part of the same shape that has no corner outside.
 * @property {number} x What is kept begins here; this and the others are shares of the picture that is turned and straightened.
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/** @type {Readonly<Cut>} */
export const WHOLE = { turns: 0, angle: 0, x: 0, y: 0, width: 1, height: 1 };

/**
 * Size of a picture that is turned and straightened, in pixels, not rounded.
 *
 * @param {{ width: number, height: number }} picture
 * @param {Pick<Cut, "turns" | "angle">} cut
 */
export function straightened({ width, height }, { turns, angle }) {
  // A pixel within: nothing from beyond the edge is blended in.
  const edge = angle === 0 ? 0 : 2;
  const [across, down] = (turns % 2 === 0 ? [width, height] : [height, width]).map((side) => Math.max(1, side - edge));
  const [sin, cos] = [Math.abs(Math.sin(radians(angle))), Math.cos(radians(angle))];
  // The corners of a part of the same shape, turned back, lie within the picture.
  const scale = Math.min(across / (across * cos + down * sin), down / (across * sin + down * cos));
  return { width: scale * across, height: scale * down };
}

/**
 * Draws a picture turned and straightened about the middle of where the context's origin lies.
 *
 * @param {OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D} context
 * @param {CanvasImageSource & { width: number, height: number }} picture
 * @param {Pick<Cut, "turns" | "angle">} cut
 */
export function drawTurned(context, picture, { turns, angle }) {
  // Quarters move pixels and blend none.
  context.imageSmoothingEnabled = angle !== 0;
  context.imageSmoothingQuality = "high";
  context.rotate(radians(angle) + (turns * Math.PI) / 2);
  context.drawImage(picture, -picture.width / 2, -picture.height / 2);
}

/** @param {number} degrees */
function radians(degrees) {
  return (degrees * Math.PI) / 180;
}

/**
 * @param {ImageBitmap} bitmap Closed where the result is another picture.
 * @param {Readonly<Cut>} cut
 * @returns {ImageBitmap | OffscreenCanvas}
 */
export function cutOut(bitmap, cut) {
  const { turns, angle, x, y, width, height } = cut;
  if (turns === 0 && angle === 0 && width === 1 && height === 1) return bitmap;
  const size = straightened(bitmap, cut);
  const [across, down] = [size.width, size.height];
  const [left, top] = [Math.round(x * across), Math.round(y * down)];
  // Not beyond its edges, and a pixel at least.
  const kept = {
    width: Math.max(1, Math.min(Math.round(width * across), Math.floor(across) - left)),
    height: Math.max(1, Math.min(Math.round(height * down), Math.floor(down) - top)),
  };
  const context = new OffscreenCanvas(kept.width, kept.height).getContext("2d");
  if (!context) throw new Error(`no canvas of ${kept.width}×${kept.height} pixels`);
  context.translate(across / 2 - left, down / 2 - top);
  drawTurned(context, bitmap, cut);
  bitmap.close();
  return context.canvas;
}

/** The cut of a picture that is turned by one more quarter, with the same part kept. @param {Readonly<Cut>} cut @returns {Cut} */
export function turned({ turns, angle, x, y, width, height }) {
  return { turns: (turns + 1) % 4, angle, x: 1 - y - height, y: x, width: height, height: width };
}
