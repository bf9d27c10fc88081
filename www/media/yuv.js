// @ts-check

/** What `toI420` makes, for a `VideoFrame`: the colours of high-definition television, as players expect them. */
export const COLOUR_SPACE = /** @type {const} */ ({
  matrix: "bt709",
  primaries: "bt709",
  transfer: "bt709",
  fullRange: false,
});

/** Weights of red, green and blue in the luma of BT.709. */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722];
/** From bytes of full range to luma and colour differences of limited range. */
const LUMA = 219 / 255;
const CB = 224 / 255 / (2 * (1 - BLUE));
const CR = 224 / 255 / (2 * (1 - RED));

/**
 * RGB to planar YCbCr of BT.709 in limited range, colours shared by squares of four pixels. Browsers convert by
 * themselves, but not alike: what one of them calls BT.709 is encoded as BT.601, another writes the full range, which not
 * every player knows.
 *
 * @param {Uint8ClampedArray} rgba `[height, width, 4]`.
 * @param {number} width
 * @param {number} height
 * @returns {Uint8ClampedArray<ArrayBuffer>} The planes Y `[height, width]`, Cb and Cr, each half as high and wide, rounded up.
 */
export function toI420(rgba, width, height) {
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const planes = new Uint8ClampedArray(width * height + 2 * halfWidth * halfHeight);
  for (let i = 0; i < width * height; i++) {
    planes[i] = 16 + LUMA * (RED * rgba[4 * i] + GREEN * rgba[4 * i + 1] + BLUE * rgba[4 * i + 2]);
  }
  let cb = width * height;
  let cr = cb + halfWidth * halfHeight;
  for (let y = 0; y < height; y += 2) {
    // At an odd edge the last pixels count twice.
    const below = y + 1 < height ? 4 * width : 0;
    for (let x = 0; x < width; x += 2) {
      const a = 4 * (y * width + x);
      const b = x + 1 < width ? a + 4 : a;
      const c = a + below;
      const d = b + below;
      const red = (rgba[a] + rgba[b] + rgba[c] + rgba[d]) / 4;
      const green = (rgba[a + 1] + rgba[b + 1] + rgba[c + 1] + rgba[d + 1]) / 4;
      const blue = (rgba[a + 2] + rgba[b + 2] + rgba[c + 2] + rgba[d + 2]) / 4;
      const luma = RED * red + GREEN * green + BLUE * blue;
      planes[cb++] = 128 + CB * (blue - luma);
      planes[cr++] = 128 + CR * (red - luma);
    }
  }
  return planes;
}
