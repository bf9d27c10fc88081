// Requests to a worker, by a stand-in for the worker: answers, progress, cancelling, errors, and the end.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LimnError } from '../../www/limn/error.js';
import { HandedOver, Rpc, announce, serve } from '../../www/engine/rpc.js';

/** The worker that was made last: both of its ends. */
let worker;

class FakeWorker {
  terminated = false;
  listeners = [];
  constructor() {
    worker = this;
    globalThis.self = {
      addEventListener: (_, listener) => this.listeners.push(listener),
      postMessage: (data, { transfer = [] } = {}) => {
        this.transferred = transfer;
        setImmediate(() => this.terminated || this.onmessage({ data }));
      },
    };
  }

  postMessage(data) {
    setImmediate(() => this.listeners.forEach((listener) => listener({ data })));
  }

  terminate() {
    this.terminated = true;
  }
}

const handlers = {
  double: async ({ value }) => 2 * value,
  pixels: async () => new HandedOver('pixels', ['buffer']),
  fails: async ({ error }) => Promise.reject(error),
  count: async ({ to }, { signal, tell }) => {
    for (let i = 1; i <= to; i++) {
      tell(i);
      await turn();
      await turn();
      if (signal.aborted) throw new LimnError('cancelled');
    }
    return 'counted';
  },
};

describe('requests to a worker', () => {
  let ends;
  let events;
  let rpc;
  beforeEach(() => {
    globalThis.Worker = FakeWorker;
    ends = [];
    events = [];
    rpc = new Rpc(new URL('http://localhost/worker.js'), {
      fatal: new Set(['device-lost']),
      onEnd: (error) => ends.push(error.code),
      onEvent: (...event) => events.push(event),
    });
  });
  afterEach(() => rpc.end(new LimnError('disposed')));
  const code = (promise) => promise.then(() => 'an answer', (error) => error.code);

  test('they wait until the worker listens, and each gets its own answer', async () => {
    const answers = Promise.all([1, 2, 3].map((value) => rpc.call('double', { value })));
    await turn();
    serve(handlers);
    assert.deepEqual(await answers, [2, 4, 6]);
    assert.equal(await rpc.call('pixels'), 'pixels');
    assert.deepEqual(worker.transferred, ['buffer'], 'it is handed over, not copied');
    announce('requests', 3);
    await turn();
    await turn();
    assert.deepEqual(events, [['requests', 3]]);
  });

  test('progress is told, and a cancelled request ends while others go on', async () => {
    serve(handlers);
    const [seen, controller] = [[], new AbortController()];
    const watch = {
      signal: controller.signal,
      onProgress: (count) => {
        seen.push(count);
        if (count === 2) controller.abort();
      },
    };
    const other = rpc.call('count', { to: 5 });
    assert.equal(await code(rpc.call('count', { to: 1000 }, { watch })), 'cancelled');
    assert.ok(seen.length >= 2 && seen.length < 10, `${seen}`);
    assert.equal(await other, 'counted');
    assert.equal(await code(rpc.call('count', { to: 1000 }, { watch })), 'cancelled', 'a signal that was given before');
    assert.deepEqual(ends, []);
  });

  test('an error keeps its code and ends that request alone; a fatal one ends the worker', async () => {
    serve(handlers);
    assert.equal(await code(rpc.call('fails', { error: new LimnError('bad-image') })), 'bad-image');
    assert.equal(await code(rpc.call('fails', { error: new DOMException('no', 'InvalidStateError') })), 'unexpected');
    assert.equal(await code(rpc.call('nothing of the kind')), 'unexpected');
    assert.deepEqual([ends, worker.terminated], [[], false]);
    const other = code(rpc.call('count', { to: 1000 }));
    assert.equal(await code(rpc.call('fails', { error: new LimnError('device-lost') })), 'device-lost');
    assert.equal(await other, 'device-lost', 'who waits is told');
    assert.equal(await code(rpc.call('double', { value: 1 })), 'device-lost', 'and who comes later');
    assert.deepEqual([ends, worker.terminated], [['device-lost'], true]);
  });

  test('a worker that cannot be loaded, or that breaks, ends all', async () => {
    const early = code(rpc.call('double', { value: 1 }));
    worker.onmessage({ data: { unloadable: 'no network' } });
    assert.equal(await early, 'wasm-load');
    assert.deepEqual(ends, ['wasm-load']);
    worker.onerror({ preventDefault() {}, message: 'unreachable' });
    assert.deepEqual(ends, ['wasm-load'], 'once');
  });
});
