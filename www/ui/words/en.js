// @ts-check
/** The page's words in English, and the model that other languages follow. */

/** @typedef {import("../../limn/error.js").Code} Code */

/** Strings of the page itself: `data-text="key"` in index.html takes its text from here. */
export const page = {
  title: "Limn: paint your portrait",
  tagline: "Paints your camera or a photo.",
  emptyTitle: "Your portrait, painted right here",
  emptyHint: "Start the camera or choose a photo: nothing leaves this device.",
  hero: "Three portraits, photographed on the left of a line and painted on its right",
  noticeClose: "OK",
  noticeCloseHint: "Put this note away",
  sample: "Try a sample",
  dropHint: "Drop photos or a video to paint them",
  camera: "Start camera",
  cameraStop: "Stop camera",
  file: "Choose file",
  cameraTools: "Record and take pictures",
  record: "Record",
  recordStop: "Stop",
  recordHint: "Record the painting as a video",
  microphone: "Sound",
  microphoneHint: "Record the microphone too",
  timer: "Timer",
  timerHint: "Take a picture after 3 seconds",
  series: "4 shots",
  seriesHint: "Take 4 pictures, one a second, after 3 seconds",
  turn: "Flip camera",
  turnHint: "Turn to the other camera",
  shelf: "Last results",
  shelfHint: "Held in memory, gone when the tab is closed.",
  shelfClear: "Delete all",
  viewerNewer: "Newer",
  viewerOlder: "Older",
  viewerSave: "Save",
  viewerDelete: "Delete",
  player: "Play and export the video",
  play: "Play",
  pause: "Pause",
  seek: "Position",
  loop: "Repeat",
  sound: "Sound",
  export: "Export",
  exportHint: "Paint every frame and save the video",
  snap: "Take photo",
  compare: "Compare",
  compareHint: "See the original beside the painting; or hold the picture down",
  wipe: "Where the painting begins",
  save: "Save",
  saveHint: "As a JPEG, which opens anywhere",
  zoom: "Zoom",
  zoomIn: "Larger",
  zoomOut: "Smaller",
  zoomFit: "show all of the picture",
  zoomSharp: "show each pixel as it is",
  undo: "Undo",
  redo: "Redo",
  crop: "Crop",
  four: "Four styles",
  results: "More to do with the picture",
  savePng: "As PNG",
  copy: "Copy",
  share: "Share",
  panel: "Style and brush",
  controls: "Brush",
  style: "Style",
  preview: "Preview on my picture",
  previewHint: "Paints each style’s thumbnail from your picture, here on this device.",
  brush: "Brush size",
  brushHint: "Small brushes draw finer strokes and take longer.",
  mixWith: "Mix with",
  mixNone: "Nothing",
  cancel: "Cancel",
  quality: "Quality",
  qualityAuto: "Automatic",
  qualityHint: "Finer networks draw better lines and take longer.",
  strength: "Strength",
  more: "More",
  copyLook: "Copy a link to this look",
  copyLookHint: "Style and settings; your picture never",
  keepLook: "Remember style and settings on this device",
  keepLookHint: "Without this tick nothing of yours is kept; pictures never are.",
  fidelity: "Colour fidelity",
  fidelityHint: "How closely the picture keeps the photo’s own colours.",
  colour: "Colours",
  match: "Colours of a picture",
  matchChoose: "Choose…",
  matchHint: "A photo is painted in the light and colours of another photo or a painting.",
  matchPicture: "The picture whose colours it is painted in",
  matchStrength: "How far",
  matchRemove: "Its own colours",
  colourHint: "From the photo’s to the style’s, where the style has colours of its own.",
  texture: "Texture",
  textureHint: "How much paper, canvas or print shows.",
  reset: "Reset",
  about: "About this style",
  privacy: "Private: pictures never leave this device. This page sends nothing anywhere.",
  how: "How do I know?",
  offline: "Works offline.",
  updateReady: "A new version of Limn is here. Reloading closes the picture on show.",
  updateOtherTabs: "Close the other tabs with Limn first. Or simply come back later: it will be there then.",
  reload: "Reload",
  close: "Close",
  aboutShow: "About",
  keysShow: "Keys",
  useCpu: "Use the CPU engine",
  titleDone: "✓ Done · Limn",
  paintedPicture: "The painted picture",
  originalPicture: "The photo before painting",
  cameraPicture: "The camera’s picture before painting",
  filmPicture: "The video before painting",
};

