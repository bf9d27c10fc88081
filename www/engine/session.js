// @ts-check
/**
 * What is painted with: the engine in its worker, the styles in use and the settings, all of which outlive a lost engine.
 * No DOM here.
 */

import { refusal } from "../limn/adapter.js";
import { LimnError } from "../limn/error.js";
import { fetchRecord, nearestModel } from "./catalogue.js";
import { EngineClient, isEngineEnd } from "./client.js";
import { Pace } from "./pace.js";
import { BRUSHES, DEFAULTS, brushed, paintOptions } from "./settings.js";

/**
 * @typedef {object} InUse A style that the engine holds, or will when there is one.
 * @property {StyleEntry} entry
 * @property {StyleModel} model
 * @property {ArrayBuffer} bytes
 * @property {number} size Working size at which its strokes were learnt.
 * @property {boolean} hasColours Whether it has colours of its own.
 * @property {boolean} hasMedium Whether it is painted on something that shows.
 */

/**
 * @typedef {import("../limn/limn.js").EngineChoice} EngineChoice
 * @typedef {import("../limn/limn.js").Info} Info
 * @typedef {import("./catalogue.js").StyleEntry} StyleEntry
 * @typedef {import("./catalogue.js").StyleModel} StyleModel
 * @typedef {import("./settings.js").Settings} Settings
 *
 * @typedef {object} Look All that a painting depends on but the picture.
 * @property {string} style Name of the style.
 * @property {string | null} second Name of the style that is mixed in.
 * @property {Settings} settings
 *
 * @typedef {object} Device What is known of it before an engine starts.
 * @property {"software"} [adapter]
 * @property {string} [fail]
 * @property {number} [liveSize] Working size of live pictures, in place of the style's own.
 * @property {boolean} [small] Whether this is a small device, a phone say.
 */

/** @type {Array<"first" | "second">} */
const SLOTS = ["first", "second"];

/** Width of the network that suits an engine; small devices take the CPU's. */
const WIDTH = { gpu: 16, cpu: 8 };

export class Session {
  /** @type {import("./events.js").Events} */
  #events;
  /** @type {Device} */
  #device;
  /** @type {() => OffscreenCanvas} */
  #canvas;
  /** @type {EngineClient | null} */
  #client = null;
  /** Resolves to the client once it may be asked for a style. @type {Promise<EngineClient>} */
  #started = Promise.reject(new LimnError("disposed"));
  /** The style, and the one that is mixed in. @type {{ first: InUse | null, second: InUse | null }} */
  #styles = { first: null, second: null };
  #turns = { first: 0, second: 0 };
  /** The turn in which the second style was dropped last. */
  #dropped = 0;
  /** The engine that comes, as far as can be told before it has started. @type {Promise<"gpu" | "cpu">} */
  #expected = Promise.resolve("gpu");
  /** The same once it is known. @type {"gpu" | "cpu"} */
  #likely = "gpu";
  #ready = false;
  #pace = new Pace();

  /** What the visitor has set. @type {Settings} */
  settings = { ...DEFAULTS };
  /** Why no engine runs nor is about to. @type {LimnError | null} */
  blocked = null;
  /** Whether the last attempt at a style failed. */
  styleFailed = false;

  /**
   * @param {import("./events.js").Events} events
   * @param {Device} device
   * @param {() => OffscreenCanvas} canvas Makes the canvas for the live pictures of a new engine.
   */
  constructor(events, device, canvas) {
    this.#events = events;
    this.#device = device;
    this.#canvas = canvas;
    this.#started.catch(() => {});
  }

  /** @returns {Info | null} Of the engine that runs. */
  get info() {
    return this.#client?.info ?? null;
  }

  /** Whether pictures can be painted: there is an engine and it has a style. */
  get ready() {
    return this.#ready && this.#styles.first !== null;
  }

  /** Why nothing can be painted, nor will be by itself; null where it can. @returns {LimnError | null} */
  get obstacle() {
    if (this.blocked) return this.blocked;
    return this.styleFailed && !this.style ? new LimnError("no-style") : null;
  }

  /** @returns {EngineClient | null} The engine that runs; it may have no style yet. */
  get client() {
    return this.#client?.info ? this.#client : null;
  }

