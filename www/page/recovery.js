// @ts-check
/**
 * Starts engines, and starts one again when it is lost: by itself up to three times in ten minutes, then with an offer
 * to go on with the CPU. The session keeps photo, style and settings meanwhile.
 */

import { element } from "../ui/dom.js";
import { LimnError } from "../limn/error.js";
import { fail, hideNotice, say, showNotice } from "../ui/messages.js";
import * as text from "../ui/text.js";

/** An engine lost more often than this in `WINDOW` is given up. */
const MAX_RESTARTS = 3;
/** In milliseconds. */
const WINDOW = 10 * 60_000;

export class Recovery {
  #line = element("engine", HTMLElement);
  /** @type {import("../engine/session.js").Session} */
  #session;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** @type {import("../limn/limn.js").EngineChoice} */
  #choice;
  /** Times at which an engine was lost. @type {number[]} */
  #losses = [];

  /** Engines started again since the page was opened. */
  restarts = 0;

  /**
   * @param {import("../engine/session.js").Session} session
   * @param {import("../limn/limn.js").EngineChoice} choice
   * @param {import("../engine/events.js").Events} events
   */
  constructor(session, choice, events) {
    this.#session = session;
    this.#choice = choice;
    this.#events = events;
    events.on("engine-lost", (error) => this.#lost(error));
    element("use-cpu", HTMLButtonElement).addEventListener("click", () => this.#useCpu());
  }

  /** Starts the engine of choice and shows what came of it. @returns {Promise<boolean>} Whether one runs. */
  async start() {
    try {
      const info = await this.#session.start(this.#choice);
      this.#line.textContent = text.engineLine(info);
      Object.assign(this.#line.dataset, { engine: info.engine, adapter: info.adapter, precision: info.precision });
      if (info.engine === "gpu") hideNotice();
      else showNotice(info.reason ? text.cpuNotice(info.reason) : text.notice.cpuChosen, info.reason ?? "cpu-chosen");
      return true;
    } catch (error) {
      const failure = LimnError.from(error);
      if (failure.code === "disposed") return false;
      this.#giveUp(failure, failure.code, this.#choice === "gpu");
      return false;
    }
  }

  /** A running engine has gone. @param {LimnError} error */
  async #lost(error) {
    console.error(`Limn: engine lost (${error.code}): ${error.message}`);
    const now = performance.now();
    this.#losses = [...this.#losses.filter((time) => now - time < WINDOW), now];
    delete this.#line.dataset.engine;
    this.#line.textContent = "";
    if (this.#losses.length > MAX_RESTARTS) {
      this.#giveUp(new LimnError("engine-gone"), error.code, this.#session.info?.engine === "gpu");
      return;
    }
    this.restarts++;
    say("busy", text.status.restarting(this.#losses.length, MAX_RESTARTS), error.code);
    if (!(await this.start())) return;
    say("info", text.status.restarted);
    this.#events.emit("engine-replaced");
  }

  async #useCpu() {
    this.#choice = "cpu";
    this.#losses = [];
    hideNotice();
    say("busy", text.status.switching);
    if (!(await this.start())) return;
    say("info", text.status.ready);
    this.#events.emit("engine-replaced");
  }

  /**
   * @param {LimnError} failure
   * @param {string} code Of what led to it.
   * @param {boolean} offerCpu
   */
  #giveUp(failure, code, offerCpu) {
    this.#session.blocked = failure;
    fail(failure);
    if (offerCpu) showNotice(text.notice.tryCpu, code, true);
  }
}
