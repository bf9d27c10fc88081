// @ts-check
/** Cutting a part out of the photo, turning it by quarters and straightening it, by pointer or by keys. The file stays whole. */

import { LimnError } from "../limn/error.js";
import { WHOLE, drawTurned, straightened, turned } from "../media/cut.js";
import { element } from "../ui/dom.js";
import { fail } from "../ui/messages.js";
import { makeDialog } from "./dialog.js";
import { words } from "./words.js";

/** @typedef {import("../media/cut.js").Cut} Cut */

/** The smallest part, as a share of either side. */
const LEAST = 0.05;
/** What an arrow key moves. */
const NUDGE = 0.01;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** Width by height. @type {Record<string, number | null>} */
const SHAPES = { free: null, "1:1": 1, "4:5": 4 / 5, "9:16": 9 / 16 };

const shapes = Object.keys(SHAPES).map((shape) => {
  const name = shape === "free" ? '<span data-text="cropFree"></span>' : shape;
  return `<label class="button"><input type="radio" name="crop-shape" value="${shape}" autocomplete="off">${name}</label>`;
});
const box = makeDialog("cropping", `
  <h2 id="cropping-title" tabindex="-1" autofocus data-text="cropTitle"></h2>
  <div id="crop-field">
    <canvas id="crop-picture" role="img" data-label="cropPicture"></canvas>
    <div id="crop-box" role="application" tabindex="0" data-label="cropBox" aria-describedby="crop-hint crop-told">
      <i data-corner="0 0"></i><i data-corner="1 0"></i><i data-corner="0 1"></i><i data-corner="1 1"></i>
    </div>
  </div>
  <p class="hint"><span id="crop-hint" data-text="cropHint"></span> <output id="crop-told"></output></p>
  <div class="row" id="crop-shapes" role="radiogroup" data-label="cropShape">${shapes.join("")}</div>
  <div class="field">
    <label for="crop-angle" data-text="cropAngle"></label>
    <output id="crop-angle-value" for="crop-angle"></output>
    <input id="crop-angle" data-testid="crop-angle" type="range" autocomplete="off" min="-15" max="15" step="0.1" value="0">
  </div>
  <p class="row">
    <button id="crop-turn" type="button" data-text="cropTurn"></button>
    <button id="crop-reset" type="button" class="quiet" data-text="cropReset"></button>
    <span class="spring"></span>
    <button id="crop-cancel" type="button" data-text="cancel"></button>
    <button id="crop-apply" data-testid="crop-apply" type="button" class="primary" data-text="cropApply"></button>
  </p>
`);
const frame = element("crop-box", HTMLElement);
const canvas = element("crop-picture", HTMLCanvasElement);
const angle = element("crop-angle", HTMLInputElement);
/** @type {NodeListOf<HTMLInputElement>} */
const radios = box.querySelectorAll("input[type=radio]");

/** @type {Cut} */
let cut = WHOLE;
/** All of the photo, unturned. */
let whole = document.createElement("canvas");
/** What is dragged: a corner, or all of it from where it was taken. @type {{ corner: [number, number] } | { x: number, y: number } | null} */
let held = null;
/** Takes the part that the visitor chose. @type {(cut: Cut) => Promise<void>} */
let take = async () => {};

/**
 * @param {{ cut: Readonly<Cut>, whole: ImageData }} photo
 * @param {(cut: Cut) => Promise<void>} apply
 */
export function open(photo, apply) {
  whole = Object.assign(document.createElement("canvas"), { width: photo.whole.width, height: photo.whole.height });
  whole.getContext("2d")?.putImageData(photo.whole, 0, 0);
  cut = { ...photo.cut };
  take = apply;
  choose("free");
  draw();
  box.showModal();
}

for (const radio of radios) radio.addEventListener("change", () => reshape());
angle.addEventListener("input", () => {
  cut.angle = angle.valueAsNumber;
  draw();
});
element("crop-turn", HTMLButtonElement).addEventListener("click", () => {
  cut = turned(cut);
  draw();
  reshape();
});
element("crop-reset", HTMLButtonElement).addEventListener("click", () => {
  cut = { ...WHOLE };
  choose("free");
  draw();
});
element("crop-cancel", HTMLButtonElement).addEventListener("click", () => box.close());
element("crop-apply", HTMLButtonElement).addEventListener("click", () => {
  box.close();
  take(cut).catch((error) => fail(LimnError.from(error)));
});
// Half a photo is a lot of memory.
box.addEventListener("close", () => (whole.width = canvas.width = 1));

