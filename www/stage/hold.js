// @ts-check
/** The picture held down shows what it was painted from; tapped twice, it is compared along a line. */

import { element } from "../ui/dom.js";

/** Milliseconds after which a press is no tap. */
const HOLD = 160;

export class Hold {
  #root = element("stage", HTMLElement);
  /** @type {import("./stage.js").Stage} */
  #stage;
  #timer = 0;

  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.#stage = stage;
    this.#root.addEventListener("pointerdown", (event) => this.#press(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      this.#root.addEventListener(end, () => this.#release());
    }
    // A finger that rests on a picture is offered a menu otherwise.
    this.#root.addEventListener("contextmenu", (event) => {
      if (stage.held) event.preventDefault();
    });
    this.#root.addEventListener("dblclick", () => {
      if (stage.painted) element("compare", HTMLButtonElement).click();
    });
  }

  /** @param {PointerEvent} event */
  #press({ target, button, isPrimary }) {
    const onPicture = target instanceof HTMLCanvasElement || target === this.#root;
    if (!onPicture || button !== 0 || !isPrimary || !this.#stage.painted) return;
    this.#timer = setTimeout(() => (this.#stage.held = true), HOLD);
  }

  #release() {
    clearTimeout(this.#timer);
    this.#stage.held = false;
  }
}
