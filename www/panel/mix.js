// @ts-check
/** The style that is mixed in: which one, and how much of it. */

import { isEngineEnd } from "../engine/client.js";
import { DEFAULTS } from "../engine/settings.js";
import { LimnError } from "../limn/error.js";
import { element } from "../ui/dom.js";
import { say } from "../ui/messages.js";
import * as text from "../ui/text.js";

/**
 * @typedef {import("../engine/session.js").Session} Session
 * @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry
 */

export class Mix {
  #select = element("mix-with", HTMLSelectElement);
  #field = element("mix-field", HTMLElement);
  #slider = element("mix", HTMLInputElement);
  #label = element("mix-label", HTMLElement);
  #value = element("mix-value", HTMLElement);
  /** @type {Session} */
  #session;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** @type {StyleEntry[]} */
  #styles = [];

  /**
   * @param {Session} session
   * @param {import("../engine/events.js").Events} events
   */
  constructor(session, events) {
    this.#session = session;
    this.#events = events;
    this.#select.append(new Option(text.page.mixNone, ""));
    this.#select.addEventListener("change", () => {
      this.#use(this.#styles.find(({ name }) => name === this.#select.value) ?? null);
    });
    this.#slider.addEventListener("input", () => this.#slide());
    element("reset", HTMLButtonElement).addEventListener("click", () => this.#reset());
    events.on("styles-listed", (styles) => this.#offer(styles));
    events.on("style-changed", () => this.#follow());
    events.on("quality-changed", () => this.#catchUp());
    events.on("engine-replaced", () => this.#catchUp());
    this.#show();
  }

  /** @param {StyleEntry[]} styles All there are. */
  #offer(styles) {
    this.#styles = styles;
    const options = styles.map(({ name, title }) => new Option(title, name));
    this.#select.replaceChildren(new Option(text.page.mixNone, ""), ...options);
    this.#select.disabled = styles.length < 2;
    this.#show();
  }

  /** The first style may be new: it cannot be mixed with itself. */
  #follow() {
    const { style, second } = this.#session;
    for (const option of this.#select.options) option.disabled = option.value !== "" && option.value === style?.name;
    if (second && second === style) this.#use(null);
  }

  /** Engine or quality are new: the second style may have to come in another width. */
  async #catchUp() {
    const { second } = this.#session;
    if (second && this.#session.secondModel !== this.#session.modelOf(second)) await this.#use(second);
  }

  /** Mixes in the style of this name, by the share of the settings. @param {string | null} name */
  async use(name) {
    const style = this.#styles.find((entry) => entry.name === name) ?? null;
    if (style !== this.#session.second) await this.#use(style);
    this.#show();
  }

  /** @param {StyleEntry | null} style */
  async #use(style) {
    try {
      if (style) {
        say("busy", text.status.styleLoading(style.title));
        if (!(await this.#session.useStyle(style, "second"))) return;
        say("info", text.status.mixed(this.#session.style?.title ?? "", style.title));
      } else {
        await this.#session.dropSecondStyle();
      }
      this.#events.emit("settings-changed");
    } catch (error) {
      if (!style || isEngineEnd(error)) return;
      const failure = LimnError.from(error);
      say("error", text.styleRefused(style.title, failure, null), failure.code);
    } finally {
      this.#show();
    }
  }

  #slide() {
    this.#session.settings.mix = this.#slider.valueAsNumber;
    this.#show();
    this.#events.emit("settings-changed");
  }

  #reset() {
    this.#session.settings.mix = DEFAULTS.mix;
    if (this.#session.second) this.#use(null);
    this.#show();
  }

  #show() {
    const { second, settings } = this.#session;
    this.#slider.valueAsNumber = settings.mix;
    this.#select.value = second?.name ?? "";
    this.#field.hidden = second === null;
    if (second) this.#label.textContent = text.mixLabel(second.title);
    const share = text.percent(this.#slider.valueAsNumber);
    this.#value.textContent = share;
    this.#slider.setAttribute("aria-valuetext", share);
  }
}
