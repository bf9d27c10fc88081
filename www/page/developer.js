// @ts-check
/** `window.limn`: what tests and the curious may ask of the page from the console. */

import { element } from "../ui/dom.js";

/**
 * @param {object} page
 * @param {import("../engine/session.js").Session} page.session
 * @param {import("../sources/photo.js").Photo} page.photo
 * @param {import("../stage/stage.js").Stage} page.stage
 * @param {import("../sources/live.js").Live} page.live
 * @param {import("./offline.js").Offline} page.offline
 * @param {import("./recovery.js").Recovery} page.recovery
 */
export function expose({ session, photo, stage, live, offline, recovery }) {
  const status = element("status", HTMLElement);
  /** @param {"device-lost" | "crashed"} failure */
  const rehearse = async (failure) => session.client?.call("rehearse", { failure }) ?? false;
  const limn = {
    state: () => {
      const { info, settings, options } = session;
      return {
        ready: session.ready,
        engine: info?.engine ?? null,
        adapter: info?.adapter ?? null,
        precision: info?.precision ?? null,
        reason: info?.reason ?? null,
        mode: stage.mode,
        style: session.style?.name ?? null,
        width: session.model?.width ?? null,
        second: session.second?.name ?? null,
        brush: settings.brush,
        ...options,
        workingSize: stage.live ? session.liveSize : session.workingSize,
        liveSize: session.liveSize,
        frames: live.frames,
        photoPainted: photo.count,
        paintMs: stage.live ? live.milliseconds : photo.milliseconds,
        restarts: recovery.restarts,
        busy: stage.busy,
        offline: offline.works,
        offlineComplete: offline.complete,
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
    loseDevice: () => rehearse("device-lost"),
    crash: () => rehearse("crashed"),
  };
  Object.assign(window, { limn });
}
