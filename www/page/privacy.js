// @ts-check
/**
 * The panel that says how a visitor can check that pictures stay here, with a count of all requests since the camera
 * or a photo was opened. A page that came by the network counts by the browser's own record, of itself and of the
 * engine's worker. That record does not tell what the service worker answers from memory (in Firefox); so where all
 * requests go through the service worker, it is the one that counts.
 */

import { element } from "../ui/dom.js";
import { dialog } from "../ui/keyboard.js";
import { requestsIn } from "../engine/requests.js";
import * as text from "../ui/text.js";

export class Privacy {
  #output = element("requests", HTMLElement);
  /** Whether there has been a picture to keep private. */
  #opened = false;
  #count = 0;
  /** Whether requests go through the service worker; a page keeps to what it started with. */
  #served = Boolean(navigator.serviceWorker?.controller);

  /** @param {import("../engine/events.js").Events} events */
  constructor(events) {
    dialog("how", "show-how");
    const observer = new PerformanceObserver((list) => this.#observed(requestsIn(list)));
    observer.observe({ type: "resource" });
    events.on("requests", ({ count, by }) => (by === "engine" ? this.#observed(count) : this.#add(count)));
    events.on("picture-opened", () => this.#pictureOpened());
    this.#show();
  }

  /** Counts requests of page or engine in the browser's record. @param {number} count */
  #observed(count) {
    if (!this.#served) this.#add(count);
  }

  /** Counts requests of the service worker. @param {number} count */
  #add(count) {
    this.#count += count;
    this.#show();
  }

  /** A picture has come to the page: counting begins anew. */
  #pictureOpened() {
    this.#opened = true;
    this.#count = 0;
    this.#show();
  }

  #show() {
    this.#output.textContent = this.#opened ? text.requestCount(this.#count) : text.page.howNoPicture;
    this.#output.dataset.count = String(this.#count);
  }
}
