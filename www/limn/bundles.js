// @ts-check
/** The WebAssembly bundles beside this file, each fetched when it is first needed: two engines, and colour transfer. */

import { LimnError } from "./error.js";

/**
 * @typedef {import("./limn.js").StylizeOptions} StylizeOptions
 * @typedef {import("./limn.js").StyleMetadata} StyleMetadata
 *
 * @typedef {object} EngineOptions
 * @property {"software"} [adapter]
 * @property {string} [fail]
 *
 * @typedef {object} Engine What both engines can do, one call at a time.
 * @property {(bytes: Uint8Array, sha256: string | undefined, second: boolean) => StyleMetadata} loadStyle
 * @property {() => void} dropSecondStyle
 * @property {(options: StylizeOptions) => void} setOptions Reads what it knows and moves it into its range; what is
 *   missing is the default.
 * @property {(image: ImageData) => Promise<ImageData>} stylize
 * @property {() => Promise<ImageData>} repaint
 * @property {(width: number, height: number) => void} beginPhoto A photo that comes row by row, painted with the options
 *   of now.
 * @property {(rgba: Uint8ClampedArray) => void} addRows Its next rows, for the network to see.
 * @property {() => Promise<void>} endRows Runs the network.
 * @property {(y: number, rgba: Uint8ClampedArray) => Promise<Uint8ClampedArray<ArrayBuffer>>} paintRows Paints whole rows
 *   from row y on.
 * @property {() => void} endPhoto
 * @property {() => { engine: "gpu" | "cpu", adapter: string, precision: "f32" | "f16", fallback: boolean }} info
 * @property {() => void} free
 *
 * @typedef {object} OnGpu
 * @property {(source: ImageBitmap | VideoFrame, canvas: OffscreenCanvas) => Promise<void>} render
 * @property {(canvas: OffscreenCanvas) => Promise<void>} redraw
 * @property {() => Promise<ImageData>} picture
 * @property {() => GPUDevice} device
 *
 * @typedef {object} OnCpu
 * @property {(image: ImageData) => Promise<ImageData>} frame
 *
 * @typedef {Engine & OnGpu} GpuEngine
 * @typedef {Engine & OnCpu} CpuEngine
 *
 * @typedef {object} Bundles By kind: the module of each.
 * @property {{ GpuEngine: { create(options: EngineOptions): Promise<GpuEngine> } }} gpu
 * @property {{ CpuEngine: { create(options: EngineOptions): Promise<CpuEngine> } }} cpu
 * @property {{ transferBetween(picture: ImageData, reference: ImageData): string,
 *   TransferTable: new (map: string, strength: number) => { apply(rgba: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> } }} transfer
 */

/** @type {Map<string, Promise<any>>} */
const bundles = new Map();

/**
 * Loads and instantiates a bundle, once.
 *
 * @template {keyof Bundles} K
 * @param {K} kind
 * @returns {Promise<Bundles[K]>}
 * @throws {LimnError} `wasm-load`
 */
export function bundle(kind) {
  let loading = bundles.get(kind);
  if (!loading) {
    loading = load(kind);
    // A failed load may be tried again: the network may be back.
    loading.catch(() => bundles.delete(kind));
    bundles.set(kind, loading);
  }
  return loading;
}

/** @param {keyof Bundles} kind */
async function load(kind) {
  try {
    const loaded = await import(new URL(`pkg/limn_${kind}.js`, import.meta.url).href);
    await loaded.default({ module_or_path: new URL(`pkg/limn_${kind}_bg.wasm`, import.meta.url) });
    return loaded;
  } catch (error) {
    throw LimnError.from(error, "wasm-load");
  }
}
