// @ts-check
/**
 * What the visitor has set, in one record that everybody passes on whole. A new option needs a line here, its control in
 * `panel/` and its words; the engine reads its own keys and moves each value into its range.
 */

/**
 * @typedef {object} Settings
 * @property {number} strength Amount of the style, from 0 (the photo) to 1.5.
 * @property {number | null} lambda Weight λ of the gradients against the photo's colours; null leaves it to the style.
 * @property {number} colour How far colours are the style's, from 0 (the photo's) to 1, where it has its own.
 * @property {number} texture How far a picture shows what its style is painted on, from 0 (not at all) to 1, where it has a
 *   medium.
 * @property {number} mix Share of the second style, where there is one.
 * @property {number} brush Size of the brush: 1 paints strokes as they were learnt, 2 twice as large. Kept as it is where
 *   an engine has no brush so small.
 * @property {number | null} width Of the network; null leaves it to engine and device.
 *
 * @typedef {import("./catalogue.js").StyleModel} StyleModel
 * @typedef {Omit<Settings, "brush" | "width" | "lambda"> & { lambda: number, workingSize: number }} PaintOptions What the
 *   engine is given.
 */

/** @type {Readonly<Settings>} */
export const DEFAULTS = { strength: 1, lambda: null, colour: 1, texture: 1, mix: 0.5, brush: 1, width: null };

/** Smallest and largest brush. Small ones mean large networks, over which the CPU takes its time. */
export const BRUSHES = { gpu: { smallest: 0.5, largest: 2 }, cpu: { smallest: 2 ** -0.6, largest: 2 } };

/**
 * @param {Readonly<Settings>} settings
 * @param {Pick<StyleModel, "lambda">} model The record that paints.
 * @param {number} workingSize Longest side, in pixels, at which the network sees a picture; 0 is the style's own.
 * @returns {PaintOptions}
 */
export function paintOptions({ brush, width, ...options }, model, workingSize) {
  return { ...options, lambda: options.lambda ?? model.lambda, workingSize };
}

/**
 * The working size for a brush: strokes keep their size in the network's eyes, so a larger brush sees a smaller picture.
 *
 * @param {number} size For the brush 1.
 * @param {number} brush
 * @param {"gpu" | "cpu"} engine
 */
export function brushed(size, brush, engine) {
  const { smallest, largest } = BRUSHES[engine];
  return Math.round(size / Math.min(Math.max(brush, smallest), largest));
}
