// @ts-check
/**
 * Several photos at once: each is painted at its full size with the look of now, one after the other, and all are saved as
 * a ZIP or one by one. A file that cannot be painted is named with the reason, and the others go on.
 */

import { LimnError } from "../limn/error.js";
import { WHOLE } from "../media/cut.js";
import { offerDownload } from "../results/download.js";
import { fileName } from "../results/file-name.js";
import { isVideo } from "../sources/video-file.js";
import { element, make } from "../ui/dom.js";
import { sayInTitle } from "../ui/messages.js";
import { megabytes } from "../ui/numbers.js";
import * as text from "../ui/text.js";
import { makeDialog } from "./dialog.js";
import { words } from "./words.js";

/**
 * @typedef {object} Item
 * @property {File} file
 * @property {HTMLElement} line
 * @property {{ blob: Blob, name: string } | null} result Once it is painted.
 * @property {boolean} settled Painted, or named as one that cannot be.
 */

/** Longest side of a thumbnail, in pixels. */
const THUMBNAIL = 96;
/** Browsers drop downloads that follow one another faster than this, in milliseconds. */
const BETWEEN = 300;

const box = makeDialog("queue", `
  <h2 id="queue-title" tabindex="-1" autofocus data-text="queueTitle"></h2>
  <p id="queue-lead" class="hint"></p>
  <progress id="queue-bar" max="1" value="0" aria-labelledby="queue-told"></progress>
  <p id="queue-told" role="status"></p>
  <ol id="queue-list" tabindex="0" data-label="queueList"></ol>
  <p class="row">
    <button id="queue-cancel" type="button" data-text="cancel"></button>
    <button id="queue-zip" data-testid="queue-zip" type="button" class="primary" hidden></button>
    <button id="queue-singly" type="button" data-text="queueSingly" hidden></button>
    <span class="spring"></span>
    <button id="queue-close" type="button" hidden></button>
  </p>
`);
const [cancel, zip, singly, close] = ["cancel", "zip", "singly", "close"].map((id) => element(`queue-${id}`, HTMLButtonElement));

export class Queue {
  #bar = element("queue-bar", HTMLProgressElement);
  #told = element("queue-told", HTMLElement);
  #list = element("queue-list", HTMLElement);
  /** @type {import("../engine/session.js").Session} */
  #session;
  /** @type {import("../sources/photo.js").Photo} */
  #photo;
  /** @type {import("../sources/live.js").Live} */
  #live;
  /** In the order in which they came. @type {Item[]} */
  #items = [];
  /** Cancels what is under way. @type {AbortController | null} */
  #running = null;
  #saved = false;

