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

/** @param {"dt" | "dd"} tag @param {string} content */
export function make(tag, content) {
  const node = document.createElement(tag);
  node.textContent = content;
  return node;
}
