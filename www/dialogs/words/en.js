// @ts-check
/** The words of the dialogs in English, and the model that other languages follow. They come with the first dialog. */

export const page = {
  cancel: "Cancel",
  paintedPicture: "The painted picture",
  close: "Close",
  howTitle: "How do I know that my pictures stay here?",
  howPolicy:
    "Pictures live in memory and are gone when you close the tab. What this page asks for is listed here, as your browser " +
    "or the page’s service worker noted it:",
  howFiles: "Files of this page",
  howFile: "File",
  howSize: "Size",
  howSent: "Sent",
  howOthers: "Anything else",
  howForbidden: "What your browser forbids this page",
  howForbiddenHint: "The page carries this Content-Security-Policy, and your browser holds it to that:",
  howCheck:
    "Check it: open the developer tools (F12), choose Network, then start the camera and save a picture. " +
    "Or turn off the network: everything that has been loaded goes on working.",
  howNoPicture: "Open the camera or a file, and requests are listed here.",
  howNothing: "Nothing.",
  cropTitle: "Crop the photo",
  cropPicture: "The photo",
  cropBox: "What is kept of the photo",
  cropHint: "Drag it or a corner. Arrow keys move it; with Shift they size it.",
  cropShape: "Shape",
  cropFree: "Free",
  cropAngle: "Straighten",
  cropTurn: "Turn by 90°",
  cropReset: "All of it",
  cropApply: "Crop",
  aboutTitle: "About Limn",
  aboutLead: "Limn paints portraits inside the browser. Its own code, styles and pictures are free: MIT or Apache-2.0, as you like.",
  aboutVersion: "Version",
  aboutEngine: "Engine",
  aboutLicences: "Licences of its parts",
  aboutLimn: "Limn: page, engines, styles, pictures",
  aboutSource: "Source",
  aboutMediabunny:
    "It reads and writes video files, unchanged, as its makers publish it; fetched when the first video or recording needs it.",
  aboutClientZip: "It puts several pictures into one file; fetched when the first ZIP needs it.",
  aboutCrates: "In the engines, compiled from Rust:",
  aboutCratesMore: "and what they need, all under MIT, Apache-2.0, Zlib or licences as free.",
  aboutFonts: "Fonts are your system’s own. Icons were drawn for Limn.",
  aboutText: "Text of the licence",
  aboutCredits: "Credits",
  aboutMethod:
    "The method is that of Liu et al., “Learning Selfie-Friendly Abstraction from Artistic Style Images”, with changes of ours.",
  aboutSitters: "Nobody sat for the portraits on this page: all sitters are rendered by code of ours, and painted by the page’s own styles.",
  aboutTeachers: "Styles are taught by filters of ours, and by no artist’s work:",
  aboutPhotos: "The photos that they learnt from, none of which is in the page:",
  exportTitle: "Painting the video",
  exportStarting: "Reading the video…",
  exportLive: "This browser cannot paint videos frame by frame: it is played once through in real time and recorded.",
  queueTitle: "Painting your photos",
  queueList: "The photos",
  queueWaiting: "waits",
  queuePainting: "is being painted…",
  queueLeft: "not painted",
  queueVideo: "This is a video: open it by itself.",
  queueSingly: "Save one by one",
  queueDiscard: "Close without saving",
  fourTitle: "Four styles in one picture",
  fourPicture: "Your picture in four styles, two by two",
  fourChoice: "Styles",
  fourPlace0: "Top left",
  fourPlace1: "Top right",
  fourPlace2: "Bottom left",
  fourPlace3: "Bottom right",
  fourDone: "All four are painted.",
  fourSave: "Save as one picture",
  keysTitle: "Keys",
};

/** @param {number} count */
export const requests = (count) =>
  `0 bytes sent. ${count === 1 ? "1 file" : `${count} files`} of this page fetched since the camera or the picture was opened.`;

/** @param {number} count */
export const strangers = (count) =>
  `${count === 1 ? "1 request" : `${count} requests`} went elsewhere since the camera or the picture was opened: see below.`;

