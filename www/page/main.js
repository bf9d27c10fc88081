// @ts-check
/** The page: puts engine, styles, photo, camera and controls together, and tells the visitor what goes on. */

import { CameraTools } from "../results/camera-tools.js";
import { Controls } from "../panel/controls.js";
import { expose } from "./developer.js";
import { element, make, nextTask } from "../ui/dom.js";
import { isEngineEnd } from "../engine/client.js";
import { ExportDialog } from "../results/export-dialog.js";
import { Gallery } from "../panel/gallery.js";
import { listenToKeys } from "../ui/keyboard.js";
import { LimnError } from "../limn/error.js";
import { Live } from "../sources/live.js";
import { fail, fillIn, say } from "../ui/messages.js";
import { Mix } from "../panel/mix.js";
import { Offline } from "./offline.js";
import { fetchSample } from "../sources/sample.js";
import { Player } from "../sources/player.js";
import { Previews } from "../panel/previews.js";
import { Privacy } from "./privacy.js";
import { Recovery } from "./recovery.js";
import { Results } from "../results/results.js";
import { Session } from "../engine/session.js";
import { Shelf } from "../results/shelf.js";
import { Stage } from "../stage/stage.js";
import { fetchStyles } from "../engine/catalogue.js";
import * as text from "../ui/text.js";
import { VideoFile, isVideo } from "../sources/video-file.js";
import { Wipe } from "../stage/wipe.js";

/** Longest side of a photo as it is painted, in pixels. */
const LARGEST_PHOTO = 2048;
/** A repaint that takes longer than this, in milliseconds, is announced. */
const PATIENCE = 300;

/** @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry */

const parameters = new URLSearchParams(location.search);
const ui = {
  camera: element("camera", HTMLButtonElement),
  file: element("file", HTMLInputElement),
  snap: element("snap", HTMLInputElement),
  sample: element("sample", HTMLButtonElement),
  status: element("status", HTMLElement),
  about: element("about", HTMLElement),
  facts: element("facts", HTMLElement),
};
fillIn();

/** @type {StyleEntry[]} */
let styles = [];
/** Whether the last attempt at a style failed. */
let styleFailed = false;
/** What to add once the photo is painted, e.g. that it was scaled down. */
let photoNote = "";
/** Whether the coming painting of the photo is to be announced. */
let announce = false;
let photoTurn = 0;
/** Timer after which a painting of the photo is announced. */
let patience = 0;
const counts = { photos: 0, milliseconds: 0 };

const stage = new Stage(element("stage", HTMLElement), () => session.livePicture());
const wipe = new Wipe(stage);
const privacy = new Privacy();
const offline = new Offline((count) => privacy.add(count));
const session = new Session(
  {
    adapter: parameters.get("adapter") === "software" ? "software" : undefined,
    fail: parameters.get("fail") ?? undefined,
    liveSize: positive(parameters.get("size")),
    small: isPhone(),
  },
  {
    canvas: () => stage.freshLive(),
    lost: (error) => recovery.lost(error),
    painted: photoPainted,
    failed: fail,
    busy: photoBusy,
    requests: (count) => privacy.observed(count),
  },
);
const shelf = new Shelf();
const results = new Results(stage, session, shelf);
const live = new Live(session, stage, {
  changed: updateButtons,
  opened: pictureOpened,
  recording: () => cameraTools.recording || exporting.recording,
  copied: (copy) => {
    cameraTools.painted(copy);
    exporting.painted(copy);
  },
  restyled: showStyle,
  ending: () => cameraTools.ending(),
});
const cameraTools = new CameraTools(live, stage, () => session.styleName, shelf);
const controls = new Controls(session, { options: optionsChanged, quality: qualityChanged });
const mix = new Mix(session, optionsChanged);
const player = new Player(live);
const exporting = new ExportDialog(live, stage, session, shelf);
const gallery = new Gallery(element("gallery", HTMLElement), (name) =>
  chooseStyle(styles.find((style) => style.name === name) ?? null),
);
const previews = new Previews(stage, gallery, () => styles, (count) => privacy.add(count));

