// @ts-check
/**
 * Lets the page work offline, one release at a time.
 *
 * A release is a list of the page's files with their digests, which `cargo xtask dist` writes below. Files are kept by
 * digest in one cache: a page is answered with the files of one release or not at all, whatever the server has become
 * meanwhile; and an update fetches only what has changed. A new release waits until the visitor agrees (`take-over`)
 * or no page of the old one is open. `page/offline.js` is the page's end of it.
 */

/**
 * @typedef {object} Release
 * @property {Record<string, string>} shell Digests of the files that every visit needs, by name from the page's folder.
 * @property {Record<string, string>} later Those of the rest (engines, styles, …), kept once they were used.
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** @type {Release} */
const RELEASE = { shell: {}, later: {} };

const SCOPE = worker.registration.scope;
/** Other pages of the same origin have caches of their own. */
const CACHE = `limn ${new URL(SCOPE).pathname}`;
const PAGE = "index.html";
/** For so many milliseconds what was shared is held for the page to take it. */
const PATIENCE = 60_000;
/** Bytes of a sha256 that are looked at. */
const DIGEST = 8;

/** What another app has shared, until the page takes it: in memory, and nowhere else. @type {File[]} */
let shared = [];

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOld()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const own = request.method === "GET" && url.origin === worker.location.origin;
  if (request.method === "POST" && url.href === addressOf("share")) {
    event.respondWith(receive(request));
    // Browsers end a worker that has nothing to do, and its memory with it.
    return event.waitUntil(new Promise((resolve) => setTimeout(resolve, PATIENCE)));
  }
  const name = own ? nameOf(url, request.mode === "navigate") : null;
  if (name !== null) event.respondWith(answer(name));
  // What is none of this worker's business goes its own way, but is listed with the rest.
  else if (request.mode !== "navigate") event.waitUntil(report(request.url, 0));
});

worker.addEventListener("message", (event) => {
  const { type, names, late } = event.data;
  const reply = (/** @type {unknown} */ value) => event.ports[0]?.postMessage(value);
  if (type === "keep") event.waitUntil(keep(names, late).then(reply, () => reply(false)));
  if (type === "take-shared") reply(shared.splice(0));
  if (type === "take-over") event.waitUntil(takeOver().then(reply));
});

/**
 * Takes what another app shares, as the manifest's `share_target` has it sent. It goes no further than here.
 *
 * @param {Request} request
 */
async function receive(request) {
  const pictures = (await request.formData()).getAll("pictures");
  shared = pictures.filter((picture) => picture instanceof File);
  return Response.redirect(`${SCOPE}?start=shared`, 303);
}

/** Fetches the shell, and the new form of whatever else was in use. Fails as a whole if any file is missing or wrong. */
async function install() {
  const cache = await caches.open(CACHE);
  const used = new Set((await cache.keys()).map(({ url }) => url.split("?")[0]));
  const later = Object.keys(RELEASE.later).filter((name) => used.has(addressOf(name)));
  await complete(cache, [...Object.keys(RELEASE.shell), ...later]);
}

/** No page of an older release is left: its files can go. */
async function forgetOld() {
  const cache = await caches.open(CACHE);
  const current = new Set(Object.keys({ ...RELEASE.shell, ...RELEASE.later }).map(keyOf));
  for (const { url } of await cache.keys()) if (!current.has(url)) await cache.delete(url);
}

/**
 * @param {string} name Of a file of this release.
 * @returns {Promise<Response>}
 */
async function answer(name) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(keyOf(name));
  if (kept) return kept;
  try {
    return await fetchFile(cache, name);
  } catch (error) {
    if (!(error instanceof OtherFile)) return Response.error();
    void worker.registration.update().catch(() => {});
    // The server has moved on, and a page of this release must do without the file. But where the browser has thrown
    // kept files away there is no whole release any more, and the server's own files are all there are.
    const whole = (await missing(cache, Object.keys(RELEASE.shell))).length === 0;
    return whole ? Response.error() : error.response;
  }
}

