// @ts-check
/** The words of the dialogs, in the page's language. */

import { language } from "../ui/text.js";

/** @typedef {typeof import("./words/en.js")} Words */

/** @type {Record<string, () => Promise<Words>>} */
const LANGUAGES = { en: () => import("./words/en.js"), de: () => import("./words/de.js") };

export const words = await LANGUAGES[language]();
