// @ts-check
/** What the system starts the page with, as the manifest says: a shortcut, a file, pictures that another app shares. */

import { LimnError } from "../limn/error.js";
import { element } from "../ui/dom.js";
import { fail } from "../ui/messages.js";

/**
 * @param {string} start What `?start=` says.
 * @param {import("../sources/opener.js").Opener} opener
 */
export async function launch(start, opener) {
  // Loading the page again begins anew.
  const address = new URL(location.href);
  address.searchParams.delete("start");
  history.replaceState(null, "", address);
  const camera = element("camera", HTMLButtonElement);
  if (start === "sample") element("sample", HTMLButtonElement).click();
  if (start === "shared" && !opener.open(await takeShared())) fail(new LimnError("photo-none"));
  if (start === "file") takeOpened(opener);
  if (start === "camera") {
    // Of a page in a tab anybody may have sent the address: there the camera waits for a click.
    if (matchMedia("(display-mode: standalone)").matches) camera.click();
    else camera.focus();
  }
}

/** @returns {Promise<File[]>} What the service worker holds in memory since another app shared it. */
async function takeShared() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const worker = registration?.active;
  if (!worker) return [];
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage({ type: "take-shared" }, [port2]);
  });
}

/** @param {import("../sources/opener.js").Opener} opener */
function takeOpened(opener) {
  /** @typedef {{ files: Array<{ getFile: () => Promise<File> }> }} Launch */
  const { launchQueue } = /** @type {{ launchQueue?: { setConsumer: (take: (launch: Launch) => void) => void } }} */ (
    /** @type {unknown} */ (window)
  );
  launchQueue?.setConsumer(async ({ files }) => {
    try {
      opener.open(await Promise.all(files.map((handle) => handle.getFile())));
    } catch (error) {
      fail(LimnError.from(error, "photo-unreadable"));
    }
  });
}
