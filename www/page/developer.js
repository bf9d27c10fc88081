// @ts-check
/** `window.limn`: what tests and the curious may ask of the page from the console. */

import { element } from "../ui/dom.js";

/**
 * @param {object} page
 * @param {import("../engine/session.js").Session} page.session
 * @param {import("../stage/stage.js").Stage} page.stage
 * @param {import("../sources/live.js").Live} page.live
 * @param {import("./offline.js").Offline} page.offline
 * @param {import("./recovery.js").Recovery} page.recovery
 * @param {{ photos: number, milliseconds: number }} page.counts
 */
export function expose({ session, stage, live, offline, recovery, counts }) {
  const status = element("status", HTMLElement);
  const limn = {
    state: () => {
      const info = session.info;
      return {
        ready: session.ready,
        engine: info?.engine ?? null,
        adapter: info?.adapter ?? null,
        precision: info?.precision ?? null,
        reason: info?.reason ?? null,
        mode: stage.mode,
        style: session.style?.name ?? null,
        width: session.model?.width ?? null,
        strength: session.strength,
        lambda: session.lambda,
        second: session.second?.name ?? null,
        mix: session.mix,
        brush: session.brush,
        workingSize: stage.live ? session.liveSize : session.photoSize,
        liveSize: session.liveSize,
        frames: live.frames,
        photoPainted: counts.photos,
        paintMs: stage.live ? live.milliseconds : counts.milliseconds,
        restarts: recovery.restarts,
        busy: stage.busy,
        offline: offline.works,
        error: status.dataset.kind === "error" ? (status.dataset.code ?? null) : null,
      };
    },
    readback: async () => {
      const picture = await stage.picture();
      const { width, height } = picture;
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      context?.drawImage(picture, 0, 0);
      picture.close();
      return context?.getImageData(0, 0, width, height);
    },
    original: () => stage.photo,
    loseDevice: () => session.rehearse("device-lost"),
    crash: () => session.rehearse("crashed"),
  };
  Object.assign(window, { limn });
}
