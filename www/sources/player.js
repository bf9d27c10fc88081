// @ts-check
/** Plays a painted video file: play and pause, position, repeat and sound. What it shows is the browser's own player. */

import { element } from "../ui/dom.js";
import { clock } from "../ui/numbers.js";
import * as text from "../ui/text.js";

export class Player {
  #root = element("player", HTMLElement);
  #play = element("play", HTMLButtonElement);
  #playLabel = element("play-label", HTMLElement);
  #seek = element("seek", HTMLInputElement);
  #time = element("time", HTMLElement);
  #loop = element("loop", HTMLButtonElement);
  #sound = element("sound", HTMLButtonElement);
  #export = element("export", HTMLButtonElement);
  /** @type {import("./live.js").Live} */
  #live;
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  /** What is on stage. @type {import("./video-file.js").VideoFile | null} */
  #file = null;
  #listening = new AbortController();

  /**
   * @param {import("./live.js").Live} live
   * @param {import("../stage/stage.js").Stage} stage
   * @param {import("../engine/events.js").Events} events
   */
  constructor(live, stage, events) {
    this.#live = live;
    this.#stage = stage;
    events.on("stage-changed", () => this.#changed());
    this.#play.addEventListener("click", () => this.#toggle());
    this.#seek.addEventListener("input", () => this.#withVideo((video) => (video.currentTime = this.#seek.valueAsNumber)));
    this.#loop.addEventListener("click", () => this.#withVideo((video) => (video.loop = !video.loop)));
    this.#sound.addEventListener("click", () => this.#withVideo((video) => (video.muted = !video.muted)));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#file?.video.pause();
    });
  }

  /** What is on stage has changed. */
  #changed() {
    const { file } = this.#live;
    this.#export.disabled = !file || !this.#stage.painted;
    if (file === this.#file) return;
    this.#file = file;
    this.#root.hidden = file === null;
    this.#listening.abort();
    if (!file) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const { video } = file;
    for (const event of ["play", "pause", "timeupdate", "seeking", "durationchange", "volumechange"]) {
      video.addEventListener(event, () => this.#show(), { signal });
    }
    // While it is paused, a new position is the only news.
    video.addEventListener("seeked", () => this.#live.refresh(), { signal });
    video.loop = true;
    this.#show();
    this.#toggle();
  }

  #toggle() {
    this.#withVideo((video) => {
      if (!video.paused) video.pause();
      // A browser may refuse to play what nobody has asked for yet; the button is there.
      else video.play().catch(() => {});
    });
  }

  /** @param {(video: HTMLVideoElement) => void} act */
  #withVideo(act) {
    if (this.#file) act(this.#file.video);
    this.#show();
  }

  #show() {
    if (!this.#file) return;
    const { paused, currentTime, duration, loop, muted } = this.#file.video;
    // Recordings of some browsers do not know how long they are.
    const length = Number.isFinite(duration) ? duration : currentTime;
    this.#play.setAttribute("aria-pressed", String(!paused));
    this.#playLabel.textContent = paused ? text.page.play : text.page.pause;
    this.#seek.max = String(length);
    this.#seek.valueAsNumber = currentTime;
    const time = `${clock(1000 * currentTime)} / ${clock(1000 * length)}`;
    this.#time.textContent = time;
    this.#seek.setAttribute("aria-valuetext", time);
    this.#loop.setAttribute("aria-pressed", String(loop));
    this.#sound.setAttribute("aria-pressed", String(!muted));
  }
}
