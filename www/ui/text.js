// @ts-check
/**
 * Every string a visitor can read, but for the two fallbacks that index.html needs before scripts run: the words of
 * the browser's language, or of `?lang=de`, put together where a sentence depends on what happened.
 */

import { LimnError } from "../limn/error.js";
import { percent } from "./numbers.js";

export { framesPerSecond, percent } from "./numbers.js";

/** @typedef {typeof import("./words/en.js")} Words */

/** @type {Record<string, () => Promise<Words>>} */
const LANGUAGES = { en: () => import("./words/en.js"), de: () => import("./words/de.js") };

const wanted = [new URLSearchParams(location.search).get("lang") ?? "", ...navigator.languages];
/** The page's language: the first of the visitor's that it speaks. */
export const language = wanted.map((tag) => tag.split("-")[0].toLowerCase()).find((tag) => tag in LANGUAGES) ?? "en";
document.documentElement.lang = language;
const words = await LANGUAGES[language]();

export const { page, status, notice } = words;

/** @param {import("../limn/error.js").Code} code Why it is not the GPU. */
export function cpuNotice(code) {
  return words.cpuReasons[code] ?? words.cpuOther(code);
}

/**
 * The sentence for an error, with the engine's own words where they say more.
 *
 * @param {LimnError} error
 * @returns {string}
 */
export function describe(error) {
  const text = words.errors[error.code];
  const detail = error.message === error.code ? "" : error.message;
  return detail ? `${text} (${detail.replace(/[\s.]+$/, "")}.)` : text;
}

/**
 * What follows an error of a style when another one stays in use.
 *
 * @param {string} title Of the style refused.
 * @param {LimnError} error
 * @param {string | null} kept Title of the style in use.
 */
export function styleRefused(title, error, kept) {
  return words.refused(title, describe(error), kept);
}

/** @param {import("../limn/limn.js").Info} info */
export function engineLine({ engine, adapter, precision, fallback }) {
  const parts = [engine === "gpu" ? "GPU" : "CPU", adapter, precision, fallback ? words.software : ""];
  return parts.filter(Boolean).join(" · ");
}

/** @param {{ name: string, title: string }} style As the list has it. @returns {string} Its title in the page's language. */
export function styleTitle({ name, title }) {
  return words.styles[name] ?? title;
}

/** @param {number} taken @param {number} count */
export function shot(taken, count) {
  return words.shot(taken, count);
}

/** @param {string} name Of a result's file. */
export function shelfOpen(name) {
  return words.shelfOpen(name);
}

/** @param {number} share Of the stage that shows the original. */
export function wipeValue(share) {
  return words.wipe(percent(share), percent(1 - share));
}

/** @param {string} title Of the style that is mixed in. */
export function mixLabel(title) {
  return words.mixLabel(title);
}

/**
 * Name of a quality.
 *
 * @param {number} width Of the network.
 */
export function quality(width) {
  const { light, standard, fine } = words.qualities;
  if (width <= 8) return light;
  return width <= 16 ? standard : fine;
}

/**
 * Labelled facts about a style.
 *
 * @param {{ teacher?: string, data?: string, licence?: string }} style
 * @param {{ width: number, bytes?: number }} model The record in use.
 * @returns {Array<[string, string]>}
 */
export function styleFacts({ teacher, data, licence }, { width, bytes }) {
  const { facts } = words;
  const network = words.network(quality(width), width, bytes && Math.round(bytes / 1000));
  /** @type {Array<[string, string | undefined]>} */
  const all = [
    [facts.teacher, teacher],
    [facts.data, data],
    [facts.licence, licence],
    [facts.network, network],
  ];
  return all.filter(/** @returns {fact is [string, string]} */ (fact) => Boolean(fact[1]));
}
