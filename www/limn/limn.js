// @ts-check
/**
 * The public browser interface of Limn: a `Stylizer` over two WebAssembly bundles of one crate, the GPU engine
 * (WebGPU) and the CPU engine (WebAssembly SIMD). It runs in a worker or on a page, touches no DOM, and makes no
 * request but for the bundles beside this file. Usable alone by other pages. The types are
 * in `limn.d.ts`.
 */

import { PixelReader, breathe } from "./pixel-reader.js";

/**
 * @typedef {import("./limn.d.ts").EngineChoice} EngineChoice
 * @typedef {import("./limn.d.ts").CreateOptions} CreateOptions
 * @typedef {import("./limn.d.ts").StylizeOptions} StylizeOptions
 * @typedef {import("./limn.d.ts").Info} Info
 * @typedef {import("./limn.d.ts").Source} Source
 * @typedef {import("./limn.d.ts").TileSource} TileSource
 * @typedef {import("./limn.d.ts").TileOptions} TileOptions
 *
 * @typedef {object} Engine The class each bundle exports; one call at a time.
 * @property {(bytes: Uint8Array, sha256: string | undefined, second: boolean) => object} loadStyle
 * @property {() => void} dropSecondStyle
 * @property {(strength: number, lambda: number, mix: number, workingSize: number) => void} setOptions
 * @property {(image: ImageData) => Promise<ImageData>} stylize
 * @property {() => Promise<ImageData>} repaint
 * @property {(image: ImageData) => Promise<ImageData>} [frame] The CPU engine's way to paint a live frame.
 * @property {(source: ImageBitmap | VideoFrame, canvas: OffscreenCanvas) => Promise<void>} [render] The GPU engine's.
 * @property {(canvas: OffscreenCanvas) => Promise<void>} [redraw]
 * @property {() => Promise<ImageData>} [picture]
 * @property {(width: number, height: number) => void} beginTiles
 * @property {(rgba: Uint8ClampedArray) => void} addRows
 * @property {(side: number) => Promise<{ x: number, y: number, width: number, height: number }[]>} layTiles
 * @property {(index: number, rgba: Uint8ClampedArray) => Promise<Uint8ClampedArray<ArrayBuffer>>} paintTile
 * @property {() => void} endTiles
 * @property {() => { engine: "gpu" | "cpu", adapter: string, precision: "f32" | "f16", fallback: boolean }} info
 * @property {() => void} free
 *
 * @typedef {object} Bundle
 * @property {(options: { module_or_path: URL }) => Promise<unknown>} default
 * @property {{ create(options: { adapter?: string, fail?: string }): Promise<Engine> }} Engine
 */

/** An error with a stable `code`, which is what callers and tests should look at. */
export class LimnError extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message || code, options);
    this.name = "LimnError";
    /** @type {import("./limn.d.ts").ErrorCode | (string & {})} */
    this.code = code;
  }

  /**
   * Any thrown value as a `LimnError`. A wasm trap (a panic) has the code `crashed`, and so has whatever
   * carries no code of its own unless `code` is given.
   *
   * @param {unknown} thrown
   * @param {string} [code]
   * @returns {LimnError}
   */
  static from(thrown, code = "crashed") {
    if (thrown instanceof LimnError) return thrown;
    const { code: own, message } = /** @type {{ code?: unknown, message?: unknown }} */ (Object(thrown));
    const text = typeof message === "string" ? message : String(thrown);
    return new LimnError(typeof own === "string" && own !== "" ? own : code, text, { cause: thrown });
  }
}

/** Share of the work on a large photo that is done when its tiles begin. */
const PREPARED = 0.1;

/** Longest side, in pixels, of a live frame on the CPU. */
const LARGEST_LIVE = 640;

/** @type {Map<string, Promise<Bundle>>} */
const bundles = new Map();

/**
 * Loads and instantiates one bundle, once.
 *
 * @param {"gpu" | "cpu"} name
 * @returns {Promise<Bundle>}
 * @throws {LimnError} `wasm-load`
 */
function bundle(name) {
  let loading = bundles.get(name);
  if (!loading) {
    loading = (async () => {
      try {
        /** @type {Bundle} */
        const loaded = await import(new URL(`pkg/limn_${name}.js`, import.meta.url).href);
        await loaded.default({ module_or_path: new URL(`pkg/limn_${name}_bg.wasm`, import.meta.url) });
        return loaded;
      } catch (error) {
        throw LimnError.from(error, "wasm-load");
      }
    })();
    // A failed load may be tried again: the network may be back.
    loading.catch(() => bundles.delete(name));
    bundles.set(name, loading);
  }
  return loading;
}