/**
 * Keeps files for offline use.
 *
 * @param {string[]} addresses Absolute; those that are no files of the release are passed over.
 * @param {boolean} late Whether the parts of the page are wanted, too, that it fetches when they are first used.
 * @returns {Promise<boolean>} Whether these and the whole shell are there. False for a worker without a release.
 */
async function keep(addresses, late) {
  const names = addresses.map((address) => nameOf(new URL(address), false)).filter((name) => name !== null);
  if (late) names.push(...Object.keys(RELEASE.later).filter((name) => /^((dialogs|panel|results|engine|stage|page)\/|vendor\/client-zip)/.test(name)));
  if (!(PAGE in RELEASE.shell)) return false;
  await complete(await caches.open(CACHE), [...Object.keys(RELEASE.shell), ...names]);
  return true;
}

/** Fetches those of the files that are not there. @param {Cache} cache @param {string[]} names */
async function complete(cache, names) {
  await Promise.all((await missing(cache, names)).map((name) => fetchFile(cache, name)));
}

/** @param {Cache} cache @param {string[]} names @returns {Promise<string[]>} Those that are not kept, once each. */
async function missing(cache, names) {
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  return [...new Set(names)].filter((name) => !kept.has(keyOf(name)));
}

/**
 * Puts this waiting release to use, unless more than one page of the old one is open: the others would get files of
 * two releases.
 *
 * @returns {Promise<boolean>}
 */
async function takeOver() {
  if ((await pages()).length > 1) return false;
  await worker.skipWaiting();
  return true;
}

/**
 * Fetches a file of the release and keeps it if it is the right one.
 *
 * @param {Cache} cache
 * @param {string} name
 * @returns {Promise<Response>}
 * @throws {OtherFile} Where the server has a different file by that name.
 */
async function fetchFile(cache, name) {
  // Hosts redirect index.html to its folder, and a redirected answer does not do for a page.
  const address = name === PAGE ? SCOPE : addressOf(name);
  let bytes = 0;
  let response;
  let body;
  try {
    response = await fetch(address, { cache: "no-cache" });
    if (!response.ok) throw new OtherFile(response);
    body = await response.clone().arrayBuffer();
    bytes = body.byteLength;
  } finally {
    await report(address, bytes);
  }
  if ((await digest(body)) !== digestOf(name)) throw new OtherFile(response);
  const headers = new Headers(response.headers);
  // The body is unpacked by now.
  for (const header of ["content-encoding", "content-length"]) headers.delete(header);
  const file = new Response(body, { headers });
  await cache.put(keyOf(name), file.clone());
  return file;
}

/** Tells the pages of a request. @param {string} url @param {number} bytes Of the answer; 0 where there was none, or none to see. */
async function report(url, bytes) {
  for (const page of await pages()) page.postMessage({ requests: [{ url, bytes }] });
}

/** The open pages of this site, also those that came without this worker. */
async function pages() {
  const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter(({ url }) => url.startsWith(SCOPE));
}

/** The server's answer is not the file that this release means. */
class OtherFile extends Error {
  /** @param {Response} response */
  constructor(response) {
    super(`${response.url}: ${response.status}`);
    this.response = response;
  }
}

/**
 * @param {URL} url
 * @param {boolean} page Whether a page is asked for, whose parameters do not matter.
 * @returns {string | null} Null where it is not a file of this release.
 */
function nameOf(url, page) {
  if (!url.href.startsWith(SCOPE) || (url.search !== "" && !page)) return null;
  const name = decodeURIComponent(url.pathname.slice(new URL(SCOPE).pathname.length)) || PAGE;
  return digestOf(name) === undefined ? null : name;
}

/** @param {string} name @returns {string | undefined} */
function digestOf(name) {
  return RELEASE.shell[name] ?? RELEASE.later[name];
}

/** @param {string} name */
function addressOf(name) {
  return new URL(name.split("/").map(encodeURIComponent).join("/"), SCOPE).href;
}

/** Where a file lies in the cache. @param {string} name */
function keyOf(name) {
  return `${addressOf(name)}?sha256=${digestOf(name)}`;
}

/** @param {ArrayBuffer} bytes */
async function digest(bytes) {
  const all = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(all.subarray(0, DIGEST), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
