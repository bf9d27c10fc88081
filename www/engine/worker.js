// @ts-check
/**
 * The engine's worker: owns the `Stylizer` and the canvas of the live picture, answers one message per request.
 * `client.js` is the other end; the messages are described there.
 */

import { LimnError } from "../limn/error.js";
import { Stylizer } from "../limn/limn.js";
import { decodePhoto } from "../media/decode.js";
import { requestsIn } from "./requests.js";

/** @typedef {import("./client.js").Request} Request */

/** @type {Stylizer | null} */
let stylizer = null;
/** @type {OffscreenCanvas | null} */
let canvas = null;
/** Long requests that may be cancelled, by id. @type {Map<number, AbortController>} */
const cancellable = new Map();
/** The newest device the engine has asked for. @type {GPUDevice | null} */
let device = null;

watchDevices();
reportRequests();

self.addEventListener("message", async ({ data }) => {
  const { id, request, cancel } = /** @type {{ id: number, request: Request, cancel?: number }} */ (data);
  if (cancel !== undefined) return cancellable.get(cancel)?.abort();
  try {
    const { value, transfer } = await answer(request, id);
    self.postMessage({ id, value }, { transfer: transfer ?? [] });
  } catch (error) {
    const { code, message } = LimnError.from(error);
    self.postMessage({ id, error: { code, message } });
  }
});

// What is sent before this line is read would be lost.
self.postMessage({ awake: true });

/**
 * @param {Request} request
 * @param {number} id
 * @returns {Promise<{ value?: unknown, transfer?: Transferable[] }>}
 */
async function answer(request, id) {
  switch (request.type) {
    case "create": {
      stylizer = await Stylizer.create(request.options);
      const info = stylizer.info();
      if (info.engine === "gpu") watchLoss();
      return { value: { info, videoFrames: info.engine === "cpu" || takesVideoFrames() } };
    }
    case "canvas":
      canvas = request.canvas;
      return {};
    case "style":
      return { value: await engine().loadStyle(request.bytes, request.sha256, request.slot) };
    case "drop-second-style":
      await engine().dropSecondStyle();
      return {};
    case "decode": {
      const photo = await decodePhoto(request.file, request.longest);
      return { value: photo, transfer: [photo.image.data.buffer] };
    }
    case "photo":
    case "repaint": {
      engine().setOptions(request.options);
      const painted = await (request.type === "photo" ? engine().stylize(request.image) : engine().repaint());
      const { paint } = engine().info().timings;
      // The page draws a bitmap in a fraction of the time that it takes to put pixels on a canvas.
      const image = await createImageBitmap(painted);
      return { value: { image, milliseconds: paint }, transfer: [image] };
    }
    case "full-size":
      return { value: await fullSize(request, id) };
    case "frame": {
      try {
        engine().setOptions(request.options);
        await engine().render(request.frame, target());
      } finally {
        request.frame.close();
      }
      const { paint } = engine().info().timings;
      const copy = request.copy ? await createImageBitmap(await engine().picture()) : null;
      return { value: { milliseconds: paint, copy }, transfer: copy ? [copy] : [] };
    }
    case "picture": {
      const copy = await createImageBitmap(await engine().picture());
      return { value: copy, transfer: [copy] };
    }
    case "redraw":
      engine().setOptions(request.options);
      await engine().redraw(target());
      return {};
    case "video": {
      engine().setOptions(request.options);
      // With the library it needs, only for those who export.
      const { exportVideo } = await import("../media/video-export.js");
      return { value: await exportVideo(engine(), request.file, request.port) };
    }
    case "rehearse":
      return { value: rehearse(request.failure) };
  }
}

/**
 * Paints a photo's file at its full size, and tells how far it is.
 *
 * @param {Extract<Request, { type: "full-size" }>} request
 * @param {number} id
 * @returns {Promise<Blob>}
 */
async function fullSize({ file, mime, options }, id) {
  const controller = new AbortController();
  cancellable.set(id, controller);
  try {
    const { paintFullSize } = await import("../media/full-size.js");
    const tell = (/** @type {number} */ progress) => self.postMessage({ id, progress });
    const stylizer = engine();
    stylizer.setOptions(options);
    return await paintFullSize(stylizer, file, mime, tell, controller.signal);
  } finally {
    cancellable.delete(id);
  }
}

/** Tells the page of requests made here, which it cannot see. */
function reportRequests() {
  const observer = new PerformanceObserver((list) => self.postMessage({ requests: requestsIn(list) }));
  observer.observe({ type: "resource" });
}

function engine() {
  if (!stylizer) throw new LimnError("unexpected", "The engine has not started.");
  return stylizer;
}

function target() {
  if (!canvas) throw new LimnError("canvas", "The engine has none.");
  return canvas;
}

/** Keeps hold of the device that the engine makes for itself inside the wasm. */
function watchDevices() {
  const prototype = self.GPUAdapter?.prototype;
  if (!prototype) return;
  const requestDevice = prototype.requestDevice;
  prototype.requestDevice = async function (descriptor) {
    device = await requestDevice.call(this, descriptor);
    return device;
  };
}

/** Tells the page of a lost device at once, also between frames. */
function watchLoss() {
  device?.lost.then(({ message }) => self.postMessage({ lost: message || "The graphics device was lost." }));
}

/**
 * Whether a `VideoFrame` may be copied into a texture. Firefox throws a TypeError, which inside the engine
 * would be fatal, so it is asked for here, with a frame of one pixel.
 *
 * @returns {boolean}
 */
function takesVideoFrames() {
  if (!device || typeof VideoFrame !== "function") return false;
  /** @type {GPUTexture | undefined} */
  let texture;
  /** @type {VideoFrame | undefined} */
  let frame;
  try {
    const usage = 0x02 | 0x10; // COPY_DST | RENDER_ATTACHMENT, which such a copy needs
    texture = device.createTexture({ size: [1, 1], format: "rgba8unorm", usage });
    const shape = { format: /** @type {const} */ ("RGBA"), codedWidth: 1, codedHeight: 1, timestamp: 0 };
    frame = new VideoFrame(new Uint8Array(4), shape);
    device.queue.copyExternalImageToTexture({ source: frame }, { texture }, [1, 1]);
    return true;
  } catch {
    return false;
  } finally {
    frame?.close();
    texture?.destroy();
  }
}

/**
 * Brings a failure about on purpose, so that recovery from it can be tried out (`limn.loseDevice()` in the
 * console).
 *
 * @param {"device-lost" | "crashed"} failure
 * @returns {boolean} Whether there was something to break.
 */
function rehearse(failure) {
  if (failure === "device-lost") {
    device?.destroy();
    return device !== null;
  }
  setTimeout(() => {
    throw new WebAssembly.RuntimeError("rehearsed crash");
  });
  return true;
}
