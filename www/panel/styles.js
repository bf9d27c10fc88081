// @ts-check
/** The styles there are and the one in use: list, gallery, and what is to be known about it. */

import { fetchStyles, openRecord } from "../engine/catalogue.js";
import { isEngineEnd } from "../engine/client.js";
import { LimnError } from "../limn/error.js";
import { element, make } from "../ui/dom.js";
import { onLateClick } from "../ui/late.js";
import { fail, say } from "../ui/messages.js";
import * as text from "../ui/text.js";
import { Gallery } from "./gallery.js";

/** @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry */

export class Styles {
  #about = element("about", HTMLElement);
  #facts = element("facts", HTMLElement);
  #gallery = new Gallery(element("gallery", HTMLElement), (name) => this.#chooseByName(name));
  /** Once there has been a picture. @type {import("./previews.js").Previews | null} */
  #previews = null;
  /** @type {import("../engine/session.js").Session} */
  #session;
  /** @type {import("../stage/stage.js").Stage} */
  #stage;
  /** @type {import("../engine/events.js").Events} */
  #events;
  /** All there are. @type {StyleEntry[]} */
  list = [];

  /**
   * @param {import("../engine/session.js").Session} session
   * @param {import("../stage/stage.js").Stage} stage
   * @param {import("../engine/events.js").Events} events
   */
  constructor(session, stage, events) {
    this.#session = session;
    this.#stage = stage;
    this.#events = events;
    events.on("stage-changed", () => this.#preview());
    onLateClick("preview", async () => (await this.#fetchPreviews()).repaint());
    events.on("style-changed", () => this.#show());
    events.on("quality-changed", () => this.#choose(session.style));
    events.on("engine-replaced", () => this.#catchUp());
    events.on("record-opened", (file) => this.#open(file));
  }

  /**
   * Fetches the list and puts its first style to use, or the one that is wanted.
   *
   * @param {string} address
   * @param {Promise<string | undefined>} wanted Its name.
   */
  async load(address, wanted) {
    try {
      this.list = await fetchStyles(address);
      for (const style of this.list) style.title = text.styleTitle(style);
    } catch (error) {
      this.#session.styleFailed = true;
      this.#gallery.show([]);
      return fail(LimnError.from(error));
    }
    this.#gallery.show(this.list);
    this.#events.emit("styles-listed", this.list);
    const name = await wanted;
    await this.#choose(this.list.find((style) => style.name === name) ?? this.list[0]);
  }

  /** Puts the style of this name to use, if there is one. @param {string} name */
  async use(name) {
    const session = this.#session;
    const style = this.list.find((entry) => entry.name === name) ?? null;
    if (style && (style !== session.style || session.modelOf(style) !== session.model)) await this.#choose(style);
  }

  /** Puts a record of the visitor's own to use; the gallery has it from then on. @param {File} file */
  async #open(file) {
    say("busy", text.status.styleLoading(file.name));
    try {
      const opened = await openRecord(file);
      const known = this.list.find(({ name }) => name === opened.name);
      // Trained further meanwhile, perhaps.
      const style = known ? Object.assign(known, { models: opened.models }) : opened;
      const used = await this.#session.useStyle(style);
      if (style === opened) {
        this.list = [...this.list, style];
        this.#gallery.add(style);
        this.#events.emit("styles-listed", this.list);
      }
      if (!used) return;
      this.#show();
      this.#events.emit("style-wanted", style.name);
      if (!this.#stage.painted) say("info", text.status.styleReady(style.title));
    } catch (error) {
      if (isEngineEnd(error)) return;
      const failure = LimnError.from(error);
      say("error", text.styleRefused(file.name, failure, this.#session.style?.title ?? null), failure.code);
    }
  }

  /** Gives a new engine the style that suits it: a first one where there is none yet, or one of another width. */
  async #catchUp() {
    const style = this.#session.style ?? this.list[0];
    if (style && this.#session.model !== this.#session.modelOf(style)) await this.#choose(style);
  }

  /** @param {string} name */
  #chooseByName(name) {
    this.#events.emit("style-wanted", name);
    return this.#choose(this.list.find((style) => style.name === name) ?? null);
  }

  /** @param {StyleEntry | null} style */
  async #choose(style) {
    if (!style) return;
    const session = this.#session;
    const first = session.style === null;
    if (!first) say("busy", text.status.styleLoading(style.title));
    this.#gallery.loading(style.name);
    try {
      if (!(await session.useStyle(style))) return;
      // A photo is announced once it is painted, a camera once its first picture is.
      const { mode, live } = this.#stage;
      if (mode === "empty" || (live && !first)) say("info", text.status.styleReady(style.title));
    } catch (error) {
      this.#show();
      if (isEngineEnd(error)) {
        if (session.blocked) fail(session.blocked);
        return;
      }
      const failure = LimnError.from(error);
      session.styleFailed = true;
      say("error", text.styleRefused(style.title, failure, session.style?.title ?? null), failure.code);
    }
  }

  /**
   * The cards show what is on stage. A live picture is another one by the time that they do: from the camera they are
   * painted when asked for, from a video its first picture at once and others when asked for.
   */
  async #preview() {
    const { painted, mode, live } = this.#stage;
    const thrifty = savesData();
    element("preview", HTMLButtonElement).hidden = !painted || !(live || thrifty);
    if (!painted) return this.#previews?.forget();
    if (mode === "camera" || thrifty) return;
    try {
      await (await this.#fetchPreviews()).paint();
    } catch (error) {
      console.warn("Limn: no previews", error);
    }
  }

  async #fetchPreviews() {
    const { Previews } = await import("./previews.js");
    return (this.#previews ??= new Previews(this.#stage, this.#gallery, () => this.list, this.#events));
  }

  /** Shows which style is in use. */
  #show() {
    const { style, model } = this.#session;
    this.#gallery.rest(style?.name ?? null);
    const facts = style && model ? text.styleFacts(style, model) : [];
    this.#about.hidden = facts.length === 0;
    this.#facts.replaceChildren(...facts.flatMap(([term, value]) => [make("dt", term), make("dd", value)]));
  }
}

/** Whether a megabyte and a half, of all styles' narrowest records, is more than the visitor would want to be fetched unasked. */
function savesData() {
  const { connection } = /** @type {{ connection?: { saveData?: boolean, effectiveType?: string } }} */ (navigator);
  return connection?.saveData === true || /2g|3g/.test(connection?.effectiveType ?? "");
}