/** Sentences of the status line. */
export const status = {
  starting: "Getting the brushes ready…",
  previewing: "Painting the thumbnails from your picture…",
  previewed: "The thumbnails show your picture now.",
  ready: "Ready.",
  cameraAsking: "Allow the camera in the browser’s prompt to begin.",
  cameraWaiting: "The camera is on. Getting the engine ready…",
  cameraOn: "Painting your camera live.",
  cameraOff: "The camera is off.",
  cameraHidden: "The camera was turned off while this page was hidden. Start it again when you like.",
  videoOpening: "Opening the video…",
  videoWaiting: "The video is open. Getting the engine ready…",
  videoOn: "Painting the video.",
  photoOpening: "Opening the photo…",
  photoPainting: "Painting the photo…",
  photoPainted: "Painted.",
  photoAnimated: "Only the first frame of this animation is painted.",
  /** @param {number} shown Longest side on show. @param {number} width @param {number} height Of the photo. */
  photoScaled: (shown, width, height) => `Shown at ${shown} pixels, saved at all ${width} × ${height}.`,
  /** @param {string} title */
  styleLoading: (title) => `Loading the style ${title}…`,
  /** @param {string} title */
  styleReady: (title) => `${title} is ready.`,
  /** @param {string} first @param {string} second */
  mixed: (first, second) => `${first} and ${second} are mixed.`,
  fullSize: "Painting the photo at its full size…",
  cancelled: "Cancelled. Nothing was saved.",
  shareAgain: "The picture is ready. Press Share once more.",
  /** @param {string} name */
  saved: (name) => `Saved as ${name}.`,
  recording: "Recording the painted camera.",
  /** @param {string} name @param {string} length @param {string} size */
  recorded: (name, length, size) => `Recorded ${length}, ${size}. Saved as ${name}.`,
  /** @param {number} count */
  shotsTaken: (count) =>
    count === 1 ? "Picture taken. It is among the last results." : `${count} pictures taken. They are among the last results.`,
  timerCancelled: "The self-timer was cancelled.",
  lookCopied: "Copied: a link to this look. Your picture is not in it.",
  lookInAddress: "The link to this look stands in the address bar now: copy it there. Your picture is not in it.",
  lookOwn: "A style of your own does not fit into a link.",
  lookUnknown: "The style of that link is not here.",
  copied: "Copied. Paste the picture wherever you like.",
  /** @param {number} count @param {number} limit */
  restarting: (count, limit) => `The engine stopped unexpectedly. Starting it again (${count} of ${limit})…`,
  restarted: "The engine is running again.",
  switching: "Starting the CPU engine…",
};

/** Where WebGPU is to be had. */
const WEBGPU_BROWSERS =
  "Current Chrome and Edge, Safari from 26 on and Firefox from 141 on (Windows) or 145 on (Apple silicon) have it.";

/** The lasting note about why the CPU paints, by error code. */
/** @type {Partial<Record<Code, string>>} */
export const cpuReasons = {
  "no-webgpu":
    "No graphics card can be used here (WebGPU), so the CPU paints: live pictures are coarser and slower. " +
    "It may be switched off in the browser’s settings.",
  "software-adapter":
    "This browser only has a software WebGPU adapter, so the CPU paints: live pictures are coarser and slower. " +
    "Hardware acceleration may be switched off in the browser’s settings.",
  "self-test":
    "The graphics card did not pass Limn’s self-test, so the CPU paints: live pictures are coarser and slower. " +
    "A newer graphics driver may help.",
  "wasm-load": "The GPU engine could not be loaded, so the CPU paints: live pictures are coarser and slower.",
};

/** The same for any other code. @param {string} code */
export const cpuOther = (code) =>
  `The GPU engine could not start (${code}), so the CPU paints: live pictures are coarser and slower.`;

export const notice = {
  tryCpu: "The CPU engine needs no graphics card; live pictures are coarser and slower with it.",
  cpuChosen: "The CPU engine was chosen: live pictures are coarser and slower.",
};

