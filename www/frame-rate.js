// @ts-check

/** Frames per second over the last moments. */
export class FrameRate {
  /** Times of the frames counted, in milliseconds. @type {number[]} */
  #times = [];

  /**
   * @param {number} now Milliseconds.
   * @returns {number} Frames per second; 0 at the first frame.
   */
  tick(now) {
    const times = this.#times;
    times.push(now);
    // Two seconds, yet at least two frames, so that a slow engine has a rate too.
    while (times.length > 2 && now - times[0] > 2000) times.shift();
    return times.length > 1 ? ((times.length - 1) * 1000) / (now - times[0]) : 0;
  }

  clear() {
    this.#times = [];
  }
}
