// @ts-check

/**
 * @typedef {object} Request
 * @property {string} url
 * @property {number} bytes Of the answer, unpacked; 0 where the browser does not tell.
 */

/**
 * Requests in what a `PerformanceObserver` was told; those for blob: and data: addresses never leave memory.
 *
 * @param {PerformanceObserverEntryList} list
 * @returns {Request[]}
 */
export function requestsIn(list) {
  const entries = /** @type {PerformanceResourceTiming[]} */ (list.getEntries());
  const sent = entries.filter(({ name }) => !/^(blob|data):/.test(name));
  return sent.map(({ name, decodedBodySize }) => ({ url: name, bytes: decodedBodySize }));
}
