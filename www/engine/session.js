// @ts-check
/**
 * What is being painted with what: the engine in its worker, the style in use, the options and the photo, all of
 * which outlive a lost engine. No DOM here; `page/main.js` shows what this reports.
 */

import { EngineClient, isEngineEnd } from "./client.js";
import { LimnError } from "../limn/error.js";
import { Pace } from "./pace.js";
import { decodePhoto } from "../media/decode.js";
import { fetchRecord, nearestModel } from "./catalogue.js";

/**
 * @typedef {object} InUse A style that the engine holds, or will when there is one.
 * @property {StyleEntry} entry
 * @property {StyleModel} model
 * @property {ArrayBuffer} bytes
 */

/**
 * @typedef {import("../limn/limn.js").EngineChoice} EngineChoice
 * @typedef {import("../limn/limn.js").Info} Info
 * @typedef {import("./client.js").Painting} Painting
 * @typedef {import("./catalogue.js").StyleEntry} StyleEntry
 * @typedef {import("./catalogue.js").StyleModel} StyleModel
 *
 * @typedef {object} Hooks
 * @property {() => OffscreenCanvas} canvas Makes the canvas for the live pictures of a new engine.
 * @property {(error: LimnError) => void} lost A running engine has gone; nothing is painted until `start`.
 * @property {(painting: Painting, photo: ImageData) => void} painted A painting of the photo is done.
 * @property {(error: LimnError) => void} failed The photo could not be painted.
 * @property {(count: number) => void} requests The engine's worker has made requests.
 * @property {(busy: boolean) => void} busy A photo is being painted, or no longer.
 *
 * @typedef {object} Settings
 * @property {"software"} [adapter]
 * @property {string} [fail]
 * @property {number} [liveSize] Working size of live pictures, in place of the engine's own.
 * @property {boolean} [small] Whether this is a small device, a phone say.
 */

/** Longest side, in pixels, at which the network sees live pictures where the visitor has chosen the quality. */
const LIVE_SIZE = { gpu: 512, cpu: 256 };
/** The same for photos: styles are learnt at about this size, so that strokes keep it. */
const PHOTO_SIZE = { gpu: 640, cpu: 512 };

/**
 * Smallest and largest brush, 1 being that of the sizes above: the network sees a picture so many times smaller. The
 * CPU takes its time over small ones.
 */
const BRUSHES = { gpu: { smallest: 0.5, largest: 2 }, cpu: { smallest: 2 ** -0.6, largest: 2 } };

/** @type {Array<"first" | "second">} */
const SLOTS = ["first", "second"];

/** Width of the network that suits an engine; small devices take the CPU's. */
const WIDTH = { gpu: 16, cpu: 8 };

export class Session {
  /** @type {Settings} */
  #settings;
  /** @type {Hooks} */
  #hooks;
  /** @type {EngineClient | null} */
  #client = null;
  /** Resolves to the client once it may be asked for a style. @type {Promise<EngineClient>} */
  #started = Promise.reject(new LimnError("disposed"));
  /** The style, and the one that is mixed in. @type {{ first: InUse | null, second: InUse | null }} */
  #styles = { first: null, second: null };
  #turns = { first: 0, second: 0 };
  /** The turn in which the second style was dropped last. */
  #dropped = 0;
  /** What was asked for at the last start. @type {EngineChoice} */
  #engine = "auto";
  #ready = false;
  /** @type {ImageData | null} */
  #photo = null;
  /** The photo's file, where the photo is a copy of it made smaller. @type {Blob | null} */
  #file = null;
  #dirty = false;
  #painting = false;
  #pace = new Pace();

  strength = 1;
  lambda = 10;
  /** Share of the style that is mixed in. */
  mix = 0.5;
  /** Size of the brush, 1 being the engine's own choice. Kept as it is where an engine has no brush so small. */
  brush = 1;
  /** Width of network that the visitor asked for; null leaves it to the engine. @type {number | null} */
  width = null;

