// @ts-check

/** Long enough for slow browsers to have read a file, in milliseconds. */
const READ = 60_000;

/**
 * Hands a file to the visitor as a download.
 *
 * @param {Blob} blob
 * @param {string} name File name.
 */
export function offerDownload(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ);
}
