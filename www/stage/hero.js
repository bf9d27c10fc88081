// @ts-check
/**
 * What is on stage before anything else: three portraits, painted right of a line. The line moves once by itself, by the
 * style sheet, and then with the pointer.
 */

import { element } from "../ui/dom.js";

export class Hero {
  #root = element("hero", HTMLElement);

  constructor() {
    this.#root.addEventListener("pointermove", (event) => this.#follow(event));
    this.#root.addEventListener("pointerdown", (event) => this.#follow(event));
    // Without them the words are enough.
    for (const image of this.#root.querySelectorAll("img")) image.addEventListener("error", () => this.#root.remove());
  }

  /** @param {PointerEvent} event */
  #follow({ clientX }) {
    const { left, width } = this.#root.getBoundingClientRect();
    this.#root.classList.add("held");
    this.#root.style.setProperty("--across", `${(100 * (clientX - left)) / width}%`);
  }
}
