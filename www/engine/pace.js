// @ts-check
/**
 * Automatic quality: how finely live pictures are painted, so that they keep a rate. A pure controller: it is told how
 * long each frame took, and says which step of a ladder is to be used. It goes down soon, and as far as it must; it goes
 * up late, one step at a time, and later each time that turned out to be wrong, so that it settles. `session.js` asks
 * it, `sources/live.js` tells it.
 */

/**
 * @typedef {object} Step
 * @property {number} size Working size: longest side, in pixels, at which the network sees a frame.
 * @property {number} width Width of the network.
 */

/** Longest sides, in pixels, to which live pictures step down from the style's own, from fine to coarse. */
export const SIZES = { gpu: [512, 384, 320, 256, 192], cpu: [320, 256, 192, 160, 128] };
/** The largest one to begin with. */
const FIRST = { gpu: Infinity, cpu: 256 };
/** Milliseconds that a frame may take: 25 a second on a graphics card, 7 on the CPU. */
export const TARGET = { gpu: 40, cpu: 143 };

/** A frame that takes this much longer than the target is too slow. */
const SLOW = 1.15;
/** A finer step is tried where it should take no more than this share of the target. */
const AMPLE = 0.8;
/** Frames after a change that do not count: kernels are compiled and memory is found. */
const WARM_UP = 2;
/** Frames and milliseconds that count before a step down, and before a step up. */
const DOWN = { frames: 4, milliseconds: 500 };
const UP = { frames: 10, milliseconds: 3000 };
/** A step down so many milliseconds after one up shows that this was wrong. */
const REGRET = 10_000;
/** A step up waits at most so many times longer than the first one. */
const MOST_PATIENCE = 64;

/**
 * The steps for an engine and the widths of network there are, from fine to coarse: first all sizes with the widest
 * network; where even the coarsest is too slow, the next narrower one at a middle size.
 *
 * @param {"gpu" | "cpu"} engine
 * @param {number[]} widths
 * @param {number} own The style's own working size, the finest.
 * @returns {Step[]}
 */
export function ladder(engine, widths, own) {
  const [widest, ...narrower] = [...new Set(widths)].sort((a, b) => b - a);
  const sizes = [own, ...SIZES[engine].filter((size) => size < own)];
  const steps = sizes.map((size) => ({ size, width: widest }));
  // A narrower network at full size would be finer in one way and coarser in the other.
  for (const width of narrower) steps.push(...sizes.slice(-3).map((size) => ({ size, width })));
  return steps.sort((a, b) => cost(b) - cost(a));
}

/** What the network has to compute, but for a factor. @param {Step} step */
function cost({ size, width }) {
  return size ** 2 * width ** 2;
}

export class Pace {
  /** @type {Step[]} */
  #steps = [];
  #index = 0;
  #target = Infinity;
  /** Cost of the step that was arrived at, once there was a change. @type {number | null} */
  #learnt = null;
  /** Times of the frames that count, in milliseconds. @type {number[]} */
  #times = [];
  #warm = 0;
  /** When the first frame that counts began. */
  #since = 0;
  #wentUp = -Infinity;
  #patience = 1;

  /** The step in use; the finest there is before `use`. @returns {Step} */
  get step() {
    return this.#steps[this.#index] ?? { size: Infinity, width: Infinity };
  }

  /** Width of the step in use, where that is not the widest there is. @returns {number | null} */
  get narrowed() {
    const { width } = this.step;
    return this.#steps.some((step) => step.width > width) ? width : null;
  }

  /**
   * Takes another engine or another style. Where the step in use was learnt on this device, the new one is
   * no dearer; an engine of another kind begins anew.
   *
   * @param {"gpu" | "cpu"} engine
   * @param {number[]} widths Of the style's networks.
   * @param {number} own The style's own working size.
   */
  use(engine, widths, own) {
    if (this.#target !== TARGET[engine]) {
      this.#learnt = null;
      this.#patience = 1;
    }
    const learnt = this.#learnt;
    this.#target = TARGET[engine];
    this.#steps = ladder(engine, widths, own);
    const fits = (/** @type {Step} */ step) => (learnt === null ? step.size <= FIRST[engine] : cost(step) <= learnt);
    const found = this.#steps.findIndex(fits);
    this.#index = found < 0 ? this.#steps.length - 1 : found;
    this.pause();
  }

  /** Frames come no longer one after the other: what they took before says nothing. */
  pause() {
    this.#times = [];
    this.#warm = 0;
  }

  /**
   * Takes note of a frame.
   *
   * @param {number} now When it was done, in milliseconds.
   * @param {number} took How long it took, in milliseconds.
   * @returns {boolean} Whether the step has changed.
   */
  frame(now, took) {
    if (this.#warm < WARM_UP) {
      this.#warm++;
      this.#since = now;
      return false;
    }
    const times = this.#times;
    times.push(took);
    if (times.length > UP.frames) times.shift();
    const passed = now - this.#since;
    const usual = median(times);
    if (times.length >= DOWN.frames && passed >= DOWN.milliseconds && usual > SLOW * this.#target) {
      return this.#down(now, usual);
    }
    const due = passed >= UP.milliseconds * this.#patience && times.length >= UP.frames;
    return due && this.#up(now, usual);
  }

  /** @param {number} now @param {number} usual */
  #down(now, usual) {
    if (this.#index === this.#steps.length - 1) return false;
    if (now - this.#wentUp < REGRET) this.#patience = Math.min(2 * this.#patience, MOST_PATIENCE);
    const enough = this.#steps.findIndex((step, index) => index > this.#index && this.#expect(step, usual) <= this.#target);
    return this.#take(enough < 0 ? this.#steps.length - 1 : enough);
  }

  /** @param {number} now @param {number} usual */
  #up(now, usual) {
    const next = this.#steps[this.#index - 1];
    if (!next || this.#expect(next, usual) > AMPLE * this.#target) return false;
    this.#wentUp = now;
    return this.#take(this.#index - 1);
  }

  /** @param {number} index */
  #take(index) {
    this.#index = index;
    this.#learnt = cost(this.step);
    this.pause();
    return true;
  }

  /**
   * What a frame of another step may take. Too little for coarser steps, since not all of the work shrinks with them; too
   * much for finer ones, which is as careful as it should be.
   *
   * @param {Step} step
   * @param {number} usual What a frame takes now.
   */
  #expect(step, usual) {
    return (usual * cost(step)) / cost(this.step);
  }
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
