// @ts-check
/** A look as text, such as `look=toon&second=pop&mix=0.3`: the styles, and the settings that are not as they come. */

import { DEFAULTS } from "../engine/settings.js";

/**
 * @typedef {import("../engine/session.js").Look} Look
 * @typedef {import("../engine/settings.js").Settings} Settings
 */

/** What a setting may be; text comes from anybody. @type {Record<keyof Settings, [number, number]>} */
const RANGES = {
  strength: [0, 1.5],
  lambda: [0.1, 1000],
  colour: [0, 1],
  texture: [0, 1],
  mix: [0, 1],
  brush: [0.5, 2],
  width: [1, 64],
};
const KEYS = /** @type {Array<keyof Settings>} */ (Object.keys(RANGES));

/** @param {Look} look */
export function lookText({ style, second, settings }) {
  const values = new URLSearchParams({ look: style, ...(second && { second }) });
  for (const key of KEYS) {
    const value = settings[key];
    if (value !== DEFAULTS[key] && value !== null) values.set(key, String(Number(value.toPrecision(4))));
  }
  return String(values);
}

/** @param {string} text @returns {Look} Whatever it says, one that can be painted with, but for the names of its styles. */
export function parseLook(text) {
  const values = new URLSearchParams(text);
  const settings = { ...DEFAULTS };
  for (const key of KEYS) {
    const value = Number.parseFloat(values.get(key) ?? "");
    const [least, most] = RANGES[key];
    if (Number.isFinite(value)) settings[key] = Math.min(Math.max(value, least), most);
  }
  return { style: values.get("look") ?? "", second: values.get("second"), settings };
}