/**
 * Fails early, before any wasm is fetched, where WebGPU cannot work.
 *
 * @throws {LimnError} `no-webgpu`
 */
async function requireWebGpu() {
  const adapter = navigator.gpu ? await navigator.gpu.requestAdapter().catch(() => null) : null;
  if (!adapter) throw new LimnError("no-webgpu", "This browser offers no WebGPU adapter.");
}

/**
 * Fetches the bundle that `create` will need, so that `create` is quick. Optional.
 *
 * @param {EngineChoice} [engine]
 * @returns {Promise<void>}
 */
export async function init(engine = "auto") {
  await bundle(engine === "cpu" || !navigator.gpu ? "cpu" : "gpu");
}

/** Paints photos and live frames in one style. Calls may overlap; they run one after the other. */
export class Stylizer {
  /** @type {Engine} */
  #engine;
  /** @type {Info} */
  #info;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** The photo in tiles that was asked for last. @type {Promise<unknown>} */
  #lastTiles = Promise.resolve();
  #options = { strength: 1, lambda: 10, mix: 0, workingSize: 0 };
  /** Scratch canvas that turns bitmaps and video frames into pixels. @type {OffscreenCanvas | null} */
  #scratch = null;
  /** Whether the engine holds a live frame, not a photo. */
  #live = false;
  /** The last live frame, where it was painted on the CPU. @type {ImageData | null} */
  #frame = null;
  #freed = false;

  /**
   * Use `Stylizer.create`.
   *
   * @param {Engine} engine
   * @param {string | null} reason
   * @param {number} milliseconds
   */
  constructor(engine, reason, milliseconds) {
    this.#engine = engine;
    const { engine: kind, adapter, precision, fallback } = engine.info();
    const timings = { create: milliseconds, style: 0, paint: 0 };
    this.#info = { engine: kind, adapter, precision, fallback, reason, timings };
  }

