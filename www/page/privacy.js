// @ts-check
/**
 * Takes note of all requests since the camera or a photo was opened, for the panel that says how a visitor can check that
 * pictures stay here. A page that came by the network notes what the browser's own record says, of itself and of the
 * engine's worker. That record does not tell what the service worker answers from memory (in Firefox); so where all
 * requests go through the service worker, it is the one that takes note.
 */

import { requestsIn } from "../engine/requests.js";
import { onLateClick } from "../ui/late.js";

/** @typedef {import("../engine/requests.js").Request} Request */

export class Privacy {
  /** Since there has been a picture to keep private; null before. @type {Request[] | null} */
  #requests = null;
  /** What the browser has stopped since the page was opened. @type {import("../dialogs/privacy.js").Stopped[]} */
  #stopped = [];
  /** Whether requests go through the service worker; a page keeps to what it started with. */
  #served = Boolean(navigator.serviceWorker?.controller);
  /** Shows the panel anew, once there is one. */
  #show = () => {};

  /** @param {import("../engine/events.js").Events} events */
  constructor(events) {
    onLateClick("show-how", async () => {
      const { show, open } = await import("../dialogs/privacy.js");
      this.#show = () => show(this.#requests, this.#stopped);
      this.#show();
      open();
    });
    const observer = new PerformanceObserver((list) => this.#observed(requestsIn(list)));
    observer.observe({ type: "resource" });
    events.on("requests", ({ requests, by }) => (by === "engine" ? this.#observed(requests) : this.#add(requests)));
    events.on("picture-opened", () => {
      // Listing begins anew.
      this.#requests = [];
      this.#show();
    });
    document.addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) => {
      this.#stopped.push({ url: blockedURI, directive: effectiveDirective });
      this.#show();
    });
  }

  /** Requests of page or engine in the browser's record. @param {Request[]} requests */
  #observed(requests) {
    if (!this.#served) this.#add(requests);
  }

  /** @param {Request[]} requests */
  #add(requests) {
    this.#requests?.push(...requests);
    this.#show();
  }
}
