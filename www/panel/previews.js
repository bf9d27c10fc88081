// @ts-check
/**
 * The gallery's thumbnails painted from the visitor's own picture, when asked for: small, by a second engine on the CPU
 * that lives only as long as it takes, so that what is on stage is painted on undisturbed. The styles' narrowest records
 * will do. What was painted stays in the cards until another picture comes, and nowhere else.
 */

import { fetchRecord } from "../engine/catalogue.js";
import { EngineClient, isEngineEnd } from "../engine/client.js";
import { DEFAULTS, paintOptions } from "../engine/settings.js";
import { LimnError } from "../limn/error.js";
import { element } from "../ui/dom.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";

/**
 * @typedef {import("./gallery.js").Gallery} Gallery
 * @typedef {import("../stage/stage.js").Stage} Stage
 * @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry
 */

/** Side of a thumbnail in pixels. */
const SIDE = 128;
/** Where a square is cut from a tall picture: this share of what is left over lies above it, as heads do. */
const HEADROOM = 0.3;

export class Previews {
  #button = element("preview", HTMLButtonElement);
  /** @type {Stage} */
  #stage;
  /** @type {Gallery} */
  #gallery;
  /** @type {() => StyleEntry[]} */
  #styles;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** The engine at work. @type {EngineClient | null} */
  #client = null;

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
    events.on("stage-changed", () => {
      if (stage.mode === "empty") this.#forget();
    });
    events.on("picture-opened", () => this.#forget());
  }

  /** Leaves the cards as they are by now. */
  cancel() {
    this.#client?.dispose();
    this.#client = null;
    this.#button.removeAttribute("aria-busy");
  }

  /** Puts the stock thumbnails back: the picture is another one. */
  #forget() {
    this.cancel();
    this.#gallery.dropPreviews();
  }

  /** Paints all of them, from the picture of now. */
  async paint() {
    const picture = thumbnailOf(this.#stage);
    if (!picture) return;
    this.cancel();
    const client = new EngineClient(
      () => {},
      (requests) => this.#events.emit("requests", { requests, by: "engine" }),
    );
    this.#client = client;
    this.#button.setAttribute("aria-busy", "true");
    say("busy", text.status.previewing);
    try {
      await client.create({ engine: "cpu" });
      for (const style of this.#styles()) await this.#paintOne(client, style, picture);
      if (this.#client === client) say("info", text.status.previewed);
    } catch (error) {
      // Cancelled, or failed: the stock thumbnails stay.
      if (this.#client === client) fail(LimnError.from(error));
    } finally {
      client.dispose();
      if (this.#client === client) this.cancel();
    }
  }

  /**
   * @param {EngineClient} client
   * @param {StyleEntry} style
   * @param {ImageData} picture
   */
  async #paintOne(client, style, picture) {
    const [model] = style.models;
    try {
      const bytes = await fetchRecord(model);
      await client.call("style", { bytes, sha256: model.sha256, slot: "first" });
      // Another record: the picture goes to the engine anew.
      const { image } = await client.call("photo", { image: picture, options: paintOptions(DEFAULTS, model, 0) });
      if (this.#client === client) this.#gallery.preview(style.name, image);
      image.close();
    } catch (error) {
      if (isEngineEnd(error)) throw error;
      // One record that cannot be had is no reason to go without the others.
      console.warn(`Limn: no preview of ${style.name}`, error);
    }
  }
}

/**
 * The middle of the picture before painting, as the visitor sees it.
 *
 * @param {Stage} stage
 * @returns {ImageData | null}
 */
function thumbnailOf(stage) {
  const { subject } = stage;
  if (!subject) return null;
  const { image, width, height } = subject;
  const cut = Math.min(width, height);
  const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  if (stage.mirrored) {
    context.translate(SIDE, 0);
    context.scale(-1, 1);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(image, (width - cut) / 2, (height - cut) * HEADROOM, cut, cut, 0, 0, SIDE, SIDE);
  return context.getImageData(0, 0, SIDE, SIDE);
}
