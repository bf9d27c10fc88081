// @ts-check

/**
 * Requests in what a `PerformanceObserver` was told; those for blob: and data: addresses never leave memory, and of
 * what the service worker answers it tells itself which made a request.
 *
 * @param {PerformanceObserverEntryList} list
 * @returns {number}
 */
export function requestsIn(list) {
  const entries = /** @type {PerformanceResourceTiming[]} */ (list.getEntries());
  return entries.filter(({ name, workerStart }) => !/^(blob|data):/.test(name) && workerStart === 0).length;
}
