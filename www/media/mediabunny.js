// @ts-check
/** Mediabunny, which takes video files apart and puts them together; fetched when it is first needed. */

import { LimnError } from "../limn/error.js";

/** @typedef {typeof import("mediabunny")} Mediabunny */

/** @returns {Promise<Mediabunny>} @throws {LimnError} `export-unsupported` where the file is missing. */
export async function mediabunny() {
  try {
    return await import(new URL("../vendor/mediabunny.js", import.meta.url).href);
  } catch (error) {
    throw new LimnError("export-unsupported", "", { cause: error });
  }
}
