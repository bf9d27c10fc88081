// @ts-check
/** The button that records the painted camera, the timer over the stage, and the microphone, if the visitor wants it. */

import { LimnError } from "../limn/error.js";
import { element } from "../ui/dom.js";
import { fail, say } from "../ui/messages.js";
import { clock, megabytes } from "../ui/numbers.js";
import * as text from "../ui/text.js";
import { offerDownload } from "./download.js";
import { fileName } from "./file-name.js";
import { Recorder, endingOf, recordingType } from "./recorder.js";

/** A recording that grows beyond this many bytes is ended and saved: it is held in memory. */
const LARGEST = 1e9;
/** How often the timer moves, in milliseconds. */
const TICK = 250;

/** By the name of the browser's error. @type {Record<string, import("../limn/error.js").Code>} */
const MICROPHONE_CODES = { NotAllowedError: "microphone-denied", NotFoundError: "microphone-none" };

export class Recording {
  #button = element("record", HTMLButtonElement);
  #label = element("record-label", HTMLElement);
  #microphone = element("microphone", HTMLButtonElement);
  #timer = element("recording", HTMLElement);
  /** @type {import("../sources/live.js").Live} */
  #live;
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  /** @type {() => string} */
  #style;
  /** @type {import("./shelf.js").Shelf} */
  #shelf;
  /** @type {Recorder | null} */
  #recorder = null;
  /** It has been asked for and has not begun: a microphone and a first picture are waited for. */
  #beginning = false;
  /** No more pictures are wanted. */
  #enough = () => {};
  /** @type {MediaStreamTrack[]} */
  #sound = [];
  /** Goes up whenever a recording is asked for or ended. */
  #turn = 0;
  #start = 0;
  #tick = 0;

  /**
   * @param {import("../sources/live.js").Live} live
   * @param {import("../stage/stage.js").Stage} stage
   * @param {() => string} style Title of the style in use, for the file's name.
   * @param {import("./shelf.js").Shelf} shelf
   */
  constructor(live, stage, style, shelf) {
    this.#live = live;
    this.#stage = stage;
    this.#style = style;
    this.#shelf = shelf;
    this.#button.hidden = this.#microphone.hidden = recordingType(false) === null;
    this.#button.addEventListener("click", () => {
      // Pressed again before it has begun it does not begin.
      if (this.#recorder || this.#beginning) this.stop();
      else this.start();
    });
    this.#microphone.addEventListener("click", () => {
      this.#microphone.setAttribute("aria-pressed", String(!this.#wantsSound));
    });
  }

  get #wantsSound() {
    return this.#microphone.getAttribute("aria-pressed") === "true";
  }

  /** @param {boolean} possible Whether there are painted pictures to record. */
  allow(possible) {
    this.#button.disabled = !possible;
  }

  async start() {
    const turn = ++this.#turn;
    this.#beginning = true;
    this.#show(true);
    /** @type {MediaStreamTrack[]} */
    let sound = [];
    try {
      if (this.#wantsSound) sound = await microphone();
      const first = await this.#stage.picture();
      if (turn !== this.#turn) {
        first.close();
        return release(sound);
      }
      const recorder = new Recorder(first, sound);
      this.#recorder = recorder;
      this.#enough = this.#live.copies((picture) => recorder.add(picture));
      this.#sound = sound;
      first.close();
    } catch (error) {
      release(sound);
      // The camera has gone meanwhile, which has been told.
      if (turn !== this.#turn) return;
      this.#beginning = false;
      this.#show(false);
      this.#microphone.setAttribute("aria-pressed", "false");
      return fail(LimnError.from(error, "record-failed"));
    }
    this.#beginning = false;
    this.#timer.hidden = false;
    this.#start = performance.now();
    this.#tick = setInterval(() => this.#count(), TICK);
    say("info", text.status.recording);
  }

  /** Ends the recording, if there is one, and hands it over: whatever has been recorded is kept. */
  async stop() {
    this.#turn++;
    const recorder = this.#recorder;
    this.#beginning = false;
    this.#show(false);
    if (!recorder) return;
    this.#recorder = null;
    this.#enough();
    clearInterval(this.#tick);
    const length = performance.now() - this.#start;
    const blob = await recorder.stop();
    release(this.#sound);
    if (blob.size === 0) return fail(new LimnError("record-failed"));
    const name = fileName(this.#style(), endingOf(blob.type));
    this.#shelf.add({ blob, name, picture: recorder.picture });
    offerDownload(blob, name);
    say("info", text.status.recorded(name, clock(length), megabytes(blob.size)));
  }

  #count() {
    const recorder = this.#recorder;
    if (!recorder) return;
    const length = performance.now() - this.#start;
    this.#timer.textContent = `${clock(length)} · ${megabytes(recorder.bytes)}`;
    // An encoder that gave up has ended it already.
    if (recorder.bytes > LARGEST || !recorder.running) this.stop();
  }

  /** @param {boolean} yes The timer follows with the recording itself. */
  #show(yes) {
    this.#button.setAttribute("aria-pressed", String(yes));
    this.#label.textContent = yes ? text.page.recordStop : text.page.record;
    this.#microphone.disabled = yes;
    this.#timer.hidden = true;
    this.#timer.textContent = clock(0);
  }
}

/**
 * @returns {Promise<MediaStreamTrack[]>}
 * @throws {LimnError} `microphone-…`
 */
async function microphone() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return stream.getAudioTracks();
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    throw new LimnError(MICROPHONE_CODES[name] ?? "microphone-failed", "", { cause: error });
  }
}

/** @param {MediaStreamTrack[]} tracks */
function release(tracks) {
  for (const track of tracks) track.stop();
}