  /** The engine, to paint with. @throws {LimnError} `disposed` where none is ready */
  get engine() {
    if (!this.#client || !this.ready) throw new LimnError("disposed");
    return this.#client;
  }

  /** @returns {StyleEntry | null} The style in use. */
  get style() {
    return this.#styles.first?.entry ?? null;
  }

  /** @returns {StyleEntry | null} The style that is mixed in. */
  get second() {
    return this.#styles.second?.entry ?? null;
  }

  /** @returns {Look | null} The look in use; null where there is no style yet. */
  get look() {
    const { style, second, settings } = this;
    return style && { style: style.name, second: second?.name ?? null, settings: { ...settings } };
  }

  /** Titles of the styles in use, for the names of files. */
  get styleTitle() {
    return [this.style?.title, this.second?.title].filter(Boolean).join(" ");
  }

  /** @returns {StyleModel | null} The record in use. */
  get model() {
    return this.#styles.first?.model ?? null;
  }

  /** @returns {StyleModel | null} The record that is mixed in. */
  get secondModel() {
    return this.#styles.second?.model ?? null;
  }

  /** Whether one of the styles in use has colours of its own. */
  get hasColours() {
    return Object.values(this.#styles).some((style) => style?.hasColours);
  }

  /** Whether one of the styles in use is painted on something that shows. */
  get hasMedium() {
    return Object.values(this.#styles).some((style) => style?.hasMedium);
  }

  /**
   * The record of a style that is to be used: of the width asked for, or else of the one that suits the engine.
   *
   * @param {StyleEntry} entry
   * @returns {StyleModel}
   */
  modelOf(entry) {
    const engine = this.info?.engine ?? this.#likely;
    return nearestModel(entry, this.settings.width ?? this.#pacedWidth ?? this.#widest(engine));
  }

  /** What the engine is given to paint with now. */
  get options() {
    return this.#options(this.workingSize);
  }

  /** The same for live pictures. */
  get liveOptions() {
    return this.#options(this.liveSize);
  }

  /** Longest side, in pixels, at which the network sees a picture: the size at which strokes were learnt, by the brush. */
  get workingSize() {
    return this.#brushed(this.#styles.first?.size ?? 0);
  }

  get liveSize() {
    const { liveSize } = this.#device;
    if (liveSize !== undefined) return this.#brushed(liveSize);
    return this.#paced ? Math.min(this.#pace.step.size, this.workingSize) : this.workingSize;
  }

  /** The brushes that the engine has. */
  get brushes() {
    return BRUSHES[this.#kind];
  }

  get #kind() {
    return this.info?.engine ?? "gpu";
  }

  /** @param {number} size */
  #brushed(size) {
    return brushed(size, this.settings.brush, this.#kind);
  }

  /** @param {number} workingSize */
  #options(workingSize) {
    return paintOptions(this.settings, this.model ?? { lambda: 10 }, workingSize);
  }

  /** Whether the quality of live pictures follows the device: the visitor has chosen neither network nor brush. */
  get #paced() {
    const { width, brush } = this.settings;
    return width === DEFAULTS.width && brush === DEFAULTS.brush && this.#device.liveSize === undefined;
  }

  /** Width of network that the device keeps up with, where that is narrower than what suits its engine. */
  get #pacedWidth() {
    return this.#paced ? this.#pace.narrowed : null;
  }

  /** The widest network that is taken without being asked for. @param {"gpu" | "cpu"} engine */
  #widest(engine) {
    return this.#device.small ? WIDTH.cpu : WIDTH[engine];
  }

  /** Takes note of engine and style. */
  #setPace() {
    const { info } = this;
    const style = this.#styles.first;
    if (!info || !style) return;
    const widest = nearestModel(style.entry, this.#widest(info.engine)).width;
    const widths = style.entry.models.map(({ width }) => width).filter((width) => width <= widest);
    this.#pace.use(info.engine, widths, style.size);
  }

  /**
   * Takes note of how long a live frame took, from the page's point of view. Where the device keeps up better with another
   * record of the style, that one is put to use.
   *
   * @param {number} now Milliseconds.
   * @param {number | null} took Milliseconds; null where frames do not follow one another any more.
   */
  async keepPace(now, took) {
    if (took === null || !this.#paced) return this.#pace.pause();
    const { style, model } = this;
    if (this.#pace.frame(now, took) && style && this.modelOf(style) !== model) await this.useStyle(style);
  }

  /**
   * Starts an engine in place of the one before, with the styles in use.
   *
   * @param {EngineChoice} choice
   * @returns {Promise<Info>}
   * @throws {LimnError}
   */
  async start(choice) {
    this.#client?.dispose();
    this.#ready = false;
    this.#expected = expected(choice, this.#device.adapter);
    this.#started = this.#startOne(choice).catch((error) => {
      // A trap in the GPU bundle ends the worker before it can step down by itself.
      if (choice !== "auto" || !isEngineEnd(error) || error.code === "disposed") throw error;
      return this.#startOne("cpu", error.code);
    });
    this.#started.catch(() => {});
    const client = await this.#started;
    const info = /** @type {Info} */ (client.info);
    this.blocked = null;
    this.#events.emit("engine-started", info);
    return info;
  }

