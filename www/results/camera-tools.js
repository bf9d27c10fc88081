// @ts-check
/** What can be done with the painted camera: record it, take stills by self-timer, turn to another camera. */

import { element } from "../ui/dom.js";
import { Recording } from "./recording.js";
import { Shots } from "./shots.js";

export class CameraTools {
  #root = element("camera-tools", HTMLElement);
  #turn = element("turn", HTMLButtonElement);
  /** @type {import("../sources/live.js").Live} */
  #live;
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  #recording;
  #shots;

  /**
   * @param {import("../sources/live.js").Live} live
   * @param {import("../stage/stage.js").Stage} stage
   * @param {() => string} style Title of the style in use.
   * @param {import("./shelf.js").Shelf} shelf Where results go.
   * @param {import("../engine/events.js").Events} events
   */
  constructor(live, stage, style, shelf, events) {
    this.#live = live;
    this.#stage = stage;
    this.#recording = new Recording(live, stage, style, shelf);
    this.#shots = new Shots(stage, style, shelf);
    this.#turn.addEventListener("click", () => live.turnAround());
    events.on("stage-changed", () => this.#changed());
    events.on("source-ending", () => this.#ending());
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#countCameras());
  }

  /** What is on stage has changed. */
  #changed() {
    const on = this.#stage.mode === "camera";
    if (on && this.#root.hidden) this.#countCameras();
    this.#root.hidden = !on;
    const painted = on && this.#stage.painted;
    this.#recording.allow(painted);
    this.#shots.allow(painted);
  }

  /** Live pictures end, for whatever reason: what has been recorded is saved. */
  #ending() {
    this.#recording.stop();
    this.#shots.cancel();
  }

  /** Only who has two cameras can turn to the other one. */
  async #countCameras() {
    this.#turn.hidden = (await this.#live.cameras()) < 2;
  }
}