  /**
   * @param {CreateOptions} [options]
   * @returns {Promise<Stylizer>}
   * @throws {LimnError} `no-webgpu`, `software-adapter` or `self-test` if the GPU was asked for; `wasm-load`.
   */
  static async create({ engine = "auto", adapter, fail } = {}) {
    const start = performance.now();
    /** @type {{ adapter?: string, fail?: string }} */
    const options = {};
    if (adapter) options.adapter = adapter;
    if (fail) options.fail = fail;
    /** @type {string | null} */
    let reason = null;
    if (engine !== "cpu") {
      try {
        await requireWebGpu();
        const { Engine } = await bundle("gpu");
        return new Stylizer(await Engine.create(options), null, performance.now() - start);
      } catch (error) {
        const failure = LimnError.from(error);
        if (engine === "gpu") throw failure;
        console.warn(`Limn: no GPU engine (${failure.code}): ${failure.message}`);
        reason = failure.code;
      }
    }
    const { Engine } = await bundle("cpu");
    try {
      return new Stylizer(await Engine.create(options), reason, performance.now() - start);
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
   * @returns {Promise<object>} The record's metadata.
   * @throws {LimnError} `style-sha256`, `style-html`, `style-truncated`, `style-shape`, `style-format`
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
   * Options for the calls that follow. Strength, λ and mix cost no new pass of the network.
   *
   * @param {StylizeOptions} options What is left out stays as it is.
   */
  setOptions({ strength, lambda, mix, workingSize }) {
    if (strength !== undefined) this.#options.strength = Math.min(Math.max(strength, 0), 1.5);
    if (lambda !== undefined) this.#options.lambda = Math.min(Math.max(lambda, 0), 1000);
    if (mix !== undefined) this.#options.mix = Math.min(Math.max(mix, 0), 1);
    if (workingSize !== undefined) this.#options.workingSize = Math.max(Math.round(workingSize), 0);
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
        this.#live = false;
        this.#frame = null;
        return this.#engine.stylize(this.#pixels(source, 0));
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
   * Paints a photo of any size in tiles, each as good as cut from the whole. Only one tile is in the engine at a time;
   * other calls have their turn between two tiles. Style and options are those of the moment of the call.
   *
   * @param {TileSource} source Stays the caller's. A canvas may be painted over tile by tile.
   * @param {TileOptions} options
   * @returns {Promise<void>} When all tiles have been handed out.
   * @throws {LimnError} `no-style`, `bad-image`, `too-large`, `out-of-memory`, `cancelled`, `device-lost`
   */
  stylizeTiles(source, options) {
    const settings = { ...this.#options };
    const run = this.#lastTiles.then(() => this.#tiles(source, settings, options));
    this.#lastTiles = run.catch(() => {});
    return run;
  }

  /**
   * @param {TileSource} source
   * @param {{ strength: number, lambda: number, mix: number, workingSize: number }} settings
   * @param {TileOptions} options
   */
  async #tiles(source, { strength, lambda, mix, workingSize }, { side = 0, onTile, onProgress, signal }) {
    const engine = this.#engine;
    const photo = new PixelReader(source);
    try {
      const tiles = await this.#exclusive(async () => {
        engine.setOptions(strength, lambda, mix, workingSize);
        engine.beginTiles(photo.width, photo.height);
        for (const { end, rgba } of photo.rows()) {
          await breathe(signal);
          engine.addRows(rgba);
          onProgress?.((PREPARED * end) / photo.height);
        }
        return engine.layTiles(side);
      });
      for (const [index, { x, y, width, height }] of tiles.entries()) {
        await breathe(signal);
        const rgba = photo.read({ x, y, width, height });
        const painted = await this.#exclusive(() => engine.paintTile(index, rgba));
        await onTile({ x, y, image: new ImageData(painted, width, height) });
        onProgress?.(PREPARED + ((1 - PREPARED) * (index + 1)) / tiles.length);
      }
    } catch (error) {
      throw LimnError.from(error);
    } finally {
      // After a crash or `free` there is nothing left to tidy up.
      await this.#exclusive(async () => engine.endTiles()).catch(() => {});
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
   */
  render(source, canvas) {
    return this.#exclusive(() =>
      this.#paint(async () => {
        this.#live = true;
        if (this.#engine.frame) {
          this.#frame = await this.#engine.frame(this.#pixels(source, LARGEST_LIVE));
          return put(this.#frame, canvas);
        }
        if (!this.#engine.render) throw new LimnError("crashed", "The engine paints no live frames.");
        const own = source instanceof ImageData ? await createImageBitmap(source) : null;
        const frame = own ?? /** @type {ImageBitmap | VideoFrame} */ (source);
        try {
          await this.#engine.render(frame, canvas);
        } finally {
          own?.close();
        }
      }),
    );
  }

  /**
   * Draws the last rendered frame again with the options of now, without a pass of the network.
   *
   * @param {OffscreenCanvas} canvas
   * @returns {Promise<void>}
   */
  redraw(canvas) {
    return this.#exclusive(() =>
      this.#paint(async () => {
        if (this.#engine.redraw) return this.#engine.redraw(canvas);
        if (!this.#frame) return;
        this.#frame = await this.#engine.repaint();
        put(this.#frame, canvas);
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
      const picture = this.#live ? (this.#frame ?? (await this.#engine.picture?.())) : null;
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
    const { strength, lambda, mix, workingSize } = this.#options;
    this.#engine.setOptions(strength, lambda, mix, workingSize);
    const result = await job();
    this.#info.timings.paint = performance.now() - start;
    return result;
  }

  /**
   * @param {Source} source
   * @param {number} longest Scales down to this longest side; 0 keeps the size.
   * @returns {ImageData}
   * @throws {LimnError} `bad-image`
   */
  #pixels(source, longest) {
    if (source instanceof ImageData) return source;
    let [width, height] = sizeOf(source);
    if (!(width > 0 && height > 0)) throw new LimnError("bad-image", `The picture is ${width}×${height} pixels.`);
    const scale = longest > 0 ? Math.min(1, longest / Math.max(width, height)) : 1;
    width = Math.max(1, Math.round(width * scale));
    height = Math.max(1, Math.round(height * scale));
    this.#scratch ??= new OffscreenCanvas(width, height);
    if (this.#scratch.width !== width) this.#scratch.width = width;
    if (this.#scratch.height !== height) this.#scratch.height = height;
    const context = this.#scratch.getContext("2d", { willReadFrequently: true });
    if (!context) throw new LimnError("bad-image", "The browser gave no 2-D canvas.");
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  }
}

/**
 * @param {Source} source
 * @returns {[number, number]} Width and height as displayed.
 */
function sizeOf(source) {
  return "displayWidth" in source ? [source.displayWidth, source.displayHeight] : [source.width, source.height];
}

/** Contexts of the CPU engine's canvases. @type {WeakMap<OffscreenCanvas, OffscreenCanvasRenderingContext2D>} */
const contexts = new WeakMap();

/**
 * @param {ImageData} image
 * @param {OffscreenCanvas} canvas
 */
function put(image, canvas) {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  // Kept, because Firefox refuses a worker to ask a transferred canvas for its context a second time.
  const context = contexts.get(canvas) ?? canvas.getContext("2d");
  if (!context) throw new LimnError("crashed", "The canvas already serves another engine.");
  contexts.set(canvas, context);
  context.putImageData(image, 0, 0);
}