  /**
   * @param {Settings} settings
   * @param {Hooks} hooks
   */
  constructor(settings, hooks) {
    this.#settings = settings;
    this.#hooks = hooks;
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

  /** @returns {StyleEntry | null} The style in use. */
  get style() {
    return this.#styles.first?.entry ?? null;
  }

  /** @returns {StyleEntry | null} The style that is mixed in. */
  get second() {
    return this.#styles.second?.entry ?? null;
  }

  /** Names of the styles in use, for the names of files. */
  get styleName() {
    return [this.style?.name ?? "picture", this.second?.name].filter(Boolean).join("-");
  }

  /** @returns {StyleModel | null} The record in use. */
  get model() {
    return this.#styles.first?.model ?? null;
  }

  /** @returns {StyleModel | null} The record that is mixed in. */
  get secondModel() {
    return this.#styles.second?.model ?? null;
  }

  /**
   * The record of a style that is to be used: of the width asked for, or else of the one that suits the engine.
   *
   * @param {StyleEntry} entry
   * @returns {StyleModel}
   */
  modelOf(entry) {
    // Before the engine has started, WebGPU is taken to work: the guess saves its first style a wait.
    const engine = this.info?.engine ?? (this.#engine !== "cpu" && "gpu" in navigator ? "gpu" : "cpu");
    return nearestModel(entry, this.width ?? this.#pacedWidth ?? this.#widest(engine));
  }

  get videoFrames() {
    return this.#client?.videoFrames ?? false;
  }

  get liveSize() {
    const paced = this.#paced ? this.#pace.step.size : LIVE_SIZE[this.info?.engine ?? "gpu"];
    return this.#brushed(this.#settings.liveSize ?? paced);
  }

  /** Whether the quality of live pictures follows the device: the visitor has chosen neither network nor brush. */
  get #paced() {
    return this.width === null && this.brush === 1 && this.#settings.liveSize === undefined;
  }

  /** Width of network that the device keeps up with, where that is narrower than what suits its engine. */
  get #pacedWidth() {
    return this.#paced ? this.#pace.narrowed : null;
  }

  /** The widest network that is taken without being asked for. @param {"gpu" | "cpu"} engine */
  #widest(engine) {
    return this.#settings.small ? WIDTH.cpu : WIDTH[engine];
  }

  /** Takes note of engine and style. */
  #setPace() {
    const { info, style } = this;
    if (!info || !style) return;
    const widest = nearestModel(style, this.#widest(info.engine)).width;
    const widths = style.models.map(({ width }) => width).filter((width) => width <= widest);
    this.#pace.use(info.engine, widths);
  }

  /**
   * Takes note of how long a live frame took, from the page's point of view.
   *
   * @param {number} now Milliseconds.
   * @param {number | null} took Milliseconds; null where frames do not follow one another any more.
   * @returns {Promise<boolean>} Whether another record of the style has been put to use, so that the rate is kept.
   */
  async keepPace(now, took) {
    if (took === null || !this.#paced) {
      this.#pace.pause();
      return false;
    }
    const { style, model } = this;
    if (!this.#pace.frame(now, took) || !style || this.modelOf(style) === model) return false;
    return this.useStyle(style);
  }

  get photoSize() {
    return this.#brushed(PHOTO_SIZE[this.info?.engine ?? "gpu"]);
  }

  /** The brushes that the engine has. */
  get brushes() {
    return BRUSHES[this.info?.engine ?? "gpu"];
  }

  /** @param {number} size Working size for the engine's own brush. */
  #brushed(size) {
    const { smallest, largest } = this.brushes;
    return Math.round(size / Math.min(Math.max(this.brush, smallest), largest));
  }

