// @ts-check
/**
 * The picture in four styles at once, two by two on white as from a photo booth, saved as one picture. A second engine
 * paints them, with the settings of now, while what is on stage stays as it is.
 */

import { BackgroundEngine } from "../engine/background.js";
import { nearestModel } from "../engine/catalogue.js";
import { LimnError } from "../limn/error.js";
import { encode } from "../media/encode.js";
import { offerDownload } from "../results/download.js";
import { fileName } from "../results/file-name.js";
import { snapshot } from "../stage/snapshot.js";
import { element } from "../ui/dom.js";
import { say } from "../ui/messages.js";
import * as text from "../ui/text.js";
import { closes, makeDialog } from "./dialog.js";
import { words } from "./words.js";

/**
 * @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry
 *
 * @typedef {object} Page What the dialog has to do with.
 * @property {import("../stage/stage.js").Stage} stage
 * @property {import("../engine/session.js").Session} session
 * @property {import("../sources/photo.js").Photo} photo
 * @property {import("../results/shelf.js").Shelf} shelf
 * @property {import("../engine/events.js").Events} events
 */

/** Longest side of each painting in pixels, unless the picture is smaller. */
const LONGEST = 1024;
/** The white around each, as a share of that side. */
const MARGIN = 0.03;
const COUNT = 4;

const places = Array.from({ length: COUNT }, (_, place) => `<select data-label="fourPlace${place}" autocomplete="off"></select>`);
const box = makeDialog("four-styles", `
  <h2 id="four-styles-title" tabindex="-1" autofocus data-text="fourTitle"></h2>
  <div id="four-field"><canvas id="four-picture" role="img" data-label="fourPicture"></canvas></div>
  <div id="four-choice" role="group" data-label="fourChoice">${places.join("")}</div>
  <p id="four-told" class="hint" role="status"></p>
  <p class="row">
    <button id="four-save" data-testid="four-save" type="button" class="primary" data-text="fourSave"></button>
    <span class="spring"></span>
    <button id="four-styles-close" type="button" data-text="close"></button>
  </p>
`);
closes(box);
const canvas = element("four-picture", HTMLCanvasElement);
const told = element("four-told", HTMLElement);
const save = element("four-save", HTMLButtonElement);
const selects = Array.from(box.querySelectorAll("select"));

/** While it is open. @type {Page | null} */
let page = null;
/** @type {StyleEntry[]} */
let styles = [];
/** @type {ImageData | null} */
let picture = null;
/** What stands, or could not be painted, in each place. @type {Array<StyleEntry | null>} */
let shown = [];
/** Places whose style could not be painted. @type {Set<number>} */
const failed = new Set();
/** @type {BackgroundEngine | null} */
let engine = null;

for (const select of selects) select.addEventListener("change", () => paint());
save.addEventListener("click", () => keep());
box.addEventListener("close", () => {
  engine?.dispose();
  engine = page = picture = null;
  canvas.width = canvas.height = 1;
});

/** @param {Page} wanted @param {StyleEntry[]} list All styles there are. */
export function open(wanted, list) {
  const { subject } = wanted.stage;
  if (!subject) throw new LimnError("no-picture");
  const { width, height } = subject;
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  picture = snapshot(wanted.stage, { x: 0, y: 0, width, height }, Math.round(width * scale), Math.round(height * scale));
  if (!picture) throw new LimnError("photo-memory");
  page = wanted;
  styles = list;
  shown = Array(COUNT).fill(null);
  const first = Math.max(0, list.findIndex((style) => style === wanted.session.style));
  for (const [place, select] of selects.entries()) {
    select.replaceChildren(...list.map(({ name, title }) => new Option(title, name)));
    // The one in use and those that follow it in the gallery.
    select.value = list[(first + place) % list.length].name;
  }
  blank(picture);
  box.showModal();
  paint();
}

/** The unpainted picture in all places, pale. @param {ImageData} image */
function blank(image) {
  const gap = margin(image);
  Object.assign(canvas, { width: 2 * image.width + 3 * gap, height: 2 * image.height + 3 * gap });
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (let place = 0; place < COUNT; place++) {
    const { x, y } = cornerOf(place, image);
    context.putImageData(image, x, y);
    context.fillStyle = "rgb(255 255 255 / 70%)";
    context.fillRect(x, y, image.width, image.height);
  }
}

/** Paints what is wished for and does not stand there yet, one place after the other. */
async function paint() {
  save.disabled = true;
  if (engine || !page || !picture) return;
  const { stage, session, photo, events } = page;
  // Live pictures are matched to no other.
  const match = stage.mode === "photo" ? photo.match : null;
  const image = picture;
  const mine = new BackgroundEngine(events);
  engine = mine;
  failed.clear();
  try {
    for (let place = next(); place >= 0; place = next()) {
      told.textContent = words.fourPainting(place + 1, COUNT);
      const style = wish(place);
      try {
        const model = nearestModel(style, session.model?.width ?? 0);
        const painting = await mine.paint(model, image, session.settings, match);
        if (engine !== mine) return painting.close();
        const { x, y } = cornerOf(place, image);
        canvas.getContext("2d")?.drawImage(painting, x, y);
        painting.close();
        failed.delete(place);
      } catch (error) {
        if (engine !== mine) return;
        console.warn(`Limn: ${style.name} could not be painted`, error);
        failed.add(place);
        told.textContent = text.styleRefused(style.title, LimnError.from(error), null);
      }
      shown[place] = style;
    }
  } finally {
    mine.dispose();
    if (engine === mine) engine = null;
  }
  if (failed.size > 0) return;
  told.textContent = words.page.fourDone;
  save.disabled = false;
}

/** The first place that does not show what is wished for; -1 where there is none. */
function next() {
  return selects.findIndex((_, place) => shown[place] !== wish(place));
}

/** @param {number} place */
function wish(place) {
  return styles.find(({ name }) => name === selects[place].value) ?? styles[0];
}

/** @param {ImageData} image */
function margin({ width, height }) {
  return Math.round(MARGIN * Math.max(width, height));
}

/** @param {number} place @param {ImageData} image */
function cornerOf(place, image) {
  const gap = margin(image);
  return { x: gap + (place % 2) * (image.width + gap), y: gap + Math.floor(place / 2) * (image.height + gap) };
}

async function keep() {
  if (!page) return;
  const { shelf } = page;
  save.disabled = true;
  const copy = await createImageBitmap(canvas);
  try {
    const blob = await encode(copy, "image/jpeg");
    const name = fileName(selects.map((_, place) => wish(place).title).join(" "), "jpg");
    offerDownload(blob, name);
    shelf.add({ blob, name, picture: copy });
    box.close();
    say("info", text.status.saved(name));
  } catch (error) {
    told.textContent = text.describe(LimnError.from(error, "save-failed"));
    save.disabled = false;
  } finally {
    copy.close();
  }
}
