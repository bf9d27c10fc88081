// @ts-check
/**
 * The panel that says how a visitor can check that pictures stay here, with a count of all requests since the camera
 * or a photo was opened: the browser's own record, of the page and of the engine's worker.
 */

import { element } from "./dom.js";
import { dialog } from "./keyboard.js";
import { requestsIn } from "./requests.js";
import * as text from "./text.js";

export class Privacy {
  #output = element("requests", HTMLElement);
  /** Whether there has been a picture to keep private. */
  #opened = false;
  #count = 0;

  constructor() {
    dialog("how", "show-how");
    const observer = new PerformanceObserver((list) => this.add(requestsIn(list)));
    observer.observe({ type: "resource" });
    this.#show();
  }

  /** Counts requests. @param {number} count */
  add(count) {
    this.#count += count;
    this.#show();
  }

  /** A picture has come to the page: counting begins anew. */
  pictureOpened() {
    this.#opened = true;
    this.#count = 0;
    this.#show();
  }

  #show() {
    this.#output.textContent = this.#opened ? text.requestCount(this.#count) : text.page.howNoPicture;
    this.#output.dataset.count = String(this.#count);
  }
}
