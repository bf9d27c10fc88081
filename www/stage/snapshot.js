// @ts-check

/**
 * A part of the picture before painting, as the visitor sees it.
 *
 * @param {import("./stage.js").Stage} stage
 * @param {{ x: number, y: number, width: number, height: number }} part In pixels of the stage's subject.
 * @param {number} width Of the result, in pixels.
 * @param {number} height
 * @returns {ImageData | null} Null where there is no picture.
 */
export function snapshot(stage, part, width, height) {
  const { subject } = stage;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!subject || !context) return null;
  if (stage.mirrored) {
    context.translate(width, 0);
    context.scale(-1, 1);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(subject.image, part.x, part.y, part.width, part.height, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
