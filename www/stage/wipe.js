// @ts-check
/**
 * Before and after: a line across the stage, the photo on its left and the painting on its right. A range input lies
 * over the stage, so that finger, mouse and arrow keys move the line alike.
 */

import { element } from "../ui/dom.js";
import { onCancel } from "../ui/keyboard.js";
import * as text from "../ui/text.js";

export class Wipe {
  #button = element("compare", HTMLButtonElement);
  #slider = element("wipe", HTMLInputElement);
  /** @type {import("./stage.js").Stage} */
  #stage;
  /** Takes back what Escape would do. */
  #ended = () => {};

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {import("../engine/events.js").Events} events
   */
  constructor(stage, events) {
    this.#stage = stage;
    this.#button.addEventListener("click", () => this.#show(!this.#on));
    this.#slider.addEventListener("input", () => this.#move());
    events.on("stage-changed", () => this.#allow(stage.painted));
    this.#move();
  }

  get #on() {
    return this.#button.getAttribute("aria-pressed") === "true";
  }

  /** @param {boolean} yes */
  #show(yes) {
    this.#ended();
    if (yes) this.#ended = onCancel(() => this.#cancel());
    this.#button.setAttribute("aria-pressed", String(yes));
    this.#slider.hidden = !yes;
    this.#stage.compare(yes);
    if (yes) this.#slider.focus({ preventScroll: true });
  }

  /** Allows comparing while there is something to compare with. @param {boolean} possible */
  #allow(possible) {
    this.#button.disabled = !possible;
    if (!possible && this.#on) this.#show(false);
  }

  #cancel() {
    this.#show(false);
    this.#button.focus();
  }

  #move() {
    const percent = this.#slider.valueAsNumber;
    this.#stage.wipe = percent / 100;
    this.#slider.setAttribute("aria-valuetext", text.wipeValue(percent / 100));
  }
}
