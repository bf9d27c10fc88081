// @ts-check
/** The page: puts camera, photo, controls, session and stage together, and tells the visitor what goes on. */

import { Camera } from "./camera.js";
import { element, hold, make } from "./dom.js";
import { isEngineEnd } from "./engine.js";
import { FrameRate } from "./frame-rate.js";
import { LimnError } from "./limn.js";
import { fail, fillIn, hideNotice, say, showNotice } from "./messages.js";
import { decodePhoto, pixelsOf, savePng } from "./photo.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { fetchStyles } from "./styles.js";
import * as text from "./text.js";

/** Longest side of a photo as it is painted, in pixels. */
const LARGEST_PHOTO = 2048;
/** What is asked of the camera: the CPU cannot paint more. */
const CAMERA_SIZE = { gpu: { width: 1280, height: 720 }, cpu: { width: 640, height: 480 } };
/** An engine lost more often than this in `RESTART_WINDOW` is given up. */
const MAX_RESTARTS = 3;
const RESTART_WINDOW = 10 * 60_000;
/** A repaint that takes longer than this, in milliseconds, is announced. */
const PATIENCE = 300;
/** Live frames that may fail in a row before the camera is given up. */
const MAX_BAD_FRAMES = 3;

/** @typedef {import("./styles.js").StyleEntry} StyleEntry */

const parameters = new URLSearchParams(location.search);
const ui = {
  camera: element("camera", HTMLButtonElement),
  file: element("file", HTMLInputElement),
  style: element("style", HTMLSelectElement),
  strength: element("strength", HTMLInputElement),
  fidelity: element("fidelity", HTMLInputElement),
  reset: element("reset", HTMLButtonElement),
  compare: element("compare", HTMLButtonElement),
  save: element("save", HTMLButtonElement),
  useCpu: element("use-cpu", HTMLButtonElement),
  status: element("status", HTMLElement),
  engine: element("engine", HTMLElement),
  fps: element("fps", HTMLElement),
  about: element("about", HTMLElement),
  facts: element("facts", HTMLElement),
  strengthValue: element("strength-value", HTMLElement),
  fidelityValue: element("fidelity-value", HTMLElement),
};
const stage = new Stage(element("stage", HTMLElement));
const camera = new Camera(element("video", HTMLVideoElement), cameraEnded);
const rate = new FrameRate();

/** @type {import("./limn.js").EngineChoice} */
let choice = engineChoice(parameters.get("engine"));
/** @type {StyleEntry[]} */
let styles = [];
/** Whether the last attempt at a style failed. */
let styleFailed = false;
/** What keeps anything from being painted. @type {LimnError | null} */
let blocked = null;
/** Whether λ follows the style; it does until the visitor sets it. */
let lambdaFollows = true;
/** Times at which an engine was lost. @type {number[]} */
let losses = [];
/** What to add once the photo is painted, e.g. that it was scaled down. */
let photoNote = "";
/** Whether the coming painting of the photo is to be announced. */
let announce = false;
let photoTurn = 0;
/** Whether a live frame is with the engine; there is one at most. */
let grabbing = false;
/** Whether the camera has had a new picture since then. */
let nextFrame = false;
let badFrames = 0;
/** Whether live frames have been painted since the camera or the engine started. */
let flowing = false;
const counts = { frames: 0, photos: 0, restarts: 0, paintMs: 0 };

const session = new Session(
  {
    adapter: parameters.get("adapter") === "software" ? "software" : undefined,
    fail: parameters.get("fail") ?? undefined,
    liveSize: positive(parameters.get("size")),
  },
  { canvas: () => stage.freshLive(), lost: engineLost, painted: photoPainted, failed: fail, busy: photoBusy },
);

fillIn();
showOptions();
listen();
expose();
await Promise.all([startEngine(), loadStyles()]);
if (session.ready && ui.status.dataset.kind === "busy" && stage.mode === "empty") say("info", text.status.ready);

// ---- engine and styles ----

/** Starts the engine of `choice` and shows what came of it. @returns {Promise<boolean>} */
async function startEngine() {
  try {
    const info = await session.start(choice);
    blocked = null;
    ui.engine.textContent = text.engineLine(info);
    Object.assign(ui.engine.dataset, { engine: info.engine, adapter: info.adapter, precision: info.precision });
    if (info.engine === "gpu") hideNotice();
    else showNotice(info.reason ? text.cpuNotice(info.reason) : text.notice.cpuChosen, info.reason ?? "cpu-chosen");
    settle();
    return true;
  } catch (error) {
    const failure = LimnError.from(error);
    if (failure.code === "disposed") return false;
    blocked = failure;
    fail(failure);
    if (choice === "gpu") showNotice(text.notice.tryCpu, failure.code, true);
    return false;
  }
}

