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
   * `style-shape` or `style-format`, and the style in use stays.
   */
  loadStyle(bytes: ArrayBuffer | Uint8Array, sha256?: string): Promise<object>;

  /** Options for the calls that follow; what is left out stays. Strength and λ cost no pass of the network. */
  setOptions(options: StylizeOptions): void;

  /**
   * Paints a photo; the result has its size. The source stays the caller's. Rejects with `no-style`, `bad-image`,
   * `too-large` or `device-lost`.
   */
  stylize(source: Source): Promise<ImageData>;

  /** Paints the last photo with the options of now; the network runs only if style or working size changed. */
  repaint(): Promise<ImageData>;

  /**
   * Paints a live frame onto a canvas, which takes the frame's size. The GPU engine reads nothing back; the CPU
   * engine first scales the frame to twice the working size. A canvas serves one `Stylizer` only.
   */
  render(source: Source, canvas: OffscreenCanvas): Promise<void>;

  /** Draws the last frame of `render` with the options of now, without a pass of the network. */
  redraw(canvas: OffscreenCanvas): Promise<void>;

  info(): Info;

  /** Frees the engine once the calls under way have ended; calls made later are rejected. */
  free(): void;
}

/** An error with a stable `code`, which is what callers should look at. */
export class LimnError extends Error {
  constructor(code: string, message?: string, options?: { cause?: unknown });
  code: string;
  /** Any thrown value as a `LimnError`, with `code` (`crashed` if left out) where it carries none of its own. */
  static from(thrown: unknown, code?: string): LimnError;
}
