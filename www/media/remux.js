// @ts-check
/** Puts the packets of a recording into a container anew, untouched. */

import { mediabunny } from "./mediabunny.js";

/**
 * A recording that players can wind. What a MediaRecorder writes comes out piece by piece: WebM without its length, MP4
 * in fragments, which some players and services refuse.
 *
 * @param {Blob} recording MP4 or WebM.
 * @returns {Promise<Blob>} A file of the same type and with the same packets.
 * @throws Where the recording cannot be read to its end, or there is no memory for another copy of it.
 */
export async function remux(recording) {
  const { Input, Output, Conversion, BlobSource, BufferTarget, ALL_FORMATS, Mp4OutputFormat, WebMOutputFormat } =
    await mediabunny();
  const input = new Input({ source: new BlobSource(recording), formats: ALL_FORMATS });
  try {
    const target = new BufferTarget();
    const format = recording.type === "video/mp4" ? new Mp4OutputFormat() : new WebMOutputFormat();
    const output = new Output({ format, target });
    const conversion = await Conversion.init({ input, output, copy: { mode: "forced" }, showWarnings: false });
    if (conversion.discardedTracks.length > 0) throw new Error("a track would be lost");
    await conversion.execute();
    return new Blob([/** @type {ArrayBuffer} */ (target.buffer)], { type: recording.type });
  } finally {
    input.dispose();
  }
}
