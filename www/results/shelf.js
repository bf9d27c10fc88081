// @ts-check
/**
 * The last results, pictures and videos, as a strip of thumbnails. They are held in memory, the newest dozen of them, and
 * can be looked at, saved and deleted.
 */

import { element } from "../ui/dom.js";
import { megabytes } from "../ui/numbers.js";
import { offerDownload } from "./download.js";
import * as text from "../ui/text.js";

/** How many results are kept. */
const MOST = 12;
/** Size of a thumbnail, in CSS pixels; it is square. */
const THUMBNAIL = 56;

/**
 * @typedef {object} Result
 * @property {Blob} blob
 * @property {string} name File name.
 *
 * @typedef {Result & { button: HTMLButtonElement }} Entry
 */

export class Shelf {
  #root = element("shelf", HTMLElement);
  #list = element("shelf-list", HTMLElement);
  #viewer = element("viewer", HTMLDialogElement);
  #title = element("viewer-title", HTMLElement);
  #frame = element("viewer-frame", HTMLElement);
  /** Newest first. @type {Entry[]} */
  #entries = [];
  /** The one being looked at. @type {Entry | null} */
  #open = null;
  /** Address of its file. */
  #url = "";

  constructor() {
    const button = (/** @type {string} */ id) => element(id, HTMLButtonElement);
    button("shelf-clear").addEventListener("click", () => this.clear());
    button("viewer-newer").addEventListener("click", () => this.#step(-1));
    button("viewer-older").addEventListener("click", () => this.#step(1));
    button("viewer-save").addEventListener("click", () => this.#open && offerDownload(this.#open.blob, this.#open.name));
    button("viewer-delete").addEventListener("click", () => this.#open && this.#delete(this.#open));
    button("viewer-close").addEventListener("click", () => this.#viewer.close());
    this.#viewer.addEventListener("close", () => this.#leave());
    this.#viewer.addEventListener("click", (event) => {
      if (event.target === this.#viewer) this.#viewer.close();
    });
    this.#viewer.addEventListener("keydown", (event) => {
      // The player of a video takes arrows itself.
      if (event.target instanceof HTMLVideoElement) return;
      if (event.key === "ArrowLeft") this.#step(-1);
      else if (event.key === "ArrowRight") this.#step(1);
      else if (event.key === "Delete" && this.#open) this.#delete(this.#open);
    });
  }

  /**
   * Puts a result in front. The oldest one makes room where there are too many.
   *
   * @param {Result & { picture: CanvasImageSource & { width: number, height: number } }} result `picture` is what it
   *   looks like, now.
   */
  add({ blob, name, picture }) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(thumbnail(picture));
    button.dataset.kind = blob.type.startsWith("video/") ? "video" : "picture";
    button.setAttribute("aria-label", text.shelfOpen(name));
    const item = document.createElement("li");
    item.append(button);
    const entry = { blob, name, button };
    button.addEventListener("click", () => this.#look(entry));
    this.#list.prepend(item);
    this.#entries.unshift(entry);
    for (const old of this.#entries.splice(MOST)) old.button.parentElement?.remove();
    this.#root.hidden = false;
  }

  /** Deletes all results. */
  clear() {
    this.#entries = [];
    this.#list.replaceChildren();
    this.#root.hidden = true;
    // The button that was pressed has gone.
    element("camera", HTMLElement).focus({ preventScroll: true });
  }

  /** @param {Entry} entry */
  #look(entry) {
    this.#leave();
    const { blob, name } = entry;
    this.#open = entry;
    this.#url = URL.createObjectURL(blob);
    this.#title.textContent = `${name}, ${megabytes(blob.size)}`;
    this.#frame.replaceChildren(blob.type.startsWith("video/") ? film(this.#url) : picture(this.#url, name));
    const place = this.#entries.indexOf(entry);
    element("viewer-newer", HTMLButtonElement).disabled = place <= 0;
    element("viewer-older", HTMLButtonElement).disabled = place === this.#entries.length - 1;
    if (!this.#viewer.open) this.#viewer.showModal();
  }

  /** @param {number} by Places towards the older ones. */
  #step(by) {
    if (!this.#open) return;
    const entry = this.#entries[this.#entries.indexOf(this.#open) + by];
    if (entry) this.#look(entry);
  }

  /** @param {Entry} entry */
  #delete(entry) {
    const place = this.#entries.indexOf(entry);
    this.#entries.splice(place, 1);
    entry.button.parentElement?.remove();
    const next = this.#entries[Math.min(place, this.#entries.length - 1)];
    if (next) return this.#look(next);
    this.#viewer.close();
    this.clear();
  }

  /** Gives back what the viewer holds. */
  #leave() {
    this.#frame.replaceChildren();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = "";
    this.#open = null;
  }
}

/** @param {string} url @param {string} name */
function picture(url, name) {
  const image = document.createElement("img");
  image.src = url;
  image.alt = name;
  return image;
}

/** @param {string} url */
function film(url) {
  const video = document.createElement("video");
  video.src = url;
  video.controls = video.loop = video.playsInline = true;
  return video;
}

/**
 * A small square from the middle of a picture, as the shelf shows it.
 *
 * @param {CanvasImageSource & { width: number, height: number }} picture
 */
export function thumbnail(picture) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.round(THUMBNAIL * Math.min(devicePixelRatio, 2));
  const side = Math.min(picture.width, picture.height);
  const context = canvas.getContext("2d");
  if (context) {
    context.imageSmoothingQuality = "high";
    const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2];
    context.drawImage(picture, x, y, side, side, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}
