// @ts-check
/** Strength, colour fidelity, brush size and quality: the visitor's settings, kept in the session and shown beside the sliders. */

import { element } from "../ui/dom.js";
import * as text from "../ui/text.js";

/**
 * @typedef {import("../engine/session.js").Session} Session
 * @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry
 *
 * @typedef {object} Hooks
 * @property {() => void} options Strength, λ or brush size have changed.
 * @property {() => void} quality Another width of network is wanted.
 */

/** Milliseconds for which the brush size must rest: each step of it runs the network. */
const REST = 200;

export class Controls {
  #strength = element("strength", HTMLInputElement);
  #fidelity = element("fidelity", HTMLInputElement);
  #brush = element("brush", HTMLInputElement);
  #quality = element("quality", HTMLSelectElement);
  #strengthValue = element("strength-value", HTMLElement);
  #fidelityValue = element("fidelity-value", HTMLElement);
  #brushValue = element("brush-value", HTMLElement);
  #resting = 0;
  /** @type {Session} */
  #session;
  /** @type {Hooks} */
  #hooks;
  /** Whether λ follows the style; it does until the visitor sets it. */
  #lambdaFollows = true;

  /**
   * @param {Session} session
   * @param {Hooks} hooks
   */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
    this.#strength.addEventListener("input", () => this.#read());
    this.#fidelity.addEventListener("input", () => {
      this.#lambdaFollows = false;
      // From 1000 (colours run free) to 0.1 (the photo's own), even steps being even factors.
      session.lambda = 10 ** (3 - 4 * this.#fidelity.valueAsNumber);
      this.#read();
    });
    this.#brush.addEventListener("input", () => {
      this.#show();
      clearTimeout(this.#resting);
      this.#resting = setTimeout(() => this.#takeBrush(), REST);
    });
    this.#quality.addEventListener("change", () => {
      session.width = Number(this.#quality.value) || null;
      hooks.quality();
    });
    element("reset", HTMLButtonElement).addEventListener("click", () => this.#reset());
    this.#quality.append(new Option(text.page.qualityAuto, ""));
    this.#show();
  }

  /** Takes over the λ of the style in use, unless the visitor has set one. */
  followStyle() {
    const { model } = this.#session;
    if (this.#lambdaFollows && model) this.#setLambda(model.lambda);
  }

  /** Called when the engine is new: the range of the brush is its own. */
  followEngine() {
    const { smallest, largest } = this.#session.brushes;
    // To two digits, for the slider's steps to meet the middle and both ends.
    this.#brush.min = Math.log2(smallest).toFixed(2);
    this.#brush.max = Math.log2(largest).toFixed(2);
    this.#brush.valueAsNumber = Math.log2(this.#session.brush);
    this.#show();
  }

  /**
   * Offers the widths that there are; those that the style in use lacks cannot be chosen.
   *
   * @param {StyleEntry[]} styles
   * @param {StyleEntry | null} current
   */
  offerWidths(styles, current) {
    const widths = new Set(styles.flatMap(({ models }) => models.map(({ width }) => width)));
    const options = [...widths]
      .sort((a, b) => a - b)
      .map((width) => {
        const option = new Option(text.quality(width), String(width));
        option.disabled = current !== null && !current.models.some((model) => model.width === width);
        return option;
      });
    this.#quality.replaceChildren(new Option(text.page.qualityAuto, ""), ...options);
    this.#quality.value = String(this.#session.width ?? "");
    this.#quality.disabled = options.length < 2;
  }

  #read() {
    this.#session.strength = this.#strength.valueAsNumber;
    this.#show();
    this.#hooks.options();
  }

  #reset() {
    this.#lambdaFollows = true;
    this.#strength.valueAsNumber = 1;
    this.#brush.valueAsNumber = 0;
    this.#takeBrush();
    this.#setLambda(this.#session.model?.lambda ?? 10);
    this.#read();
    if (this.#session.width === null) return;
    this.#session.width = null;
    this.#quality.value = "";
    this.#hooks.quality();
  }

  #takeBrush() {
    clearTimeout(this.#resting);
    // Even steps are even factors.
    const brush = 2 ** this.#brush.valueAsNumber;
    if (brush === this.#session.brush) return;
    this.#session.brush = brush;
    this.#hooks.options();
  }

  /** @param {number} lambda Exactly this one, also between two steps of the slider. */
  #setLambda(lambda) {
    this.#fidelity.valueAsNumber = (3 - Math.log10(Math.max(lambda, 0.1))) / 4;
    this.#session.lambda = lambda;
    this.#show();
  }

  #show() {
    const rows = /** @type {const} */ ([
      [this.#strength, this.#strengthValue, this.#strength.valueAsNumber],
      [this.#fidelity, this.#fidelityValue, this.#fidelity.valueAsNumber],
      [this.#brush, this.#brushValue, 2 ** this.#brush.valueAsNumber],
    ]);
    for (const [slider, output, value] of rows) {
      const percent = text.percent(value);
      output.textContent = percent;
      slider.setAttribute("aria-valuetext", percent);
    }
  }
}
