// @ts-check
/** The picture held down shows what it was painted from; tapped twice, it is compared along a line. */

import { element } from "../ui/dom.js";

/** Milliseconds after which a press is no tap. */
const HOLD = 160;
/** CSS pixels that a finger may stray meanwhile. */
const SLACK = 6;

export class Hold {
  #root = element("stage", HTMLElement);
  /** @type {import("./stage.js").Stage} */
  #stage;
  #timer = 0;
  /** Where it was pressed. */
  #at = { x: 0, y: 0 };

  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.#stage = stage;
    this.#root.addEventListener("pointerdown", (event) => this.#press(event));
    this.#root.addEventListener("pointermove", ({ clientX, clientY }) => {
      // It is dragged, not held.
      if (Math.hypot(clientX - this.#at.x, clientY - this.#at.y) > SLACK) clearTimeout(this.#timer);
    });
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
  #press({ target, button, isPrimary, clientX, clientY }) {
    const onPicture = target instanceof HTMLCanvasElement || target === this.#root;
    // A second finger is there to zoom.
    this.#release();
    if (!onPicture || button !== 0 || !isPrimary || !this.#stage.painted) return;
    this.#at = { x: clientX, y: clientY };
    this.#timer = setTimeout(() => (this.#stage.held = true), HOLD);
  }

  #release() {
    clearTimeout(this.#timer);
    this.#stage.held = false;
  }
}
