// @ts-check
/** The help that lists all keys. */

import { make } from "../ui/dom.js";
import { KEYS } from "../ui/keyboard.js";
import { closes, makeDialog } from "./dialog.js";
import { words } from "./words.js";

const box = makeDialog("keys", `
  <h2 id="keys-title" tabindex="-1" autofocus data-text="keysTitle"></h2>
  <dl id="keys-list"></dl>
  <button id="keys-close" type="button" data-text="close"></button>
`);
closes(box);

const entries = KEYS.map(([key]) => [key, words.keys[key]]);
// The first nine styles have a digit each; the others press no button.
const others = [["1 … 9", "digits"], ["+", "+"], ["-", "-"], ["0", "0"], ["Ctrl Z", "undo"], ["Ctrl ⇧ Z", "redo"], ["Escape", "Escape"]];
entries.splice(-1, 0, ...others.map(([key, purpose]) => [key, words.keys[purpose]]));
box.querySelector("#keys-list")?.replaceChildren(...entries.flatMap(([key, purpose]) => [make("dt", key), make("dd", purpose)]));

export function open() {
  box.showModal();
}