  /**
   * @param {import("../engine/session.js").Session} session
   * @param {import("../sources/photo.js").Photo} photo Whose colours are matched to another picture's, if they are.
   * @param {import("../sources/live.js").Live} live
   */
  constructor(session, photo, live) {
    this.#session = session;
    this.#photo = photo;
    this.#live = live;
    cancel.addEventListener("click", () => this.#running?.abort());
    close.addEventListener("click", () => box.close());
    zip.addEventListener("click", () => this.#saveZip());
    singly.addEventListener("click", () => this.#saveSingly());
    // Escape ends the painting first: what is painted by then can be saved.
    box.addEventListener("cancel", (event) => {
      if (!this.#running) return;
      event.preventDefault();
      this.#running.abort();
    });
    box.addEventListener("close", () => this.#clear());
  }

  /** Puts files at the end, and begins if nothing is under way. @param {File[]} files */
  async add(files) {
    for (const file of files) {
      const line = document.createElement("li");
      const name = make("span", file.name);
      name.className = "name";
      line.append(name, make("span", words.page.queueWaiting));
      this.#list.append(line);
      this.#items.push({ file, line, result: null, settled: false });
    }
    this.#saved = false;
    if (this.#running) return;
    // Nobody films, and no video plays, behind the dialog.
    if (this.#live.wanted || this.#live.file) this.#live.close(() => {});
    const running = new AbortController();
    this.#running = running;
    this.#show();
    if (!box.open) box.showModal();
    try {
      for (let item = this.#next(); item && !running.signal.aborted; item = this.#next()) await this.#paint(item, running.signal);
    } finally {
      this.#running = null;
      this.#ended(running.signal.aborted);
    }
  }

  #next() {
    return this.#items.find(({ settled }) => !settled);
  }

  /** @param {Item} item @param {AbortSignal} signal */
  async #paint(item, signal) {
    const { file } = item;
    const place = this.#items.indexOf(item);
    const told = (/** @type {number} */ share) => (this.#bar.value = (place + share) / this.#items.length);
    this.#told.textContent = words.queueAt(place + 1, this.#items.length);
    this.#say(item, words.page.queuePainting, "busy");
    told(0);
    try {
      if (isVideo(file)) throw words.page.queueVideo;
      await this.#ready(signal);
      element("queue-lead", HTMLElement).textContent = words.queueLead(this.#session.styleTitle);
      const { options } = this.#session;
      const wanted = { file, cut: WHOLE, type: /** @type {const} */ ("image/jpeg"), options, transfer: this.#photo.transfer };
      const watch = { onProgress: told, signal };
      const blob = await this.#session.outlive(signal, (engine) => engine.call("fullSize", wanted, { watch }));
      item.result = { blob, name: fileName(this.#session.styleTitle, "jpg", file.name.replace(/\.[^.]*$/, "")) };
      this.#say(item, megabytes(blob.size), "done");
      await showThumbnail(item.line, blob);
    } catch (error) {
      if (signal.aborted) return this.#say(item, words.page.queueLeft, "left");
      this.#say(item, typeof error === "string" ? error : text.describe(LimnError.from(error)), "failed");
    }
    item.settled = true;
  }

  /** Waits for an engine with a style: the first one may be on its way, or the next. @param {AbortSignal} signal */
  async #ready(signal) {
    while (!this.#session.ready) {
      if (signal.aborted) throw new LimnError("cancelled");
      if (this.#session.obstacle) throw this.#session.obstacle;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** @param {boolean} cancelled */
  #ended(cancelled) {
    const results = this.#results;
    for (const item of this.#items.filter(({ settled }) => !settled)) {
      item.settled = true;
      this.#say(item, words.page.queueLeft, "left");
    }
    this.#bar.value = 1;
    this.#told.textContent = words.queueEnded(results.length, this.#items.length, cancelled);
    if (results.length > 0) sayInTitle(text.page.titleDone);
    const focused = !box.contains(document.activeElement) || document.activeElement === cancel;
    this.#show();
    if (focused && box.open) (zip.hidden ? close : zip).focus();
  }

  get #results() {
    return this.#items.flatMap(({ result }) => result ?? []);
  }

  /** Which buttons there are. */
  #show() {
    const results = this.#running ? [] : this.#results;
    cancel.hidden = !this.#running;
    close.hidden = !cancel.hidden;
    close.textContent = results.length > 0 && !this.#saved ? words.page.queueDiscard : words.page.close;
    zip.hidden = singly.hidden = results.length === 0;
    zip.textContent = words.queueZip(megabytes(results.reduce((sum, { blob }) => sum + blob.size, 0)));
  }

  /** @param {Item} item @param {string} state @param {"busy" | "done" | "failed" | "left"} kind */
  #say({ line }, state, kind) {
    line.dataset.kind = kind;
    line.lastElementChild?.replaceWith(make("span", state));
    line.scrollIntoView({ block: "nearest" });
  }

  async #saveZip() {
    zip.disabled = true;
    try {
      /** @type {typeof import("client-zip")} */
      const { downloadZip } = await import(new URL("../vendor/client-zip.js", import.meta.url).href);
      const now = new Date();
      const files = this.#results.map(({ blob, name }) => ({ name, input: blob, lastModified: now }));
      // Pictures are packed already: the ZIP only holds them together.
      const blob = await downloadZip(files).blob();
      const name = fileName(this.#session.styleTitle, "zip");
      offerDownload(blob, name);
      this.#told.textContent = text.status.saved(name);
      this.#saved = true;
      this.#show();
    } catch (error) {
      this.#told.textContent = text.describe(LimnError.from(error, "part-network"));
    } finally {
      zip.disabled = false;
    }
  }

  async #saveSingly() {
    singly.disabled = true;
    const results = this.#results;
    for (const { blob, name } of results) {
      offerDownload(blob, name);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    }
    singly.disabled = false;
    this.#told.textContent = words.queueSaved(results.length);
    this.#saved = true;
    this.#show();
  }

  /** Lets go of all files. */
  #clear() {
    this.#running?.abort();
    this.#items = [];
    this.#list.replaceChildren();
  }
}

/** @param {HTMLElement} line @param {Blob} blob */
async function showThumbnail(line, blob) {
  const picture = await createImageBitmap(blob, { resizeHeight: THUMBNAIL, resizeQuality: "high" });
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  picture.close();
  line.prepend(canvas);
}
