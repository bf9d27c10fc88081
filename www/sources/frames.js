// @ts-check
/** Pictures of a `<video>` element, one after the other: what camera and video file have in common. */

/** A source of live pictures. `stop` ends it for good; subclasses say how it begins. */
export class FrameSource {
  /** @type {HTMLVideoElement} */
  #video;
  /** Goes up with every start and stop, so that a late answer to an old start is recognised. */
  #turn = 0;

  /** @param {HTMLVideoElement} video Shows the source's own picture. */
  constructor(video) {
    this.#video = video;
  }

  /** The element that plays it. */
  get video() {
    return this.#video;
  }

  /** @protected */
  get turn() {
    return this.#turn;
  }

  /** Whether pictures may be expected. */
  get running() {
    return false;
  }

  /** Whether a viewer expects a mirror. */
  get mirrored() {
    return false;
  }

  stop() {
    this.#turn++;
  }

  /**
   * Calls back at every new picture until the source stops.
   *
   * @param {() => void} onFrame
   */
  watch(onFrame) {
    const turn = this.#turn;
    const video = this.#video;
    const next = () => {
      if (turn !== this.#turn) return;
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(tick);
      else requestAnimationFrame(tick);
    };
    let last = -1;
    const tick = () => {
      if (turn !== this.#turn) return;
      next();
      if (video.currentTime !== last && video.videoWidth > 0) {
        last = video.currentTime;
        onFrame();
      }
    };
    next();
  }

  /**
   * The picture of now, which the caller has to close.
   *
   * @param {boolean} videoFrames Whether a `VideoFrame` will do; it saves a copy.
   * @returns {Promise<ImageBitmap | VideoFrame>}
   */
  async grab(videoFrames) {
    if (videoFrames && typeof VideoFrame === "function") {
      const frame = new VideoFrame(this.#video);
      const { videoWidth, videoHeight } = this.#video;
      const turned = /** @type {{ rotation?: number, flip?: boolean }} */ (frame);
      // Phones deliver turned sensors as upright video and turned frames; a bitmap is always upright.
      const upright = !turned.rotation && !turned.flip;
      if (upright && frame.displayWidth === videoWidth && frame.displayHeight === videoHeight) return frame;
      frame.close();
    }
    return createImageBitmap(this.#video);
  }
}
