// @ts-check
/** The camera: asks for it, hands out frames, and says why it went away. */

import { LimnError } from "./limn.js";

/** Longest a camera may take to deliver its first picture. */
const FIRST_FRAME_TIMEOUT = 15_000;

/** @type {Record<string, string>} */
const CODES = {
  NotAllowedError: "camera-denied",
  SecurityError: "camera-denied",
  NotFoundError: "camera-none",
  OverconstrainedError: "camera-none",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
  TimeoutError: "camera-busy",
};

export class Camera {
  /** @type {HTMLVideoElement} */
  #video;
  /** @type {MediaStream | null} */
  #stream = null;
  /** Goes up with every start and stop, so that a late answer to an old start is recognised. */
  #turn = 0;
  /** @type {(error: LimnError) => void} */
  #onEnded;

  /**
   * @param {HTMLVideoElement} video Shows the camera's own picture.
   * @param {(error: LimnError) => void} onEnded Called when the camera goes away by itself.
   */
  constructor(video, onEnded) {
    this.#video = video;
    this.#onEnded = onEnded;
  }

  get running() {
    return this.#stream !== null;
  }

  /** Whether a viewer expects a mirror: everywhere but with a camera that looks away from them. */
  get mirrored() {
    const track = this.#stream?.getVideoTracks()[0];
    return track?.getSettings?.().facingMode !== "environment";
  }

  /**
   * Asks for the camera. Call it on a click only.
   *
   * @param {{ width: number, height: number }} ideal
   * @returns {Promise<boolean>} False if `stop` was called meanwhile.
   * @throws {LimnError} `camera-…`
   */
  async start(ideal) {
    this.stop();
    const turn = this.#turn;
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new LimnError(isSecureContext ? "camera-none" : "camera-insecure");
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "user", width: { ideal: ideal.width }, height: { ideal: ideal.height } },
      });
      if (turn !== this.#turn) {
        for (const track of stream.getTracks()) track.stop();
        return false;
      }
      this.#stream = stream;
      const [track] = stream.getVideoTracks();
      track.addEventListener("ended", () => {
        if (this.#stream !== stream) return;
        this.stop();
        this.#onEnded(new LimnError("camera-ended"));
      });
      this.#video.srcObject = stream;
      await Promise.race([this.#video.play(), timeout(FIRST_FRAME_TIMEOUT)]);
      return turn === this.#turn;
    } catch (error) {
      if (turn !== this.#turn) return false;
      this.stop();
      const name = error instanceof Error || error instanceof DOMException ? error.name : "";
      throw new LimnError(CODES[name] ?? "camera-failed", "", { cause: error });
    }
  }

  stop() {
    this.#turn++;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /**
   * Calls back at every new picture until the camera stops.
   *
   * @param {() => void} onFrame
   */
  watch(onFrame) {
    const turn = this.#turn;
    const video = this.#video;
    const next = () => {
      if (turn !== this.#turn) return;
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(tick);
      else requestAnimationFrame(tick);
    };
    let last = -1;
    const tick = () => {
      if (turn !== this.#turn) return;
      next();
      if (video.currentTime !== last && video.videoWidth > 0) {
        last = video.currentTime;
        onFrame();
      }
    };
    next();
  }

  /**
   * The picture of now, which the caller has to close.
   *
   * @param {boolean} videoFrames Whether a `VideoFrame` will do; it saves a copy.
   * @returns {Promise<ImageBitmap | VideoFrame>}
   */
  async grab(videoFrames) {
    if (videoFrames && typeof VideoFrame === "function") {
      const frame = new VideoFrame(this.#video);
      const { videoWidth, videoHeight } = this.#video;
      const turned = /** @type {{ rotation?: number, flip?: boolean }} */ (frame);
      // Phones deliver turned sensors as upright video and turned frames; a bitmap is always upright.
      const upright = !turned.rotation && !turned.flip;
      if (upright && frame.displayWidth === videoWidth && frame.displayHeight === videoHeight) return frame;
      frame.close();
    }
    return createImageBitmap(this.#video);
  }
}

/**
 * @param {number} milliseconds
 * @returns {Promise<never>}
 */
function timeout(milliseconds) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new DOMException("no picture", "TimeoutError")), milliseconds);
  });
}
