// @ts-check
/** A long job on the page: a bar that shows how far it is, and a button that ends it. One job at a time. */

import { element } from "../ui/dom.js";
import { onCancel } from "../ui/keyboard.js";
import { sayInTitle } from "../ui/messages.js";
import { percent } from "../ui/numbers.js";
import * as text from "../ui/text.js";

export class Job {
  #box = element("job", HTMLElement);
  #bar = element("job-bar", HTMLProgressElement);
  #label = element("job-label", HTMLElement);
  #share = element("job-share", HTMLElement);
  #cancel = element("job-cancel", HTMLButtonElement);
  /** @type {AbortController | null} */
  #controller = null;
  /** @type {() => void} */
  #changed;

  /** @param {() => void} changed A job has begun or ended: `running` is another. */
  constructor(changed) {
    this.#changed = changed;
    this.#cancel.addEventListener("click", () => this.#controller?.abort());
  }

  /** Whether one is under way. */
  get running() {
    return this.#controller !== null;
  }

  /**
   * Shows the bar for as long as `work` takes.
   *
   * @template T
   * @param {string} label
   * @param {(watch: import("../engine/rpc.js").Watch<number>) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(label, work) {
    const controller = new AbortController();
    this.#controller = controller;
    this.#label.textContent = label;
    this.#show(0);
    this.#box.hidden = false;
    // What began the job is about to be disabled, and must not take the focus with it; nor the button at the end.
    if (document.activeElement?.closest(".toolbar, #results")) this.#cancel.focus();
    this.#changed();
    const ended = onCancel(() => controller.abort());
    try {
      const done = await work({ signal: controller.signal, onProgress: (share) => this.#show(share) });
      sayInTitle(text.page.titleDone);
      return done;
    } finally {
      const focused = this.#box.contains(document.activeElement);
      ended();
      this.#controller = null;
      this.#changed();
      if (focused) element("save", HTMLButtonElement).focus();
      this.#box.hidden = true;
    }
  }

  /** @param {number} share Done, from 0 to 1. */
  #show(share) {
    this.#bar.value = share;
    this.#share.textContent = percent(share);
  }
}
