// @ts-check

/** How far back frames count, in milliseconds. */
const MEMORY = 2000;
/** How often the rate is worth telling, in milliseconds. */
const INTERVAL = 250;

/** Frames per second over the last moments. */
export class FrameRate {
  /** Times of the frames counted, in milliseconds. @type {number[]} */
  #times = [];
  #told = -Infinity;

  /**
   * Counts a frame.
   *
   * @param {number} now Milliseconds.
   * @returns {number | null} Frames per second; null where there is nothing new to tell.
   */
  tick(now) {
    const times = this.#times;
    times.push(now);
    // At least two frames, so that a slow engine has a rate too.
    while (times.length > 2 && now - times[0] > MEMORY) times.shift();
    if (times.length < 2 || now - this.#told < INTERVAL) return null;
    this.#told = now;
    return ((times.length - 1) * 1000) / (now - times[0]);
  }

  clear() {
    this.#times = [];
    this.#told = -Infinity;
  }
}
