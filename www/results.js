// @ts-check
/** The painted picture in the visitor's hands: saved as PNG or JPEG, copied to the clipboard, shared. */

import { element } from "./dom.js";
import { fileName } from "./file-name.js";
import { LimnError } from "./limn.js";
import { fail, say } from "./messages.js";
import { encode, offerDownload } from "./photo.js";
import * as text from "./text.js";

/** @typedef {"image/png" | "image/jpeg"} ImageType */

/** @type {Record<ImageType, string>} */
const ENDINGS = { "image/png": "png", "image/jpeg": "jpg" };

export class Results {
  #save = element("save", HTMLButtonElement);
  #more = element("results", HTMLElement);
  /** @type {import("./stage.js").Stage} */
  #stage;
  /** @type {() => string} */
  #style;

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {() => string} style Name of the style in use, for the file's name.
   */
  constructor(stage, style) {
    this.#stage = stage;
    this.#style = style;
    const jpeg = element("save-jpeg", HTMLButtonElement);
    const copy = element("copy", HTMLButtonElement);
    const share = element("share", HTMLButtonElement);
    this.#save.addEventListener("click", () => this.save("image/png"));
    jpeg.addEventListener("click", () => this.save("image/jpeg"));
    copy.addEventListener("click", () => this.copy());
    share.addEventListener("click", () => this.share());
    copy.hidden = typeof ClipboardItem !== "function" || !navigator.clipboard?.write;
    share.hidden = !canShareFiles();
  }

  /** @param {boolean} possible Whether there is a painted picture. */
  allow(possible) {
    this.#save.disabled = !possible;
    this.#more.hidden = !possible;
  }

  /** @param {ImageType} type */
  async save(type) {
    await this.#hand("save-failed", async (canvas) => {
      const name = this.#name(type);
      offerDownload(await encode(canvas, type), name);
      say("info", text.status.saved(name));
    });
  }

  async copy() {
    await this.#hand("copy-failed", async (canvas) => {
      // The promise goes in as it is: Safari wants the call to follow the click at once.
      await navigator.clipboard.write([new ClipboardItem({ "image/png": encode(canvas, "image/png") })]);
      say("info", text.status.copied);
    });
  }

  async share() {
    await this.#hand("share-failed", async (canvas) => {
      const type = "image/jpeg";
      const file = new File([await encode(canvas, type)], this.#name(type), { type });
      try {
        await navigator.share({ files: [file] });
      } catch (error) {
        // The visitor thought better of it.
        if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      }
    });
  }

  /**
   * @param {string} code Of the error where it fails.
   * @param {(canvas: HTMLCanvasElement) => Promise<void>} give
   */
  async #hand(code, give) {
    const canvas = this.#stage.result;
    if (!canvas) return;
    try {
      await give(canvas);
    } catch (error) {
      fail(error instanceof LimnError ? error : new LimnError(code, "", { cause: error }));
    }
  }

  /** @param {ImageType} type */
  #name(type) {
    return fileName(this.#style(), ENDINGS[type]);
  }
}

/** Whether the browser shares picture files; many share addresses only. */
function canShareFiles() {
  const file = new File([new Uint8Array(1)], "limn.jpg", { type: "image/jpeg" });
  return navigator.canShare?.({ files: [file] }) ?? false;
}
