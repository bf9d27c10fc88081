// @ts-check
/**
 * The public browser interface of Limn: a `Stylizer` over two WebAssembly bundles of one crate, the GPU engine
 * (WebGPU) and the CPU engine (WebAssembly SIMD). It runs in a worker or on a page, touches no DOM, and makes no
 * request but for the bundles beside this file. This folder is the npm package, whose types are made from these comments.
 */

import { refusal } from "./adapter.js";
import { bundle } from "./bundles.js";
import { LimnError } from "./error.js";
import { CpuLive, GpuLive } from "./live.js";
import { FrameReader, PhotoReader } from "./pixel-reader.js";

export { LimnError };

/**
 * @typedef {import("./error.js").ErrorCode} ErrorCode
 * @typedef {import("./error.js").Code} Code
 *
 * @typedef {"auto" | "gpu" | "cpu"} EngineChoice
 *
 * @typedef {object} CreateOptions
 * @property {EngineChoice} [engine] `auto` (default) takes the GPU where it works and the CPU elsewhere.
 * @property {"software"} [adapter] Also accept a software WebGPU adapter, which is refused otherwise.
 * @property {string} [fail] Passed to the engine, which then fails on purpose: for tests only.
 *
 * @typedef {object} StylizeOptions The engine moves each into its range, and takes the default of what is missing.
 * @property {number} [strength] Amount t of the style, from 0 (the photo) to 1.5. Default 1.
 * @property {number} [lambda] Weight λ of the gradients against the photo's colours, from 0 to 1000. Default 10.
 * @property {number} [colour] How far colours are the style's own, from 0 (the photo's) to 1 (default).
 * @property {number} [texture] How far a picture shows what its style is painted on, from 0 (not at all) to 1 (default).
 * @property {number} [mix] Share of the second style, from 0 (the first alone, default) to 1 (the second alone).
 * @property {number} [workingSize] Longest side, in pixels, at which the network runs and strokes have their size: half of
 *   it paints strokes twice as large. 0 is the size at which the style was learnt (default).
 *
 * @typedef {object} StyleMetadata What a style record says of itself.
 * @property {number} version Of the record's format.
 * @property {string} name
 * @property {string} title
 * @property {number} width Of the network.
 * @property {number} lambda The λ that it looks best at.
 * @property {number} trained_size Longest side, in pixels, of the photos that it was learnt on.
 * @property {string} teacher
 * @property {string} data
 * @property {string} licence
 * @property {number} steps
 * @property {string} recipe
 * @property {number[][]} [ground] The style's own colours, where it has some.
 * @property {boolean} [colours] Whether its network sees the photo's colours and corrects the style's own.
 * @property {{ kind: "paper" | "pigment" | "canvas" | "halftone" | "engraving" | "hatching" |
 *   "screenprint" | "cel" }} [medium] What it is painted on or printed with, where that shows, and its numbers.
 *
 * @typedef {object} Info
 * @property {"gpu" | "cpu"} engine
 * @property {string} adapter Name of the graphics adapter, or of the CPU backend.
 * @property {"f32" | "f16"} precision Storage of the network's activations.
 * @property {boolean} fallback Whether the adapter is a software one.
 * @property {Code | null} reason What kept `auto` from the GPU.
 * @property {boolean} videoFrames Whether `render` takes a `VideoFrame` as it is; where not, it makes a bitmap of it first.
 * @property {{ create: number, style: number, paint: number }} timings Milliseconds that the last of each took.
 *
 * @typedef {ImageData | ImageBitmap | VideoFrame} Source
 * @typedef {ImageData | ImageBitmap | OffscreenCanvas} PhotoSource A photo that is read part by part.
 *
 * @typedef {object} Rows Finished rows of a picture.
 * @property {number} y The first of them.
 * @property {ImageData} image As wide as the picture.
 *
 * @typedef {object} RowsOptions
 * @property {(rows: Rows) => void | Promise<void>} onRows Takes the rows from the top, some at once. The next ones wait for
 *   the promise, if there is one.
 * @property {(share: number) => void} [onProgress] Told the share that is done, from 0 to 1.
 * @property {AbortSignal} [signal] Ends the work before the next rows; the call is then rejected with `cancelled`.
 */

/** Shares of the work on a large photo that are done when it has been read, and when its rows begin to be painted. */
const DONE = { read: 0.2, prepared: 0.4 };

/**
 * Fetches the bundle that `Stylizer.create` will need, so that it is quick. Optional.
 *
 * @param {EngineChoice} [engine]
 * @returns {Promise<void>}
 */
export async function init(engine = "auto") {
  await bundle(engine === "cpu" || !navigator.gpu ? "cpu" : "gpu");
}

/** Paints photos and live frames in one style. Calls may overlap; they run one after the other. */
export class Stylizer {
  /** @type {import("./bundles.js").Engine} */
  #engine;
  /** @type {GpuLive | CpuLive} */
  #live;
  /** @type {Info} */
  #info;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** The photo in rows that was asked for last. @type {Promise<unknown>} */
  #lastRows = Promise.resolve();
  /** @type {StylizeOptions} */
  #options = {};
  #reader = new FrameReader();
  /** Whether the engine holds a live frame, not a photo. */
  #holdsFrame = false;
  #freed = false;

