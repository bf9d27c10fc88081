// @ts-check
/** The errors of Limn: one class with a stable `code`, and the list of all codes there are. */

/** What the library itself throws. */
export const LIBRARY_CODES = /** @type {const} */ ([
  // The GPU engine cannot be used: no WebGPU, only a software adapter, or results that are not what they should be.
  "no-webgpu",
  "software-adapter",
  "self-test",
  // The engine has ended and a new `Stylizer` is needed: its device was lost, it stopped on a bug, or it was freed.
  "device-lost",
  "crashed",
  "freed",
  // The caller's own signal ended the work.
  "cancelled",
  // A file of this package could not be fetched.
  "wasm-load",
  // The style record is not the one meant, a web page, cut off, no record, of a network of another shape, or newer than
  // this library.
  "style-sha256",
  "style-html",
  "style-truncated",
  "style-format",
  "style-shape",
  "style-version",
  // Nothing to paint with, or nothing that can be painted.
  "no-style",
  "bad-image",
  "too-large",
  "out-of-memory",
  // An option is of another type than it should be.
  "bad-options",
  // The canvas cannot be drawn to, or WebGPU refused a call.
  "canvas",
  "gpu-validation",
  // None of these: the browser, or a mistake of ours, threw something that carries no code.
  "unexpected",
]);

/** All codes: those of the library, and those of the page that is built on it. */
export const CODES = /** @type {const} */ ([
  ...LIBRARY_CODES,
  // The page ended its engine itself, or gave up starting it again.
  "disposed",
  "engine-gone",
  // A part of the page that comes when it is first needed.
  "part-network",
  // Files of the styles.
  "style-http",
  "style-network",
  "styles-http",
  "styles-network",
  "styles-format",
  "styles-origin",
  // What is painted: the camera, a photo, the sample, a video.
  "camera-denied",
  "camera-none",
  "camera-busy",
  "camera-ended",
  "camera-insecure",
  "camera-failed",
  "photo-none",
  "photo-empty",
  "photo-unreadable",
  "photo-corrupt",
  "photo-heic",
  "photo-format",
  "photo-too-large",
  "photo-memory",
  "sample-http",
  "sample-network",
  "video-unreadable",
  "video-blind",
  "video-damaged",
  "video-long",
  // The device keeps nothing for this page.
  "look-storage",
  // What comes of it: pictures, recordings, exported videos.
  "no-picture",
  "canvas-too-large",
  "save-failed",
  "copy-failed",
  "share-failed",
  "record-failed",
  "record-unsupported",
  "microphone-denied",
  "microphone-none",
  "microphone-failed",
  "export-unsupported",
  "export-failed",
  "export-interrupted",
]);

/**
 * @typedef {typeof LIBRARY_CODES[number]} ErrorCode What can go wrong in the library.
 * @typedef {typeof CODES[number]} Code What can go wrong in library and page.
 */

/** @type {ReadonlySet<unknown>} */
const KNOWN = new Set(CODES);

/** An error with a stable `code`, which is what callers and tests should look at. */
export class LimnError extends Error {
  /**
   * @param {Code} code
   * @param {string} [message]
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message || code, options);
    this.name = "LimnError";
    /** @type {Code} */
    this.code = code;
  }

  /**
   * Any thrown value as a `LimnError`. A trap of the wasm (a panic) is `crashed`, whatever the caller was about: the
   * engine is of no more use. What carries no code of its own gets `fallback`, and says nothing of the engine.
   *
   * @param {unknown} thrown
   * @param {Code} [fallback]
   * @returns {LimnError}
   */
  static from(thrown, fallback = "unexpected") {
    if (thrown instanceof LimnError) return thrown;
    const { code: own, message } = /** @type {{ code?: unknown, message?: unknown }} */ (Object(thrown));
    const text = typeof message === "string" ? message : String(thrown);
    const trap = thrown instanceof WebAssembly.RuntimeError;
    const code = trap ? "crashed" : KNOWN.has(own) ? /** @type {Code} */ (own) : fallback;
    return new LimnError(code, text, { cause: thrown });
  }
}
