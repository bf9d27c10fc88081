// @ts-check
/**
 * A video file painted frame by frame, in the engine's worker: Mediabunny takes the container apart and puts the new one
 * together, WebCodecs decodes and encodes. The result has the frames and the times of the original, and its sound,
 * packet by packet, where the container takes it. Titles, places and other tags are not carried over.
 */

import { LimnError } from "../limn/error.js";
import { mediabunny } from "./mediabunny.js";
import { COLOUR_SPACE, toI420 } from "./yuv.js";

/**
 * @typedef {import("./mediabunny.js").Mediabunny} Mediabunny
 * @typedef {import("mediabunny").InputVideoTrack} VideoTrack
 * @typedef {import("mediabunny").InputAudioTrack} AudioTrack
 *
 * @typedef {object} Progress
 * @property {number} done Frames written.
 * @property {number} total Frames expected.
 * @property {ImageBitmap} [picture] The frame that was painted last, from time to time.
 *
 * @typedef {object} Exported
 * @property {Blob} blob
 * @property {number} frames
 * @property {boolean} muted Whether the original's sound had to be left out.
 */

/** The result is held in memory: at most this many bytes of it are expected. */
const LARGEST = 1.2e9;
/** Bits per pixel of a frame: paintings have many fine edges. */
const BITS_PER_PIXEL = 0.16;
const BITRATE = { least: 1e6, most: 40e6 };
/** Seconds from one frame that stands for itself to the next: players jump to these. */
const KEY_FRAMES = 2;
/** How often a picture is handed out, in milliseconds, and its longest side. */
const PREVIEW = { interval: 400, side: 480 };

/**
 * Paints a video.
 *
 * @param {import("../limn/limn.js").Stylizer} stylizer
 * @param {Blob} file
 * @param {{ onProgress: (progress: Progress) => void, signal: AbortSignal }} watch Pictures of the progress are given away.
 * @returns {Promise<Exported>}
 * @throws {LimnError} `export-unsupported` where the browser cannot do this (a recording in real time may still work);
 *   `cancelled`, `video-unreadable`, `video-blind`, `video-long`, `video-damaged`, and what `stylize` throws
 */
export async function exportVideo(stylizer, file, { onProgress, signal }) {
  if (typeof VideoEncoder !== "function" || typeof VideoDecoder !== "function") {
    throw new LimnError("export-unsupported");
  }
  const bunny = await mediabunny();
  const input = new bunny.Input({ source: new bunny.BlobSource(file), formats: bunny.ALL_FORMATS });
  if (!(await input.canRead())) throw new LimnError("video-unreadable");
  const video = await input.getPrimaryVideoTrack();
  if (!video) throw new LimnError("video-blind");
  const audio = await input.getPrimaryAudioTrack();
  const size = { width: await video.getDisplayWidth(), height: await video.getDisplayHeight() };
  const { frames: total, seconds, start } = await measure(bunny, video);
  const bitrate = bitrateFor(size.width * size.height * (total / Math.max(seconds, 0.1)));
  if ((bitrate / 8) * seconds > LARGEST) throw new LimnError("video-long", "", { cause: seconds });
  const plan = await choose(bunny, input, { ...size, bitrate }, (await audio?.getCodec()) ?? null);
  if (!plan || !(await video.canDecode())) throw new LimnError("export-unsupported");

  const target = new bunny.BufferTarget();
  const output = new bunny.Output({ format: plan.format, target });
  const pictures = new bunny.VideoSampleSource({ codec: plan.codec, bitrate, keyFrameInterval: KEY_FRAMES });
  output.addVideoTrack(pictures);
  const sound = audio && plan.sound ? soundtrack(bunny, audio, output, plan.sound) : null;
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  if (!context) throw new LimnError("too-large");
  const planar = takesPlanes(size);
  let done = 0;
  let shown = -Infinity;
  try {
    await output.start();
    for await (const sample of decoded(bunny, video)) {
      const { timestamp, duration } = sample;
      sample.draw(context, 0, 0, size.width, size.height);
      sample.close();
      if (signal.aborted) throw new LimnError("cancelled");
      const { data } = await stylizer.stylize(context.getImageData(0, 0, size.width, size.height));
      const painted = new bunny.VideoSample(planar ? toI420(data, size.width, size.height) : data, {
        ...(planar ? { format: "I420", colorSpace: COLOUR_SPACE } : { format: "RGBX" }),
        codedWidth: size.width,
        codedHeight: size.height,
        // Files may begin before zero, which others may not: all of it is moved then.
        timestamp: timestamp - start,
        duration,
      });
      const now = performance.now();
      const picture = now - shown < PREVIEW.interval ? undefined : await preview(data, size);
      if (picture) shown = now;
      await pictures.add(painted).finally(() => painted.close());
      await sound?.upTo(timestamp, start);
      onProgress({ done: ++done, total, picture });
    }
    if (signal.aborted) throw new LimnError("cancelled");
    if (done === 0) throw new LimnError("video-damaged");
    await sound?.upTo(Infinity, start);
    await output.finalize();
  } catch (error) {
    await output.cancel().catch(() => {});
    throw LimnError.from(error, "export-failed");
  } finally {
    input.dispose();
  }
  const blob = new Blob([/** @type {ArrayBuffer} */ (target.buffer)], { type: plan.format.mimeType });
  return { blob, frames: done, muted: audio !== null && !sound };
}

