// @ts-check
/** The list of styles (`models/styles.json`) and the style records it names. Both come from this site only. */

import { LimnError } from "./limn.js";

/**
 * @typedef {object} StyleEntry
 * @property {string} name Unique key.
 * @property {string} title
 * @property {string} file Address, relative to the list's own.
 * @property {string} sha256 Of the file, in hexadecimal.
 * @property {number} lambda λ the style looks best at.
 * @property {number} [bytes]
 * @property {number} [width]
 * @property {string} [teacher]
 * @property {string} [data]
 * @property {string} [licence]
 */

/**
 * @param {string} address Relative to the page.
 * @returns {Promise<StyleEntry[]>} At least one; the first is the default.
 * @throws {LimnError} `styles-origin`, `styles-network`, `styles-http`, `styles-format`
 */
export async function fetchStyles(address) {
  const url = new URL(address, document.baseURI);
  if (url.origin !== location.origin) throw new LimnError("styles-origin", url.origin);
  const response = await get(url, "styles");
  /** @type {unknown} */
  let list;
  try {
    list = await response.json();
  } catch (error) {
    throw LimnError.from(error, "styles-format");
  }
  const { version, styles } = /** @type {{ version?: unknown, styles?: unknown }} */ (Object(list));
  if (version !== 1) throw new LimnError("styles-format", `version ${JSON.stringify(version)} where 1 was expected`);
  if (!Array.isArray(styles) || styles.length === 0) throw new LimnError("styles-format", "it names no style");
  return styles.map((style, index) => checked(style, index, url));
}

/**
 * @param {unknown} style
 * @param {number} index
 * @param {URL} base
 * @returns {StyleEntry} With an absolute `file`.
 */
function checked(style, index, base) {
  const entry = /** @type {Partial<StyleEntry>} */ (Object(style));
  for (const key of /** @type {const} */ (["name", "title", "file", "sha256"])) {
    const value = entry[key];
    if (typeof value !== "string" || value === "") {
      throw new LimnError("styles-format", `style ${index + 1} has no ${key}`);
    }
  }
  const { lambda } = entry;
  if (typeof lambda !== "number" || !(lambda >= 0 && lambda <= 1000)) {
    throw new LimnError("styles-format", `style ${index + 1} has no lambda from 0 to 1000`);
  }
  const complete = /** @type {StyleEntry} */ (entry);
  return { ...complete, file: new URL(complete.file, base).href };
}

/**
 * The record's bytes, unchecked: the engine compares the digest and parses.
 *
 * @param {StyleEntry} style
 * @returns {Promise<ArrayBuffer>}
 * @throws {LimnError} `style-network`, `style-http`
 */
export async function fetchRecord(style) {
  const response = await get(new URL(style.file), "style");
  try {
    return await response.arrayBuffer();
  } catch (error) {
    throw LimnError.from(error, "style-network");
  }
}

/**
 * @param {URL} url
 * @param {"style" | "styles"} what Prefix of the error codes.
 */
async function get(url, what) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url, { mode: "same-origin", credentials: "omit" });
  } catch (error) {
    throw LimnError.from(error, `${what}-network`);
  }
  if (!response.ok) throw new LimnError(`${what}-http`, `${url.pathname}: ${response.status}`);
  return response;
}