/** @param {LimnError} error */
async function engineLost(error) {
  console.error(`Limn: engine lost (${error.code}): ${error.message}`);
  const now = performance.now();
  losses = [...losses.filter((time) => now - time < RESTART_WINDOW), now];
  flowing = false;
  stage.ready = false;
  delete ui.engine.dataset.engine;
  ui.engine.textContent = "";
  rate.clear();
  if (losses.length > MAX_RESTARTS) {
    blocked = new LimnError("engine-gone");
    fail(blocked);
    if (session.info?.engine === "gpu") showNotice(text.notice.tryCpu, error.code, true);
    return;
  }
  counts.restarts++;
  say("busy", text.status.restarting(losses.length, MAX_RESTARTS), error.code);
  if (!(await startEngine())) return;
  say("info", text.status.restarted);
  await catchUp();
}

async function switchToCpu() {
  choice = "cpu";
  losses = [];
  hideNotice();
  say("busy", text.status.switching);
  if (!(await startEngine())) return;
  say("info", text.status.ready);
  await catchUp();
}

/** Chooses the default style where the first engine went before it had any. */
async function catchUp() {
  if (!session.style && styles.length > 0) await chooseStyle(styles[0]);
}

async function loadStyles() {
  try {
    styles = await fetchStyles(parameters.get("styles") ?? "models/styles.json");
  } catch (error) {
    styleFailed = true;
    fail(LimnError.from(error));
    return showStyles();
  }
  showStyles();
  await chooseStyle(styles[0]);
}

/** @param {StyleEntry} style */
async function chooseStyle(style) {
  const first = session.style === null;
  if (!first) say("busy", text.status.styleLoading(style.title));
  ui.style.value = style.name;
  try {
    if (!(await session.useStyle(style))) return;
    styleFailed = false;
    if (lambdaFollows) setLambda(style.lambda);
    showFacts(style);
    // A photo is announced once it is painted, a camera once its first picture is.
    if (stage.mode === "empty" || (stage.mode === "camera" && !first)) {
      say("info", text.status.styleReady(style.title));
    }
    settle();
  } catch (error) {
    showStyles();
    if (isEngineEnd(error)) {
      if (blocked) fail(blocked);
      return;
    }
    const failure = LimnError.from(error);
    styleFailed = true;
    say("error", text.styleRefused(style.title, failure, session.style?.title ?? null), failure.code);
  }
}

/** Puts the picker in line with the style in use. */
function showStyles() {
  const options = styles.map(({ name, title }) => new Option(title, name));
  if (!session.style) options.unshift(new Option(text.page.styleNone, ""));
  ui.style.replaceChildren(...options);
  ui.style.value = session.style?.name ?? "";
  ui.style.disabled = styles.length === 0;
}

/** @param {StyleEntry} style */
function showFacts(style) {
  // The entry that stood for "none" goes with the first style.
  if (ui.style.options[0]?.value === "") ui.style.remove(0);
  ui.style.value = style.name;
  const facts = text.styleFacts(style);
  ui.about.hidden = facts.length === 0;
  ui.facts.replaceChildren(...facts.flatMap(([term, value]) => [make("dt", term), make("dd", value)]));
}

/** Called when engine or style are new: whatever is on show is to be painted with them. */
function settle() {
  stage.ready = session.ready;
  if (stage.mode !== "photo" || !session.ready) return;
  announce = true;
  session.repaint();
}

// ---- photo ----

/** @param {Blob | null | undefined} file */
async function openPhoto(file) {
  if (!file) return fail(new LimnError("photo-none"));
  const turn = ++photoTurn;
  say("busy", text.status.photoOpening);
  try {
    const { image, scaledFrom } = await decodePhoto(file, LARGEST_PHOTO);
    if (turn !== photoTurn) return;
    leaveCamera();
    stage.show("photo");
    stage.showOriginal(image);
    session.setPhoto(image);
    photoNote = scaledFrom ? text.status.photoScaled(scaledFrom, LARGEST_PHOTO) : "";
    updateButtons();
    if (cannotPaint()) return;
    say("busy", text.status.photoPainting);
    announce = true;
    await session.repaint();
  } catch (error) {
    if (turn === photoTurn) fail(LimnError.from(error, "unexpected"));
  }
}

