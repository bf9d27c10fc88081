// What every group of browser tests begins and ends with.

import { after, before } from 'node:test';
import { launch } from './browsers.mjs';
import { openPage, openSite } from './limn.mjs';

/**
 * To be called in a `describe`: opens a site and the browser `name` (with `options`, see `launch`) before its tests, and
 * closes both after them.
 */
export function setUp(name, options) {
  const at = {
    site: /** @type {Awaited<ReturnType<typeof openSite>>} */ (undefined),
    browser: /** @type {Awaited<ReturnType<typeof launch>>} */ (undefined),
    /** Opens the page, with `parameters` in its address; see `openPage`. */
    open: (parameters, how) => openPage(at.browser, at.site, parameters, how),
  };
  before(async () => {
    at.site = await openSite();
    at.browser = await launch(name, options);
  });
  after(async () => {
    await at.browser?.close();
    await at.site?.close();
  });
  return at;
}
