// @ts-check
/** Strength, colours, texture, brush size and quality: the visitor's settings, kept in the session and shown beside the sliders. */

import { DEFAULTS } from "../engine/settings.js";
import { element } from "../ui/dom.js";
import * as text from "../ui/text.js";

/**
 * @typedef {import("../engine/session.js").Session} Session
 * @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry
 * @typedef {import("../engine/settings.js").Settings} Settings
 */

/**
 * A slider and what it sets. Its output shows the slider's own value as a share, unless `shown` says otherwise.
 *
 * @typedef {object} Slider
 * @property {string} id
 * @property {Exclude<keyof Settings, "width">} setting
 * @property {(position: number) => number} value Of the setting.
 * @property {(value: number) => number} position
 * @property {(position: number) => number} [shown]
 * @property {number} [rest] Milliseconds for which it must rest: each step of it runs the network.
 *
 * @typedef {Slider & { input: HTMLInputElement, output: HTMLElement, resting: number }} OnPage With its elements, and the
 *   timer while it is to rest, or 0.
 */

/** @type {Slider[]} */
const SLIDERS = [
  { id: "strength", setting: "strength", value: (position) => position, position: (strength) => strength },
  {
    id: "fidelity",
    setting: "lambda",
    // From 1000 (colours run free) to 0.1 (the photo's own), even steps being even factors.
    value: (position) => 10 ** (3 - 4 * position),
    position: (lambda) => (3 - Math.log10(Math.max(lambda, 0.1))) / 4,
  },
  { id: "colour", setting: "colour", value: (position) => position, position: (colour) => colour },
  { id: "texture", setting: "texture", value: (position) => position, position: (texture) => texture },
  {
    id: "brush",
    setting: "brush",
    // Even steps are even factors.
    value: (position) => 2 ** position,
    position: Math.log2,
    shown: (position) => 2 ** position,
    rest: 200,
  },
];

export class Controls {
  /** @type {OnPage[]} */
  #sliders = SLIDERS.map((slider) => ({
    ...slider,
    input: element(slider.id, HTMLInputElement),
    output: element(`${slider.id}-value`, HTMLElement),
    resting: 0,
  }));
  #quality = element("quality", HTMLSelectElement);
  /** @type {Session} */
  #session;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** All there are. @type {StyleEntry[]} */
  #styles = [];

  /**
   * @param {Session} session
   * @param {import("../engine/events.js").Events} events
   */
  constructor(session, events) {
    this.#session = session;
    this.#events = events;
    for (const slider of this.#sliders) {
      slider.input.addEventListener("input", () => {
        this.#tell(slider);
        clearTimeout(slider.resting);
        if (slider.rest) slider.resting = setTimeout(() => this.#take(slider), slider.rest);
        else this.#take(slider);
      });
    }
    this.#quality.addEventListener("change", () => {
      session.settings.width = Number(this.#quality.value) || null;
      events.emit("quality-changed");
    });
    element("reset", HTMLButtonElement).addEventListener("click", () => this.set(DEFAULTS));
    this.#quality.append(new Option(text.page.qualityAuto, ""));
    events.on("engine-started", () => this.#followEngine());
    events.on("styles-listed", (styles) => {
      this.#styles = styles;
      this.#offerWidths();
    });
    // The style that is mixed in may have colours, or a medium.
    events.on("settings-changed", () => this.#show());
    events.on("style-changed", () => {
      this.#offerWidths();
      this.#show();
    });
    this.#show();
  }

  /** @param {OnPage} slider */
  #take(slider) {
    const { setting, value, input } = slider;
    slider.resting = 0;
    const wanted = value(input.valueAsNumber);
    if (wanted === this.#session.settings[setting]) return;
    this.#session.settings[setting] = wanted;
    this.#events.emit("settings-changed");
  }

  /** Puts settings to use. @param {Readonly<Settings>} wanted */
  set(wanted) {
    const { settings } = this.#session;
    const quality = settings.width !== wanted.width;
    for (const slider of this.#sliders) {
      clearTimeout(slider.resting);
      slider.resting = 0;
    }
    Object.assign(settings, wanted);
    this.#show();
    this.#events.emit("settings-changed");
    if (!quality) return;
    this.#quality.value = String(wanted.width ?? "");
    this.#events.emit("quality-changed");
  }

  /** The range of the brush is the engine's own. */
  #followEngine() {
    const { smallest, largest } = this.#session.brushes;
    const brush = element("brush", HTMLInputElement);
    // To two digits, for the slider's steps to meet the middle and both ends.
    brush.min = Math.log2(smallest).toFixed(2);
    brush.max = Math.log2(largest).toFixed(2);
    this.#show();
  }

  /** Offers the widths that there are; those that the style in use lacks cannot be chosen. */
  #offerWidths() {
    const current = this.#session.style;
    const widths = new Set(this.#styles.flatMap(({ models }) => models.map(({ width }) => width)));
    const options = [...widths]
      .sort((a, b) => a - b)
      .map((width) => {
        const option = new Option(text.quality(width), String(width));
        option.disabled = current !== null && !current.models.some((model) => model.width === width);
        return option;
      });
    this.#quality.replaceChildren(new Option(text.page.qualityAuto, ""), ...options);
    this.#quality.value = String(this.#session.settings.width ?? "");
    this.#quality.disabled = options.length < 2;
  }

  /** Puts the sliders where the settings are; what the visitor leaves to the style is the style's. */
  #show() {
    const settings = { ...this.#session.settings, lambda: this.#session.options.lambda };
    element("texture-field", HTMLElement).hidden = !this.#session.hasMedium;
    // One that the visitor has just moved stays where it is.
    for (const slider of this.#sliders.filter(({ resting }) => resting === 0)) {
      slider.input.valueAsNumber = slider.position(settings[slider.setting]);
      if (slider.setting === "colour") slider.input.disabled = !this.#session.hasColours;
      this.#tell(slider);
    }
  }

  /** Says beside a slider, and to screen readers, where it is. @param {OnPage} slider */
  #tell({ input, output, shown }) {
    const position = input.valueAsNumber;
    const percent = text.percent(shown ? shown(position) : position);
    output.textContent = percent;
    input.setAttribute("aria-valuetext", percent);
  }
}
