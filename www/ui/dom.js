// @ts-check
/** Small helpers for the page's elements. */

/**
 * @template {typeof HTMLElement} T
 * @param {string} id
 * @param {T} type
 * @returns {InstanceType<T>}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return /** @type {InstanceType<T>} */ (found);
  throw new Error(`index.html has no #${id}`);
}

/** Ends a task of the main thread, so that whatever waits has its turn. */
export function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}

/** @param {"dt" | "dd" | "td" | "li" | "span"} tag @param {string} content */
export function make(tag, content) {
  const node = document.createElement(tag);
  node.textContent = content;
  return node;
}
