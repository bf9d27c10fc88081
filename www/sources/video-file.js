// @ts-check
/** A video file as a source of live pictures: the browser plays it, from memory. */

import { FrameSource } from "./frames.js";
import { LimnError } from "../limn/error.js";

/** For files whose type the system does not know. */
const ENDINGS = /\.(mp4|m4v|mov|webm|mkv|ogv|avi|3gp|mpe?g|ts)$/i;
/** Longest that a browser may take to find out whether it can play a file, in milliseconds. */
const TIMEOUT = 30_000;

/** @param {Blob} file Whether it is, or says that it is, a video. */
export function isVideo(file) {
  return file.type.startsWith("video/") || (file.type === "" && file instanceof File && ENDINGS.test(file.name));
}

export class VideoFile extends FrameSource {
  /** @type {Blob} */
  #file;
  #running = true;

  /**
   * Use `VideoFile.open`.
   *
   * @param {HTMLVideoElement} video
   * @param {Blob} file
   */
  constructor(video, file) {
    super(video);
    this.#file = file;
  }

  /**
   * Opens a file, paused at its first picture and without sound.
   *
   * @param {Blob} file
   * @returns {Promise<VideoFile>} With a `<video>` element of its own.
   * @throws {LimnError} `photo-empty`, `video-unreadable`, `video-blind`
   */
  static async open(file) {
    if (file.size === 0) throw new LimnError("photo-empty");
    const video = document.createElement("video");
    video.muted = video.playsInline = true;
    video.disablePictureInPicture = true;
    video.preload = "auto";
    const opened = new VideoFile(video, file);
    try {
      video.src = URL.createObjectURL(file);
      await firstPicture(video);
      if (video.videoWidth === 0) throw new LimnError("video-blind");
      return opened;
    } catch (error) {
      opened.stop();
      throw LimnError.from(error, "video-unreadable");
    }
  }

  get running() {
    return this.#running;
  }

  get file() {
    return this.#file;
  }

  /** Lets go of the file. */
  stop() {
    super.stop();
    this.#running = false;
    const { video } = this;
    video.pause();
    URL.revokeObjectURL(video.src);
    video.removeAttribute("src");
    video.load();
  }
}

/**
 * @param {HTMLVideoElement} video
 * @returns {Promise<void>} Once there is a picture, or sound where there are no pictures.
 * @throws {LimnError} `video-unreadable`
 */
function firstPicture(video) {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(new LimnError("video-unreadable", video.error?.message));
    video.addEventListener("loadeddata", () => resolve(), { once: true });
    video.addEventListener("error", refuse, { once: true });
    setTimeout(refuse, TIMEOUT);
  });
}
