// @ts-check
/**
 * Live pictures on stage, of the camera or of a video file: paints them one after the other, and clears up when their
 * source goes.
 */

import { Camera } from "./camera.js";
import { element } from "../ui/dom.js";
import { isEngineEnd } from "../engine/client.js";
import { FrameRate } from "./frame-rate.js";
import { LimnError } from "../limn/error.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";
import { VideoFile } from "./video-file.js";

/**
 * @typedef {import("../engine/session.js").Session} Session
 * @typedef {import("../stage/stage.js").Stage} Stage
 * @typedef {import("./frames.js").FrameSource} FrameSource
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
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** Who wants a copy of each picture. @type {Set<(copy: ImageBitmap) => void>} */
  #takers = new Set();
  /** What is on stage. @type {FrameSource | null} */
  #source = null;
  /** Whether a live frame is with the engine; there is one at most. */
  #grabbing = false;
  /** Whether the source has had a new picture since then. */
  #nextFrame = false;
  #badFrames = 0;
  /** Whether live frames have been painted since the source or the engine started. */
  #flowing = false;

  /** Live frames painted since the page was opened. */
  frames = 0;
  /** Milliseconds that the last one took. */
  milliseconds = 0;

  /**
   * @param {Session} session
   * @param {Stage} stage
   * @param {import("../engine/events.js").Events} events
   */
  constructor(session, stage, events) {
    this.#session = session;
    this.#stage = stage;
    this.#events = events;
    events.on("engine-started", () => this.refresh());
    events.on("style-changed", () => this.refresh());
    events.on("settings-changed", () => this.#redraw());
    events.on("engine-lost", () => this.#interrupted());
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

  /** @returns {VideoFile | null} The video file on stage. */
  get file() {
    return this.#source instanceof VideoFile ? this.#source : null;
  }

  /** Asks for the camera. Call it on a click only. */
  async start() {
    say("busy", text.status.cameraAsking);
    this.#showWanted(true);
    try {
      if (!(await this.#camera.start(CAMERA_SIZE[this.#session.info?.engine ?? "gpu"]))) return;
    } catch (error) {
      const failure = LimnError.from(error, "camera-failed");
      if (this.#source === this.#camera) return this.close(() => fail(failure));
      this.#showWanted(false);
      return fail(failure);
    }
    this.#begin(this.#camera, "camera");
    this.#stage.mirrored = this.#camera.mirrored;
    this.#stage.setSize(this.#video.videoWidth, this.#video.videoHeight);
    if (document.hidden) this.#hidden();
  }

  /** Turns to another camera. */
  async turnAround() {
    await this.#camera.turnAround();
    this.#events.emit("source-ending");
    await this.start();
  }

  /** @returns {Promise<number>} */
  cameras() {
    return this.#camera.count();
  }

  /**
   * Paints a video file's pictures from now on, in place of whatever is on stage.
   *
   * @param {VideoFile} file Stopped when something else takes its place.
   */
  play(file) {
    this.leave();
    const { video } = file;
    this.#stage.showFilm(video);
    this.#begin(file, "video");
    this.#stage.setSize(video.videoWidth, video.videoHeight);
    video.addEventListener("error", () => {
      if (this.#source === file) this.close(() => fail(new LimnError("video-damaged", video.error?.message)));
    });
    // Paused as it is: there will be no new picture by itself.
    this.refresh();
  }

  /** @param {FrameSource} source @param {"camera" | "video"} mode */
  #begin(source, mode) {
    if (this.#source && this.#source !== source) {
      this.#events.emit("source-ending");
      this.#source.stop();
    }
    this.#source = source;
    this.#events.emit("picture-opened");
    this.#stage.show(mode);
    this.#badFrames = 0;
    this.#flowing = false;
    this.#rate.clear();
    this.#session.keepPace(0, null);
    this.#events.emit("stage-changed");
    const { cameraWaiting, videoWaiting } = text.status;
    say("busy", mode === "camera" ? cameraWaiting : videoWaiting);
    source.watch(() => this.#paint());
  }

  /** Stops the source if there is one, without a word and with the stage as it is. */
  leave() {
    if (this.#source) this.#events.emit("source-ending");
    this.#source?.stop();
    this.#source = null;
    this.#camera.stop();
    this.#showWanted(false);
    this.#fps.textContent = "";
    this.#stage.mirrored = false;
  }

  /** Stops the source and clears the stage. @param {() => void} tell Says why. */
  close(tell) {
    this.leave();
    if (this.#stage.live) this.#stage.show("empty");
    this.#events.emit("stage-changed");
    tell();
  }

  /** No picture comes for a while: the engine has gone. */
  #interrupted() {
    this.#events.emit("source-ending");
    this.#flowing = false;
    this.#rate.clear();
    this.#session.keepPace(0, null);
  }

  /** Draws the last frame again with the options of now, for where frames come slowly. */
  async #redraw() {
    if (!this.#stage.live || !this.#stage.painted || this.#grabbing || !this.#session.ready) return;
    this.#grabbing = true;
    try {
      await this.#session.engine.call("redraw", { options: this.#session.liveOptions });
    } catch (error) {
      if (!isEngineEnd(error)) console.warn("Limn: redraw failed", error);
    } finally {
      this.#grabbing = false;
    }
  }

  /**
   * Hands a copy of each picture to `take`, which uses it at once, until the function that this returns is called.
   *
   * @param {(copy: ImageBitmap) => void} take
   * @returns {() => void}
   */
  copies(take) {
    this.#takers.add(take);
    return () => this.#takers.delete(take);
  }

  /** Paints the picture of now anew: the style may be another one, and a paused video brings no pictures. */
  refresh() {
    if (this.#source) this.#paint();
  }

  async #paint() {
    const source = this.#source;
    this.#nextFrame = this.#grabbing;
    if (this.#grabbing || !source || !this.#session.ready) return;
    this.#grabbing = true;
    try {
      const frame = await source.grab(this.#session.info?.videoFrames ?? false);
      if (this.#source !== source || !this.#session.ready) return frame.close();
      const start = performance.now();
      const { engine, liveOptions } = this.#session;
      const { milliseconds, copy } = await engine.paintFrame(frame, liveOptions, this.#takers.size > 0);
      this.milliseconds = milliseconds;
      if (this.#source === source) {
        this.#painted(start);
        if (copy) for (const take of this.#takers) take(copy);
      }
      copy?.close();
    } catch (error) {
      if (isEngineEnd(error) || this.#source !== source) return;
      const failure = LimnError.from(error, "unexpected");
      console.warn(`Limn: a frame failed (${failure.code}): ${failure.message}`);
      if (++this.#badFrames >= MAX_BAD_FRAMES) this.close(() => fail(failure));
    } finally {
      this.#grabbing = false;
      // Waiting for the source's next picture would halve the rate of an engine just slower than the source.
      if (this.#nextFrame) this.#paint();
    }
  }

  /** @param {number} start When the frame was handed to the engine. */
  #painted(start) {
    const now = performance.now();
    this.frames++;
    this.#badFrames = 0;
    this.#stage.painted = true;
    this.#keepPace(now, now - start);
    const perSecond = this.#rate.tick(now);
    if (perSecond !== null) this.#fps.textContent = text.framesPerSecond(perSecond);
    if (this.#flowing) return;
    this.#flowing = true;
    this.#events.emit("stage-changed");
    say("info", this.#stage.mode === "camera" ? text.status.cameraOn : text.status.videoOn);
  }

  /** @param {number} now @param {number} took */
  async #keepPace(now, took) {
    try {
      await this.#session.keepPace(now, took);
    } catch (error) {
      // Then the record in use stays.
      if (!isEngineEnd(error)) console.warn("Limn: no other record of the style", error);
    }
  }

  /** Nobody films behind a hidden page. */
  #hidden() {
    if (this.#source === this.#camera || this.#camera.running) this.close(() => say("info", text.status.cameraHidden, "camera-hidden"));
  }

  /** @param {boolean} yes */
  #showWanted(yes) {
    this.#button.setAttribute("aria-pressed", String(yes));
    this.#label.textContent = yes ? text.page.cameraStop : text.page.camera;
  }
}
