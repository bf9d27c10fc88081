// @ts-check
/** The painted picture in the visitor's hands: saved as JPEG or PNG, copied to the clipboard, shared. */

import { isEngineEnd } from "../engine/client.js";
import { LimnError } from "../limn/error.js";
import { encode } from "../media/encode.js";
import { element } from "../ui/dom.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";
import { offerDownload } from "./download.js";
import { fileName } from "./file-name.js";
import { Job } from "./job.js";
import { thumbnail } from "./shelf.js";

/** @typedef {import("../media/encode.js").ImageType} ImageType */

/** @type {Record<ImageType, string>} */
const ENDINGS = { "image/png": "png", "image/jpeg": "jpg" };

export class Results {
  #save = element("save", HTMLButtonElement);
  #more = element("results", HTMLElement);
  #job = new Job(() => this.#show());
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  /** @type {import("../engine/session.js").Session} */
  #session;
  /** @type {import("../sources/photo.js").Photo} */
  #photo;
  /** @type {import("./shelf.js").Shelf} */
  #shelf;
  /** Whether there is a painted picture. */
  #possible = false;
  /** A picture that was too long in the making to be shared at once, and the settings it was made with. */
  #kept = { settings: "", file: /** @type {File | null} */ (null) };

  /**
   * @param {import("../stage/stage.js").Stage} stage
   * @param {import("../engine/session.js").Session} session
   * @param {import("../sources/photo.js").Photo} photo
   * @param {import("./shelf.js").Shelf} shelf Keeps what is saved.
   * @param {import("../engine/events.js").Events} events
   */
  constructor(stage, session, photo, shelf, events) {
    this.#stage = stage;
    this.#session = session;
    this.#photo = photo;
    events.on("stage-changed", () => this.#allow(stage.painted));
    this.#shelf = shelf;
    const png = element("save-png", HTMLButtonElement);
    const copy = element("copy", HTMLButtonElement);
    const share = element("share", HTMLButtonElement);
    this.#save.addEventListener("click", () => this.save("image/jpeg"));
    png.addEventListener("click", () => this.save("image/png"));
    copy.addEventListener("click", () => this.copy());
    share.addEventListener("click", () => this.share());
    copy.hidden = typeof ClipboardItem !== "function" || !navigator.clipboard?.write;
    share.hidden = !canShareFiles();
  }

  /** @param {boolean} possible Whether there is a painted picture. */
  #allow(possible) {
    this.#possible = possible;
    if (!possible) this.#kept = { settings: "", file: null };
    this.#show();
  }

  /** @param {ImageType} type */
  async save(type) {
    await this.#hand("save-failed", async () => {
      const name = this.#name(type);
      const { blob, picture } = await this.#picture(type);
      offerDownload(blob, name);
      this.#shelf.add({ blob, name, picture });
      say("info", text.status.saved(name));
    });
  }

  async copy() {
    await this.#hand("copy-failed", async () => {
      const picture = this.#picture("image/png").then(({ blob }) => blob);
      // Where the clipboard fails first, nobody else waits for the picture.
      picture.catch(() => {});
      // The promise goes in as it is: Safari wants the call to follow the click at once.
      const written = navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
      // The clipboard's own error says less than the picture's.
      await Promise.all([picture, written]);
      say("info", text.status.copied);
    });
  }

  async share() {
    await this.#hand("share-failed", async () => {
      const type = "image/jpeg";
      const settings = this.#settings();
      const kept = this.#kept.settings === settings ? this.#kept.file : null;
      const file = kept ?? new File([(await this.#picture(type)).blob], this.#name(type), { type });
      if (navigator.userActivation?.isActive === false) {
        // Browsers open the share sheet for some seconds after a click only.
        this.#kept = { settings, file };
        return say("info", text.status.shareAgain);
      }
      this.#kept = { settings: "", file: null };
      try {
        await navigator.share({ files: [file] });
      } catch (error) {
        // The visitor thought better of it.
        if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      }
    });
  }

  /**
   * The painted picture as a file: what is on show, or a photo that is shown smaller than it is at its full size. A
   * thumbnail of it is made at once, for the picture on show may have moved on when the file is done.
   *
   * @param {ImageType} type
   * @throws {LimnError} `no-picture`, `save-failed`, and those of `paintFullSize`
   */
  async #picture(type) {
    const make = async (/** @type {import("../engine/rpc.js").Watch<number> | void} */ watch) => {
      const shown = await this.#stage.picture();
      try {
        const picture = thumbnail(shown);
        const blob = await (watch ? this.#photo.paintFullSize(type, watch) : encode(shown, type));
        return { blob, picture };
      } finally {
        shown.close();
      }
    };
    const whole = this.#stage.mode === "photo" && this.#photo.hasMore;
    return whole ? this.#job.run(text.status.fullSize, make) : make();
  }

  /**
   * @param {import("../limn/error.js").Code} code Of the error where it fails.
   * @param {() => Promise<void>} give
   */
  async #hand(code, give) {
    if (!this.#possible || this.#job.running) return;
    try {
      await give();
    } catch (error) {
      if (error instanceof LimnError && error.code === "cancelled") return say("info", text.status.cancelled, "cancelled");
      fail(error instanceof LimnError && !isEngineEnd(error) ? error : new LimnError(code, "", { cause: error }));
    }
  }

  /** One picture at a time. */
  #show() {
    this.#save.disabled = !this.#possible || this.#job.running;
    this.#more.hidden = this.#save.disabled;
    element("crop", HTMLButtonElement).hidden = this.#stage.mode !== "photo";
  }

  /** Whatever a painting of the photo depends on. */
  #settings() {
    const { style, second, model, secondModel, options } = this.#session;
    return JSON.stringify([style?.name, second?.name, model?.file, secondModel?.file, options, this.#photo.match]);
  }

  /** @param {ImageType} type */
  #name(type) {
    return fileName(this.#session.styleTitle, ENDINGS[type]);
  }
}

/** Whether the browser shares picture files; many share addresses only. */
function canShareFiles() {
  const file = new File([new Uint8Array(1)], "limn.jpg", { type: "image/jpeg" });
  return navigator.canShare?.({ files: [file] }) ?? false;
}