/** @param {import("./engine.js").Painting} painting */
function photoPainted({ image, milliseconds }) {
  if (stage.mode !== "photo") return;
  stage.showPainted(image);
  counts.photos++;
  counts.paintMs = milliseconds;
  if (announce) say("info", `${text.status.photoPainted(milliseconds)} ${photoNote}`.trim());
  announce = false;
  updateButtons();
}

let patience = 0;

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

// ---- camera ----

async function startCamera() {
  if (cannotPaint()) return;
  photoTurn++;
  say("busy", text.status.cameraAsking);
  ui.camera.setAttribute("aria-pressed", "true");
  ui.camera.textContent = text.page.cameraStop;
  try {
    if (!(await camera.start(CAMERA_SIZE[session.info?.engine ?? "gpu"]))) return;
  } catch (error) {
    cameraButtonOff();
    return fail(LimnError.from(error, "camera-failed"));
  }
  session.setPhoto(null);
  stage.show("camera");
  stage.mirrored = camera.mirrored;
  flowing = false;
  badFrames = 0;
  rate.clear();
  updateButtons();
  say("busy", text.status.cameraWaiting);
  camera.watch(paintFrame);
  if (document.hidden) cameraHidden();
}

async function paintFrame() {
  nextFrame = grabbing;
  if (grabbing || !session.ready) return;
  grabbing = true;
  try {
    const frame = await camera.grab(session.videoFrames);
    if (stage.mode !== "camera") return frame.close();
    counts.paintMs = await session.paintFrame(frame);
    if (stage.mode !== "camera") return;
    counts.frames++;
    badFrames = 0;
    stage.painted = true;
    const perSecond = rate.tick(performance.now());
    if (perSecond !== null) ui.fps.textContent = text.framesPerSecond(perSecond);
    if (flowing) return;
    flowing = true;
    updateButtons();
    if (ui.status.dataset.kind === "busy") say("info", text.status.cameraOn);
  } catch (error) {
    if (isEngineEnd(error) || stage.mode !== "camera") return;
    const failure = LimnError.from(error, "unexpected");
    console.warn(`Limn: a frame failed (${failure.code}): ${failure.message}`);
    if (++badFrames >= MAX_BAD_FRAMES) closeCamera(() => fail(failure));
  } finally {
    grabbing = false;
    // Waiting for the camera's next picture would halve the rate of an engine just slower than the camera.
    if (nextFrame && camera.running) paintFrame();
  }
}

/** Stops the camera if it runs, without a word and with the stage as it is. */
function leaveCamera() {
  camera.stop();
  cameraButtonOff();
  ui.fps.textContent = "";
  stage.mirrored = false;
}

/** Stops the camera and clears the stage. @param {() => void} tell Says why. */
function closeCamera(tell) {
  leaveCamera();
  if (stage.mode === "camera") stage.show("empty");
  updateButtons();
  tell();
}

/** @param {LimnError} error */
function cameraEnded(error) {
  closeCamera(() => fail(error));
}

/** Nobody films behind a hidden page. */
function cameraHidden() {
  if (camera.running) closeCamera(() => say("info", text.status.cameraHidden, "camera-hidden"));
}

function cameraButtonOff() {
  ui.camera.setAttribute("aria-pressed", "false");
  ui.camera.textContent = text.page.camera;
}

// ---- controls ----

function optionsChanged() {
  session.strength = ui.strength.valueAsNumber;
  // From 1000 (colours run free) to 0.1 (the photo's own), even steps being even factors.
  session.lambda = 10 ** (3 - 4 * ui.fidelity.valueAsNumber);
  showOptions();
  if (stage.mode === "photo") session.repaint();
  else if (stage.mode === "camera" && stage.painted && !grabbing) redraw();
}

async function redraw() {
  grabbing = true;
  try {
    await session.redraw();
  } catch (error) {
    if (!isEngineEnd(error)) console.warn("Limn: redraw failed", error);
  } finally {
    grabbing = false;
  }
}

/** @param {number} lambda Exactly this one, also between two steps of the slider. */
function setLambda(lambda) {
  ui.fidelity.valueAsNumber = (3 - Math.log10(Math.max(lambda, 0.1))) / 4;
  session.lambda = lambda;
  showOptions();
}

