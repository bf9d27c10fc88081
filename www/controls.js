// @ts-check
/** Strength, colour fidelity and quality: the visitor's settings, kept in the session and shown beside the sliders. */

import { element } from "./dom.js";
import * as text from "./text.js";

/**
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./styles.js").StyleEntry} StyleEntry
 *
 * @typedef {object} Hooks
 * @property {() => void} options Strength or λ have changed.
 * @property {() => void} quality Another width of network is wanted.
 */

export class Controls {
  #strength = element("strength", HTMLInputElement);
  #fidelity = element("fidelity", HTMLInputElement);
  #quality = element("quality", HTMLSelectElement);
  #strengthValue = element("strength-value", HTMLElement);
  #fidelityValue = element("fidelity-value", HTMLElement);
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
    this.#setLambda(this.#session.model?.lambda ?? 10);
    this.#read();
    if (this.#session.width === null) return;
    this.#session.width = null;
    this.#quality.value = "";
    this.#hooks.quality();
  }

  /** @param {number} lambda Exactly this one, also between two steps of the slider. */
  #setLambda(lambda) {
    this.#fidelity.valueAsNumber = (3 - Math.log10(Math.max(lambda, 0.1))) / 4;
    this.#session.lambda = lambda;
    this.#show();
  }

  #show() {
    const pairs = /** @type {const} */ ([
      [this.#strength, this.#strengthValue],
      [this.#fidelity, this.#fidelityValue],
    ]);
    for (const [slider, output] of pairs) {
      const percent = text.percent(slider.valueAsNumber);
      output.textContent = percent;
      slider.setAttribute("aria-valuetext", percent);
    }
  }
}