frame.addEventListener("pointerdown", (event) => {
  const corner = event.target instanceof HTMLElement && event.target.dataset.corner;
  const { x, y } = pointed(event);
  held = corner ? { corner: /** @type {[number, number]} */ (corner.split(" ").map(Number)) } : { x: x - cut.x, y: y - cut.y };
});
// Also where a finger leaves it.
addEventListener("pointermove", (event) => {
  if (!held) return;
  const { x, y } = pointed(event);
  if ("corner" in held) stretch(held.corner, x, y);
  else move(x - held.x, y - held.y);
});
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (held = null));
frame.addEventListener("keydown", (event) => {
  const arrow = ARROWS[event.key];
  if (!arrow) return;
  event.preventDefault();
  const [x, y] = arrow.map((step) => step * NUDGE);
  if (event.shiftKey) stretch([1, 1], cut.x + cut.width + x, cut.y + cut.height + y, x !== 0);
  else move(cut.x + x, cut.y + y);
});

/** @param {string} shape */
function choose(shape) {
  for (const radio of radios) radio.checked = radio.value === shape;
}

/** Width by height, in shares of the turned picture; null where any will do. */
function ratio() {
  const shape = SHAPES[Array.from(radios).find(({ checked }) => checked)?.value ?? "free"];
  return shape && (shape * canvas.height) / canvas.width;
}

/** Gives what is kept the shape of choice, about its middle and as large as it was, as far as there is room. */
function reshape() {
  const shape = ratio();
  if (shape) {
    const middle = { x: cut.x + cut.width / 2, y: cut.y + cut.height / 2 };
    const width = Math.min(Math.max(cut.width, cut.height * shape), 1, shape);
    Object.assign(cut, { width, height: width / shape });
    move(middle.x - cut.width / 2, middle.y - cut.height / 2);
  } else show();
}

/** @param {number} x @param {number} y */
function move(x, y) {
  cut.x = clamp(x, 0, 1 - cut.width);
  cut.y = clamp(y, 0, 1 - cut.height);
  show();
}

/**
 * Brings one corner to a place, with the opposite one staying where it is.
 *
 * @param {[number, number]} corner 0 is left or top, 1 right or bottom.
 * @param {number} x
 * @param {number} y
 * @param {boolean} [byWidth] Which side decides where the shape is given; the longer one unless it is said.
 */
function stretch([right, bottom], x, y, byWidth) {
  const fixed = { x: right ? cut.x : cut.x + cut.width, y: bottom ? cut.y : cut.y + cut.height };
  const room = { x: right ? 1 - fixed.x : fixed.x, y: bottom ? 1 - fixed.y : fixed.y };
  let width = clamp(right ? x - fixed.x : fixed.x - x, LEAST, room.x);
  let height = clamp(bottom ? y - fixed.y : fixed.y - y, LEAST, room.y);
  const shape = ratio();
  if (shape) {
    const wished = (byWidth ?? width > height * shape) ? width : height * shape;
    width = Math.min(wished, room.x, room.y * shape);
    height = width / shape;
  }
  Object.assign(cut, { width, height, x: right ? fixed.x : fixed.x - width, y: bottom ? fixed.y : fixed.y - height });
  show();
}

/** Draws the photo as it is turned and straightened, as large as it was: what is left of it fills its place. */
function draw() {
  const [across, down] = cut.turns % 2 === 0 ? [whole.width, whole.height] : [whole.height, whole.width];
  Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d");
  if (context) {
    const scale = across / straightened(whole, cut).width;
    context.translate(across / 2, down / 2);
    context.scale(scale, scale);
    drawTurned(context, whole, cut);
  }
  show();
}

function show() {
  const percent = (/** @type {number} */ share) => `${100 * share}%`;
  const { x, y, width, height } = cut;
  Object.assign(frame.style, { left: percent(x), top: percent(y), width: percent(width), height: percent(height) });
  const size = straightened(whole, cut);
  const [across, down] = [width * size.width, height * size.height].map((pixels) => Math.round(pixels));
  element("crop-told", HTMLElement).textContent = words.cropTold(across, down, Math.round(100 * x), Math.round(100 * y));
  angle.valueAsNumber = cut.angle;
  const degrees = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1 }).format(cut.angle);
  element("crop-angle-value", HTMLElement).textContent = `${degrees}°`;
  angle.setAttribute("aria-valuetext", `${degrees}°`);
}

/** @param {PointerEvent} event Where it is, in shares of the picture. */
function pointed({ clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return { x: (clientX - left) / width, y: (clientY - top) / height };
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