const recovery = new Recovery(session, engineChoice(parameters.get("engine")), {
  started: () => {
    controls.followEngine();
    settle();
  },
  lost: () => {
    live.interrupted();
    stage.ready = false;
  },
  catchUp,
});

listen();
listenToKeys();
// Whatever the visitor may set off from here on must be declared above: the module waits at the next line.
expose({ session, stage, live, offline, recovery, counts });
await Promise.all([recovery.start(), loadStyles()]);
if (session.ready && ui.status.dataset.kind === "busy" && stage.mode === "empty") say("info", text.status.ready);
offline.start();
if (session.info) offline.keep(session.info.engine);

// ---- engine and styles ----

/** Gives a new engine the style that suits it: a first one where there is none yet, or one of another width. */
async function catchUp() {
  const style = session.style ?? styles[0];
  if (style && session.model !== session.modelOf(style)) await chooseStyle(style);
  await mix.catchUp();
}

async function loadStyles() {
  try {
    styles = await fetchStyles(parameters.get("styles") ?? "models/styles.json");
  } catch (error) {
    styleFailed = true;
    gallery.show([]);
    return fail(LimnError.from(error));
  }
  gallery.show(styles);
  mix.offer(styles);
  controls.offerWidths(styles, null);
  await chooseStyle(styles[0]);
}

/** @param {StyleEntry | null} style */
async function chooseStyle(style) {
  if (!style) return;
  previews.cancel();
  const first = session.style === null;
  if (!first) say("busy", text.status.styleLoading(style.title));
  gallery.loading(style.name);
  try {
    if (!(await session.useStyle(style))) return;
    styleFailed = false;
    showStyle();
    // A photo is announced once it is painted, a camera once its first picture is.
    if (stage.mode === "empty" || (stage.live && !first)) {
      say("info", text.status.styleReady(style.title));
    }
    settle();
  } catch (error) {
    showStyle();
    if (isEngineEnd(error)) {
      if (recovery.blocked) fail(recovery.blocked);
      return;
    }
    const failure = LimnError.from(error);
    styleFailed = true;
    say("error", text.styleRefused(style.title, failure, session.style?.title ?? null), failure.code);
  }
}

/** Puts gallery, controls and facts in line with the style in use. */
function showStyle() {
  const { style, model } = session;
  gallery.rest(style?.name ?? null);
  controls.followStyle();
  mix.follow();
  controls.offerWidths(styles, style);
  const facts = style && model ? text.styleFacts(style, model) : [];
  ui.about.hidden = facts.length === 0;
  ui.facts.replaceChildren(...facts.flatMap(([term, value]) => [make("dt", term), make("dd", value)]));
}

/** Called when engine or style are new: whatever is on show is to be painted with them. */
function settle() {
  stage.ready = session.ready;
  if (!session.ready) return;
  if (session.info) offline.keep(session.info.engine);
  if (stage.live) live.refresh();
  if (stage.mode !== "photo") return;
  announce = true;
  session.repaint();
}

// ---- photo and video ----

/** @param {Blob | null | undefined} file */
async function openFile(file) {
  if (!file) fail(new LimnError("photo-none"));
  else if (isVideo(file)) await showVideo(file);
  else await showPhoto(async () => file);
}

/** @param {Blob} file */
async function showVideo(file) {
  const turn = ++photoTurn;
  say("busy", text.status.videoOpening);
  try {
    const video = await VideoFile.open(file);
    if (turn !== photoTurn) return video.stop();
    live.play(video);
    cannotPaint();
  } catch (error) {
    if (turn === photoTurn) fail(LimnError.from(error, "unexpected"));
  }
}

/**
 * Puts a picture on stage and paints it.
 *
 * @param {() => Promise<Blob>} get Where it comes from; a later call overtakes an earlier one.
 */
