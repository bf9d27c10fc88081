// @ts-check
/** The picture whose light and colours a painted photo takes: looked at here, kept for the visit in memory, and nowhere else. */

import { LimnError } from "../limn/error.js";
import { WHOLE } from "../media/cut.js";
import { element } from "../ui/dom.js";
import { fail, fillIn, say } from "../ui/messages.js";
import * as text from "../ui/text.js";

/** Longest side of the copy that is kept, in pixels: its colours are all that counts. */
const GLANCE = 256;

const field = element("match", HTMLElement);
const made = document.createElement("div");
made.id = "matched";
made.innerHTML = `
  <canvas id="match-picture" data-testid="match-picture" role="img" data-label="matchPicture"></canvas>
  <div class="field">
    <label for="match-strength" data-text="matchStrength"></label>
    <output id="match-value" for="match-strength"></output>
    <input id="match-strength" data-testid="match-strength" type="range" autocomplete="off" min="0" max="1" step="0.01" value="1">
  </div>
  <button id="match-remove" data-testid="match-remove" type="button" class="quiet start" data-text="matchRemove"></button>
`;
fillIn(made, text.page);

export class Match {
  /** @type {import("../sources/photo.js").Photo} */
  #photo;
  /** Counts the pictures that were chosen: the last one counts. */
  #turn = 0;

  /** @param {import("../sources/photo.js").Photo} photo Whose painting takes the colours. */
  constructor(photo) {
    this.#photo = photo;
    made.querySelector("input")?.addEventListener("input", () => this.#slide());
    made.querySelector("button")?.addEventListener("click", () => {
      this.#remove();
      // Where the keyboard is, must not be nowhere.
      element("match-file", HTMLInputElement).focus();
    });
    element("reset", HTMLButtonElement).addEventListener("click", () => this.#remove());
  }

  /** @param {File} file */
  async take(file) {
    const turn = ++this.#turn;
    say("busy", text.status.photoOpening);
    try {
      const { image } = await this.#photo.decode(file, WHOLE, GLANCE);
      if (turn !== this.#turn) return;
      this.#show(image);
      say("info", "");
      this.#photo.match = { reference: image, strength: element("match-strength", HTMLInputElement).valueAsNumber };
    } catch (error) {
      if (turn === this.#turn) fail(LimnError.from(error));
    }
  }

  /** @param {ImageData} reference */
  #show(reference) {
    field.append(made);
    const picture = element("match-picture", HTMLCanvasElement);
    Object.assign(picture, { width: reference.width, height: reference.height });
    picture.getContext("2d")?.putImageData(reference, 0, 0);
    this.#tell();
  }

  #slide() {
    this.#tell();
    const { match } = this.#photo;
    const strength = element("match-strength", HTMLInputElement).valueAsNumber;
    if (match) this.#photo.match = { ...match, strength };
  }

  /** Says beside the slider, and to screen readers, where it is. */
  #tell() {
    const slider = element("match-strength", HTMLInputElement);
    const percent = text.percent(slider.valueAsNumber);
    element("match-value", HTMLOutputElement).textContent = percent;
    slider.setAttribute("aria-valuetext", percent);
  }

  #remove() {
    this.#turn++;
    made.remove();
    if (this.#photo.match) this.#photo.match = null;
  }
}
