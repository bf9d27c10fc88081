// @ts-check
/** The camera: asks for it, hands out frames, turns to the one on the other side, and says why it went away. */

import { FrameSource } from "./frames.js";
import { LimnError } from "../limn/error.js";

/** Longest a camera may take to deliver its first picture. */
const FIRST_FRAME_TIMEOUT = 15_000;

/** By the name of the browser's error. @type {Record<string, import("../limn/error.js").Code>} */
const CODES = {
  NotAllowedError: "camera-denied",
  SecurityError: "camera-denied",
  NotFoundError: "camera-none",
  OverconstrainedError: "camera-none",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
  TimeoutError: "camera-busy",
};

export class Camera extends FrameSource {
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {(error: LimnError) => void} */
  #onEnded;
  /** Which camera to ask for; kept until the page is closed. @type {MediaTrackConstraints} */
  #wanted = { facingMode: "user" };

  /**
   * @param {HTMLVideoElement} video
   * @param {(error: LimnError) => void} onEnded Called when the camera goes away by itself.
   */
  constructor(video, onEnded) {
    super(video);
    this.#onEnded = onEnded;
  }

  get running() {
    return this.#stream !== null;
  }

  /** Everywhere but with a camera that looks away from the viewer. */
  get mirrored() {
    return this.#settings.facingMode !== "environment";
  }

  /** @returns {MediaTrackSettings} */
  get #settings() {
    return this.#stream?.getVideoTracks()[0]?.getSettings?.() ?? {};
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
    const turn = this.turn;
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new LimnError(isSecureContext ? "camera-none" : "camera-insecure");
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { ...this.#wanted, width: { ideal: ideal.width }, height: { ideal: ideal.height } },
      });
      if (turn !== this.turn) {
        for (const track of stream.getTracks()) track.stop();
        return false;
      }
      this.#stream = stream;
      const [track] = stream.getVideoTracks();
      track.onended = () => {
        if (this.#stream !== stream) return;
        this.stop();
        this.#onEnded(new LimnError("camera-ended"));
      };
      this.video.srcObject = stream;
      await Promise.race([this.video.play(), timeout(FIRST_FRAME_TIMEOUT)]);
      return turn === this.turn;
    } catch (error) {
      if (turn !== this.turn) return false;
      this.stop();
      const name = error instanceof Error || error instanceof DOMException ? error.name : "";
      throw new LimnError(CODES[name] ?? "camera-failed", "", { cause: error });
    }
  }

  stop() {
    super.stop();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  /**
   * How many cameras there are. Browsers tell once one of them has been allowed.
   *
   * @returns {Promise<number>}
   */
  async count() {
    return (await cameras()).length;
  }

  /**
   * Makes the next `start` ask for another camera: the one on the other side of a phone, or else the next one that is
   * plugged in.
   */
  async turnAround() {
    const { facingMode, deviceId } = this.#settings;
    if (facingMode) {
      this.#wanted = { facingMode: facingMode === "environment" ? "user" : "environment" };
      return;
    }
    const all = await cameras();
    const here = all.findIndex((camera) => camera.deviceId === deviceId);
    const next = all[(here + 1) % all.length];
    if (next) this.#wanted = { deviceId: next.deviceId };
  }
}

/** @returns {Promise<MediaDeviceInfo[]>} */
async function cameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  return devices.filter(({ kind }) => kind === "videoinput");
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
