// @ts-check
/** What this is: version, licences of every part, and whom it owes what. */

import { make } from "../ui/dom.js";
import { closes, makeDialog } from "./dialog.js";

/** That of Cargo.toml, to which a test of `xtask` holds it. */
const VERSION = "0.1.0";

/** What the engines use of other people's. */
const CRATES = "wgpu, burn-pack, wasm-bindgen, serde, half, bytemuck, sha2, getrandom, oneshot, thiserror";

const box = makeDialog("about-limn", `
  <h2 id="about-limn-title" tabindex="-1" autofocus data-text="aboutTitle"></h2>
  <p data-text="aboutLead"></p>
  <dl>
    <dt data-text="aboutVersion"></dt><dd>${VERSION}</dd>
    <dt data-text="aboutEngine"></dt><dd id="about-engine"></dd>
  </dl>
  <h3 data-text="aboutLicences"></h3>
  <ul>
    <li><span data-text="aboutLimn"></span>: <a href="licences/LICENSE-MIT.txt" target="_blank">MIT</a> / <a href="licences/LICENSE-APACHE.txt" target="_blank">Apache-2.0</a></li>
    <li>
      <a href="https://mediabunny.dev" target="_blank" rel="noreferrer">Mediabunny</a>: MPL-2.0
      (<a href="vendor/mediabunny.LICENSE.txt" target="_blank" data-text="aboutText"></a>,
      <a href="https://github.com/Vanilagy/mediabunny" target="_blank" rel="noreferrer" data-text="aboutSource"></a>).
      <span data-text="aboutMediabunny"></span>
    </li>
    <li>
      <a href="https://github.com/Touffy/client-zip" target="_blank" rel="noreferrer">client-zip</a>: MIT
      (<a href="vendor/client-zip.LICENSE.txt" target="_blank" data-text="aboutText"></a>).
      <span data-text="aboutClientZip"></span>
    </li>
    <li><span data-text="aboutCrates"></span> ${CRATES}, <span data-text="aboutCratesMore"></span></li>
    <li data-text="aboutFonts"></li>
  </ul>
  <h3 data-text="aboutCredits"></h3>
  <ul>
    <li data-text="aboutMethod"></li>
    <li data-text="aboutSitters"></li>
    <li><span data-text="aboutTeachers"></span> <span id="about-teachers"></span></li>
    <li><span data-text="aboutPhotos"></span> <span id="about-photos" lang="en"></span></li>
  </ul>
  <button id="about-limn-close" type="button" data-text="close"></button>
`);
closes(box);

/**
 * @param {import("../engine/catalogue.js").StyleEntry[]} styles All there are.
 * @param {string} engine Which one runs, in words.
 */
export function open(styles, engine) {
  const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (box.querySelector(`#${id}`));
  part("about-engine").textContent = engine || "–";
  // Parameters, and the program that ran the filter, stand behind its name.
  const taught = styles.filter(({ teacher }) => teacher).map(({ title, teacher }) => `${title} (${teacher?.split(" ")[0]})`);
  part("about-teachers").replaceChildren(make("span", `${taught.join(", ")}.`));
  part("about-photos").textContent = [...new Set(styles.map(({ data }) => data))].filter(Boolean).join(" ");
  box.showModal();
}
