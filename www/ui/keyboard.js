// @ts-check
/**
 * Keys for everything; `dialogs/keys.js` lists them. Letters act anywhere but in fields that take them themselves; Escape
 * ends what began last.
 */

import { element } from "./dom.js";

/** The control that a key presses, or moves the focus to where it is a list; what each is for stands in `dialogs/words/`. @type {Array<[string, string]>} */
export const KEYS = [
  ["c", "camera"],
  ["o", "file"],
  ["b", "compare"],
  ["s", "save"],
  ["k", "crop"],
  ["q", "four"],
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
