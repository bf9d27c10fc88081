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

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return milliseconds < 995 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${number(milliseconds / 1000, 1)} s`;
}
