// @ts-check

import { LimnError } from "../limn/error.js";
import { element } from "./dom.js";
import { fail } from "./messages.js";

/**
 * Lets a button do what takes a module that is fetched at the first click. While it is busy, more clicks do nothing.
 *
 * @param {string} id Of the button.
 * @param {() => Promise<void>} act Imports the module.
 */
export function onLateClick(id, act) {
  const button = element(id, HTMLButtonElement);
  let busy = false;
  button.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    button.setAttribute("aria-busy", "true");
    try {
      await act();
    } catch (error) {
      fail(LimnError.from(error, "part-network"));
    } finally {
      busy = false;
      button.removeAttribute("aria-busy");
    }
  });
}
