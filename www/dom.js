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

/**
 * A button that is on for as long as it is held, by pointer or by key.
 *
 * @param {HTMLButtonElement} button
 * @param {(held: boolean) => void} change
 */
export function hold(button, change) {
  /** @param {boolean} held */
  const set = (held) => {
    button.setAttribute("aria-pressed", String(held));
    change(held);
  };
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "keyup", "blur"]) {
    button.addEventListener(end, () => set(false));
  }
  button.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") set(true);
  });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}
