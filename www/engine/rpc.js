// @ts-check
/**
 * Requests to a worker: answers, progress, cancelling, and the worker's end. The page has an `Rpc` for each worker; the
 * worker serves an object of handlers, from which the types of requests and answers follow. Nothing here knows of painting.
 */

import { LimnError } from "../limn/error.js";

/** @typedef {import("../limn/error.js").Code} Code */

/**
 * @template P What progress is told as.
 * @typedef {object} Task How a handler follows the page's wishes.
 * @property {AbortSignal} signal Given where the page cancels.
 * @property {(progress: P, transfer?: Transferable[]) => void} tell
 */

/**
 * @template P
 * @typedef {object} Watch How the page follows a long request, and ends it.
 * @property {(progress: P) => void} onProgress
 * @property {AbortSignal} signal
 */

/** @typedef {Record<string, (request: any, task: Task<any>) => Promise<any>>} Handlers */

/**
 * @template {(...args: any) => any} F
 * @typedef {Awaited<ReturnType<F>> extends HandedOver<infer V> ? V : Awaited<ReturnType<F>>} Answer
 */

/**
 * @template {(...args: any) => any} F
 * @typedef {Parameters<F> extends [any, Task<infer P>] ? P : never} ProgressOf
 */

/** @typedef {{ code: Code, message: string }} Failure */

/**
 * The page's end.
 *
 * @template {Handlers} H The worker's handlers.
 */
export class Rpc {
  /** @type {Worker} */
  #worker;
  /** @type {string} */
  #url;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: LimnError) => void, watch: Watch<any> | undefined }>} */
  #pending = new Map();
  #nextId = 0;
  /** @type {LimnError | null} */
  #dead = null;
  /** @type {() => void} */
  #wake = () => {};
  /** @type {(error: LimnError) => void} */
  #oversleep = () => {};
  /** The worker listens. @type {Promise<void>} */
  #awake = new Promise((resolve, reject) => {
    this.#wake = resolve;
    this.#oversleep = reject;
  });
  /** @type {(error: LimnError) => void} */
  #onEnd;
  /** @type {(event: string, detail: any) => void} */
  #onEvent;
  /** @type {ReadonlySet<Code>} */
  #fatal;

  /**
   * @param {URL} script A module that calls `serve`.
   * @param {object} how
   * @param {ReadonlySet<Code>} how.fatal Errors after which the worker is of no more use.
   * @param {(error: LimnError) => void} how.onEnd Called once, when the worker has come to its end, by whatever.
   * @param {(event: string, detail: any) => void} how.onEvent Called with what the worker announces.
   */
  constructor(script, { fatal, onEnd, onEvent }) {
    this.#fatal = fatal;
    this.#onEnd = onEnd;
    this.#onEvent = onEvent;
    // A worker made from a blob: inherits the page's Content-Security-Policy on every static host. One made
    // from an http: address has only what the server sends with the script, often nothing.
    // Its imports are dynamic: Firefox asks the service worker for those alone, so the others would fail offline.
    const module = `import(${JSON.stringify(script.href)}).catch((error) => postMessage({ unloadable: String(error) }));`;
    this.#awake.catch(() => {});
    this.#url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
    this.#worker = new Worker(this.#url, { type: "module", name: "limn" });
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(new LimnError("crashed", event.message));
    };
  }

  /**
   * @template {keyof H & string} T
   * @param {T} type Name of the handler.
   * @param {Parameters<H[T]>[0]} [request] Left out where the handler takes none.
   * @param {object} [how]
   * @param {Transferable[]} [how.transfer] What of the request is handed over.
   * @param {Watch<ProgressOf<H[T]>>} [how.watch]
   * @returns {Promise<Answer<H[T]>>} Rejected with the handler's error, or with that of the worker's end.
   */
  async call(type, request, { transfer = [], watch } = {}) {
    await this.#awake;
    if (this.#dead) throw this.#dead;
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject, watch });
      watch?.signal.addEventListener("abort", () => this.#worker.postMessage({ cancel: id }), { once: true });
      try {
        this.#worker.postMessage({ id, type, request }, transfer);
      } catch (error) {
        this.#pending.delete(id);
        reject(LimnError.from(error));
      }
      // It may have been given while the worker was starting.
      if (watch?.signal.aborted) this.#worker.postMessage({ cancel: id });
    });
  }

  /** Ends the worker; requests under way, and those to come, are rejected. @param {LimnError} error */
  end(error) {
    if (this.#dead) return;
    this.#dead = error;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#url);
    this.#oversleep(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#onEnd(error);
  }

  /**
   * @param {{ id?: number, value?: unknown, error?: Failure, progress?: unknown, awake?: true, unloadable?: string,
   *   event?: string, detail?: unknown }} message
   */
  #receive({ id, value, error, progress, awake, unloadable, event, detail }) {
    if (awake) return this.#wake();
    if (unloadable !== undefined) return this.end(new LimnError("wasm-load", unloadable));
    if (event !== undefined) return this.#onEvent(event, detail);
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || !pending) return;
    if (progress !== undefined) return pending.watch?.onProgress(progress);
    this.#pending.delete(id);
    if (!error) return pending.resolve(value);
    const failure = new LimnError(error.code, error.message);
    pending.reject(failure);
    if (this.#fatal.has(error.code)) this.end(failure);
  }
}

/** @template V An answer with what of it is handed over, not copied. */
export class HandedOver {
  /** @param {V} value @param {Transferable[]} transfer */
  constructor(value, transfer) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** The worker's end: answers requests from now on. @param {Handlers} handlers */
export function serve(handlers) {
  /** Requests under way, by id. @type {Map<number, AbortController>} */
  const running = new Map();
  self.addEventListener("message", async ({ data }) => {
    const { id, type, request, cancel } = data;
    if (cancel !== undefined) return running.get(cancel)?.abort();
    const controller = new AbortController();
    running.set(id, controller);
    const tell = (/** @type {unknown} */ progress, /** @type {Transferable[]} */ transfer = []) =>
      self.postMessage({ id, progress }, { transfer });
    try {
      const answer = await handlers[type](request, { signal: controller.signal, tell });
      const { value, transfer } = answer instanceof HandedOver ? answer : { value: answer, transfer: [] };
      self.postMessage({ id, value }, { transfer });
    } catch (error) {
      const { code, message } = LimnError.from(error);
      self.postMessage({ id, error: { code, message } });
    } finally {
      running.delete(id);
    }
  });
  // What was sent before there was a listener would be lost.
  self.postMessage({ awake: true });
}

/** Tells the page something that it has not asked for. @param {string} event @param {unknown} detail */
export function announce(event, detail) {
  self.postMessage({ event, detail });
}
