// @ts-check
/** What the page tells the visitor: the status line, the lasting note, and the labels. */

import { element } from "./dom.js";
import { LimnError } from "../limn/error.js";
import * as text from "./text.js";

const ui = {
  status: element("status", HTMLElement),
  notice: element("notice", HTMLElement),
  noticeText: element("notice-text", HTMLElement),
  useCpu: element("use-cpu", HTMLButtonElement),
  noticeClose: element("notice-close", HTMLButtonElement),
};

/** Codes of notes that the visitor has put away. @type {Set<string>} */
const read = new Set();
ui.noticeClose.addEventListener("click", () => {
  read.add(ui.notice.dataset.code ?? "");
  ui.notice.hidden = true;
  // Where the keyboard is, must not be nowhere.
  element("camera", HTMLButtonElement).focus({ preventScroll: true });
});

/**
 * The status line, which says one thing at a time.
 *
 * @param {"info" | "busy" | "error"} kind
 * @param {string} message
 * @param {string} [code] Stable name of what happened.
 */
export function say(kind, message, code) {
  ui.status.textContent = message;
  ui.status.dataset.kind = kind;
  if (code) ui.status.dataset.code = code;
  else delete ui.status.dataset.code;
}

/** Says in the tab's title, to a visitor who looks elsewhere, that a long job is done; until they look again. @param {string} title */
export function sayInTitle(title) {
  if (document.hasFocus()) return;
  document.title = title;
  addEventListener("focus", () => (document.title = text.page.title), { once: true });
}

/** Whether the status line says that something is under way. */
export function isBusy() {
  return ui.status.dataset.kind === "busy";
}

/** @param {LimnError} error */
export function fail(error) {
  console.warn(`Limn: ${error.code}: ${error.message}`, error.cause ?? "");
  say("error", text.describe(error), error.code);
}

/**
 * The note about the engine, which stays until it is put away, and then stays away.
 *
 * @param {string} message
 * @param {string} code
 * @param {boolean} [offerCpu] With a button that starts the CPU engine.
 */
export function showNotice(message, code, offerCpu = false) {
  ui.noticeText.textContent = message;
  ui.useCpu.hidden = !offerCpu;
  ui.noticeClose.hidden = offerCpu;
  ui.notice.dataset.code = code;
  ui.notice.hidden = !offerCpu && read.has(code);
}

export function hideNotice() {
  ui.notice.hidden = true;
  delete ui.notice.dataset.code;
}

/**
 * Gives the page, or a part of it, its words.
 *
 * @param {ParentNode} root
 * @param {Record<string, string>} strings By the names that the markup uses.
 */
export function fillIn(root, strings) {
  const wordsOf = (/** @type {Element} */ node, /** @type {string} */ name) => strings[node.getAttribute(name) ?? ""];
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = wordsOf(node, "data-text");
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", wordsOf(node, "data-label"));
  for (const node of root.querySelectorAll("[data-title]")) node.setAttribute("title", wordsOf(node, "data-title"));
}
