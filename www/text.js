// @ts-check
/** Every string a visitor can read, but for the two fallbacks that index.html needs before scripts run. */

import { LimnError } from "./limn.js";

/** Strings of the page itself: `data-text="key"` in index.html takes its text from here. */
export const page = {
  tagline: "Paints your camera or a photo.",
  emptyTitle: "Who will you paint?",
  emptyHint: "Start the camera, choose a photo, or drop or paste one here.",
  dropHint: "Drop the photo to paint it",
  camera: "Start camera",
  cameraStop: "Stop camera",
  file: "Choose photo",
  compare: "Compare",
  compareHint: "Hold to see the original",
  save: "Save PNG",
  controls: "Brush",
  style: "Style",
  styleNone: "no style loaded",
  strength: "Strength",
  fidelity: "Colour fidelity",
  fidelityHint: "How closely the picture keeps the photo’s own colours.",
  reset: "Reset",
  about: "About this style",
  privacy: "Private: pictures never leave this device. This page sends nothing anywhere.",
  useCpu: "Use the CPU engine",
  paintedPicture: "The painted picture",
  originalPicture: "The photo before painting",
  cameraPicture: "The camera’s picture before painting",
};

/** Sentences of the status line. */
export const status = {
  starting: "Getting the brushes ready…",
  ready: "Ready.",
  cameraAsking: "Allow the camera in the browser’s prompt to begin.",
  cameraWaiting: "The camera is on. Getting the engine ready…",
  cameraOn: "Painting your camera live.",
  cameraOff: "The camera is off.",
  cameraHidden: "The camera was turned off while this page was hidden. Start it again when you like.",
  photoOpening: "Opening the photo…",
  photoPainting: "Painting the photo…",
  /** @param {number} milliseconds */
  photoPainted: (milliseconds) => `Painted in ${seconds(milliseconds)}.`,
  /** @param {number} from @param {number} to Longest sides in pixels. */
  photoScaled: (from, to) => `The photo was scaled down from ${from} to ${to} pixels on its long side.`,
  /** @param {string} title */
  styleLoading: (title) => `Loading the style ${title}…`,
  /** @param {string} title */
  styleReady: (title) => `${title} is ready.`,
  /** @param {string} name */
  saved: (name) => `Saved as ${name}.`,
  /** @param {number} count @param {number} limit */
  restarting: (count, limit) => `The engine stopped unexpectedly. Starting it again (${count} of ${limit})…`,
  restarted: "The engine is running again.",
  switching: "Starting the CPU engine…",
};

/** Where WebGPU is to be had; part of several sentences. */
const WEBGPU_BROWSERS =
  "Current Chrome and Edge, Safari from 26 on and Firefox from 141 on (Windows) or 145 on (Apple silicon) have it.";

/** The lasting note about why the CPU paints, by error code. */
const cpuReasons = /** @type {Record<string, string>} */ ({
  "no-webgpu": `WebGPU is not available here, so the CPU paints: live pictures are small and slow. ${WEBGPU_BROWSERS}`,
  "software-adapter":
    "This browser only has a software WebGPU adapter, so the CPU paints: live pictures are small and slow. " +
    "Hardware acceleration may be switched off in the browser’s settings.",
  "self-test":
    "The graphics card did not pass Limn’s self-test, so the CPU paints: live pictures are small and slow. " +
    "A newer graphics driver may help.",
  "wasm-load": "The GPU engine could not be loaded, so the CPU paints: live pictures are small and slow.",
});

/** @param {string} code */
export function cpuNotice(code) {
  return (
    cpuReasons[code] ??
    `The GPU engine could not start (${code}), so the CPU paints: live pictures are small and slow.`
  );
}

export const notice = {
  tryCpu: "The CPU engine needs no graphics card; live pictures are small and slow with it.",
  cpuChosen: "The CPU engine was chosen: live pictures are small and slow.",
};

