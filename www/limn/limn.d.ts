/** Types of `limn.js`, the browser interface of Limn. */

export type EngineChoice = "auto" | "gpu" | "cpu";

export interface CreateOptions {
  /** `auto` (default) takes the GPU where it works and the CPU elsewhere. */
  engine?: EngineChoice;
  /** Also accept a software WebGPU adapter, which is refused otherwise. */
  adapter?: "software";
  /** Passed to the engine, which then fails on purpose: for tests only. */
  fail?: string;
}

export interface StylizeOptions {
  /** Amount t of the style, from 0 (the photo) to 1.5. Default 1. */
  strength?: number;
  /** Weight λ of the gradients against the photo's colours, from 0 to 1000. Default 10. */
  lambda?: number;
  /** Share of the second style, from 0 (the first alone, default) to 1 (the second alone). */
  mix?: number;
  /** Longest side, in pixels, at which the network runs; 0 is full size (default). */
  workingSize?: number;
}

export interface Info {
  engine: "gpu" | "cpu";
  /** Name of the graphics adapter, or of the CPU backend. */
  adapter: string;
  /** Storage of the network's activations. */
  precision: "f32" | "f16";
  /** Whether the adapter is a software one. */
  fallback: boolean;
  /** Error code that kept `auto` from the GPU, or null. */
  reason: string | null;
  /** Milliseconds that the last of each took. */
  timings: { create: number; style: number; paint: number };
}

export type Source = ImageData | ImageBitmap | VideoFrame;

/** A photo that is read part by part. */
export type TileSource = ImageData | ImageBitmap | OffscreenCanvas;

/** A finished rectangle of a picture, and where in it it lies. */
export interface Tile {
  x: number;
  y: number;
  image: ImageData;
}

export interface TileOptions {
  /**
   * Longest side, in pixels, of what is solved at once, a margin around each tile included: memory goes with its
   * square. The engine takes less where memory is short; 0 is what suits it (default).
   */
  side?: number;
  /** Takes the tiles, row by row from the top left. The next one waits for the promise, if there is one. */
  onTile: (tile: Tile) => void | Promise<void>;
  /** Told the share that is done, from 0 to 1. */
  onProgress?: (share: number) => void;
  /** Ends the work between two tiles; the call is then rejected with `cancelled`. */
  signal?: AbortSignal;
}

/** Fetches the bundle that `Stylizer.create` will need, so that it is quick. Optional. */
export function init(engine?: EngineChoice): Promise<void>;

/** Paints photos and live frames in one style. Calls may overlap; they run one after the other. */
export class Stylizer {
  private constructor();

  /**
   * Rejects with `no-webgpu`, `software-adapter` or `self-test` if the GPU was asked for, with `wasm-load` if a
   * bundle could not be fetched.
   */
  static create(options?: CreateOptions): Promise<Stylizer>;

  /**
   * Loads a style record (`.bpk`), whose digest is compared with `sha256` (hexadecimal) before it is parsed.
   * Resolves to the record's metadata. Rejects with `style-sha256`, `style-html`, `style-truncated`,
   * `style-shape` or `style-format`, and the style in use stays. The `second` style is mixed in, to the share that
   * the option `mix` says.
   */
  loadStyle(bytes: ArrayBuffer | Uint8Array, sha256?: string, slot?: "first" | "second"): Promise<object>;

  /** Takes away the second style; the first is alone again. */
  dropSecondStyle(): Promise<void>;

  /** Options for the calls that follow; what is left out stays. Strength, λ and mix cost no pass of the network. */
  setOptions(options: StylizeOptions): void;

  /**
   * Paints a photo; the result has its size. The source stays the caller's. Rejects with `no-style`, `bad-image`,
   * `too-large` or `device-lost`.
   */
  stylize(source: Source): Promise<ImageData>;

  /** Paints the last photo with the options of now; the network runs only if style or working size changed. */
  repaint(): Promise<ImageData>;

  /**
   * Paints a photo of any size in tiles, each as good as cut from the whole, with the options of the moment of the
   * call. Other calls have their turn between two tiles. The source stays the caller's; a canvas may be painted over
   * tile by tile. Rejects with `no-style`, `bad-image`, `too-large`, `out-of-memory`, `cancelled` or `device-lost`.
   */
  stylizeTiles(source: TileSource, options: TileOptions): Promise<void>;

  /**
   * Paints a live frame onto a canvas, which takes the frame's size. The GPU engine reads nothing back; the CPU
   * engine first scales the frame to at most 640 pixels a side. A canvas serves one `Stylizer` only.
   */
  render(source: Source, canvas: OffscreenCanvas): Promise<void>;

  /** Draws the last frame of `render` with the options of now, without a pass of the network. */
  redraw(canvas: OffscreenCanvas): Promise<void>;

  /**
   * The frame drawn last by `render` or `redraw`, in pixels: a canvas cannot be relied on to give it. Rejects with
   * `bad-image` where there is none, or `device-lost`.
   */
  picture(): Promise<ImageData>;

  info(): Info;

  /** Frees the engine once the calls under way have ended; calls made later are rejected. */
  free(): void;
}

/** What can go wrong, as the `code` of a `LimnError`. */
export type ErrorCode =
  // The GPU engine cannot be used: no WebGPU, only a software adapter, or results that are not what they should be.
  | "no-webgpu"
  | "software-adapter"
  | "self-test"
  // The engine has ended and a new `Stylizer` is needed: its device was lost, it stopped on a bug, or it was freed.
  | "device-lost"
  | "crashed"
  | "freed"
  // The caller's own signal ended the work.
  | "cancelled"
  // A file of this package could not be fetched.
  | "wasm-load"
  // The style record is not the one meant, a web page, cut off, no record, or of a network of another shape.
  | "style-sha256"
  | "style-html"
  | "style-truncated"
  | "style-format"
  | "style-shape"
  // Nothing to paint with, or nothing that can be painted.
  | "no-style"
  | "bad-image"
  | "too-large"
  | "out-of-memory"
  // The canvas cannot be drawn to, or WebGPU refused a call.
  | "canvas"
  | "gpu-validation";

/**
 * An error with a stable `code`, which is what callers should look at. The engine's own codes are those of `ErrorCode`;
 * whoever builds on it may throw others.
 */
export class LimnError extends Error {
  constructor(code: ErrorCode | (string & {}), message?: string, options?: { cause?: unknown });
  code: ErrorCode | (string & {});
  /** Any thrown value as a `LimnError`, with `code` (`crashed` if left out) where it carries none of its own. */
  static from(thrown: unknown, code?: string): LimnError;
}
