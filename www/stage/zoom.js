// @ts-check
/**
 * A closer look at the picture: by wheel, two fingers, buttons and keys, up to four device pixels for one of the picture;
 * dragged, or by arrow keys, it moves. Canvases and videos grow as boxes, so that the browser draws their own pixels: at
 * 100 % one for each of the screen's.
 */

import { element } from "../ui/dom.js";
import * as text from "../ui/text.js";

/** Device pixels for one of the picture, at most; for small pictures, this times the size at which they fit. */
const LARGEST = 4;
/** What a press of a button makes of the size, and what a pixel that the wheel turns, or two fingers on a trackpad. */
const STEP = 1.5;
const WHEEL = 1.002;
const PINCH = 1.01;
/** The share of the stage by which an arrow key moves the picture. */
const NUDGE = 0.15;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @typedef {{ x: number, y: number }} Point From the stage's left upper corner, in CSS pixels. */

export class Zoom {
  #root = element("stage", HTMLElement);
  #fit = element("zoom-fit", HTMLButtonElement);
  /** @type {import("./stage.js").Stage} */
  #stage;
  /** Times the size at which the picture fits in; at 1 it does. */
  #zoom = 1;
  /** Left upper corner of the stage's zoomed contents. @type {Point} */
  #corner = { x: 0, y: 0 };
  /** Where fingers, or the mouse's button, are down. @type {Map<number, Point>} */
  #down = new Map();

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {import("../engine/events.js").Events} events
   */
  constructor(stage, events) {
    this.#stage = stage;
    const root = this.#root;
    element("zoom-in", HTMLButtonElement).addEventListener("click", () => this.#step(STEP));
    element("zoom-out", HTMLButtonElement).addEventListener("click", () => this.#step(1 / STEP));
    this.#fit.addEventListener("click", () => this.#toggle());
    root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    root.addEventListener("pointerdown", (event) => this.#press(event));
    // Also where a finger leaves the stage.
    addEventListener("pointermove", (event) => this.#move(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      addEventListener(end, ({ pointerId }) => this.#down.delete(pointerId));
    }
    root.addEventListener("touchmove", (event) => {
      // Two fingers would scroll the page.
      if (event.touches.length > 1 && stage.painted) event.preventDefault();
    }, { passive: false });
    addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#scale(1)).observe(root);
    events.on("stage-changed", () => this.#scale(stage.painted ? 1 : 1 / this.#zoom));
  }

  /** Size of the stage, and of the picture as it fits into it, in CSS pixels. */
  get #sizes() {
    const { width, height } = this.#root.getBoundingClientRect();
    const picture = this.#stage.subject ?? { width, height };
    const scale = Math.min(width / picture.width, height / picture.height);
    return { width, height, scale, across: picture.width * scale, down: picture.height * scale };
  }

  /** The zoom at which each pixel of the picture is one of the screen's. */
  get #sharp() {
    return 1 / (this.#sizes.scale * devicePixelRatio);
  }

  /** All of the picture, or each of its pixels. */
  #toggle() {
    this.#scale(this.#zoom === 1 ? this.#sharp : 1 / this.#zoom);
  }

  /** @param {number} factor */
  #step(factor) {
    const [before, after] = [this.#zoom, this.#zoom * factor];
    const sharp = this.#sharp;
    // On the way past it, a stop where the picture is sharpest.
    const passes = Math.min(before, after) < sharp / 1.001 && Math.max(before, after) > sharp * 1.001;
    this.#scale((passes ? sharp : after) / before);
  }

  /**
   * Makes the picture larger, or smaller, with one of its points staying where it is.
   *
   * @param {number} factor
   * @param {Point} [point] The stage's middle.
   */
  #scale(factor, point) {
    const { width, height } = this.#sizes;
    const { x, y } = point ?? { x: width / 2, y: height / 2 };
    const before = this.#zoom;
    this.#zoom = Math.min(Math.max(before * factor, 1), LARGEST * Math.max(1, this.#sharp));
    const grown = this.#zoom / before;
    this.#place(x - (x - this.#corner.x) * grown, y - (y - this.#corner.y) * grown);
  }

  /** Puts the zoomed contents to a place, as far as the picture still covers the stage. @param {number} x @param {number} y */
  #place(x, y) {
    const zoom = this.#zoom;
    const { left, top } = this.#root.getBoundingClientRect();
    const { width, height, across, down, scale } = this.#sizes;
    this.#corner = { x: place(x, width, across, zoom, left), y: place(y, height, down, zoom, top) };
    const { style } = this.#root;
    this.#root.toggleAttribute("data-zoomed", zoom > 1);
    style.setProperty("--zoom", String(zoom));
    style.setProperty("--left", `${this.#corner.x}px`);
    style.setProperty("--top", `${this.#corner.y}px`);
    const share = text.percent(scale * zoom * devicePixelRatio);
    this.#fit.textContent = share;
    this.#fit.setAttribute("aria-label", `${share}: ${zoom > 1 ? text.page.zoomFit : text.page.zoomSharp}`);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    const { scrollHeight, clientHeight } = document.documentElement;
    // Where the wheel has a page to scroll it does, unless it is meant for the picture.
    const meant = event.ctrlKey || this.#zoom > 1 || scrollHeight <= clientHeight;
    if (!this.#stage.painted || !meant) return;
    event.preventDefault();
    const turned = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
    this.#scale((event.ctrlKey ? PINCH : WHEEL) ** -turned, this.#point(event));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (!this.#stage.painted || event.button !== 0 || !isPicture(event.target)) return;
    this.#down.set(event.pointerId, this.#point(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    const now = this.#point(event);
    this.#down.set(event.pointerId, now);
    const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.#scale(distance(now, other) / Math.max(distance(before, other), 1), other);
    else if (this.#zoom > 1) this.#place(this.#corner.x + now.x - before.x, this.#corner.y + now.y - before.y);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, target } = event;
    if (!this.#stage.painted || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (key === "+") return this.#step(STEP);
    if (key === "-") return this.#step(1 / STEP);
    if (key === "0") return this.#toggle();
    const arrow = ARROWS[key];
    const taken = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
    if (!arrow || taken || this.#zoom === 1) return;
    event.preventDefault();
    const { width, height } = this.#sizes;
    this.#place(this.#corner.x + arrow[0] * NUDGE * width, this.#corner.y + arrow[1] * NUDGE * height);
  }

  /** @param {MouseEvent} event @returns {Point} */
  #point({ clientX, clientY }) {
    const { left, top } = this.#root.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}

/**
 * Where zoomed contents may lie, in one direction.
 *
 * @param {number} wanted Their beginning.
 * @param {number} room Of the stage.
 * @param {number} fitted The picture's length as it fits.
 * @param {number} zoom
 * @param {number} origin The stage's own place.
 */
function place(wanted, room, fitted, zoom, origin) {
  // The picture lies in the middle of the contents, and they in the middle of the stage where it is the smaller one.
  const picture = fitted * zoom;
  const margin = (room * zoom - picture) / 2;
  const least = Math.min(room - picture, (room - picture) / 2);
  const most = Math.max(0, (room - picture) / 2);
  const begin = Math.min(Math.max(wanted + margin, least), most);
  // On whole pixels of the screen, or each of the picture's would be spread over two of them.
  return Math.round((origin + begin) * devicePixelRatio) / devicePixelRatio - origin - margin;
}

/** @param {EventTarget | null} target */
function isPicture(target) {
  return target instanceof HTMLCanvasElement || target instanceof HTMLVideoElement || target === document.getElementById("stage");
}

/** @param {Point} a @param {Point} b */
function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