/** @type {Record<string, string>} */
const errors = {
  "no-webgpu": `This browser offers no WebGPU. ${WEBGPU_BROWSERS}`,
  "software-adapter": "This browser only has a software WebGPU adapter, which is too slow to paint with.",
  "self-test": "The graphics card did not pass Limn’s self-test. A newer graphics driver may help.",
  "device-lost": "The graphics device was lost.",
  "wasm-load": "The engine could not be loaded. Check the connection and reload the page.",
  "crashed": "The engine stopped unexpectedly.",
  "engine-gone": "The engine kept stopping and was not started again. Reload the page to try once more.",

  "style-truncated": "The style’s file is incomplete.",
  "style-html": "In place of the style’s file the server sent a web page.",
  "style-sha256": "The style’s file is not the one that was published (its checksum differs).",
  "style-shape": "The style’s file holds a network of an unexpected shape.",
  "style-format": "The style’s file is not a style record.",
  "style-http": "The server does not have the style’s file.",
  "style-network": "The style’s file could not be fetched. Check the connection.",
  "no-style": "No style is loaded, so there is nothing to paint with.",
  "styles-http": "The list of styles is missing from the server.",
  "styles-network": "The list of styles could not be fetched. Check the connection and reload the page.",
  "styles-format": "The list of styles is damaged.",
  "styles-origin": "The list of styles must come from this site.",

  "camera-denied":
    "The camera was refused. Allow it in the browser’s address bar or settings, or choose a photo instead.",
  "camera-none": "No camera was found. Connect one, or choose a photo instead.",
  "camera-busy": "The camera could not be started; another program may be using it. Close that one and try again.",
  "camera-ended": "The camera was disconnected or taken away.",
  "camera-insecure": "Browsers give the camera only to pages opened over https or from localhost.",
  "camera-failed": "The camera could not be started.",

  "photo-empty": "That file is empty.",
  "photo-unreadable": "That file is not a picture this browser can read. JPEG, PNG and WebP always work.",
  "photo-none": "There was no picture in that. Drop or paste a picture file.",
  "bad-image": "The engine could not take this picture.",
  "too-large": "This picture is too large for the engine.",
  "save-failed": "The picture could not be saved.",
  "unexpected": "Something unexpected went wrong.",
};

/**
 * The sentence for an error, with the engine's own words where they say more.
 *
 * @param {LimnError} error
 * @returns {string}
 */
export function describe(error) {
  const text = errors[error.code] ?? errors.unexpected;
  const detail = error.message === error.code ? "" : error.message;
  return detail ? `${text} (${detail.replace(/[\s.]+$/, "")}.)` : text;
}

/**
 * What follows an error of a style when another one stays in use.
 *
 * @param {string} title Of the style refused.
 * @param {LimnError} error
 * @param {string | null} kept Title of the style in use.
 */
export function styleRefused(title, error, kept) {
  return `${title} could not be used. ${describe(error)}${kept ? ` ${kept} stays in use.` : ""}`;
}

/** @param {import("./limn.js").Info} info */
export function engineLine({ engine, adapter, precision, fallback }) {
  const parts = [engine === "gpu" ? "GPU" : "CPU", adapter, precision, fallback ? "software" : ""];
  return parts.filter(Boolean).join(" · ");
}

/** @param {number} rate Frames per second. */
export function framesPerSecond(rate) {
  return `${rate < 9.95 ? rate.toFixed(1) : Math.round(rate)} fps`;
}

/** @param {number} value 1 is 100 %. */
export function percent(value) {
  return `${Math.round(value * 100)} %`;
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return milliseconds < 995 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * Labelled facts about a style.
 *
 * @param {import("./styles.js").StyleEntry} style
 * @returns {Array<[string, string]>}
 */
export function styleFacts({ teacher, data, licence, width, bytes }) {
  /** @type {Array<[string, string | undefined]>} */
  const facts = [
    ["Learnt from", teacher],
    ["Photos", data],
    ["Licence", licence],
    ["Size", width && bytes ? `width ${width}, ${Math.round(bytes / 1000)} kB` : undefined],
  ];
  return facts.filter(/** @returns {fact is [string, string]} */ (fact) => Boolean(fact[1]));
}
