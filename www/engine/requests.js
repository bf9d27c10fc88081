// @ts-check

/**
 * Requests in what a `PerformanceObserver` was told; those for blob: and data: addresses never leave memory.
 *
 * @param {PerformanceObserverEntryList} list
 * @returns {number}
 */
export function requestsIn(list) {
  return list.getEntries().filter(({ name }) => !/^(blob|data):/.test(name)).length;
}
