// @ts-check

import { LimnError } from "../limn/error.js";
import { element } from "./dom.js";
import { fail } from "./messages.js";

/**
 * Lets a button do what takes a module that is fetched at the first click.
 *
 * @param {string} id Of the button.
 * @param {() => Promise<void>} act Imports the module.
 */
export function onLateClick(id, act) {
  element(id, HTMLButtonElement).addEventListener("click", () => act().catch((error) => fail(LimnError.from(error, "part-network"))));
}
