// @ts-check

/** How often each name has been given. @type {Map<string, number>} */
const given = new Map();

/**
 * @param {string} style Title of the style in use, in the visitor's language.
 * @param {string} ending Without the dot.
 * @param {string} [photo] What the name begins with.
 * @returns {string} Such as `limn-blue-ink.jpg`; the next one of a visit is `limn-blue-ink-2.jpg`.
 */
export function fileName(style, ending, photo = "limn") {
  const plain = style.toLowerCase().replace(/[äöü]/g, "$&e").replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "");
  const words = plain.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const name = [photo, ...words].join("-");
  const count = (given.get(name + ending) ?? 0) + 1;
  given.set(name + ending, count);
  return `${name}${count > 1 ? `-${count}` : ""}.${ending}`;
}
