// @ts-check
/**
 * Exports the painted video file: frame by frame where the browser can take videos apart and encode them, or else as a
 * recording in real time. A dialog shows how far it is, and cancels.
 */

import { isEngineEnd } from "../engine/client.js";
import { LimnError } from "../limn/error.js";
import { offerDownload } from "../results/download.js";
import { fileName } from "../results/file-name.js";
import { Recorder, endingOf } from "../results/recorder.js";
import { element } from "../ui/dom.js";
import { fail, say, sayInTitle } from "../ui/messages.js";
import { clock, megabytes } from "../ui/numbers.js";
import * as text from "../ui/text.js";
import { makeDialog } from "./dialog.js";
import { words } from "./words.js";

/** @typedef {import("../sources/video-file.js").VideoFile} VideoFile */

const box = makeDialog("exporting", `
  <h2 id="exporting-title" data-text="exportTitle"></h2>
  <canvas id="export-picture" role="img" data-label="paintedPicture" hidden></canvas>
  <progress id="export-bar" max="1" value="0" aria-labelledby="exporting-title"></progress>
  <p id="export-told"></p>
  <button id="export-cancel" data-testid="export-cancel" type="button" data-text="cancel"></button>
`);

export class Export {
  #bar = element("export-bar", HTMLProgressElement);
  #told = element("export-told", HTMLElement);
  #picture = element("export-picture", HTMLCanvasElement);
  /** @type {import("../sources/live.js").Live} */
  #live;
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  /** @type {import("../engine/session.js").Session} */
  #session;
  /** @type {import("../results/shelf.js").Shelf} */
  #shelf;
  /** Cancels what is under way. @type {AbortController | null} */
  #running = null;

  /**
   * @param {import("../sources/live.js").Live} live
   * @param {import("../stage/stage.js").Stage} stage
   * @param {import("../engine/session.js").Session} session
   * @param {import("../results/shelf.js").Shelf} shelf
   */
  constructor(live, stage, session, shelf) {
    this.#live = live;
    this.#stage = stage;
    this.#session = session;
    this.#shelf = shelf;
    element("export-cancel", HTMLButtonElement).addEventListener("click", () => box.close());
    // Escape closes it too.
    box.addEventListener("close", () => this.#running?.abort());
  }

  /** Exports the video file on stage. */
  async start() {
    const { file } = this.#live;
    if (!file || this.#running) return;
    const running = new AbortController();
    this.#running = running;
    file.video.pause();
    this.#show(0, words.page.exportStarting);
    this.#picture.hidden = true;
    box.showModal();
    try {
      const { blob, told } = await this.#export(file, running.signal);
      const name = fileName(this.#session.styleTitle, endingOf(blob.type));
      this.#shelf.add({ blob, name, picture: this.#picture });
      offerDownload(blob, name);
      say("info", `${words.exported(name, megabytes(blob.size))} ${told}`);
      sayInTitle(text.page.titleDone);
    } catch (error) {
      // The status line tells of the engine's restart: what has become of the export stays in the dialog.
      if (isEngineEnd(error)) return this.#show(0, text.describe(new LimnError("export-interrupted")));
      if (running.signal.aborted) say("info", words.exportCancelled);
      else fail(LimnError.from(error, "export-failed"));
    } finally {
      this.#running = null;
      // The engine holds the last picture of the export, not the one on stage.
      this.#live.refresh();
    }
    box.close();
  }

  /** @param {VideoFile} file @param {AbortSignal} signal */
  async #export(file, signal) {
    try {
      const begun = performance.now();
      /** @param {import("../media/video-export.js").Progress} progress */
      const onProgress = ({ done, total, picture }) => {
        if (picture) this.#draw(picture);
        const left = ((performance.now() - begun) / done) * Math.max(0, total - done);
        this.#show(done / total, words.exportProgress(done, total, clock(left)));
      };
      const { blob, frames, muted } = await this.#session.outlive(signal, (engine) =>
        engine.exportVideo(file.file, this.#session.options, { onProgress, signal }),
      );
      return { blob, told: words.exportedFrames(frames) + (muted ? ` ${words.exportedMuted}` : "") };
    } catch (error) {
      if (LimnError.from(error).code !== "export-unsupported" || signal.aborted) throw error;
      return { blob: await this.#record(file, signal), told: words.exportedLive };
    }
  }

  /**
   * Plays the video once and records what is painted of it.
   *
   * @param {VideoFile} file
   * @param {AbortSignal} signal
   * @returns {Promise<Blob>}
   */
  async #record({ video }, signal) {
    const { loop } = video;
    video.loop = false;
    video.currentTime = 0;
    await once(video, "seeked", signal);
    const first = await this.#stage.picture();
    const recorder = new Recorder(first, soundOf(video));
    first.close();
    const enough = this.#live.copies((picture) => recorder.add(picture));
    const follow = () => {
      const share = video.currentTime / video.duration;
      this.#show(Number.isFinite(share) ? share : 0, words.page.exportLive);
    };
    video.addEventListener("timeupdate", follow);
    try {
      await video.play();
      await once(video, "ended", signal);
      const blob = await recorder.stop();
      if (blob.size === 0) throw new LimnError("record-failed");
      this.#draw(recorder.picture);
      return blob;
    } finally {
      recorder.stop();
      enough();
      video.removeEventListener("timeupdate", follow);
      video.pause();
      video.loop = loop;
    }
  }

  /** @param {number} share Done. @param {string} told */
  #show(share, told) {
    this.#bar.value = share;
    this.#told.textContent = told;
  }

  /** @param {ImageBitmap | HTMLCanvasElement} picture */
  #draw(picture) {
    this.#picture.width = picture.width;
    this.#picture.height = picture.height;
    this.#picture.getContext("2d")?.drawImage(picture, 0, 0);
    this.#picture.hidden = false;
    if (picture instanceof ImageBitmap) picture.close();
  }
}

/**
 * @param {HTMLVideoElement} video
 * @returns {MediaStreamTrack[]} Its sound, where the browser lets a page have it.
 */
function soundOf(video) {
  const { captureStream, mozCaptureStream } =
    /** @type {{ captureStream?: () => MediaStream, mozCaptureStream?: () => MediaStream }} */ (
      /** @type {unknown} */ (video)
    );
  return (captureStream ?? mozCaptureStream)?.call(video).getAudioTracks() ?? [];
}

/**
 * @param {EventTarget} target
 * @param {string} event
 * @param {AbortSignal} signal Rejects when aborted.
 * @returns {Promise<void>}
 */
function once(target, event, signal) {
  return new Promise((resolve, reject) => {
    target.addEventListener(event, () => resolve(), { once: true, signal });
    target.addEventListener("error", () => reject(new LimnError("video-damaged")), { once: true, signal });
    signal.addEventListener("abort", () => reject(new LimnError("cancelled")), { once: true });
  });
}
