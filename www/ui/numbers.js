// @ts-check
/** Numbers and units as the page's language writes them. */

/** @param {number} value @param {number} digits After the decimal sign. */
function number(value, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(document.documentElement.lang, options).format(value);
}

/** @param {number} rate Frames per second. */
export function framesPerSecond(rate) {
  return `${number(rate, rate < 9.95 ? 1 : 0)} fps`;
}

/** @param {number} value 1 is 100 %. */
export function percent(value) {
  return `${Math.round(value * 100)} %`;
}

/** @param {number} milliseconds @returns {string} Such as `1:05`. */
export function clock(milliseconds) {
  const all = Math.floor(milliseconds / 1000);
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${number(bytes / 1e6, bytes < 9.95e6 ? 1 : 0)} MB`;
}
