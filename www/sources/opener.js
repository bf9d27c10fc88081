// @ts-check
/**
 * Whatever a visitor opens: the camera, a file chosen, dropped or pasted, the sample. What is opened later overtakes. Style
 * records go to the gallery.
 */

import { isRecord } from "../engine/catalogue.js";
import { LimnError } from "../limn/error.js";
import { element, nextTask } from "../ui/dom.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";
import { fetchSample } from "./sample.js";
import { VideoFile, isVideo } from "./video-file.js";

export class Opener {
  /** @type {import("../engine/session.js").Session} */
  #session;
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  /** @type {import("./photo.js").Photo} */
  #photo;
  /** @type {import("./live.js").Live} */
  #live;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** @type {() => Promise<void>} */
  #fetchCameraTools;
  #turn = 0;

  /**
   * @param {import("../engine/session.js").Session} session
   * @param {import("../stage/stage.js").Stage} stage
   * @param {import("./photo.js").Photo} photo
   * @param {import("./live.js").Live} live
   * @param {import("../engine/events.js").Events} events
   * @param {() => Promise<void>} fetchCameraTools Called before the camera is asked for.
   */
  constructor(session, stage, photo, live, events, fetchCameraTools) {
    this.#session = session;
    this.#stage = stage;
    this.#photo = photo;
    this.#live = live;
    this.#events = events;
    this.#fetchCameraTools = fetchCameraTools;
    element("camera", HTMLButtonElement).addEventListener("click", () => this.#toggleCamera());
    element("sample", HTMLButtonElement).addEventListener("click", () => this.#showPhoto(fetchSample));
    events.on("style-wanted", () => {
      // Somebody looks round in the gallery: a style says more on a face than in a word.
      if (stage.mode === "empty" && !live.wanted) this.#showPhoto(fetchSample);
    });
    for (const input of [element("file", HTMLInputElement), element("snap", HTMLInputElement)]) {
      input.addEventListener("change", () => {
        this.open(input.files);
        input.value = "";
      });
    }
    this.#listenToDrops();
    addEventListener("paste", (event) => {
      this.open(event.clipboardData?.files);
    });
  }

  #listenToDrops() {
    addEventListener("dragover", (event) => {
      event.preventDefault();
      this.#stage.dropping = event.dataTransfer?.types.includes("Files") ?? false;
    });
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.#stage.dropping = false;
    });
    addEventListener("drop", (event) => {
      event.preventDefault();
      this.#stage.dropping = false;
      if (!this.open(event.dataTransfer?.files)) fail(new LimnError("photo-none"));
    });
  }

  /**
   * One picture goes on stage; of several there is a queue.
   *
   * @param {Iterable<File> | null | undefined} files
   * @returns {boolean} Whether there are any.
   */
  open(files) {
    const all = Array.from(files ?? []);
    for (const record of all.filter(isRecord)) this.#events.emit("record-opened", record);
    const pictures = all.filter((file) => !isRecord(file));
    if (pictures.length === 1) this.#openOne(pictures[0]);
    if (pictures.length > 1 && !this.#tellObstacle()) {
      this.#turn++;
      this.#events.emit("photos-opened", pictures);
    }
    return all.length > 0;
  }

  /** @param {File} file */
  async #openOne(file) {
    if (isVideo(file)) await this.#showVideo(file);
    else await this.#showPhoto(async () => file);
  }

  async #toggleCamera() {
    if (this.#live.wanted) return this.#live.close(() => say("info", text.status.cameraOff));
    if (this.#tellObstacle()) return;
    const turn = ++this.#turn;
    // The camera paints without them, too.
    await this.#fetchCameraTools().catch((error) => console.warn("Limn: no tools for the camera", error));
    if (turn === this.#turn) this.#live.start();
  }

  /** @param {File} file */
  async #showVideo(file) {
    const turn = ++this.#turn;
    say("busy", text.status.videoOpening);
    try {
      const video = await VideoFile.open(file);
      if (turn !== this.#turn) return video.stop();
      this.#live.play(video);
      this.#tellObstacle();
    } catch (error) {
      if (turn === this.#turn) fail(LimnError.from(error));
    }
  }

  /** @param {() => Promise<Blob>} get Where it comes from. */
  async #showPhoto(get) {
    const turn = ++this.#turn;
    say("busy", text.status.photoOpening);
    try {
      const photo = await this.#photo.decode(await get());
      // Taking millions of pixels over, showing them and sending them off is a task each.
      await nextTask();
      if (turn !== this.#turn) return;
      this.#live.leave();
      this.#events.emit("picture-opened");
      this.#photo.show(photo);
      if (this.#tellObstacle()) return;
      say("busy", text.status.photoPainting);
      await nextTask();
      await this.#photo.repaint();
    } catch (error) {
      if (turn === this.#turn) fail(LimnError.from(error));
    }
  }

  /** Says so if nothing can be painted for want of an engine or of a style. @returns {boolean} */
  #tellObstacle() {
    const { obstacle } = this.#session;
    if (obstacle) fail(obstacle);
    return obstacle !== null;
  }
}