/** By error code. @type {Record<Code, string>} */
export const errors = {
  "no-webgpu": `This browser offers no WebGPU. ${WEBGPU_BROWSERS}`,
  "software-adapter": "This browser only has a software WebGPU adapter, which is too slow to paint with.",
  "self-test": "The graphics card did not pass Limn’s self-test. A newer graphics driver may help.",
  "device-lost": "The graphics device was lost.",
  "wasm-load": "The engine could not be loaded. Check the connection and reload the page.",
  "crashed": "The engine stopped unexpectedly.",
  "freed": "The engine was stopped.",
  "disposed": "The engine was stopped.",
  "cancelled": "It was cancelled.",
  "canvas": "The browser gave no canvas to paint on. Closing other tabs or reloading the page may help.",
  "gpu-validation":
    "The browser’s graphics interface refused a step of the painting; your picture is not at fault. Reload the page. If that " +
    "does not help, a newer browser or graphics driver may.",
  "engine-gone": "The engine kept stopping and was not started again. Reload the page to try once more.",
  "part-network": "That part of the page could not be fetched. Check the connection and reload the page.",

  "style-truncated": "The style’s file is incomplete.",
  "style-html": "In place of the style’s file the server sent a web page.",
  "style-sha256": "The style’s file is not the one that was published (its checksum differs).",
  "style-shape": "The style’s file holds a network of an unexpected shape.",
  "style-format": "The style’s file is not a style record.",
  "style-version": "The style’s file is newer than this page. Reload the page.",
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
  "camera-ended":
    "The camera was unplugged or taken away. Connect it again and start the camera, or choose a photo instead.",
  "camera-insecure":
    "Browsers give the camera only to pages opened over https or from localhost. Open this page by its https address, " +
    "or choose a photo instead.",
  "camera-failed": "The camera could not be started. Try again, or choose a photo instead.",

  "photo-empty": "That file is empty.",
  "video-long":
    "This video is too long to be exported at its size, since the result is held in memory. Cut it into shorter ones first.",
  "export-unsupported": "This browser cannot export videos.",
  "export-failed": "The video could not be exported. Try again, or try a smaller one.",
  "export-interrupted": "The engine stopped while it painted the video. Start the export again.",
  "look-storage": "This browser lets the page keep nothing on this device.",
  "record-failed": "The painting could not be recorded. Another program may be using the video encoder; try again.",
  "record-unsupported": "This browser cannot record video.",
  "microphone-denied":
    "The microphone was refused. Allow it in the browser’s address bar or settings, or record without sound.",
  "microphone-none": "No microphone was found. Connect one, or record without sound.",
  "microphone-failed": "The microphone could not be started. Try again, or record without sound.",
  "no-picture": "There was no painted picture to keep just then. Try again.",

  "video-unreadable":
    "This browser cannot play that file: it is damaged or in a format unknown here. MP4 with H.264 and WebM always work.",
  "video-blind": "That file holds sound and no picture.",
  "video-damaged": "The video is damaged and could not be played any further.",
  "photo-unreadable": "That file is not a picture. JPEG, PNG and WebP always work.",
  "photo-corrupt": "That picture’s file is damaged or cut short. Get it again from where it came from.",
  "photo-heic":
    "This browser cannot read HEIC photos; Safari can. On an iPhone, Settings → Camera → Formats → Most Compatible takes " +
    "JPEG; other photos can be exported as JPEG.",
  "photo-format": "This browser cannot read pictures of this kind. Save it as JPEG or PNG, and open that.",
  "photo-too-large": "That picture has more pixels than a browser can draw. Open a smaller copy.",
  "photo-memory": "There is not enough memory for a picture of that size. Close other tabs, or open a smaller copy.",
  "photo-none": "There was no picture in that. Drop or paste a picture or a video file.",
  "sample-http": "The sample portrait is missing from the server.",
  "sample-network": "The sample portrait could not be fetched. Check the connection.",
  "bad-image": "The engine could not take this picture.",
  "bad-options": "The engine could not read the settings that the page gave it.",
  "too-large": "This picture is too large for the engine.",
  "out-of-memory": "There is not enough memory for this picture. Close other tabs or programs and try again.",
  "canvas-too-large": "This browser cannot make a picture file that large. Choose a smaller copy of the photo.",
  "save-failed": "The picture could not be saved.",
  "copy-failed": "The picture could not be copied. Save it instead.",
  "share-failed": "The picture could not be shared. Save it instead.",
  "unexpected": "Something unexpected went wrong.",
};

/** Labels of the facts about a style. */
export const facts = { teacher: "Learnt from", data: "Photos", licence: "Licence", network: "Network" };

/** @param {string} quality @param {number} width @param {number | undefined} kilobytes */
export const network = (quality, width, kilobytes) =>
  `${quality} (width ${width}${kilobytes ? `, ${kilobytes} kB` : ""})`;

/** Names of the qualities, from narrow to wide networks. */
export const qualities = { light: "Light", standard: "Standard", fine: "Fine" };

/** Part of the line about the engine. @type {string} */
export const software = "software";

/** @param {number} taken @param {number} count */
export const shot = (taken, count) => `${taken} of ${count}`;

/** @param {string} name */
export const shelfOpen = (name) => `Open ${name}`;

/** Label of the slider. @param {string} title Of the style that is mixed in. */
export const mixLabel = (title) => `Share of ${title}`;

/** @param {string} original @param {string} painted Shares of the stage. */
export const wipe = (original, painted) => `${original} original, ${painted} painted`;

/**
 * What follows an error of a style when another one stays in use.
 *
 * @param {string} title Of the style refused.
 * @param {string} why
 * @param {string | null} kept Title of the style in use.
 */
export const refused = (title, why, kept) =>
  `${title} could not be used. ${why}${kept ? ` ${kept} stays in use.` : ""}`;

/** Titles of styles by name, where they are others than the list's own. @type {Record<string, string>} */
export const styles = {};
