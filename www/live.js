// @ts-check
/** The camera on stage: asks for it, paints its pictures one after the other, and clears up when it goes. */

import { Camera } from "./camera.js";
import { element } from "./dom.js";
import { isEngineEnd } from "./engine.js";
import { FrameRate } from "./frame-rate.js";
import { LimnError } from "./limn.js";
import { fail, say } from "./messages.js";
import * as text from "./text.js";

/**
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./stage.js").Stage} Stage
 *
 * @typedef {object} Hooks
 * @property {() => void} changed There is a live picture, or there is none any more.
 * @property {() => void} opened The camera has just been turned on.
 */

/** What is asked of the camera: the CPU cannot paint more. */
const CAMERA_SIZE = { gpu: { width: 1280, height: 720 }, cpu: { width: 640, height: 480 } };
/** Live frames that may fail in a row before the camera is given up. */
const MAX_BAD_FRAMES = 3;

export class Live {
  #button = element("camera", HTMLButtonElement);
  #label = element("camera-label", HTMLElement);
  #video = element("video", HTMLVideoElement);
  #fps = element("fps", HTMLElement);
  #camera = new Camera(this.#video, (error) => this.close(() => fail(error)));
  #rate = new FrameRate();
  /** @type {Session} */
  #session;
  /** @type {Stage} */
  #stage;
  /** @type {Hooks} */
  #hooks;
  /** Whether a live frame is with the engine; there is one at most. */
  #grabbing = false;
  /** Whether the camera has had a new picture since then. */
  #nextFrame = false;
  #badFrames = 0;
  /** Whether live frames have been painted since the camera or the engine started. */
  #flowing = false;

  /** Live frames painted since the page was opened. */
  frames = 0;
  /** Milliseconds that the last one took. */
  milliseconds = 0;

  /**
   * @param {Session} session
   * @param {Stage} stage
   * @param {Hooks} hooks
   */
  constructor(session, stage, hooks) {
    this.#session = session;
    this.#stage = stage;
    this.#hooks = hooks;
    this.#video.addEventListener("resize", () => {
      if (stage.mode === "camera") stage.setSize(this.#video.videoWidth, this.#video.videoHeight);
    });
    addEventListener("pagehide", () => this.#hidden());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#hidden();
    });
  }

  /** Whether the camera is on or has been asked for. */
  get wanted() {
    return this.#button.getAttribute("aria-pressed") === "true";
  }

  /** Asks for the camera. Call it on a click only. */
  async start() {
    say("busy", text.status.cameraAsking);
    this.#showWanted(true);
    try {
      if (!(await this.#camera.start(CAMERA_SIZE[this.#session.info?.engine ?? "gpu"]))) return;
    } catch (error) {
      this.#showWanted(false);
      return fail(LimnError.from(error, "camera-failed"));
    }
    this.#hooks.opened();
    this.#session.setPhoto(null);
    this.#stage.show("camera");
    this.#stage.mirrored = this.#camera.mirrored;
    this.#badFrames = 0;
    this.interrupted();
    this.#hooks.changed();
    say("busy", text.status.cameraWaiting);
    this.#camera.watch(() => this.#paint());
    if (document.hidden) this.#hidden();
  }

  /** Stops the camera if it runs, without a word and with the stage as it is. */
  leave() {
    this.#camera.stop();
    this.#showWanted(false);
    this.#fps.textContent = "";
    this.#stage.mirrored = false;
  }

  /** Stops the camera and clears the stage. @param {() => void} tell Says why. */
  close(tell) {
    this.leave();
    if (this.#stage.mode === "camera") this.#stage.show("empty");
    this.#hooks.changed();
    tell();
  }

  /** No picture comes for a while: the camera has just started, or the engine has gone. */
  interrupted() {
    this.#flowing = false;
    this.#rate.clear();
  }

  /** Draws the last frame again with the options of now, for where frames come slowly. */
  async redraw() {
    if (!this.#stage.painted || this.#grabbing) return;
    this.#grabbing = true;
    try {
      await this.#session.redraw();
    } catch (error) {
      if (!isEngineEnd(error)) console.warn("Limn: redraw failed", error);
    } finally {
      this.#grabbing = false;
    }
  }

  async #paint() {
    this.#nextFrame = this.#grabbing;
    if (this.#grabbing || !this.#session.ready) return;
    this.#grabbing = true;
    try {
      const frame = await this.#camera.grab(this.#session.videoFrames);
      if (this.#stage.mode !== "camera") return frame.close();
      this.milliseconds = await this.#session.paintFrame(frame);
      if (this.#stage.mode === "camera") this.#painted();
    } catch (error) {
      if (isEngineEnd(error) || this.#stage.mode !== "camera") return;
      const failure = LimnError.from(error, "unexpected");
      console.warn(`Limn: a frame failed (${failure.code}): ${failure.message}`);
      if (++this.#badFrames >= MAX_BAD_FRAMES) this.close(() => fail(failure));
    } finally {
      this.#grabbing = false;
      // Waiting for the camera's next picture would halve the rate of an engine just slower than the camera.
      if (this.#nextFrame && this.#camera.running) this.#paint();
    }
  }

  #painted() {
    this.frames++;
    this.#badFrames = 0;
    this.#stage.painted = true;
    const perSecond = this.#rate.tick(performance.now());
    if (perSecond !== null) this.#fps.textContent = text.framesPerSecond(perSecond);
    if (this.#flowing) return;
    this.#flowing = true;
    this.#hooks.changed();
    say("info", text.status.cameraOn);
  }

  /** Nobody films behind a hidden page. */
  #hidden() {
    if (this.#camera.running) this.close(() => say("info", text.status.cameraHidden, "camera-hidden"));
  }

  /** @param {boolean} yes */
  #showWanted(yes) {
    this.#button.setAttribute("aria-pressed", String(yes));
    this.#label.textContent = yes ? text.page.cameraStop : text.page.camera;
  }
}
