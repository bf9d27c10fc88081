// @ts-check
/**
 * The gallery's cards painted from the visitor's own picture, one after the other, by a second engine on the CPU that
 * lives only as long as it takes. What is on stage goes first: while it is being painted, or a slider is on its way, no
 * card is begun. The styles' narrowest records will do. What was painted stays in the cards until another picture comes,
 * and nowhere else.
 */

import { BackgroundEngine } from "../engine/background.js";
import { isEngineEnd } from "../engine/client.js";
import { DEFAULTS } from "../engine/settings.js";
import { LimnError } from "../limn/error.js";
import { snapshot } from "../stage/snapshot.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";

/**
 * @typedef {import("./gallery.js").Gallery} Gallery
 * @typedef {import("../stage/stage.js").Stage} Stage
 * @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry
 * @typedef {import("../engine/catalogue.js").StyleModel} StyleModel
 */

/** Side of a card's picture in pixels. */
const SIDE = 128;
/** Where a square is cut from a tall picture: this share of what is left over lies above it, as heads do. */
const HEADROOM = 0.3;
/** For so many milliseconds nothing must have been changed or painted before a card is begun. */
const REST = 300;

export class Previews {
  /** @type {Stage} */
  #stage;
  /** @type {Gallery} */
  #gallery;
  /** @type {() => StyleEntry[]} */
  #styles;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** The engine at work. @type {BackgroundEngine | null} */
  #engine = null;
  /** What the cards are painted from. @type {ImageData | null} */
  #picture = null;
  /** Records with which it was painted, or could not be. @type {Set<StyleModel>} */
  #tried = new Set();
  /** When the visitor last changed something. */
  #changed = 0;

  /**
   * @param {Stage} stage
   * @param {Gallery} gallery
   * @param {() => StyleEntry[]} styles
   * @param {import("../engine/events.js").Events} events
   */
  constructor(stage, gallery, styles, events) {
    this.#stage = stage;
    this.#gallery = gallery;
    this.#styles = styles;
    this.#events = events;
    for (const event of /** @type {const} */ (["settings-changed", "style-wanted", "style-changed"])) {
      events.on(event, () => (this.#changed = performance.now()));
    }
  }

  /** Puts the stock thumbnails back: the picture has gone. */
  forget() {
    this.#end();
    this.#picture = null;
    this.#tried.clear();
    this.#gallery.dropPreviews();
  }

  /** Paints all cards anew, from the picture of now, and says so. */
  async repaint() {
    this.forget();
    say("busy", text.status.previewing);
    try {
      if (await this.paint()) say("info", text.status.previewed);
    } catch (error) {
      fail(LimnError.from(error));
    }
  }

  /**
   * Paints those cards that do not show the picture yet.
   *
   * @returns {Promise<boolean>} False where another picture came meanwhile, or there was nothing to do.
   * @throws {LimnError} Why there is no engine for it; then the stock thumbnails stay.
   */
  async paint() {
    this.#picture ??= squareOf(this.#stage);
    const picture = this.#picture;
    if (!picture || this.#engine || !this.#next()) return false;
    // A painting has just ended: the next one may follow.
    this.#changed = performance.now();
    await this.#rest();
    if (this.#engine || picture !== this.#picture) return false;
    const engine = new BackgroundEngine(this.#events);
    this.#engine = engine;
    try {
      for (let style = this.#next(); style; style = this.#next()) {
        await this.#rest();
        if (this.#engine !== engine) return false;
        await this.#paintOne(engine, style, picture);
      }
      return true;
    } catch (error) {
      if (this.#engine === engine) throw error;
      return false;
    } finally {
      if (this.#engine === engine) this.#end();
    }
  }

  #end() {
    this.#engine?.dispose();
    this.#engine = null;
  }

  #next() {
    return this.#styles().find(({ models: [model] }) => !this.#tried.has(model));
  }

  /** Waits until nobody needs the machine for what is on stage. */
  async #rest() {
    while (this.#stage.busy || performance.now() - this.#changed < REST) {
      await new Promise((resolve) => setTimeout(resolve, REST));
    }
  }

  /**
   * @param {BackgroundEngine} engine
   * @param {StyleEntry} style
   * @param {ImageData} picture
   */
  async #paintOne(engine, style, picture) {
    const [model] = style.models;
    try {
      const image = await engine.paint(model, picture, DEFAULTS);
      if (this.#engine === engine) this.#gallery.preview(style.name, image);
      image.close();
    } catch (error) {
      if (isEngineEnd(error)) throw error;
      // One record that cannot be had is no reason to go without the others.
      console.warn(`Limn: no preview of ${style.name}`, error);
    }
    if (this.#engine === engine) this.#tried.add(model);
  }
}

/**
 * The middle of the picture before painting.
 *
 * @param {Stage} stage
 * @returns {ImageData | null}
 */
function squareOf(stage) {
  const { width, height } = stage.subject ?? { width: 0, height: 0 };
  const cut = Math.min(width, height);
  return snapshot(stage, { x: (width - cut) / 2, y: (height - cut) * HEADROOM, width: cut, height: cut }, SIDE, SIDE);
}