async function showPhoto(get) {
  const turn = ++photoTurn;
  say("busy", text.status.photoOpening);
  try {
    const { image, full, animated } = await session.decode(await get(), LARGEST_PHOTO);
    // Taking millions of pixels over, showing them and sending them off is a task each.
    await nextTask();
    if (turn !== photoTurn) return;
    live.leave();
    pictureOpened();
    stage.show("photo");
    stage.showOriginal(image);
    session.setPhoto(image, full?.file);
    photoNote = [
      animated ? text.status.photoAnimated : "",
      full ? text.status.photoScaled(LARGEST_PHOTO, full.width, full.height) : "",
    ].filter(Boolean).join(" ");
    updateButtons();
    if (cannotPaint()) return;
    say("busy", text.status.photoPainting);
    announce = true;
    await nextTask();
    await session.repaint();
  } catch (error) {
    if (turn === photoTurn) fail(LimnError.from(error, "unexpected"));
  }
}

/** @param {import("../engine/client.js").Painting} painting */
function photoPainted({ image, milliseconds }) {
  if (stage.mode !== "photo") return image.close();
  stage.showPainted(image);
  counts.photos++;
  counts.milliseconds = milliseconds;
  if (announce) say("info", `${text.status.photoPainted(milliseconds)} ${photoNote}`.trim());
  announce = false;
  updateButtons();
}

/** @param {boolean} busy */
function photoBusy(busy) {
  stage.busy = busy;
  clearTimeout(patience);
  if (!busy) return;
  patience = setTimeout(() => {
    announce = true;
    if (ui.status.dataset.kind !== "busy") say("busy", text.status.photoPainting);
  }, PATIENCE);
}

// ---- controls ----

function optionsChanged() {
  if (stage.mode === "photo") session.repaint();
  else if (stage.live) live.redraw();
}

async function qualityChanged() {
  await chooseStyle(session.style);
  await mix.catchUp();
}

/** Says so if nothing can be painted for want of an engine or of a style. @returns {boolean} */
function cannotPaint() {
  if (recovery.blocked) fail(recovery.blocked);
  else if (styleFailed && !session.style) fail(new LimnError("no-style"));
  else return false;
  return true;
}

function pictureOpened() {
  privacy.pictureOpened();
  previews.forget();
}

function updateButtons() {
  previews.allow(stage.mode !== "empty");
  results.allow(stage.painted);
  wipe.allow(stage.painted);
  cameraTools.changed();
  player.changed();
  exporting.changed();
}

function toggleCamera() {
  if (live.wanted) return live.close(() => say("info", text.status.cameraOff));
  if (cannotPaint()) return;
  photoTurn++;
  live.start();
}

function listen() {
  ui.camera.addEventListener("click", toggleCamera);
  for (const input of [ui.file, ui.snap]) {
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) openFile(file);
      input.value = "";
    });
  }
  ui.sample.addEventListener("click", () => showPhoto(fetchSample));

  addEventListener("dragover", (event) => {
    event.preventDefault();
    stage.dropping = event.dataTransfer?.types.includes("Files") ?? false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) stage.dropping = false;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    stage.dropping = false;
    openFile(event.dataTransfer?.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file) openFile(file);
  });
  addEventListener("error", (event) => {
    if (event.error) fail(LimnError.from(event.error, "unexpected"));
  });
  addEventListener("unhandledrejection", (event) => {
    if (!isEngineEnd(event.reason)) fail(LimnError.from(event.reason, "unexpected"));
  });
}

// ---- odds and ends ----

/** A small screen under a finger: graphics there are weaker, and the battery matters. */
function isPhone() {
  return matchMedia("(pointer: coarse)").matches && Math.min(screen.width, screen.height) < 600;
}

/** @param {string | null} value @returns {import("../limn/limn.js").EngineChoice} */
function engineChoice(value) {
  return value === "gpu" || value === "cpu" ? value : "auto";
}

/** @param {string | null} value @returns {number | undefined} */
function positive(value) {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
