// @ts-check
/** Whether the GPU engine has something to run on here, asked before any of it is fetched. */

import { LimnError } from "./error.js";

/** Parts of the names that software renderers give themselves. */
const SOFTWARE = ["swiftshader", "llvmpipe", "lavapipe", "basic render driver"];

/**
 * Why the GPU engine will not start, or null where it may.
 *
 * @param {"software"} [accepted] Whether an adapter that computes on the CPU will do.
 * @returns {Promise<LimnError | null>} `no-webgpu` or `software-adapter`
 */
export async function refusal(accepted) {
  const adapter = navigator.gpu ? await navigator.gpu.requestAdapter().catch(() => null) : null;
  if (!adapter) return new LimnError("no-webgpu", "This browser offers no WebGPU adapter.");
  // Chrome tells an adapter's name from version 127 on; the engine looks again once it has a device.
  if (accepted === "software" || !adapter.info || !isSoftware(adapter.info)) return null;
  return new LimnError("software-adapter", "This browser has a software WebGPU adapter only.");
}

/** @param {GPUAdapterInfo} info */
function isSoftware({ isFallbackAdapter, vendor, architecture, device, description }) {
  const name = [vendor, architecture, device, description].join(" ").toLowerCase();
  return isFallbackAdapter || SOFTWARE.some((known) => name.includes(known));
}
