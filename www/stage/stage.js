// @ts-check
/**
 * The stage: which picture is on show. The camera, a film and the photo lie at the bottom, what has been painted
 * from them on top, so that comparing is a matter of hiding the top.
 */

import { LimnError } from "../limn/error.js";
import * as text from "../ui/text.js";

/** @typedef {"empty" | "camera" | "video" | "photo"} Mode */

export class Stage {
  /** @type {HTMLElement} */
  #root;
  /** @type {HTMLCanvasElement} */
  #original;
  /** @type {HTMLCanvasElement} */
  #painted;
  /** @type {HTMLCanvasElement | null} */
  #live = null;
  /** @type {() => Promise<ImageBitmap>} */
  #livePicture;

  /**
   * @param {HTMLElement} root
   * @param {() => Promise<ImageBitmap>} livePicture Gives a copy of what is on the canvas of the live pictures, which is
   *   the engine's.
   */
  constructor(root, livePicture) {
    this.#root = root;
    this.#livePicture = livePicture;
    this.#original = canvasIn(root, "#original");
    this.#painted = canvasIn(root, "#painted");
  }

  /** @returns {Mode} */
  get mode() {
    return /** @type {Mode} */ (this.#root.dataset.mode);
  }

  /** Whether live pictures are on show, of the camera or of a video file. */
  get live() {
    return this.mode === "camera" || this.mode === "video";
  }

  /** Shows a source; nothing of it counts as painted yet. @param {Mode} mode */
  show(mode) {
    this.#root.dataset.mode = mode;
    this.painted = false;
    if (mode === "empty") this.#root.style.removeProperty("--ratio");
    if (mode !== "photo") clear(this.#original, this.#painted);
    if (mode !== "video") this.#root.querySelector("#film")?.remove();
  }

  /** Whether there is a painted picture on show. */
  get painted() {
    return "painted" in this.#root.dataset;
  }

  set painted(yes) {
    this.#root.toggleAttribute("data-painted", yes);
  }

  set ready(/** @type {boolean} */ yes) {
    this.#root.dataset.ready = String(yes);
  }

  get busy() {
    return this.#root.getAttribute("aria-busy") === "true";
  }

  set busy(yes) {
    this.#root.setAttribute("aria-busy", String(yes));
  }

  set mirrored(/** @type {boolean} */ yes) {
    this.#root.toggleAttribute("data-mirrored", yes);
  }

  set dropping(/** @type {boolean} */ yes) {
    this.#root.toggleAttribute("data-dropping", yes);
  }

  get mirrored() {
    return "mirrored" in this.#root.dataset;
  }

  /**
   * What is painted from, and its size in pixels; null where there is nothing, or no frame yet.
   *
   * @returns {{ image: HTMLCanvasElement | HTMLVideoElement, width: number, height: number } | null}
   */
  get subject() {
    if (this.mode === "empty") return null;
    const image = this.mode === "photo" ? this.#original : this.#root.querySelector(this.mode === "video" ? "#film" : "#video");
    if (image instanceof HTMLCanvasElement) return { image, width: image.width, height: image.height };
    if (!(image instanceof HTMLVideoElement) || image.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    return { image, width: image.videoWidth, height: image.videoHeight };
  }

  /** Whether what the picture was painted from is on show in its place. */
  get held() {
    return "held" in this.#root.dataset;
  }

  set held(yes) {
    this.#root.toggleAttribute("data-held", yes);
  }

  /** @param {boolean} yes Show, left of the line, what the picture was painted from. */
  compare(yes) {
    this.#root.toggleAttribute("data-compare", yes);
  }

  /** Where the line is: the share of the stage to its left. */
  set wipe(/** @type {number} */ share) {
    this.#root.style.setProperty("--wipe", `${100 * share}%`);
  }

  /**
   * A copy of the painted picture, which the caller has to close.
   *
   * @returns {Promise<ImageBitmap>}
   * @throws {LimnError} `no-picture`, also where the engine goes meanwhile.
   */
  async picture() {
    if (!this.painted) throw new LimnError("no-picture");
    const copy = this.live ? this.#livePicture() : createImageBitmap(this.#painted);
    return copy.catch((cause) => {
      throw new LimnError("no-picture", "", { cause });
    });
  }

  /** Lets the stage take the picture's shape. @param {number} width @param {number} height */
  setSize(width, height) {
    if (width > 0 && height > 0) this.#root.style.setProperty("--ratio", String(width / height));
  }

  /** Puts a video file's element on stage, in place of another one. @param {HTMLVideoElement} video */
  showFilm(video) {
    this.#root.querySelector("#film")?.remove();
    video.id = "film";
    video.setAttribute("aria-label", text.page.filmPicture);
    this.#original.before(video);
  }

  /** @param {ImageData} image The photo as it goes into the engine. */
  showOriginal(image) {
    put(this.#original, image);
    this.setSize(image.width, image.height);
  }

  /** @returns {ImageData | null} The photo on show. */
  get photo() {
    const { width, height } = this.#original;
    return this.mode === "photo" ? (context2d(this.#original)?.getImageData(0, 0, width, height) ?? null) : null;
  }

  /** @param {ImageBitmap} image Is used up. */
  showPainted(image) {
    const { width, height } = image;
    Object.assign(this.#painted, { width, height });
    context2d(this.#painted)?.drawImage(image, 0, 0);
    image.close();
    this.painted = true;
  }

  /**
   * A canvas can serve one engine only: its context cannot change kind, and it can be handed over once.
   *
   * @returns {OffscreenCanvas} Of a new canvas for live pictures, which replaces the old one.
   */
  freshLive() {
    const canvas = document.createElement("canvas");
    canvas.id = "live";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.#painted.getAttribute("aria-label") ?? "");
    if (this.#live) this.#live.replaceWith(canvas);
    else this.#painted.before(canvas);
    this.#live = canvas;
    if (this.live) this.painted = false;
    return canvas.transferControlToOffscreen();
  }
}

/**
 * @param {HTMLElement} root
 * @param {string} selector
 * @returns {HTMLCanvasElement}
 */
function canvasIn(root, selector) {
  const canvas = root.querySelector(selector);
  if (canvas instanceof HTMLCanvasElement) return canvas;
  throw new Error(`no canvas ${selector}`);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 */
function put(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  context2d(canvas)?.putImageData(image, 0, 0);
}

/** @param {HTMLCanvasElement} canvas */
function context2d(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** Gives the pixels back. @param {HTMLCanvasElement[]} canvases */
function clear(...canvases) {
  for (const canvas of canvases) canvas.width = canvas.height = 1;
}
