// @ts-check
/** Colour transfer: a picture takes the light and the colours of another one, a photo or a painting. No edge moves. */

import { bundle } from "./bundles.js";
import { LimnError } from "./error.js";

/** The map from one picture's colours to another's. */
export class ColourTransfer {
  /** The map as text: it may be sent to a worker, and made a `ColourTransfer` of again. @type {string} */
  map;

  /** @param {string} map Of another one. */
  constructor(map) {
    this.map = map;
  }

  /**
   * @param {ImageData} picture Whose colours are to change.
   * @param {ImageData} reference Whose colours they are to become.
   * @returns {Promise<ColourTransfer>}
   * @throws {LimnError} `wasm-load`, `bad-image`
   */
  static async between(picture, reference) {
    const { transferBetween } = await bundle("transfer");
    try {
      return new ColourTransfer(transferBetween(picture, reference));
    } catch (error) {
      throw LimnError.from(error);
    }
  }

  /**
   * What maps pictures of any size, whole or in parts.
   *
   * @param {number} [strength] From 0 (pictures stay as they are) to 1 (default).
   * @returns {Promise<(image: ImageData) => ImageData>}
   * @throws {LimnError} `wasm-load`
   */
  async at(strength = 1) {
    const { TransferTable } = await bundle("transfer");
    try {
      const table = new TransferTable(this.map, strength);
      return ({ data, width, height }) => new ImageData(table.apply(data), width, height);
    } catch (error) {
      throw LimnError.from(error);
    }
  }
}
