// @ts-check
/** Records painted pictures with the browser's MediaRecorder. No DOM but for a canvas that is never shown. */

import { LimnError } from "../limn/error.js";
import { remux } from "../media/remux.js";

/** What to record as, best first: H.264 in MP4 plays nearly everywhere, AAC with it; VP9 packs better than VP8. */
const TYPES = {
  silent: ["video/mp4;codecs=avc1.640028", "video/mp4;codecs=avc1.42E01F", "video/webm;codecs=vp9", "video/webm;codecs=vp8"],
  sound: [
    "video/mp4;codecs=avc1.640028,mp4a.40.2", "video/mp4;codecs=avc1.42E01F,mp4a.40.2", "video/webm;codecs=vp9,opus",
    "video/webm;codecs=vp8,opus",
  ],
};
/** For browsers that support recording and know none of the above by name. */
const PLAIN = ["video/mp4", "video/webm"];
/** Bits per pixel and second: paintings have many fine edges. */
const BITS_PER_PIXEL = 6;
const BITS = { least: 2_500_000, most: 20_000_000 };
/** How often data comes out of the recorder, in milliseconds. */
const SLICE = 500;

/** @param {boolean} sound @returns {string | null} The media type to record as; null where the browser records nothing. */
export function recordingType(sound) {
  if (typeof MediaRecorder !== "function" || !("captureStream" in HTMLCanvasElement.prototype)) return null;
  const types = [...(sound ? TYPES.sound : TYPES.silent), ...PLAIN];
  return types.find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

/** @param {string} type Media type. @returns {"mp4" | "webm"} */
export function endingOf(type) {
  return type.startsWith("video/mp4") ? "mp4" : "webm";
}

export class Recorder {
  /** Keeps its size, while that of the pictures changes with the engine's load, which encoders take badly. */
  #canvas = document.createElement("canvas");
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d", { alpha: false }));
  /** @type {MediaRecorder} */
  #recorder;
  /** @type {Blob[]} */
  #chunks = [];
  /** @type {Promise<Blob>} */
  #done;

  /** Bytes recorded so far. */
  bytes = 0;

  /**
   * Starts recording.
   *
   * @param {ImageBitmap} first The picture of now; its size is that of the recording.
   * @param {MediaStreamTrack[]} sound Audio tracks to record along; they stay the caller's.
   * @throws {LimnError} `record-failed`
   */
  constructor(first, sound = []) {
    const type = recordingType(sound.length > 0);
    if (!type) throw new LimnError("record-unsupported");
    // H.264 stores colours for squares of four pixels.
    this.#canvas.width = Math.max(2, first.width & ~1);
    this.#canvas.height = Math.max(2, first.height & ~1);
    const { width, height } = this.#canvas;
    try {
      const stream = this.#canvas.captureStream();
      for (const track of sound) stream.addTrack(track);
      const bits = Math.min(Math.max(width * height * BITS_PER_PIXEL, BITS.least), BITS.most);
      this.#recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: bits });
      const recorded = new Promise((resolve) => {
        this.#recorder.addEventListener("stop", () => {
          for (const track of stream.getVideoTracks()) track.stop();
          resolve(new Blob(this.#chunks, { type: type.split(";")[0] }));
        });
      });
      // As it comes out of the recorder it plays too.
      this.#done = recorded.then((recording) => remux(recording).catch(() => recording));
      this.#recorder.addEventListener("dataavailable", ({ data }) => {
        this.#chunks.push(data);
        this.bytes += data.size;
      });
      this.#recorder.start(SLICE);
    } catch (error) {
      throw new LimnError("record-failed", "", { cause: error });
    }
    this.add(first);
  }

  /** What has been drawn last. */
  get picture() {
    return this.#canvas;
  }

  /** Whether it still records; it may have ended by itself, on an error of the encoder. */
  get running() {
    return this.#recorder.state !== "inactive";
  }

  /** @param {ImageBitmap} picture The next one. */
  add(picture) {
    this.#context.drawImage(picture, 0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** @returns {Promise<Blob>} All that was recorded. */
  stop() {
    if (this.running) this.#recorder.stop();
    return this.#done;
  }
}