  /**
   * @param {EngineChoice} engine
   * @param {import("../limn/error.js").Code | null} [reason] Why it is not the GPU.
   */
  async #startOne(engine, reason = null) {
    const client = new EngineClient(
      (error) => {
        if (this.#client !== client) return;
        this.#ready = false;
        this.#events.emit("engine-lost", error);
      },
      (requests) => this.#events.emit("requests", { requests, by: "engine" }),
    );
    this.#client = client;
    const { adapter, fail } = this.#device;
    const info = await client.create({ engine, adapter, fail });
    info.reason ??= reason;
    const canvas = this.#canvas();
    await client.call("canvas", { canvas }, { transfer: [canvas] });
    for (const slot of SLOTS) {
      const style = this.#styles[slot];
      if (style) await client.call("style", { bytes: style.bytes, sha256: style.model.sha256, slot });
    }
    this.#ready = true;
    this.#setPace();
    return client;
  }

  /**
   * Fetches a style and puts it to use. The one in use stays if that fails.
   *
   * @param {StyleEntry} entry
   * @param {"first" | "second"} [slot] The second style is mixed in.
   * @returns {Promise<boolean>} False if another style was asked for meanwhile.
   * @throws {LimnError} `style-…`; `disposed` where there is no engine to load it
   */
  async useStyle(entry, slot = "first") {
    const turn = ++this.#turns[slot];
    // Which record suits does not wait for the engine: they come side by side.
    this.#likely = await this.#expected;
    if (turn !== this.#turns[slot]) return false;
    let model = this.modelOf(entry);
    let bytes = await fetchRecord(model);
    const client = await this.#started.catch((cause) => {
      // Told by whoever started the engine; the style is not to blame.
      throw new LimnError("disposed", "", { cause });
    });
    if (turn !== this.#turns[slot]) return false;
    if (this.modelOf(entry) !== model) {
      // The engine that came is not the one that was guessed.
      model = this.modelOf(entry);
      bytes = await fetchRecord(model);
      if (turn !== this.#turns[slot]) return false;
    }
    const metadata = await client.call("style", { bytes, sha256: model.sha256, slot });
    if (model.own) {
      // No list has said it.
      Object.assign(model, { width: metadata.width, lambda: metadata.lambda });
      Object.assign(entry, { title: metadata.title, teacher: metadata.teacher, data: metadata.data, licence: metadata.licence });
    }
    const { trained_size: size, ground, colours, medium } = metadata;
    if (slot === "second" && turn < this.#dropped) return false;
    // Also where another was asked for meanwhile, which may fail: this is what the engine holds.
    const other = entry !== this.#styles[slot]?.entry;
    const hasColours = ground !== undefined || colours === true;
    this.#styles[slot] = { entry, model, bytes, size, hasColours, hasMedium: medium !== undefined };
    if (slot === "first" && other) this.#setPace();
    if (turn !== this.#turns[slot]) return false;
    if (slot === "first") {
      this.styleFailed = false;
      this.#events.emit("style-changed", entry);
    }
    return true;
  }

  /** Mixes nothing in any more, nor what is on its way. */
  async dropSecondStyle() {
    this.#dropped = ++this.#turns.second;
    this.#styles.second = null;
    if (this.#client && this.#ready) await this.#client.call("dropSecondStyle");
  }

  /**
   * Does a long piece of work with the engine, and once more from the start where it is lost and a new one comes.
   *
   * @template T
   * @param {AbortSignal} signal
   * @param {(engine: EngineClient) => Promise<T>} work
   * @returns {Promise<T>}
   * @throws {LimnError} `disposed` where there is no engine, `cancelled`, and what the work throws
   */
  async outlive(signal, work) {
    const engine = this.engine;
    try {
      return await work(engine);
    } catch (error) {
      if (!isEngineEnd(error)) throw error;
      const next = await this.#started;
      if (signal.aborted) throw new LimnError("cancelled");
      if (next === engine) throw error;
      return await work(next);
    }
  }
}

/**
 * The engine that `choice` will come to.
 *
 * @param {EngineChoice} choice
 * @param {"software"} [adapter]
 * @returns {Promise<"gpu" | "cpu">}
 */
async function expected(choice, adapter) {
  if (choice !== "auto") return choice;
  return (await refusal(adapter)) ? "cpu" : "gpu";
}
