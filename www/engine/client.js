// @ts-check
/**
 * The page's end of the engine's worker: starts it, turns requests into promises, and says when it is lost.
 * The page decides what to do then. One `EngineClient` is one worker; a restart makes a new one.
 */

import { LimnError } from "../limn/error.js";

/**
 * @typedef {import("../limn/limn.js").Info} Info
 * @typedef {import("../limn/limn.js").CreateOptions} CreateOptions
 * @typedef {Required<import("../limn/limn.js").StylizeOptions>} PaintOptions
 * @typedef {{ image: ImageBitmap, milliseconds: number }} Painting
 * @typedef {{ copy: ImageBitmap | null, milliseconds: number }} Frame
 *
 * @typedef {{ type: "create", options: CreateOptions }
 *   | { type: "canvas", canvas: OffscreenCanvas }
 *   | { type: "style", bytes: ArrayBuffer, sha256: string, slot: "first" | "second" }
 *   | { type: "drop-second-style" }
 *   | { type: "decode", file: Blob, longest: number }
 *   | { type: "photo", image: ImageData, options: PaintOptions }
 *   | { type: "repaint", options: PaintOptions }
 *   | { type: "full-size", file: Blob, mime: "image/png" | "image/jpeg", options: PaintOptions }
 *   | { type: "frame", frame: ImageBitmap | VideoFrame, copy: boolean, options: PaintOptions }
 *   | { type: "picture" }
 *   | { type: "redraw", options: PaintOptions }
 *   | { type: "video", file: Blob, options: PaintOptions, port: MessagePort }
 *   | { type: "rehearse", failure: "device-lost" | "crashed" }} Request
 *
 * @typedef {object} Pending
 * @property {(value: any) => void} resolve
 * @property {(error: LimnError) => void} reject
 * @property {((share: number) => void) | undefined} onProgress
 *
 * @typedef {object} Watch How a long request is followed and ended.
 * @property {(share: number) => void} onProgress
 * @property {AbortSignal} signal
 */

/** Errors after which the worker is of no more use. @type {Set<import("../limn/error.js").Code>} */
const FATAL = new Set(["device-lost", "crashed"]);

