// Automatic quality: the controller by itself, on devices that are numbers; then the page, on an engine that is slowed
// down and let go again.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Pace, SIZES, TARGET, ladder } from '../../www/engine/pace.js';
import { BROWSERS } from './support/browsers.mjs';
import { CPU } from './support/limn.mjs';
import { setUp } from './support/set-up.mjs';

/** A device whose frame takes `fixed` ms and as much again for what the network computes, in ms for 512 pixels and width 16. */
const device = (fixed, network) => ({ size, width }) => fixed + network * (size / 512) ** 2 * (width / 16) ** 2;

/** Plays `seconds` of frames, one after the other; returns the steps taken, each with its time. */
function play(pace, takes, seconds, start = 0) {
  const changes = [];
  for (let now = start; now < start + 1000 * seconds;) {
    const took = takes(pace.step, now);
    now += took;
    if (pace.frame(now, took)) changes.push({ now, ...pace.step });
  }
  return changes;
}

/** The working size of a style's own. */
const OWN = 512;

function started(engine, widths) {
  const pace = new Pace();
  pace.use(engine, widths, OWN);
  return pace;
}

describe('the controller of the automatic quality', () => {
  test('steps come from fine to coarse, a narrower network last', () => {
    const sizes = (...how) => ladder(...how).map(({ size }) => size);
    assert.deepEqual(sizes('gpu', [16], OWN), SIZES.gpu);
    assert.deepEqual(sizes('gpu', [16], 480), [480, 384, 320, 256, 192]);
    assert.deepEqual(sizes('cpu', [8], 480), [480, ...SIZES.cpu]);
    assert.deepEqual(sizes('cpu', [8], 64), [64], 'never finer than the style');
    const both = ladder('gpu', [8, 16], OWN);
    assert.deepEqual(both[0], { size: 512, width: 16 });
    assert.deepEqual(both.at(-1), { size: 192, width: 8 });
    assert.equal(both.filter(({ width }) => width === 8).length, 3);
    assert.deepEqual(both, ladder('gpu', [16, 8, 16], OWN));
  });

  test('a fast device stays at the finest step', () => {
    const pace = started('gpu', [8, 16]);
    assert.deepEqual(play(pace, device(3, 12), 60), []);
    assert.deepEqual(pace.step, { size: 512, width: 16 });
  });

  test('a slow device is brought to its rate within seconds, and stays there', () => {
    for (const [engine, takes] of [
      ['gpu', device(5, 70)], ['gpu', device(10, 600)], ['cpu', device(60, 300)], ['cpu', device(70, 1200)],
    ]) {
      const pace = started(engine, [8, 16]);
      play(pace, takes, 10);
      const took = takes(pace.step);
      assert.ok(took <= 1.15 * TARGET[engine], `${engine}: ${took} ms at ${JSON.stringify(pace.step)}`);
      const later = play(pace, takes, 600, 10_000);
      assert.ok(later.length <= 10, `${engine} settles: ${JSON.stringify(later)}`);
      assert.ok(later.every(({ now }, i) => i < 4 || now > 30_000), 'and tries again more and more seldom');
    }
  });

  test('of the steps it takes the finest that keeps the rate', () => {
    const takes = device(5, 60);
    const pace = started('gpu', [16]);
    play(pace, takes, 30);
    const steps = ladder('gpu', [16], OWN);
    const finer = steps[steps.findIndex(({ size }) => size === pace.step.size) - 1];
    assert.ok(takes(finer) > 0.8 * TARGET.gpu, JSON.stringify(pace.step));
  });

  test('a device too slow for every step gets the coarsest, without a word more', () => {
    const pace = started('cpu', [8]);
    const changes = play(pace, () => 2000, 120);
    assert.deepEqual(pace.step, { size: 128, width: 8 });
    assert.equal(changes.length, 1);
  });

  test('single slow frames change nothing', () => {
    const pace = started('gpu', [16]);
    let count = 0;
    assert.deepEqual(play(pace, () => (++count % 8 === 0 ? 400 : 20), 60), []);
  });

  test('a device that gets its breath back is painted finer again, step by step', () => {
    const pace = started('gpu', [16]);
    play(pace, () => 300, 10);
    assert.equal(pace.step.size, 192);
    const changes = play(pace, device(2, 10), 60, 10_000);
    assert.deepEqual(changes.map(({ size }) => size), [256, 320, 384, 512]);
  });

  test('what was learnt of a device stays with the next style, and goes with the engine', () => {
    const pace = started('gpu', [16]);
    play(pace, device(5, 200), 10);
    const { size } = pace.step;
    assert.ok(size < 512);
    pace.use('gpu', [8, 16], OWN);
    assert.deepEqual(pace.step, { size, width: 16 });
    pace.use('cpu', [8, 16], OWN);
    assert.equal(pace.step.size, 256);
  });

  test('live pictures begin at the style\'s own size, on the CPU not above 256', () => {
    for (const [engine, own, first] of [['gpu', 480, 480], ['gpu', 700, 700], ['cpu', 480, 256], ['cpu', 200, 200]]) {
      const pace = new Pace();
      pace.use(engine, [8], own);
      assert.equal(pace.step.size, first, `${engine}, ${own}`);
    }
  });
});

/** Lets `window.frameDelay` milliseconds pass before a live frame reaches the engine. */
function slowEngine() {
  window.frameDelay = 0;
  const send = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, transfer) {
    const wait = message?.type === 'frame' ? window.frameDelay : 0;
    if (wait > 0) setTimeout(() => send.call(this, message, transfer), wait);
    else send.call(this, message, transfer);
  };
}

for (const name of BROWSERS) {
  describe(`the automatic quality in ${name}`, () => {
    const at = setUp(name);

    test('a slow engine steps down, a fast one up, and a choice of the visitor stays', async () => {
      // The shipped styles: those without training were learnt at a size that there is nothing below.
      const limn = await at.open({ ...CPU, styles: 'models/styles.json' }, { beforeLoad: slowEngine });
      const { liveSize: first, workingSize } = await limn.ready();
      assert.equal(first, Math.min(256, workingSize));
      await limn.page.evaluate(() => { window.frameDelay = 600; });
      await limn.page.click('#camera');
      await limn.until('a coarser picture', (state) => state.liveSize === SIZES.cpu.at(-1));
      await limn.page.evaluate(() => { window.frameDelay = 0; });
      await limn.until('a finer one', (state) => state.liveSize > SIZES.cpu.at(-1));

      await limn.setQuality('16');
      await limn.until('the wider network', (state) => state.width === 16);
      assert.equal((await limn.state()).liveSize, workingSize, 'the choice is painted at the style\'s own size');
      await limn.page.evaluate(() => { window.frameDelay = 600; });
      const { frames } = await limn.state();
      const later = await limn.until('some frames', (state) => state.frames >= frames + 8);
      assert.deepEqual([later.width, later.liveSize], [16, workingSize]);
      await limn.close();
    });
  });
}
