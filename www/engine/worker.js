// @ts-check
/** The engine's worker: owns the `Stylizer` and the canvas of the live picture. `client.js` is the page's end. */

import { LimnError } from "../limn/error.js";
import { Stylizer } from "../limn/limn.js";
import { decodePhoto } from "../media/decode.js";
import { requestsIn } from "./requests.js";
import { HandedOver, announce, serve } from "./rpc.js";

/**
 * @typedef {import("./settings.js").PaintOptions} PaintOptions
 *
 * @typedef {object} Match
 * @property {ImageData} reference A picture, small, whose light and colours a painting takes.
 * @property {number} strength How far, from 0 to 1.
 */

/** @type {Stylizer | null} */
let stylizer = null;
/** @type {OffscreenCanvas | null} */
let canvas = null;

export const handlers = {
  /** @param {import("../limn/limn.js").CreateOptions} options */
  async create(options) {
    stylizer = await Stylizer.create(options);
    // Also between frames, when nobody waits for an answer.
    void stylizer.lost.then(({ message }) => announce("lost", message));
    return stylizer.info();
  },

  /** Where live frames are to be drawn. @param {{ canvas: OffscreenCanvas }} request */
  async canvas(request) {
    canvas = request.canvas;
  },

  /** @param {{ bytes: ArrayBuffer, sha256?: string, slot: "first" | "second" }} request */
  async style({ bytes, sha256, slot }) {
    return engine().loadStyle(bytes, sha256, slot);
  },

  async dropSecondStyle() {
    await engine().dropSecondStyle();
  },

  /** @param {{ file: Blob, longest: number, cut?: Readonly<import("../media/cut.js").Cut> }} request See `decodePhoto`. */
  async decode({ file, longest, cut }) {
    const photo = await decodePhoto(file, longest, cut);
    return new HandedOver(photo, [photo.image.data.buffer]);
  },

  /** @param {{ image: ImageData, options: PaintOptions, match?: Match | null }} request */
  async photo({ image, options, match }) {
    return painting(await engine(options).stylize(image), match);
  },

  /** The same photo again. @param {{ options: PaintOptions, match?: Match | null }} request */
  async repaint({ options, match }) {
    return painting(await engine(options).repaint(), match);
  },

  /**
   * A photo's file at its full size, beside the photo that the engine holds.
   *
   * @param {{ file: Blob, cut: Readonly<import("../media/cut.js").Cut>, type: import("../media/encode.js").ImageType,
   *   options: PaintOptions, transfer: import("../media/full-size.js").Transfer | null }} request
   * @param {import("./rpc.js").Task<number>} task
   */
  async fullSize({ file, cut, type, options, transfer }, { signal, tell }) {
    const { paintFullSize } = await import("../media/full-size.js");
    return paintFullSize(engine(options), file, { cut, type, transfer }, { onProgress: tell, signal });
  },

  /** @param {{ frame: ImageBitmap | VideoFrame, copy: boolean, options: PaintOptions }} request `frame` is closed. */
  async frame({ frame, copy, options }) {
    try {
      await engine(options).render(frame, target());
    } finally {
      frame.close();
    }
    const { paint: milliseconds } = engine().info().timings;
    const picture = copy ? await bitmap() : null;
    return new HandedOver({ milliseconds, copy: picture }, picture ? [picture] : []);
  },

  /** A copy of the live picture painted last. */
  async picture() {
    const picture = await bitmap();
    return new HandedOver(picture, [picture]);
  },

  /** The live picture again. @param {{ options: PaintOptions }} request */
  async redraw({ options }) {
    await engine(options).redraw(target());
  },

  /**
   * @param {{ file: Blob, options: PaintOptions }} request
   * @param {import("./rpc.js").Task<import("../media/video-export.js").Progress>} task
   */
  async video({ file, options }, { signal, tell }) {
    // With the library it needs, only for those who export.
    const { exportVideo } = await import("../media/video-export.js");
    return exportVideo(engine(options), file, {
      onProgress: (progress) => tell(progress, progress.picture ? [progress.picture] : []),
      signal,
    });
  },

  /**
   * Brings a failure about on purpose, so that recovery from it can be tried out (`limn.loseDevice()` in the console).
   *
   * @param {{ failure: "device-lost" | "crashed" }} request
   * @returns {Promise<boolean>} Whether there was something to break.
   */
  async rehearse({ failure }) {
    if (failure === "device-lost") {
      const { device } = engine();
      device?.destroy();
      return device !== null;
    }
    setTimeout(() => {
      throw new WebAssembly.RuntimeError("rehearsed crash");
    });
    return true;
  },
};

reportRequests();
serve(handlers);

/** Tells the page of requests made here, which it cannot see. */
function reportRequests() {
  const observer = new PerformanceObserver((list) => announce("requests", requestsIn(list)));
  observer.observe({ type: "resource" });
}

/** @param {PaintOptions} [options] For the calls that follow. */
function engine(options) {
  if (!stylizer) throw new LimnError("unexpected", "The engine has not started.");
  if (options) stylizer.setOptions(options);
  return stylizer;
}

function target() {
  if (!canvas) throw new LimnError("canvas", "The engine has none.");
  return canvas;
}

/** @param {ImageData} painted @param {Match | null} [match] */
async function painting(painted, match) {
  const { paint: milliseconds } = engine().info().timings;
  let picture = painted;
  /** @type {string | null} */
  let map = null;
  if (match) {
    const { ColourTransfer } = await import("../limn/transfer.js");
    const transfer = await ColourTransfer.between(painted, match.reference);
    picture = (await transfer.at(match.strength))(painted);
    map = transfer.map;
  }
  // The page draws a bitmap in a fraction of the time that it takes to put pixels on a canvas.
  const image = await createImageBitmap(picture);
  return new HandedOver({ image, milliseconds, map }, [image]);
}

async function bitmap() {
  return createImageBitmap(await engine().picture());
}
