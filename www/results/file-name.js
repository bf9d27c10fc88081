// @ts-check

/**
 * @param {string} style Name of the style in use.
 * @param {string} ending Without the dot.
 * @returns {string} Such as `limn-mosaic-2026-11-21-141500.png`, in local time.
 */
export function fileName(style, ending) {
  const local = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  const time = local.slice(0, 19).replace("T", "-").replaceAll(":", "");
  return `limn-${style}-${time}.${ending}`;
}
