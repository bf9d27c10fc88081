// @ts-check
/**
 * A look is all that a painting depends on but the picture: styles and settings. It can be undone and redone, together with
 * what is cut out of the photo; copied as a link; and kept on the device where the visitor agrees. What makes text of looks
 * comes when it is needed.
 */

import { LimnError } from "../limn/error.js";
import { WHOLE } from "../media/cut.js";
import { element } from "../ui/dom.js";
import { onLateClick } from "../ui/late.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";

/**
 * @typedef {import("../engine/session.js").Look} Look
 * @typedef {import("../media/cut.js").Cut} Cut
 *
 * @typedef {object} Step
 * @property {Look} look
 * @property {Readonly<Cut>} cut What is on stage of the photo.
 */

/** A change that rests for so many milliseconds is one to go back to; what a slider passes on its way is not. */
const REST = 300;
/** Steps that can be gone back. */
const MOST = 100;
const LINK = "#look=";
/** Where a look is kept, if it is: pages beside this one may share its storage. */
const KEPT = `limn look ${location.pathname}`;

export class Looks {
  #undo = element("undo", HTMLButtonElement);
  #redo = element("redo", HTMLButtonElement);
  #keep = element("keep-look", HTMLInputElement);
  /** @type {import("../engine/session.js").Session} */
  #session;
  /** What a look is put to use by. @type {{ styles: import("./styles.js").Styles, mix: import("./mix.js").Mix, controls: import("./controls.js").Controls }} */
  #panel;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** Oldest first. @type {Step[]} */
  #history = [];
  /** The one in use. */
  #at = -1;
  #cut = WHOLE;
  /** Looks that are being put to use. */
  #applying = 0;
  #resting = 0;

  /**
   * @param {import("../engine/session.js").Session} session
   * @param {{ styles: import("./styles.js").Styles, mix: import("./mix.js").Mix, controls: import("./controls.js").Controls }} panel
   * @param {import("../engine/events.js").Events} events
   */
  constructor(session, panel, events) {
    this.#session = session;
    this.#panel = panel;
    this.#events = events;
    for (const event of /** @type {const} */ (["settings-changed", "style-changed", "quality-changed"])) {
      events.on(event, () => {
        clearTimeout(this.#resting);
        this.#resting = setTimeout(() => this.#record(), REST);
      });
    }
    events.on("cut-changed", (cut) => {
      this.#cut = cut;
      this.#record();
    });
    events.on("picture-opened", () => this.#forgetCuts());
    this.#undo.addEventListener("click", () => this.#step(-1));
    this.#redo.addEventListener("click", () => this.#step(1));
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#follow());
    onLateClick("copy-look", () => this.#copy());
    this.#keep.checked = read() !== null;
    this.#keep.addEventListener("change", () => this.#store());
  }

  /**
   * The look that the page begins with, of its address or kept; null for that of every first visit.
   *
   * @returns {Promise<Look | null>}
   */
  async wanted() {
    const kept = read();
    const link = location.hash.startsWith(LINK);
    if (!link && kept === null) return null;
    try {
      const { parseLook } = await import("./look-text.js");
      return parseLook(link ? location.hash.slice(1) : (kept ?? ""));
    } catch (error) {
      fail(LimnError.from(error, "part-network"));
      return null;
    }
  }

  /** Begins with a look, once the styles are there. @param {Look | null} look */
  async begin(look) {
    if (look) await this.#apply(look);
    this.#record();
    if (look && location.hash.startsWith(LINK)) this.#tell(look);
  }

  /** Another link was opened in this tab. */
  async #follow() {
    const look = location.hash.startsWith(LINK) ? await this.wanted() : null;
    if (!look) return;
    await this.#apply(look);
    this.#record();
    this.#tell(look);
  }

  /** Shows what a link leads to, or says that it leads nowhere. @param {Look} look */
  #tell({ style }) {
    if (this.#session.style?.name === style) this.#events.emit("style-wanted", style);
    else say("info", text.status.lookUnknown);
  }

  /** @param {Look} look */
  async #apply({ style, second, settings }) {
    this.#applying++;
    try {
      this.#panel.controls.set(settings);
      await this.#panel.styles.use(style);
      await this.#panel.mix.use(second);
    } finally {
      this.#applying--;
      clearTimeout(this.#resting);
    }
  }

  /** Makes what is now something to go back to, if it is anything new. */
  #record() {
    const { look } = this.#session;
    const step = look && { look, cut: this.#cut };
    if (!step || this.#applying > 0 || same(step, this.#history[this.#at])) return;
    this.#history.splice(this.#at + 1, Infinity, step);
    this.#history.splice(0, this.#history.length - MOST);
    this.#at = this.#history.length - 1;
    this.#show();
  }

  /** Another picture is whole; what was cut out of the last one is nothing to go back to. */
  #forgetCuts() {
    this.#cut = WHOLE;
    const steps = this.#history.map(({ look }) => ({ look, cut: WHOLE }));
    // Of steps that have become the same, one is left.
    const kept = steps.flatMap((step, at) => (same(step, steps[at + 1]) ? [] : [at]));
    this.#history = kept.map((at) => steps[at]);
    this.#at = kept.findIndex((at) => at >= this.#at);
    this.#show();
  }

  /** @param {-1 | 1} by */
  async #step(by) {
    this.#record();
    const step = this.#history[this.#at + by];
    if (!step) return;
    this.#at += by;
    this.#show();
    const other = !same(step.cut, this.#cut);
    this.#cut = step.cut;
    if (!same(step.look, this.#session.look)) await this.#apply(step.look);
    if (other && this.#cut === step.cut) this.#events.emit("cut-wanted", step.cut);
  }

  #show() {
    this.#undo.disabled = this.#at <= 0;
    this.#redo.disabled = this.#at === this.#history.length - 1;
    if (this.#keep.checked) this.#store();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.#step(key === "y" || event.shiftKey ? 1 : -1);
  }

  async #copy() {
    const { look, model, secondModel } = this.#session;
    if (!look) return;
    if (model?.own || secondModel?.own) return say("info", text.status.lookOwn);
    const { lookText } = await import("./look-text.js");
    const address = new URL(location.href);
    // The visitor's language is not part of it.
    address.searchParams.delete("lang");
    address.hash = lookText({ ...look, settings: { ...look.settings, width: null } });
    try {
      await navigator.clipboard.writeText(address.href);
      say("info", text.status.lookCopied);
    } catch {
      history.replaceState(null, "", address.hash);
      say("info", text.status.lookInAddress);
    }
  }

  /** Keeps the look of now, or nothing any more, as the visitor wishes. */
  async #store() {
    try {
      if (!this.#keep.checked) return localStorage.removeItem(KEPT);
      const { lookText } = await import("./look-text.js");
      const { look } = this.#session;
      if (look && this.#keep.checked) localStorage.setItem(KEPT, lookText(look));
    } catch (error) {
      this.#keep.checked = false;
      fail(LimnError.from(error, "look-storage"));
    }
  }
}

/** @returns {string | null} What is kept on this device. */
function read() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    // The visitor lets no page keep anything.
    return null;
  }
}

/** @param {object} one @param {object | null | undefined} other */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