  /**
   * Starts an engine in place of the one before, with the style in use.
   *
   * @param {EngineChoice} engine
   * @returns {Promise<Info>}
   * @throws {LimnError}
   */
  async start(engine) {
    this.#client?.dispose();
    this.#ready = false;
    this.#engine = engine;
    this.#started = this.#startOne(engine).catch((error) => {
      // A trap in the GPU bundle ends the worker before it can step down by itself.
      if (engine !== "auto" || !isEngineEnd(error) || error.code === "disposed") throw error;
      return this.#startOne("cpu", error.code);
    });
    this.#started.catch(() => {});
    const client = await this.#started;
    return /** @type {Info} */ (client.info);
  }

  /**
   * @param {EngineChoice} engine
   * @param {import("../limn/error.js").Code | null} [reason] Why it is not the GPU.
   */
  async #startOne(engine, reason = null) {
    const client = new EngineClient((error) => {
      if (this.#client !== client) return;
      this.#ready = false;
      this.#hooks.lost(error);
    }, this.#hooks.requests);
    this.#client = client;
    const { adapter, fail } = this.#settings;
    const info = await client.create({ engine, adapter, fail });
    info.reason ??= reason;
    await client.setCanvas(this.#hooks.canvas());
    for (const slot of SLOTS) {
      const style = this.#styles[slot];
      if (style) await client.loadStyle(style.bytes, style.model.sha256, slot);
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
    await client.loadStyle(bytes, model.sha256, slot);
    if (slot === "second" && turn < this.#dropped) return false;
    // Also where another was asked for meanwhile, which may fail: this is what the engine holds.
    const other = entry !== this.#styles[slot]?.entry;
    this.#styles[slot] = { entry, model, bytes };
    if (slot === "first" && other) this.#setPace();
    return turn === this.#turns[slot];
  }

  /** Mixes nothing in any more, nor what is on its way. */
  async dropSecondStyle() {
    this.#dropped = ++this.#turns.second;
    this.#styles.second = null;
    if (this.#client && this.#ready) await this.#client.dropSecondStyle();
  }

  /**
   * Decodes a photo, in the engine's worker if one is running, which leaves the page free meanwhile.
   *
   * @param {Blob} file
   * @param {number} longest See `decodePhoto`.
   * @returns {Promise<import("../media/decode.js").Photo>}
   * @throws {LimnError} `photo-…`
   */
  async decode(file, longest) {
    if (!this.#client?.info) return decodePhoto(file, longest);
    try {
      return await this.#client.decode(file, longest);
    } catch (error) {
      if (!isEngineEnd(error)) throw error;
      return decodePhoto(file, longest);
    }
  }

  /**
   * Sets the photo, painted at the next `repaint`; null forgets it.
   *
   * @param {ImageData | null} image
   * @param {Blob | null} [file] Where the image is a copy made smaller: the file it was made from.
   */
  setPhoto(image, file = null) {
    this.#photo = image;
    this.#file = file;
  }

  /** Whether the photo has more pixels than are on show. */
  get hasMore() {
    return this.#file !== null;
  }

  /**
   * Paints the photo at the full size of its file, with style and options of now; from the start again where the engine
   * is lost and a new one comes.
   *
   * @param {"image/png" | "image/jpeg"} type
   * @param {import("./client.js").Watch} watch
   * @returns {Promise<Blob>}
   * @throws {LimnError} Those of `paintFullSize`; `disposed` where there is no engine or no such photo.
   */
  async paintFullSize(type, watch) {
    const [client, file] = [this.#client, this.#file];
    if (!client || !file) throw new LimnError("disposed");
    return this.#outlive(client, watch.signal, (engine) =>
      engine.paintFullSize(file, type, this.#options(this.photoSize), watch),
    );
  }

  /**
   * Does a long piece of work, and once more from the start where its engine is lost and a new one comes.
   *
   * @template T
   * @param {EngineClient} client The engine to begin with.
   * @param {AbortSignal} signal
   * @param {(engine: EngineClient) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #outlive(client, signal, work) {
    try {
      return await work(client);
    } catch (error) {
      if (!isEngineEnd(error)) throw error;
      const next = await this.#started;
      if (signal.aborted) throw new LimnError("cancelled");
      if (next === client) throw error;
      return await work(next);
    }
  }

  /**
   * Paints the photo with the style and options of now. Calls made while it is being painted count as one, so
   * that a slider may call at every step.
   *
   * @returns {Promise<void>} Results come by the hooks.
   */
  async repaint() {
    this.#dirty = true;
    if (this.#painting) return;
    this.#painting = true;
    try {
      while (this.#dirty && this.#photo && this.#client && this.ready) {
        this.#dirty = false;
        this.#hooks.busy(true);
        const photo = this.#photo;
        const client = this.#client;
        const options = this.#options(this.photoSize);
        const painting = await (client.photo === photo ? client.repaint(options) : client.paintPhoto(photo, options));
        if (photo === this.#photo) this.#hooks.painted(painting, photo);
        else painting.image.close();
      }
    } catch (error) {
      if (!isEngineEnd(error)) this.#hooks.failed(LimnError.from(error));
    } finally {
      this.#painting = false;
      this.#hooks.busy(false);
    }
  }

  /**
   * Paints a live frame onto the canvas given by the hook.
   *
   * @param {ImageBitmap | VideoFrame} frame Handed over.
   * @param {boolean} copy Whether a copy of the picture is wanted besides.
   * @returns {Promise<import("./client.js").Frame>}
   */
  async paintFrame(frame, copy) {
    if (!this.#client || !this.ready) {
      frame.close();
      throw new LimnError("disposed");
    }
    return this.#client.paintFrame(frame, this.#options(this.liveSize), copy);
  }

  /**
   * A copy of the live picture painted last.
   *
   * @returns {Promise<ImageBitmap>}
   */
  async livePicture() {
    if (!this.#client || !this.ready) throw new LimnError("disposed");
    return this.#client.picture();
  }

  /**
   * Paints a video file with the style and options of now, see `media/video-export.js`; from the start again where the engine
   * is lost and a new one comes.
   *
   * @param {Blob} file
   * @param {(progress: import("../media/video-export.js").Progress) => void} onProgress
   * @param {AbortSignal} signal Cancels.
   */
  async exportVideo(file, onProgress, signal) {
    const client = this.#client;
    if (!client || !this.ready) throw new LimnError("no-style");
    return this.#outlive(client, signal, (engine) =>
      engine.exportVideo(file, this.#options(this.photoSize), onProgress, signal),
    );
  }

  /** Draws the last live frame again with the options of now. */
  async redraw() {
    if (this.#client && this.ready) await this.#client.redraw(this.#options(this.liveSize));
  }

  /**
   * @param {"device-lost" | "crashed"} failure
   * @returns {Promise<boolean>}
   */
  async rehearse(failure) {
    return this.#client?.rehearse(failure) ?? false;
  }

  /** @param {number} workingSize */
  #options(workingSize) {
    return { strength: this.strength, lambda: this.lambda, mix: this.mix, workingSize };
  }
}
