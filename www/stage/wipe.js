// @ts-check
/**
 * Before and after: a line across the stage, the photo on its left and the painting on its right. A range input lies
 * over the stage, so that finger, mouse and arrow keys move the line alike.
 */

import { element } from "../ui/dom.js";
import * as text from "../ui/text.js";

export class Wipe {
  #button = element("compare", HTMLButtonElement);
  #slider = element("wipe", HTMLInputElement);
  /** @type {import("./stage.js").Stage} */
  #stage;

  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.#stage = stage;
    this.#button.addEventListener("click", () => this.show(!this.on));
    this.#slider.addEventListener("input", () => this.#move());
    this.#slider.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.show(false);
      this.#button.focus();
    });
    this.#move();
  }

  get on() {
    return this.#button.getAttribute("aria-pressed") === "true";
  }

  /** @param {boolean} yes */
  show(yes) {
    this.#button.setAttribute("aria-pressed", String(yes));
    this.#slider.hidden = !yes;
    this.#stage.compare(yes);
    if (yes) this.#slider.focus({ preventScroll: true });
  }

  /** Allows comparing while there is something to compare with. @param {boolean} possible */
  allow(possible) {
    this.#button.disabled = !possible;
    if (!possible && this.on) this.show(false);
  }

  #move() {
    const percent = this.#slider.valueAsNumber;
    this.#stage.wipe = percent / 100;
    this.#slider.setAttribute("aria-valuetext", text.wipeValue(percent / 100));
  }
}
