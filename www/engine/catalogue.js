// @ts-check
/**
 * The list of styles (`models/styles.json`) and the style records it names, both from this site only; and records that the
 * visitor opens.
 */

import { LimnError } from "../limn/error.js";

/**
 * @typedef {object} StyleModel A trained record of a style.
 * @property {number} width Width of its network: 8 is light, 16 standard, 32 fine.
 * @property {string} file Absolute address.
 * @property {string} [sha256] Of the file, in hexadecimal; of a record that the visitor opened nobody has published one.
 * @property {number} lambda λ the style looks best at.
 * @property {number} [bytes]
 * @property {ArrayBuffer} [own] The record itself, where the visitor opened it.
 *
 * @typedef {object} StyleEntry
 * @property {string} name Unique key.
 * @property {string} title
 * @property {string | null} thumbnail Absolute address of a small picture.
 * @property {StyleModel[]} models By rising width; at least one.
 * @property {string} [teacher]
 * @property {string} [data]
 * @property {string} [licence]
 */

/** Format of the list that this page reads. */
const VERSION = 2;

/**
 * @param {string} address Relative to the page.
 * @returns {Promise<StyleEntry[]>} At least one; the first is the default.
 * @throws {LimnError} `styles-origin`, `styles-network`, `styles-http`, `styles-format`
 */
export async function fetchStyles(address) {
  const url = ownUrl(address, document.baseURI);
  const response = await get(url, "styles");
  /** @type {unknown} */
  let list;
  try {
    list = await response.json();
  } catch (error) {
    throw LimnError.from(error, "styles-format");
  }
  const { version, styles } = /** @type {{ version?: unknown, styles?: unknown }} */ (Object(list));
  if (version !== VERSION) {
    throw new LimnError("styles-format", `version ${JSON.stringify(version)} where ${VERSION} was expected`);
  }
  if (!Array.isArray(styles) || styles.length === 0) throw new LimnError("styles-format", "it names no style");
  const entries = styles.map((style, index) => checkedStyle(style, `style ${index + 1}`, url));
  const names = new Set(entries.map(({ name }) => name));
  if (names.size < entries.length) throw new LimnError("styles-format", "two styles have one name");
  return entries;
}

/**
 * @param {unknown} style
 * @param {string} what
 * @param {URL} base
 * @returns {StyleEntry}
 */
function checkedStyle(style, what, base) {
  const entry = /** @type {Record<string, any>} */ (Object(style));
  requireTexts(entry, ["name", "title"], what);
  const { name, title } = entry;
  if (!Array.isArray(entry.models) || entry.models.length === 0) {
    throw new LimnError("styles-format", `${what} has no models`);
  }
  const models = entry.models.map((model) => checkedModel(model, what, base));
  models.sort((a, b) => a.width - b.width);
  const thumbnail = ownPicture(entry.thumbnail, base);
  return { name, title, teacher: text(entry.teacher), data: text(entry.data), licence: text(entry.licence), thumbnail, models };
}

/**
 * @param {unknown} model
 * @param {string} what
 * @param {URL} base
 * @returns {StyleModel}
 */
function checkedModel(model, what, base) {
  const entry = /** @type {Record<string, any>} */ (Object(model));
  requireTexts(entry, ["file", "sha256"], what);
  const { width, file, sha256, lambda, bytes } = entry;
  if (!(Number.isInteger(width) && width > 0)) throw new LimnError("styles-format", `${what} has no width`);
  if (typeof lambda !== "number" || !(lambda >= 0 && lambda <= 1000)) {
    throw new LimnError("styles-format", `${what} has no lambda from 0 to 1000`);
  }
  return { width, file: ownUrl(file, base).href, sha256, lambda, bytes: typeof bytes === "number" ? bytes : undefined };
}

/** @param {Record<string, unknown>} entry @param {string[]} keys @param {string} what */
function requireTexts(entry, keys, what) {
  for (const key of keys) {
    if (typeof entry[key] !== "string" || entry[key] === "") {
      throw new LimnError("styles-format", `${what} has no ${key}`);
    }
  }
}

/** What a style says of itself beside its name is for readers alone. @param {unknown} value @returns {string | undefined} */
function text(value) {
  return typeof value === "string" ? value : undefined;
}

/**
 * A picture is no reason to refuse a style: without one, the gallery shows its initial.
 *
 * @param {unknown} listed
 * @param {URL} base
 * @returns {string | null}
 */
function ownPicture(listed, base) {
  const { file } = /** @type {{ file?: unknown }} */ (Object(listed));
  try {
    return typeof file === "string" ? ownUrl(file, base).href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} address
 * @param {string | URL} base
 * @throws {LimnError} `styles-origin`, `styles-format`
 */
function ownUrl(address, base) {
  if (!URL.canParse(address, base)) throw new LimnError("styles-format", `${address} is no address`);
  const url = new URL(address, base);
  if (url.origin !== location.origin) throw new LimnError("styles-origin", url.origin);
  return url;
}

/**
 * The model of a style whose width is nearest to the one wanted; of two as near, the narrower.
 *
 * @param {StyleEntry} style
 * @param {number} width
 * @returns {StyleModel}
 */
export function nearestModel({ models }, width) {
  return models.reduce((best, model) =>
    Math.abs(model.width - width) < Math.abs(best.width - width) ? model : best,
  );
}

/** Whether a file claims to be a style record. @param {File} file */
export function isRecord(file) {
  return /\.bpk$/i.test(file.name);
}

/** Bytes of the largest record that is read at all; the widest network's has 8 million. */
const LARGEST = 32e6;

/**
 * A style of the visitor's own, as far as that can be said before an engine has parsed it.
 *
 * @param {File} file
 * @returns {Promise<StyleEntry>} With the file's name for a title.
 * @throws {LimnError} `style-format` where it is far too large or cannot be read
 */
export async function openRecord(file) {
  const title = file.name.replace(/\.bpk$/i, "");
  if (file.size > LARGEST) throw new LimnError("style-format", `${file.name}: ${file.size} bytes`);
  try {
    const own = await file.arrayBuffer();
    const model = { width: 0, file: "", lambda: 10, bytes: file.size, own };
    return { name: `own-${title}`, title, thumbnail: null, models: [model] };
  } catch (error) {
    throw LimnError.from(error, "style-format");
  }
}

/**
 * The record's bytes, unchecked: the engine compares the digest and parses.
 *
 * @param {StyleModel} model
 * @returns {Promise<ArrayBuffer>}
 * @throws {LimnError} `style-network`, `style-http`
 */
export async function fetchRecord(model) {
  if (model.own) return model.own;
  const response = await get(new URL(model.file), "style");
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