function showOptions() {
  ui.strengthValue.textContent = text.percent(session.strength);
  ui.fidelityValue.textContent = text.percent(ui.fidelity.valueAsNumber);
  ui.strength.setAttribute("aria-valuetext", text.percent(session.strength));
  ui.fidelity.setAttribute("aria-valuetext", text.percent(ui.fidelity.valueAsNumber));
}

function resetOptions() {
  ui.strength.valueAsNumber = 1;
  ui.fidelity.valueAsNumber = 0.5;
  lambdaFollows = true;
  optionsChanged();
  setLambda(session.style?.lambda ?? 10);
  if (stage.mode === "photo") session.repaint();
}

/** Says so if nothing can be painted for want of an engine or of a style. @returns {boolean} */
function cannotPaint() {
  if (blocked) fail(blocked);
  else if (styleFailed && !session.style) fail(new LimnError("no-style"));
  else return false;
  return true;
}

function updateButtons() {
  const painted = stage.result !== null;
  ui.save.disabled = !painted;
  ui.compare.disabled = !painted;
}

async function save() {
  const canvas = stage.result;
  if (!canvas) return;
  const time = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  const name = `limn-${session.style?.name ?? "picture"}-${time.slice(0, 19).replace("T", "-").replaceAll(":", "")}.png`;
  try {
    await savePng(canvas, name);
    say("info", text.status.saved(name));
  } catch (error) {
    fail(LimnError.from(error, "save-failed"));
  }
}

function listen() {
  ui.camera.addEventListener("click", () => {
    if (ui.camera.getAttribute("aria-pressed") === "true") closeCamera(() => say("info", text.status.cameraOff));
    else startCamera();
  });
  ui.file.addEventListener("change", () => {
    const file = ui.file.files?.[0];
    if (file) openPhoto(file);
    ui.file.value = "";
  });
  ui.style.addEventListener("change", () => {
    const style = styles.find(({ name }) => name === ui.style.value);
    if (style) chooseStyle(style);
  });
  ui.strength.addEventListener("input", optionsChanged);
  ui.fidelity.addEventListener("input", () => {
    lambdaFollows = false;
    optionsChanged();
  });
  ui.reset.addEventListener("click", resetOptions);
  ui.save.addEventListener("click", save);
  ui.useCpu.addEventListener("click", switchToCpu);
  hold(ui.compare, (held) => stage.compare(held));

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
    openPhoto(event.dataTransfer?.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file) openPhoto(file);
  });
  const video = element("video", HTMLVideoElement);
  video.addEventListener("resize", () => {
    if (stage.mode === "camera") stage.setSize(video.videoWidth, video.videoHeight);
  });
  addEventListener("pagehide", cameraHidden);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) cameraHidden();
  });
  addEventListener("error", (event) => {
    if (event.error) fail(LimnError.from(event.error, "unexpected"));
  });
  addEventListener("unhandledrejection", (event) => {
    if (!isEngineEnd(event.reason)) fail(LimnError.from(event.reason, "unexpected"));
  });
}

// ---- odds and ends ----

/** `window.limn`: what tests and the curious may ask of the page from the console. */
function expose() {
  const limn = {
    state: () => {
      const info = session.info;
      return {
        ready: session.ready,
        engine: info?.engine ?? null,
        adapter: info?.adapter ?? null,
        precision: info?.precision ?? null,
        reason: info?.reason ?? null,
        mode: stage.mode,
        style: session.style?.name ?? null,
        strength: session.strength,
        lambda: session.lambda,
        workingSize: stage.mode === "camera" ? session.liveSize : session.photoSize,
        frames: counts.frames,
        photoPainted: counts.photos,
        paintMs: counts.paintMs,
        restarts: counts.restarts,
        busy: element("stage", HTMLElement).getAttribute("aria-busy") === "true",
        error: ui.status.dataset.kind === "error" ? (ui.status.dataset.code ?? null) : null,
      };
    },
    readback: async () => {
      const canvas = stage.result;
      if (!canvas) throw new LimnError("no-picture", "Nothing has been painted.");
      return pixelsOf(canvas);
    },
    original: () => stage.photo,
    loseDevice: () => session.rehearse("device-lost"),
    crash: () => session.rehearse("crashed"),
  };
  Object.assign(window, { limn });
}

/** @param {string | null} value @returns {import("./limn.js").EngineChoice} */
function engineChoice(value) {
  return value === "gpu" || value === "cpu" ? value : "auto";
}

/** @param {string | null} value @returns {number | undefined} */
function positive(value) {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
