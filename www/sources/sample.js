// @ts-check

import { LimnError } from "../limn/error.js";

/**
 * The portrait that comes with the page, for visitors without a camera or a photo.
 *
 * @returns {Promise<Blob>}
 * @throws {LimnError} `sample-network`, `sample-http`
 */
export async function fetchSample() {
  const url = new URL("models/portrait.jpg", document.baseURI);
  try {
    const response = await fetch(url, { mode: "same-origin", credentials: "omit" });
    if (!response.ok) throw new LimnError("sample-http", `${url.pathname}: ${response.status}`);
    return await response.blob();
  } catch (error) {
    throw LimnError.from(error, "sample-network");
  }
}
