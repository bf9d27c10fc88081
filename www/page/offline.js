// @ts-check
/**
 * The page's end of `service-worker.js`: says that the page works offline when it does, and that a new version is
 * there when one is. Where a browser has no service workers (private windows, plain http) nothing is said or done.
 */

import { element } from "../ui/dom.js";
import * as text from "../ui/text.js";

/** How often a page that stays open asks for a new version, in milliseconds. */
const UPDATE_INTERVAL = 60 * 60_000;

export class Offline {
  #line = element("offline", HTMLElement);
  #update = element("update", HTMLElement);
  #updateText = element("update-text", HTMLElement);
  #button = element("reload", HTMLButtonElement);
  /** Null before `start`; resolves to null where there are no service workers. @type {Promise<ServiceWorkerRegistration | null> | null} */
  #registered = null;
  /** The release that waits to be put to use. @type {ServiceWorker | null} */
  #next = null;
  /** Addresses of files to be kept. @type {Set<string>} */
  #used = new Set();
  /** Counts calls of `keep`, of which the last decides. */
  #turn = 0;

  /** Whether everything that this visit used is there without the network; null until that is known. @type {boolean | null} */
  works = null;
  /** Whether what comes late, such as dialogs, is there, too. */
  complete = false;

  /** @param {import("../engine/events.js").Events} events */
  constructor(events) {
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      if (data?.requests) events.emit("requests", { requests: data.requests, by: "service-worker" });
    });
    this.#button.addEventListener("click", () => this.#reload());
  }

  /** Begins to keep files. Not sooner than the page has what it needs itself: on slow lines these would get in its way. */
  start() {
    this.#registered = this.#register();
  }

  async #register() {
    try {
      if (!navigator.serviceWorker) throw new Error("This browser has no service workers here.");
      const registration = await navigator.serviceWorker.register("service-worker.js", { updateViaCache: "none" });
      registration.addEventListener("updatefound", () => this.#watch(registration));
      this.#watch(registration);
      setInterval(() => registration.update().catch(() => {}), UPDATE_INTERVAL);
      return registration;
    } catch (error) {
      console.info("Limn: not available offline.", error);
      return null;
    }
  }

  /**
   * Has kept what this visit used so far, beside the files that every visit needs, and says whether the page now works
   * offline. Does nothing before `start`.
   *
   * @param {"gpu" | "cpu"} engine The one in use.
   */
  async keep(engine) {
    if (!this.#registered) return;
    const turn = ++this.#turn;
    this.works = null;
    // The engine is loaded in a worker of its own, of whose requests browsers tell the page nothing.
    for (const file of [`limn/pkg/limn_${engine}.js`, `limn/pkg/limn_${engine}_bg.wasm`]) {
      this.#used.add(new URL(file, document.baseURI).href);
    }
    for (const { name } of performance.getEntriesByType("resource")) {
      if (name.startsWith(location.origin)) this.#used.add(name);
    }
    const registration = await this.#registered;
    const worker = registration && (registration.active ?? (await activated(registration)));
    const works = worker ? await ask(worker, { type: "keep", names: [...this.#used], late: false }) : false;
    if (turn !== this.#turn) return;
    this.works = works;
    this.#line.hidden = !works;
    if (!works || !worker || this.complete) return;
    // Not before the page has nothing else to do.
    await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
    this.complete = await ask(worker, { type: "keep", names: [], late: true });
  }

  /** Tells of a release that comes to wait. @param {ServiceWorkerRegistration} registration */
  #watch(registration) {
    const { installing, waiting } = registration;
    if (waiting && registration.active) this.#offer(waiting);
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && registration.active) this.#offer(installing);
    });
  }

  /** @param {ServiceWorker} next */
  #offer(next) {
    this.#next = next;
    // Also where it was put to use by another page: this one is of the old release.
    next.addEventListener("statechange", () => {
      if (next.state === "activated") location.reload();
    });
    this.#updateText.textContent = text.page.updateReady;
    this.#update.hidden = false;
  }

  async #reload() {
    if (!this.#next) return;
    if (!(await ask(this.#next, { type: "take-over" }))) this.#updateText.textContent = text.page.updateOtherTabs;
  }
}

/**
 * Waits for the first release to be installed.
 *
 * @param {ServiceWorkerRegistration} registration
 * @returns {Promise<ServiceWorker | null>} Null if that failed.
 */
function activated(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return Promise.resolve(registration.active);
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve(worker);
      if (worker.state === "redundant") resolve(null);
    });
  });
}

/**
 * @param {ServiceWorker} worker
 * @param {object} message
 * @returns {Promise<boolean>}
 */
function ask(worker, message) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data === true);
    worker.postMessage(message, [port2]);
  });
}