/**
 * Decoded frames in the order shown. A frame that cannot be decoded is the file's fault.
 *
 * @param {Mediabunny} bunny
 * @param {VideoTrack} track
 */
async function* decoded(bunny, track) {
  const samples = new bunny.VideoSampleSink(track).samples();
  try {
    while (true) {
      const { value, done } = await samples.next().catch((error) => {
        throw LimnError.from(error, "video-damaged");
      });
      if (done || !value) return;
      yield value;
    }
  } finally {
    await samples.return();
  }
}

/**
 * @param {Mediabunny} bunny
 * @param {VideoTrack} track
 * @returns {Promise<{ frames: number, seconds: number, start: number }>} `start` is how far it reaches below zero.
 * @throws {LimnError} `video-damaged`
 */
async function measure(bunny, track) {
  let frames = 0;
  try {
    const packets = new bunny.EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true });
    for await (const _ of packets) frames++;
    const start = Math.min(0, await track.getFirstTimestamp());
    return { frames, seconds: await track.computeDuration(), start };
  } catch (error) {
    throw new LimnError("video-damaged", "", { cause: error });
  }
}

/** @param {number} pixels A second. */
function bitrateFor(pixels) {
  return Math.round(Math.min(Math.max(pixels * BITS_PER_PIXEL, BITRATE.least), BITRATE.most));
}

/**
 * Container and codecs of the result: of the original's kind if possible, and able to hold its sound as it is.
 *
 * @param {Mediabunny} bunny
 * @param {import("mediabunny").Input} input
 * @param {{ width: number, height: number, bitrate: number }} shape
 * @param {import("mediabunny").AudioCodec | null} sound
 */
async function choose(bunny, input, shape, sound) {
  const mp4 = {
    format: new bunny.Mp4OutputFormat({ fastStart: "in-memory" }),
    codecs: /** @type {const} */ (["avc", "hevc", "vp9", "av1"]),
  };
  const webm = { format: new bunny.WebMOutputFormat(), codecs: /** @type {const} */ (["vp9", "vp8", "av1"]) };
  const likeMp4 = (await input.getFormat()) instanceof bunny.IsobmffInputFormat;
  const plans = [];
  for (const { format, codecs } of likeMp4 ? [mp4, webm] : [webm, mp4]) {
    const codec = await bunny.getFirstEncodableVideoCodec([...codecs], shape);
    const fits = sound !== null && format.getSupportedAudioCodecs().includes(sound);
    if (codec) plans.push({ format, codec, sound: fits ? sound : null });
  }
  return plans.find((plan) => plan.sound === sound) ?? plans[0] ?? null;
}

/**
 * The original's sound, passed on as it is beside the frames.
 *
 * @param {Mediabunny} bunny
 * @param {AudioTrack} track
 * @param {import("mediabunny").Output} output
 * @param {import("mediabunny").AudioCodec} codec
 */
function soundtrack(bunny, track, output, codec) {
  const source = new bunny.EncodedAudioPacketSource(codec);
  output.addAudioTrack(source);
  const packets = new bunny.EncodedPacketSink(track).packets();
  /** @type {import("mediabunny").EncodedPacket | null} */
  let next = null;
  let ended = false;
  /** Goes with the first packet. @type {EncodedAudioChunkMetadata | undefined} */
  let meta;
  let described = false;
  return {
    /** Passes on what belongs to the frames until `seconds`. @param {number} seconds @param {number} start */
    async upTo(seconds, start) {
      while (!ended) {
        if (!next) {
          const { value, done } = await packets.next();
          if (done || !value) {
            ended = true;
            return;
          }
          next = value;
        }
        if (next.timestamp > seconds) return;
        if (!described) meta = { decoderConfig: (await track.getDecoderConfig()) ?? undefined };
        // What an encoder needs to warm up lies before zero and is not to be heard.
        const timestamp = next.timestamp - start;
        if (timestamp >= 0) {
          await source.add(next.clone({ timestamp }), described ? undefined : meta);
          described = true;
        }
        next = null;
      }
    },
  };
}

/**
 * @param {Uint8ClampedArray<ArrayBuffer>} data
 * @param {{ width: number, height: number }} size
 */
function preview(data, { width, height }) {
  const scale = Math.min(1, PREVIEW.side / Math.max(width, height));
  return createImageBitmap(new ImageData(data, width, height), {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
  });
}

/**
 * Whether this browser takes planar frames of a size: Firefox refuses odd ones. What it makes of RGB itself is a little
 * off in colour (see `toI420`), but a picture.
 *
 * @param {{ width: number, height: number }} size
 * @returns {boolean}
 */
function takesPlanes({ width, height }) {
  const [codedWidth, codedHeight] = [2 + (width % 2), 2 + (height % 2)];
  try {
    const planes = toI420(new Uint8ClampedArray(4 * codedWidth * codedHeight), codedWidth, codedHeight);
    new VideoFrame(planes, { format: "I420", codedWidth, codedHeight, timestamp: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
