// @ts-check
/** What the rooms of the page tell one another without knowing who listens. */

/**
 * @typedef {import("../limn/limn.js").Info} Info
 * @typedef {import("../limn/error.js").LimnError} LimnError
 * @typedef {import("./catalogue.js").StyleEntry} StyleEntry
 * @typedef {import("./requests.js").Request} Request
 * @typedef {import("../media/cut.js").Cut} Cut
 *
 * @typedef {{
 *   "engine-started": Info,
 *   "engine-lost": LimnError,
 *   "engine-replaced": null,
 *   "styles-listed": StyleEntry[],
 *   "style-wanted": string,
 *   "record-opened": File,
 *   "photos-opened": File[],
 *   "style-changed": StyleEntry,
 *   "settings-changed": null,
 *   "quality-changed": null,
 *   "picture-opened": null,
 *   "stage-changed": null,
 *   "cut-changed": Readonly<Cut>,
 *   "cut-wanted": Readonly<Cut>,
 *   "source-ending": null,
 *   "requests": { requests: Request[], by: "engine" | "service-worker" },
 * }} EventMap
 *
 * - `engine-started`: an engine runs, with the style in use if there is one. What is on show is to be painted anew.
 * - `engine-lost`: a running engine has gone; nothing is painted until the next one has started.
 * - `engine-replaced`: that has happened, in place of one that was lost or would not start. Other records may suit it.
 * - `styles-listed`: the list of styles has come, or has grown; there is at least one.
 * - `style-wanted`: the visitor has chosen the style of this name in the gallery.
 * - `record-opened`: the visitor has opened a style record of their own.
 * - `photos-opened`: the visitor has opened several files at once, which are no records; one of them may be no photo either.
 * - `style-changed`: another style, or another record of it, is in use.
 * - `settings-changed`: what is on show is to be painted with the settings of now.
 * - `quality-changed`: another width of network is wanted.
 * - `picture-opened`: a photo or a video was opened, or the camera was turned on.
 * - `stage-changed`: another source is on stage, or what is painted of it has come or gone.
 * - `cut-changed`: another part of the photo is on stage.
 * - `cut-wanted`: that part of it is to be on stage.
 * - `source-ending`: the source of live pictures, or the engine, is about to go: no more pictures for now.
 * - `requests`: requests that were made out of the page's own sight.
 */

export class Events {
  #target = new EventTarget();

  /**
   * @template {keyof EventMap} K
   * @param {K} type
   * @param {(detail: EventMap[K]) => void} listener
   */
  on(type, listener) {
    this.#target.addEventListener(type, (event) => listener(/** @type {CustomEvent<EventMap[K]>} */ (event).detail));
  }

  /**
   * Calls the listeners at once, one after the other. What one of them throws reaches the page's `error` event, and not
   * the caller.
   *
   * @template {keyof EventMap} K
   * @param {K} type
   * @param {EventMap[K]} [detail] Where there is something to say.
   */
  emit(type, detail) {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
