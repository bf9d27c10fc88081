// @ts-check
/** The photo on stage: decoded, painted, and painted again whenever what it is painted with changes. */

import { isEngineEnd } from "../engine/client.js";
import { LimnError } from "../limn/error.js";
import { WHOLE } from "../media/cut.js";
import { decodePhoto } from "../media/decode.js";
import { fail, isBusy, say } from "../ui/messages.js";
import * as text from "../ui/text.js";

/**
 * @typedef {import("../engine/session.js").Session} Session
 * @typedef {import("../stage/stage.js").Stage} Stage
 * @typedef {import("../media/decode.js").Photo} Decoded
 * @typedef {import("../media/cut.js").Cut} Cut
 */

/** Longest side of a photo as it is shown, in pixels. */
const LARGEST = 2048;
/** A repaint that takes longer than this, in milliseconds, is announced. */
const PATIENCE = 300;

export class Photo {
  /** @type {Session} */
  #session;
  /** @type {Stage} */
  #stage;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** @type {ImageData | null} */
  #image = null;
  /** Another picture, whose light and colours the painting takes. @type {import("../engine/worker.js").Match | null} */
  #match = null;
  /** From the painting's colours to those. @type {string | null} */
  #map = null;
  /** The photo's file. @type {Blob | null} */
  #file = null;
  /** What of it is on stage. */
  #cut = WHOLE;
  /** Whether it has more pixels there than are on show. */
  #scaled = false;
  /** What to add once it is painted, e.g. that it was scaled down. */
  #note = "";
  /** Whether the coming painting is to be announced. */
  #announce = false;
  /** Timer after which a painting is announced. */
  #patience = 0;
  /** Whether what it is painted with has changed since the painting under way began. */
  #dirty = false;
  #painting = false;

  /** Paintings since the page was opened. */
  count = 0;
  /** Milliseconds that the last one took. */
  milliseconds = 0;

  /**
   * @param {Session} session
   * @param {Stage} stage
   * @param {import("../engine/events.js").Events} events
   */
  constructor(session, stage, events) {
    this.#session = session;
    this.#stage = stage;
    this.#events = events;
    const anew = () => {
      if (!this.#image || !session.ready) return;
      this.#announce = true;
      this.repaint();
    };
    events.on("engine-started", anew);
    events.on("style-changed", anew);
    events.on("settings-changed", () => this.repaint());
    events.on("cut-wanted", (cut) => this.crop(cut).catch((error) => fail(LimnError.from(error))));
    events.on("stage-changed", () => {
      if (stage.mode !== "photo") this.#image = this.#file = null;
    });
  }

  /**
   * Decodes a photo, in the engine's worker if one is running, which leaves the page free meanwhile.
   *
   * @param {Blob} file
   * @param {Readonly<Cut>} [cut]
   * @param {number} [longest] Side of what comes, in pixels.
   * @returns {Promise<Decoded>}
   * @throws {LimnError} `photo-…`
   */
  async decode(file, cut, longest = LARGEST) {
    const { client } = this.#session;
    try {
      if (client) return await client.call("decode", { file, longest, cut });
    } catch (error) {
      if (!isEngineEnd(error)) throw error;
    }
    return decodePhoto(file, longest, cut);
  }

  /** What of the photo's file is on stage, and the whole of it. @returns {Promise<{ cut: Readonly<Cut>, whole: ImageData } | null>} Null where there is none. */
  async whole() {
    return this.#file && { cut: this.#cut, whole: (await this.decode(this.#file)).image };
  }

  /** Has another part of the photo's file on stage. @param {Readonly<Cut>} cut */
  async crop(cut) {
    const file = this.#file;
    if (!file) return;
    const photo = await this.decode(file, cut);
    // Another one was opened meanwhile.
    if (file !== this.#file) return;
    this.show(photo, cut);
    this.#events.emit("cut-changed", cut);
    await this.repaint();
  }

  /** Puts a photo on stage. @param {Decoded} photo @param {Readonly<Cut>} [cut] What of its file it is. */
  show({ image, full, file, animated }, cut = WHOLE) {
    this.#stage.show("photo");
    this.#stage.showOriginal(image);
    this.#image = image;
    this.#file = file;
    this.#cut = cut;
    this.#scaled = full !== null;
    this.#note = [
      animated ? text.status.photoAnimated : "",
      full ? text.status.photoScaled(LARGEST, full.width, full.height) : "",
    ].filter(Boolean).join(" ");
    this.#announce = true;
    this.#events.emit("stage-changed");
  }

  get match() {
    return this.#match;
  }

  set match(match) {
    if (match?.reference !== this.#match?.reference) this.#announce = true;
    this.#match = match;
    this.repaint();
  }

  /** From the painting's colours to those of the other picture, for what is painted at full size. */
  get transfer() {
    return this.#image && this.#match && this.#map ? { map: this.#map, strength: this.#match.strength } : null;
  }

  /** Whether the photo has more pixels than are on show. */
  get hasMore() {
    return this.#scaled;
  }

  /**
   * Paints the photo at the full size of its file, with style and settings of now.
   *
   * @param {import("../media/encode.js").ImageType} type
   * @param {import("../engine/rpc.js").Watch<number>} watch
   * @returns {Promise<Blob>}
   * @throws {LimnError} Those of `paintFullSize`; `disposed` where there is no engine; `no-picture` where there is no such photo.
   */
  async paintFullSize(type, watch) {
    const file = this.#file;
    const cut = this.#cut;
    const { transfer } = this;
    if (!file) throw new LimnError("no-picture");
    return this.#session.outlive(watch.signal, (engine) =>
      engine.call("fullSize", { file, cut, type, options: this.#session.options, transfer }, { watch }),
    );
  }

  /** Paints the photo, if there is one. Calls made while it is being painted count as one: a slider may call at every step. */
  async repaint() {
    this.#dirty = true;
    if (this.#painting || !this.#image) return;
    this.#painting = true;
    try {
      while (this.#dirty && this.#image && this.#session.ready) {
        this.#dirty = false;
        this.#busy(true);
        /** @type {ImageData} */
        const photo = this.#image;
        const painting = await this.#session.engine.paintPhoto(photo, this.#session.options, this.#match);
        if (photo === this.#image) this.#painted(painting);
        else painting.image.close();
      }
    } catch (error) {
      if (!isEngineEnd(error)) fail(LimnError.from(error));
    } finally {
      this.#painting = false;
      this.#busy(false);
    }
  }

  /** @param {import("../engine/client.js").Painting} painting */
  #painted({ image, milliseconds, map }) {
    this.#stage.showPainted(image);
    this.#map = map;
    this.count++;
    this.milliseconds = milliseconds;
    if (this.#announce) say("info", `${text.status.photoPainted} ${this.#note}`.trim());
    this.#announce = false;
    this.#events.emit("stage-changed");
  }

  /** @param {boolean} busy */
  #busy(busy) {
    this.#stage.busy = busy;
    clearTimeout(this.#patience);
    if (!busy) return;
    this.#patience = setTimeout(() => {
      this.#announce = true;
      if (!isBusy()) say("busy", text.status.photoPainting);
    }, PATIENCE);
  }
}
