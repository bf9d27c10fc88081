// @ts-check
/**
 * What the dialogs share that few visitors open: each is a module of its own with its markup, fetched at the first click
 * (`onLateClick` in `ui/late.js`), together with their words and their style sheet.
 */

import { element } from "../ui/dom.js";
import { fillIn } from "../ui/messages.js";
import { words } from "./words.js";

const sheet = document.createElement("link");
sheet.rel = "stylesheet";
sheet.href = new URL("dialogs.css", import.meta.url).href;
await new Promise((resolve) => {
  // Without it a dialog is plain and still says everything.
  sheet.onload = sheet.onerror = resolve;
  document.head.append(sheet);
});

/**
 * A dialog of the page, not yet open.
 *
 * @param {string} id Its heading is `ID-title`.
 * @param {string} markup With `data-text` as in index.html.
 */
export function makeDialog(id, markup) {
  const box = document.createElement("dialog");
  box.id = box.dataset.testid = id;
  box.setAttribute("aria-labelledby", `${id}-title`);
  box.innerHTML = markup;
  fillIn(box, words.page);
  document.body.append(box);
  return box;
}

/** Lets a dialog be closed by its own button, `ID-close`, or by a click beside it. @param {HTMLDialogElement} box */
export function closes(box) {
  element(`${box.id}-close`, HTMLButtonElement).addEventListener("click", () => box.close());
  // A click beside the box falls on the dialog itself.
  box.addEventListener("click", (event) => {
    if (event.target === box) box.close();
  });
}