/** Size of what a request sends: its body. @type {string} */
export const nothingSent = "0 bytes";

/** @param {string} directive That stopped it. */
export const stopped = (directive) => `stopped by the policy (${directive})`;

/** What the parts of a policy are about. @type {Record<string, string>} */
export const directives = {
  "connect-src": "Connections: fetches, uploads, WebSockets, beacons",
  "script-src": "Scripts",
  "worker-src": "Workers",
  "img-src": "Pictures",
  "media-src": "Sound and video",
  "style-src": "Style sheets",
  "manifest-src": "App manifest",
  "form-action": "Sending forms",
  "base-uri": "Moving its addresses elsewhere",
  "default-src": "Anything else: frames, fonts, plugins",
};

/** Where a policy allows them from. @type {Record<string, string>} */
export const sources = {
  "'none'": "forbidden",
  "'self'": "this site",
  "'wasm-unsafe-eval'": "WebAssembly",
  "blob:": "memory",
  "data:": "memory",
};

/** @param {string} list */
export const only = (list) => `from ${list} only`;

/** @param {string} name @param {string} size */
export const exported = (name, size) => `Saved as ${name}, ${size}.`;

/** @type {string} */
export const exportedMuted = "Its sound had to be left out: no format that this browser writes can hold it.";

/** @type {string} */
export const exportedLive = "It was recorded in real time, so frames may be missing.";

/** @type {string} */
export const exportCancelled = "The export was cancelled.";

/** @param {number} done @param {number} total @param {string} left */
export const exportProgress = (done, total, left) => `Frame ${done} of ${total}, about ${left} left`;

/** @param {number} frames */
export const exportedFrames = (frames) => (frames === 1 ? "1 frame." : `${frames} frames.`);

/** @param {string} style */
export const queueLead = (style) => `Each at its full size, in ${style}, with the brush of now. Nothing leaves this device.`;

/** @param {number} place @param {number} count */
export const queueAt = (place, count) => `Photo ${place} of ${count}…`;

/** @param {number} painted @param {number} count @param {boolean} cancelled */
export const queueEnded = (painted, count, cancelled) =>
  `${cancelled ? "Cancelled. " : ""}${painted === count ? `All ${count} are painted.` : `${painted} of ${count} are painted.`}`;

/** @param {string} size */
export const queueZip = (size) => `Save as ZIP (${size})`;

/** @param {number} count */
export const queueSaved = (count) => `${count === 1 ? "1 picture" : `${count} pictures`} handed to the browser to be saved.`;

/** @param {number} place @param {number} count */
export const fourPainting = (place, count) => `Painting ${place} of ${count}…`;

/** What the keys do. @type {Record<string, string>} */
export const keys = {
  "c": "Start or stop the camera",
  "o": "Choose photos or a video",
  "b": "Before and after; arrow keys move the line, Escape ends it",
  "s": "Save the picture",
  "k": "Crop, turn or straighten the photo",
  "q": "Four styles in one picture",
  "v": "Start or end a recording of the camera",
  "t": "Self-timer: a picture after 3 seconds; Escape cancels",
  "x": "Self-timer: 4 pictures, one a second; Escape cancels",
  "f": "Turn to the other camera",
  "p": "Play or pause the video",
  "l": "Repeat the video",
  "u": "Sound of the video on or off",
  "e": "Export the painted video; Escape cancels",
  "Escape": "Cancel a long job",
  "g": "Preview the styles on your picture",
  "r": "Reset the brush",
  "m": "Mix in a second style",
  "digits": "Choose a style",
  "+": "Look closer; then arrow keys move the picture",
  "-": "Look from further away",
  "0": "All of the picture, or each of its pixels",
  "undo": "Undo the last change",
  "redo": "Redo it",
  "?": "Show this list",
};

/** @param {number} width @param {number} height Of what is kept, in pixels on show. @param {number} x @param {number} y Where it begins, in percent. */
export const cropTold = (width, height, x, y) => `${width} × ${height}, from ${x} % across and ${y} % down.`;