export class EngineClient {
  /** @type {Worker} */
  #worker;
  /** @type {string} */
  #url;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #nextId = 0;
  /** @type {LimnError | null} */
  #dead = null;
  /** @type {(error: LimnError) => void} */
  #onLost;
  /** @type {(count: number) => void} */
  #onRequests;
  /** @type {() => void} */
  #wake = () => {};
  /** @type {(error: LimnError) => void} */
  #oversleep = () => {};
  /** The worker's script has been loaded. @type {Promise<void>} */
  #awake = new Promise((resolve, reject) => {
    this.#wake = resolve;
    this.#oversleep = reject;
  });
  /** Whether `create` has been answered; until then a failure is that of `create`. */
  #started = false;

  /** @type {Info | null} */
  info = null;
  /** Whether live frames may be sent as `VideoFrame`. */
  videoFrames = false;
  /** The photo the engine holds, for which `repaint` will do. @type {ImageData | null} */
  photo = null;

  /**
   * @param {(error: LimnError) => void} onLost Called at most once, when a started engine is lost.
   * @param {(count: number) => void} onRequests Called with the number of requests that the worker has made.
   */
  constructor(onLost, onRequests) {
    this.#onLost = onLost;
    this.#onRequests = onRequests;
    // A worker made from a blob: inherits the page's Content-Security-Policy on every static host. One made
    // from an http: address has only what the server sends with the script, often nothing.
    // Its imports are dynamic: Firefox asks the service worker for those alone, so the others would fail offline.
    const script = JSON.stringify(new URL("worker.js", import.meta.url).href);
    const module = `import(${script}).catch((error) => postMessage({ unloadable: String(error) }));`;
    this.#awake.catch(() => {});
    this.#url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
    this.#worker = new Worker(this.#url, { type: "module", name: "limn" });
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new LimnError("crashed", event.message));
    };
  }

  /**
   * @param {CreateOptions} options
   * @returns {Promise<Info>}
   */
  async create(options) {
    try {
      await this.#awake;
      const { info, videoFrames } = await this.#request({ type: "create", options });
      this.#started = true;
      this.info = info;
      this.videoFrames = videoFrames;
      return info;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** @param {OffscreenCanvas} canvas Where live frames are to be drawn. */
  async setCanvas(canvas) {
    await this.#request({ type: "canvas", canvas }, [canvas]);
  }

  /**
   * @param {ArrayBuffer} bytes
   * @param {string} sha256
   * @param {"first" | "second"} slot
   * @returns {Promise<object>} The record's metadata.
   */
  loadStyle(bytes, sha256, slot) {
    return this.#request({ type: "style", bytes, sha256, slot });
  }

  /** @returns {Promise<void>} */
  dropSecondStyle() {
    return this.#request({ type: "drop-second-style" });
  }

  /**
   * Decodes a photo, see `decodePhoto`.
   *
   * @param {Blob} file
   * @param {number} longest
   * @returns {Promise<import("../media/decode.js").Photo>}
   */
  decode(file, longest) {
    return this.#request({ type: "decode", file, longest });
  }

  /**
   * @param {ImageData} image
   * @param {PaintOptions} options
   * @returns {Promise<Painting>}
   */
  async paintPhoto(image, options) {
    this.photo = null;
    const painting = await this.#request({ type: "photo", image, options });
    this.photo = image;
    return painting;
  }

  /**
   * @param {PaintOptions} options
   * @returns {Promise<Painting>}
   */
  repaint(options) {
    return this.#request({ type: "repaint", options });
  }

  /**
   * Paints a photo's file at its full size, beside the photo that the engine holds.
   *
   * @param {Blob} file
   * @param {"image/png" | "image/jpeg"} mime Of the result.
   * @param {PaintOptions} options
   * @param {Watch} watch
   * @returns {Promise<Blob>} Rejected with `cancelled` where the watch's signal was given.
   */
  paintFullSize(file, mime, options, watch) {
    return this.#request({ type: "full-size", file, mime, options }, [], watch);
  }

  /**
   * @param {ImageBitmap | VideoFrame} frame Handed over; the worker closes it.
   * @param {PaintOptions} options
   * @param {boolean} copy Whether a copy of the picture is wanted besides, see `picture`.
   * @returns {Promise<Frame>}
   */
  paintFrame(frame, options, copy) {
    this.photo = null;
    if (this.#dead) frame.close();
    return this.#request({ type: "frame", frame, copy, options }, [frame]);
  }

  /**
   * A copy of the live picture painted last; see `Stylizer.picture`.
   *
   * @returns {Promise<ImageBitmap>}
   */
  picture() {
    return this.#request({ type: "picture" });
  }

  /**
   * @param {PaintOptions} options
   * @returns {Promise<void>}
   */
  redraw(options) {
    return this.#request({ type: "redraw", options });
  }

  /**
   * Paints a video file frame by frame; see `media/video-export.js`.
   *
   * @param {Blob} file
   * @param {PaintOptions} options
   * @param {(progress: import("../media/video-export.js").Progress) => void} onProgress
   * @param {AbortSignal} signal Cancels.
   * @returns {Promise<import("../media/video-export.js").Exported>}
   */
  exportVideo(file, options, onProgress, signal) {
    this.photo = null;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => onProgress(data);
    signal.addEventListener("abort", () => port1.postMessage("cancel"));
    return this.#request({ type: "video", file, options, port: port2 }, [port2]).finally(() => port1.close());
  }

  /**
   * @param {"device-lost" | "crashed"} failure
   * @returns {Promise<boolean>}
   */
  rehearse(failure) {
    return this.#request({ type: "rehearse", failure });
  }

  /** Ends the worker; requests under way are rejected with `disposed`, and `onLost` is not called. */
  dispose() {
    this.#onLost = () => {};
    this.#fail(new LimnError("disposed", "The engine was stopped."));
  }

  /**
   * @param {Request} request
   * @param {Transferable[]} [transfer]
   * @param {Watch} [watch]
   * @returns {Promise<any>}
   */
  #request(request, transfer = [], watch) {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject, onProgress: watch?.onProgress });
      watch?.signal.addEventListener("abort", () => this.#worker.postMessage({ cancel: id }), { once: true });
      try {
        this.#worker.postMessage({ id, request }, transfer);
      } catch (error) {
        this.#pending.delete(id);
        reject(LimnError.from(error));
      }
    });
  }

  /**
   * @param {{ id?: number, value?: unknown, error?: { code: import("../limn/error.js").Code, message: string }, lost?: string,
   *   requests?: number, progress?: number, awake?: true, unloadable?: string }} reply
   */
  #receive({ id, value, error, lost, requests, progress, awake, unloadable }) {
    if (awake) return this.#wake();
    if (unloadable !== undefined) return this.#fail(new LimnError("wasm-load", unloadable));
    if (requests !== undefined) return this.#onRequests(requests);
    if (lost !== undefined) return this.#fail(new LimnError("device-lost", lost));
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || !pending) return;
    if (progress !== undefined) return pending.onProgress?.(progress);
    this.#pending.delete(id);
    if (!error) return pending.resolve(value);
    const failure = new LimnError(error.code, error.message);
    pending.reject(failure);
    if (this.#started && FATAL.has(error.code)) this.#fail(failure);
  }

  /** @param {LimnError} error */
  #fail(error) {
    if (this.#dead) return;
    this.#dead = error;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#url);
    this.#oversleep(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    if (this.#started) this.#onLost(error);
  }
}

/**
 * Whether an error is the end of an engine, which `onLost` has reported or somebody wished for.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isEngineEnd(error) {
  return error instanceof LimnError && (FATAL.has(error.code) || error.code === "disposed");
}