  /** The GPU engine's device, for whoever computes beside it; null on the CPU. @type {GPUDevice | null} */
  device;

  /**
   * Resolves when the graphics device is lost, also between two calls: a new `Stylizer` is needed then. It never does on
   * the CPU, nor after `free`.
   *
   * @type {Promise<LimnError>}
   */
  lost;

  /**
   * Use `Stylizer.create`.
   *
   * @private
   * @param {{ gpu: import("./bundles.js").GpuEngine } | { cpu: import("./bundles.js").CpuEngine }} engine
   * @param {Code | null} reason
   * @param {number} milliseconds
   */
  constructor(engine, reason, milliseconds) {
    if ("gpu" in engine) {
      this.#engine = engine.gpu;
      this.#live = new GpuLive(engine.gpu);
      this.device = engine.gpu.device();
    } else {
      this.#engine = engine.cpu;
      this.#live = new CpuLive(engine.cpu);
      this.device = null;
    }
    this.lost = new Promise((resolve) => {
      this.device?.lost.then(({ message }) => {
        if (!this.#freed) resolve(new LimnError("device-lost", message || "The graphics device was lost."));
      });
    });
    const timings = { create: milliseconds, style: 0, paint: 0 };
    this.#info = { ...this.#engine.info(), reason, videoFrames: this.#live.videoFrames, timings };
  }

  /**
   * @param {CreateOptions} [options]
   * @returns {Promise<Stylizer>}
   * @throws {LimnError} `no-webgpu`, `software-adapter` or `self-test` if the GPU was asked for; `wasm-load`.
   */
  static async create({ engine = "auto", ...options } = {}) {
    const start = performance.now();
    /** @type {Code | null} */
    let reason = null;
    if (engine !== "cpu") {
      try {
        const refused = await refusal(options.adapter);
        if (refused) throw refused;
        const { GpuEngine } = await bundle("gpu");
        return new Stylizer({ gpu: await GpuEngine.create(options) }, null, performance.now() - start);
      } catch (error) {
        const failure = LimnError.from(error);
        if (engine === "gpu") throw failure;
        console.warn(`Limn: no GPU engine (${failure.code}): ${failure.message}`);
        reason = failure.code;
      }
    }
    const { CpuEngine } = await bundle("cpu");
    try {
      return new Stylizer({ cpu: await CpuEngine.create(options) }, reason, performance.now() - start);
    } catch (error) {
      throw LimnError.from(error);
    }
  }

  /**
   * Loads a style record (`.bpk`). The style in use stays if the record is refused.
   *
   * @param {ArrayBuffer | Uint8Array} bytes
   * @param {string} [sha256] Expected digest in hexadecimal; checked before the record is parsed.
   * @param {"first" | "second"} [slot] The second style is mixed in, to the share that the option `mix` says.
   * @returns {Promise<StyleMetadata>}
   * @throws {LimnError} `style-sha256`, `style-html`, `style-truncated`, `style-shape`, `style-format`, `style-version`
   */
  loadStyle(bytes, sha256, slot = "first") {
    return this.#exclusive(async () => {
      const start = performance.now();
      const record = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
      const metadata = this.#engine.loadStyle(record, sha256, slot === "second");
      this.#info.timings.style = performance.now() - start;
      return metadata;
    });
  }

  /** Takes away the second style; the first is alone again. @returns {Promise<void>} */
  dropSecondStyle() {
    return this.#exclusive(async () => this.#engine.dropSecondStyle());
  }

  /**
   * Options for the calls that follow. All but `workingSize` cost no new pass of the network.
   *
   * @param {StylizeOptions} options What is left out stays as it is.
   */
  setOptions(options) {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    this.#options = { ...this.#options, ...Object.fromEntries(given) };
  }

  /**
   * Paints a photo.
   *
   * @param {Source} source Stays the caller's: bitmaps and frames are not closed.
   * @returns {Promise<ImageData>} Of the same size.
   * @throws {LimnError} `no-style`, `bad-image`, `too-large`, `device-lost`
   */
  stylize(source) {
    return this.#exclusive(() =>
      this.#paint(async () => {
        this.#holdsFrame = false;
        return this.#engine.stylize(this.#reader.read(source));
      }),
    );
  }

  /**
   * Paints the last photo again with the options of now; the network runs only if style or working size changed.
   *
   * @returns {Promise<ImageData>}
   */
  repaint() {
    return this.#exclusive(() => this.#paint(() => this.#engine.repaint()));
  }

  /**
   * Paints a photo of any size row by row, to the same picture as `stylize` does: memory holds a band of it only. Other
   * calls have their turn between two bands. Style and options are those of the moment of the call.
   *
   * @param {PhotoSource} source Stays the caller's. A canvas may be painted over with the rows as they come.
   * @param {RowsOptions} options
   * @returns {Promise<void>} When all rows have been handed out.
   * @throws {LimnError} `no-style`, `bad-image`, `too-large`, `out-of-memory`, `cancelled`, `device-lost`
   */
  stylizeRows(source, options) {
    const painting = { ...this.#options };
    const run = this.#lastRows.then(() => this.#rows(source, painting, options));
    this.#lastRows = run.catch(() => {});
    return run;
  }

  /**
   * @param {PhotoSource} source
   * @param {StylizeOptions} painting
   * @param {RowsOptions} options
   */
  async #rows(source, painting, { onRows, onProgress, signal }) {
    const engine = this.#engine;
    const photo = new PhotoReader(source);
    const { width, height, bands } = photo;
    /** @param {number} y Rows done. @param {number} from @param {number} to Shares of the whole. */
    const tell = (y, from, to) => onProgress?.(from + ((to - from) * y) / height);
    try {
      await this.#exclusive(async () => {
        engine.setOptions(painting);
        engine.beginPhoto(width, height);
        for (const band of bands) {
          await breathe(signal);
          engine.addRows(photo.read(band));
          tell(band.y + band.height, 0, DONE.read);
        }
        await engine.endRows();
      });
      for (const band of bands) {
        tell(band.y, DONE.prepared, 1);
        await breathe(signal);
        const rgba = photo.read(band);
        const painted = await this.#exclusive(() => engine.paintRows(band.y, rgba));
        await onRows({ y: band.y, image: new ImageData(painted, width, band.height) });
      }
      tell(height, DONE.prepared, 1);
    } catch (error) {
      throw LimnError.from(error);
    } finally {
      // After a crash or `free` there is nothing left to tidy up.
      await this.#exclusive(async () => engine.endPhoto()).catch(() => {});
    }
  }

  /**
   * Paints a live frame onto a canvas, which takes the frame's size. The GPU engine reads nothing back; the
   * CPU engine first scales the frame to at most 640 pixels a side, and the canvas takes that size.
   * A canvas serves one engine only, since its context cannot change kind.
   *
   * @param {Source} source Stays the caller's.
   * @param {OffscreenCanvas} canvas
   * @returns {Promise<void>}
   * @throws {LimnError} `no-style`, `bad-image`, `canvas`, `device-lost`
   */
  render(source, canvas) {
    return this.#exclusive(() =>
      this.#paint(async () => {
        await this.#live.render(source, canvas);
        this.#holdsFrame = true;
      }),
    );
  }

  /**
   * Draws the last rendered frame again with the options of now, without a pass of the network. Where a photo has been
   * painted since, there is none.
   *
   * @param {OffscreenCanvas} canvas
   * @returns {Promise<void>}
   */
  redraw(canvas) {
    return this.#exclusive(() =>
      this.#paint(async () => {
        if (this.#holdsFrame) await this.#live.redraw(canvas);
      }),
    );
  }

  /**
   * The frame drawn last by `render` or `redraw`, in pixels. A canvas may not give it: one of WebGPU holds it for the
   * moment of presenting only, and in Firefox, reading one that the page handed to a worker makes the two wait for each
   * other now and then, for ten seconds.
   *
   * @returns {Promise<ImageData>}
   * @throws {LimnError} `bad-image` where there is none; `device-lost`
   */
  picture() {
    return this.#exclusive(async () => {
      const picture = this.#holdsFrame ? await this.#live.picture() : null;
      if (!picture) throw new LimnError("bad-image", "No frame has been painted.");
      return picture;
    });
  }

  /** @returns {Info} */
  info() {
    return { ...this.#info, timings: { ...this.#info.timings } };
  }

  /** Frees the engine once the calls under way have ended. Calls made later are rejected. */
  free() {
    if (this.#freed) return;
    this.#freed = true;
    const engine = this.#engine;
    this.#last = this.#last.then(() => engine.free());
  }

  /**
   * The engine is one object in wasm and may be borrowed by one call at a time.
   *
   * @template T
   * @param {() => Promise<T>} job
   * @returns {Promise<T>}
   */
  #exclusive(job) {
    if (this.#freed) return Promise.reject(new LimnError("freed", "This Stylizer has been freed."));
    const run = this.#last.then(job).catch((error) => {
      throw LimnError.from(error);
    });
    this.#last = run.catch(() => {});
    return run;
  }

  /**
   * @template T
   * @param {() => Promise<T>} job
   * @returns {Promise<T>}
   */
  async #paint(job) {
    const start = performance.now();
    this.#engine.setOptions(this.#options);
    const result = await job();
    this.#info.timings.paint = performance.now() - start;
    return result;
  }
}

/**
 * Lets whatever waits have its turn: a cancelled job hears of it here.
 *
 * @param {AbortSignal} [signal]
 * @throws {LimnError} `cancelled`
 */
async function breathe(signal) {
  await new Promise((resolve) => setTimeout(resolve));
  if (signal?.aborted) throw new LimnError("cancelled", "It was cancelled.");
}
