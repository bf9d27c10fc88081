// @ts-check
/** Stills from the camera by self-timer: a countdown that can be seen, heard and cancelled, then one picture or several. */

import { LimnError } from "../limn/error.js";
import { encode } from "../media/encode.js";
import { element } from "../ui/dom.js";
import { onCancel } from "../ui/keyboard.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";
import { fileName } from "./file-name.js";

/** Seconds from the click to the first picture. */
const COUNTDOWN = 3;
/** Pictures in a series, one a second. */
const SERIES = 4;
const SECOND = 1000;

export class Shots {
  #buttons = [
    { button: element("timer", HTMLButtonElement), count: 1 },
    { button: element("series", HTMLButtonElement), count: SERIES },
  ];
  #display = element("countdown", HTMLElement);
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  /** @type {() => string} */
  #style;
  /** @type {import("./shelf.js").Shelf} */
  #shelf;
  /** Cancels what is under way. @type {AbortController | null} */
  #running = null;

  /**
   * @param {import("../stage/stage.js").Stage} stage
   * @param {() => string} style Title of the style in use, for the files' names.
   * @param {import("./shelf.js").Shelf} shelf
   */
  constructor(stage, style, shelf) {
    this.#stage = stage;
    this.#style = style;
    this.#shelf = shelf;
    for (const { button, count } of this.#buttons) {
      button.addEventListener("click", () => (this.#running ? this.#cancelled() : this.#take(button, count)));
    }
  }

  /** @param {boolean} possible Whether there are painted pictures to keep. */
  allow(possible) {
    for (const { button } of this.#buttons) button.disabled = !possible;
  }

  /** Ends a countdown or a series without a word; pictures taken already are kept. */
  cancel() {
    this.#running?.abort();
  }

  #cancelled() {
    this.cancel();
    say("info", text.status.timerCancelled);
  }

  /** @param {HTMLButtonElement} button @param {number} count */
  async #take(button, count) {
    const running = new AbortController();
    this.#running = running;
    const ended = onCancel(() => this.#cancelled());
    button.setAttribute("aria-pressed", "true");
    try {
      for (let left = COUNTDOWN; left > 0; left--) {
        this.#show(String(left));
        await pause(SECOND, running.signal);
      }
      for (let taken = 1; taken <= count; taken++) {
        // The count of the series stands where the seconds stood.
        this.#show(count > 1 ? text.shot(taken, count) : "");
        await this.#keep();
        if (taken < count) await pause(SECOND, running.signal);
      }
      say("info", text.status.shotsTaken(count));
    } catch (error) {
      if (!running.signal.aborted) fail(LimnError.from(error, "save-failed"));
    } finally {
      ended();
      this.#running = null;
      this.#show("");
      button.setAttribute("aria-pressed", "false");
    }
  }

  async #keep() {
    this.#flash();
    const picture = await this.#stage.picture();
    try {
      const blob = await encode(picture, "image/jpeg");
      this.#shelf.add({ blob, name: fileName(this.#style(), "jpg"), picture });
    } finally {
      picture.close();
    }
  }

  /** @param {string} words */
  #show(words) {
    this.#display.textContent = words;
    this.#display.hidden = words === "";
  }

  #flash() {
    const stage = element("stage", HTMLElement);
    stage.animate([{ filter: "brightness(1.6)" }, { filter: "none" }], reducedMotion() ? 0 : 250);
  }
}

function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal Rejects at once when aborted.
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
