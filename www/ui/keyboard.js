// @ts-check
/**
 * Keys for everything, and the help that lists them. Letters act anywhere but in fields that take them themselves; Escape
 * ends what began last.
 */

import { element, make } from "./dom.js";
import * as text from "./text.js";

/** The control that a key presses, or moves the focus to where it is a list; what each is for stands in `text.js`. @type {Array<[string, string]>} */
const KEYS = [
  ["c", "camera"],
  ["o", "file"],
  ["b", "compare"],
  ["s", "save"],
  ["v", "record"],
  ["t", "timer"],
  ["x", "series"],
  ["f", "turn"],
  ["p", "play"],
  ["l", "loop"],
  ["u", "sound"],
  ["e", "export"],
  ["m", "mix-with"],
  ["g", "preview"],
  ["r", "reset"],
  ["?", "show-keys"],
];

/** What Escape ends, the newest last. @type {Array<() => void>} */
const cancels = [];

/**
 * Lets Escape end what begins now, before all that began earlier.
 *
 * @param {() => void} end
 * @returns {() => void} To be called when it has ended by itself.
 */
export function onCancel(end) {
  const entry = () => end();
  cancels.push(entry);
  return () => {
    const at = cancels.indexOf(entry);
    if (at >= 0) cancels.splice(at, 1);
  };
}

/** Listens, for as long as the page lives. */
export function listenToKeys() {
  const controls = new Map(KEYS.map(([key, id]) => [key, element(id, HTMLElement)]));
  const entries = KEYS.map(([key]) => /** @type {[string, string]} */ ([key, text.keys[key]]));
  // The first nine styles have a digit each.
  entries.splice(-1, 0, ["1 … 9", text.keys.digits], ["Escape", text.keys.Escape]);
  element("keys-list", HTMLElement).replaceChildren(
    ...entries.flatMap(([key, purpose]) => [make("dt", key), make("dd", purpose)]),
  );
  const box = element("keys", HTMLDialogElement);
  element("show-keys", HTMLButtonElement).addEventListener("click", () => box.showModal());
  closes(box);
  addEventListener("keydown", (event) => {
    // An open dialog takes it for itself.
    if (event.key !== "Escape" || event.repeat || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    cancels.pop()?.();
  });
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (takesLetters(event.target) || document.querySelector("dialog[open]")) return;
    const control = controls.get(event.key.toLowerCase()) ?? styleRadio(event.key);
    if (!control?.checkVisibility()) return;
    event.preventDefault();
    if (control instanceof HTMLSelectElement) control.focus();
    else control.click();
  });
}

/** Lets a dialog be closed by its own button, `ID-close`, or by a click beside it. @param {HTMLDialogElement} box */
export function closes(box) {
  element(`${box.id}-close`, HTMLButtonElement).addEventListener("click", () => box.close());
  // A click beside the box falls on the dialog itself.
  box.addEventListener("click", (event) => {
    if (event.target === box) box.close();
  });
}

/** @param {string} key @returns {HTMLElement | undefined} */
function styleRadio(key) {
  if (!/^[1-9]$/.test(key)) return undefined;
  /** @type {NodeListOf<HTMLElement>} */
  const radios = document.querySelectorAll("#gallery input");
  return radios[Number(key) - 1];
}

/** Lists search by letter. @param {EventTarget | null} target */
function takesLetters(target) {
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
