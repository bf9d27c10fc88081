// @ts-check
/** The panel that says how a visitor can check that pictures stay here: each request by name and size, and the policy. */

import { language } from "../ui/text.js";
import { make } from "../ui/dom.js";
import { closes, makeDialog } from "./dialog.js";
import { words } from "./words.js";

/**
 * @typedef {import("../engine/requests.js").Request} Request
 * @typedef {{ url: string, directive: string }} Stopped A request that the policy stopped, and by which of its parts.
 */

const box = makeDialog("how", `
  <h2 id="how-title" tabindex="-1" autofocus data-text="howTitle"></h2>
  <p data-text="howPolicy"></p>
  <p id="requests" data-testid="requests" class="told" role="status"></p>
  <div id="how-list">
    <table>
      <caption data-text="howFiles"></caption>
      <thead><tr><th scope="col" data-text="howFile"></th><th scope="col" data-text="howSize"></th><th scope="col" data-text="howSent"></th></tr></thead>
      <tbody id="how-files"></tbody>
    </table>
    <h3 data-text="howOthers"></h3>
    <ul id="how-others"></ul>
  </div>
  <details>
    <summary data-text="howForbidden"></summary>
    <p data-text="howForbiddenHint"></p>
    <dl id="how-policy"></dl>
  </details>
  <p data-text="howCheck"></p>
  <button id="how-close" type="button" data-text="close"></button>
`);
closes(box);

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (box.querySelector(`#${id}`));

part("how-policy").replaceChildren(...policy());

export function open() {
  box.showModal();
}

/**
 * @param {Request[] | null} requests Null where there has been no picture to keep private.
 * @param {Stopped[]} stopped
 */
export function show(requests, stopped) {
  const own = (requests ?? []).filter(({ url }) => isOwn(url));
  // What the policy stops, some browsers list as a request too.
  const others = (requests ?? []).filter(({ url }) => !isOwn(url) && !stopped.some((attempt) => url.startsWith(attempt.url)));
  const told = part("requests");
  told.dataset.count = String(own.length);
  if (!requests) told.textContent = words.page.howNoPicture;
  else told.textContent = others.length > 0 ? words.strangers(others.length) : words.requests(own.length);
  part("how-list").hidden = !requests && stopped.length === 0;
  part("how-files").replaceChildren(...own.map(row));
  const lines = [...others.map(({ url }) => url), ...stopped.map(({ url, directive }) => `${url}: ${words.stopped(directive)}`)];
  part("how-others").replaceChildren(...(lines.length > 0 ? lines : [words.page.howNothing]).map((line) => make("li", line)));
}

/** Whether an address is a file of this page. @param {string} url */
function isOwn(url) {
  return new URL(url).origin === location.origin;
}

/** @param {Request} request */
function row({ url, bytes }) {
  const line = document.createElement("tr");
  const folder = new URL(".", document.baseURI).href;
  const name = decodeURI(url.startsWith(folder) ? url.slice(folder.length) : new URL(url).pathname);
  line.append(make("td", name || "index.html"), make("td", bytes > 0 ? kilobytes(bytes) : "–"), make("td", words.nothingSent));
  return line;
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return new Intl.NumberFormat(language, { style: "unit", unit: "kilobyte", maximumFractionDigits: bytes < 10_000 ? 1 : 0 }).format(bytes / 1000);
}

/** The page's own policy in words, as it stands in index.html. */
function policy() {
  const { content } = /** @type {HTMLMetaElement} */ (document.querySelector('meta[http-equiv="Content-Security-Policy"]'));
  const parts = content.split(";").map((directive) => directive.trim().split(/\s+/));
  const allowed = new Map(parts.map(([directive, ...sources]) => [directive, sources]));
  return Object.entries(words.directives).flatMap(([directive, about]) => {
    const sources = allowed.get(directive) ?? [];
    const list = [...new Set(sources.map((source) => words.sources[source] ?? source))].join(", ");
    return [make("dt", about), make("dd", sources.includes("'none'") ? list : words.only(list))];
  });
}
