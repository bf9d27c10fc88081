// @ts-check
/** The page's end of the engine's worker. One `EngineClient` is one worker; a restart makes a new one. */

import { LimnError } from "../limn/error.js";
import { Rpc } from "./rpc.js";

/**
 * @typedef {import("../limn/limn.js").Info} Info
 * @typedef {import("../limn/limn.js").CreateOptions} CreateOptions
 * @typedef {import("./settings.js").PaintOptions} PaintOptions
 * @typedef {typeof import("./worker.js").handlers} Engine
 * @typedef {import("./worker.js").Match} Match
 * @typedef {{ image: ImageBitmap, milliseconds: number, map: string | null }} Painting `map` is that of its colours to those
 *   of a reference (`ColourTransfer`), where they were matched.
 * @typedef {{ copy: ImageBitmap | null, milliseconds: number }} Frame
 */

/** Errors after which the worker is of no more use. @type {ReadonlySet<import("../limn/error.js").Code>} */
const FATAL = new Set(["device-lost", "crashed"]);

/** @extends {Rpc<Engine>} */
export class EngineClient extends Rpc {
  /** The photo the engine holds, which it need not be sent again. @type {ImageData | null} */
  #photo = null;
  /** Of the engine, once it has started. @type {Info | null} */
  info = null;

  /**
   * @param {(error: LimnError) => void} onLost Called at most once, when a started engine is lost.
   * @param {(requests: import("./requests.js").Request[]) => void} onRequests Called with what the worker has asked for.
   */
  constructor(onLost, onRequests) {
    super(new URL("worker.js", import.meta.url), {
      fatal: FATAL,
      // Until it has started, a failure is that of `create`.
      onEnd: (error) => {
        if (this.info && error.code !== "disposed") onLost(error);
      },
      onEvent: (event, detail) => {
        if (event === "requests") onRequests(detail);
        if (event === "lost") this.end(new LimnError("device-lost", detail));
      },
    });
  }

  /**
   * @param {CreateOptions} options
   * @returns {Promise<Info>}
   */
  async create(options) {
    try {
      const info = await this.call("create", options);
      this.info = info;
      return info;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Paints a photo, without a pass of the network where only options have changed.
   *
   * @param {ImageData} image
   * @param {PaintOptions} options
   * @param {Match | null} [match]
   * @returns {Promise<Painting>}
   */
  async paintPhoto(image, options, match = null) {
    if (this.#photo === image) return this.call("repaint", { options, match });
    this.#photo = null;
    const painting = await this.call("photo", { image, options, match });
    this.#photo = image;
    return painting;
  }

  /**
   * @param {ImageBitmap | VideoFrame} frame Handed over.
   * @param {PaintOptions} options
   * @param {boolean} copy Whether a copy of the picture is wanted besides.
   * @returns {Promise<Frame>}
   */
  paintFrame(frame, options, copy) {
    this.#photo = null;
    // Once handed over, there is nothing left to close.
    return this.call("frame", { frame, copy, options }, { transfer: [frame] }).finally(() => frame.close());
  }

  /**
   * Paints a video file frame by frame; see `media/video-export.js`.
   *
   * @param {Blob} file
   * @param {PaintOptions} options
   * @param {import("./rpc.js").Watch<import("../media/video-export.js").Progress>} watch
   */
  exportVideo(file, options, watch) {
    this.#photo = null;
    return this.call("video", { file, options }, { watch });
  }

  /** Ends the worker; requests under way are rejected with `disposed`, and `onLost` is not called. */
  dispose() {
    this.end(new LimnError("disposed", "The engine was stopped."));
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
