// @ts-check
/**
 * What a picture file says of itself in its first bytes: its format, its size, whether it moves. Enough to tell a visitor
 * why a file cannot be painted, and to refuse a huge one before the browser spends gigabytes on it.
 */

/**
 * @typedef {"png" | "jpeg" | "gif" | "webp" | "avif" | "heic" | "tiff" | "svg" | "unknown"} Format
 *
 * @typedef {object} Inspection
 * @property {Format} format
 * @property {number} width In pixels as stored; 0 where the file does not say so in the part that is read.
 * @property {number} height
 * @property {boolean} animated
 */

/** Bytes that are read: a JPEG may carry a thumbnail and a colour profile ahead of its size. */
const HEAD = 256 * 1024;

/** Brands of ISO media files that hold pictures. @type {Record<string, Format>} */
const BRANDS = {
  avif: "avif", avis: "avif",
  heic: "heic", heix: "heic", heim: "heic", heis: "heic", hevc: "heic", hevx: "heic", mif1: "heic", msf1: "heic",
};

/**
 * @param {Blob} file
 * @returns {Promise<Inspection>}
 */
export async function inspect(file) {
  const view = new DataView(await file.slice(0, HEAD).arrayBuffer());
  /** @type {Inspection} */
  const unknown = { format: "unknown", width: 0, height: 0, animated: false };
  try {
    return { ...unknown, ...read(view) };
  } catch (error) {
    // The file ends in the middle of what it says.
    if (error instanceof RangeError) return { ...unknown, format: formatOf(view) };
    throw error;
  }
}

/** @param {DataView} view @returns {Partial<Inspection>} */
function read(view) {
  const format = formatOf(view);
  switch (format) {
    case "png":
      return { format, width: view.getUint32(16), height: view.getUint32(20), animated: movesPng(view) };
    case "jpeg":
      return { format, ...sizeOfJpeg(view) };
    case "gif":
      return { format, width: view.getUint16(6, true), height: view.getUint16(8, true), animated: movesGif(view) };
    case "webp":
      return { format, ...readWebp(view) };
    case "avif":
      return { format, animated: text(view, 8, 4) === "avis" };
    default:
      return { format };
  }
}

/** @param {DataView} view @returns {Format} */
function formatOf(view) {
  if (text(view, 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (text(view, 0, 3) === "\xff\xd8\xff") return "jpeg";
  if (/^GIF8[79]a/.test(text(view, 0, 6))) return "gif";
  if (text(view, 0, 4) === "RIFF" && text(view, 8, 4) === "WEBP") return "webp";
  if (text(view, 4, 4) === "ftyp") return BRANDS[text(view, 8, 4)] ?? "unknown";
  if (/^(II\*\0|MM\0\*)/.test(text(view, 0, 4))) return "tiff";
  return /^(\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype svg|svg)/i.test(text(view, 0, 100)) ? "svg" : "unknown";
}

/** An animated PNG says so ahead of its pixels. @param {DataView} view */
function movesPng(view) {
  for (let at = 8; at + 8 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const chunk = text(view, at + 4, 4);
    if (chunk === "acTL") return view.getUint32(at + 8) > 1;
    if (chunk === "IDAT") return false;
  }
  return false;
}

/** @param {DataView} view */
function sizeOfJpeg(view) {
  for (let at = 2; at + 9 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    // The frame headers SOF0 to SOF15, among which lie three other markers.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    if (marker < 0xff00) break;
  }
  return {};
}

/** Whether a second picture follows the first. @param {DataView} view */
function movesGif(view) {
  const packed = view.getUint8(10);
  let at = 13 + (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);
  let pictures = 0;
  while (at < view.byteLength) {
    const block = view.getUint8(at);
    if (block === 0x21) {
      at = afterBlocks(view, at + 2);
    } else if (block === 0x2c) {
      if (++pictures > 1) return true;
      const local = view.getUint8(at + 9);
      // Past the descriptor, its own palette and the code size.
      at = afterBlocks(view, at + 11 + (local & 0x80 ? 3 << ((local & 7) + 1) : 0));
    } else break;
  }
  // The first picture may fill all that was read; then an animation has announced itself by an extension before.
  return at >= view.byteLength && text(view, 0, Math.min(view.byteLength, 4096)).includes("NETSCAPE2.0");
}

/** @param {DataView} view @param {number} at */
function afterBlocks(view, at) {
  while (at < view.byteLength && view.getUint8(at) !== 0) at += view.getUint8(at) + 1;
  return at + 1;
}

/** @param {DataView} view */
function readWebp(view) {
  const chunk = text(view, 12, 4);
  if (chunk === "VP8X") {
    const [width, height] = [24, 27].map((at) => 1 + (view.getUint32(at, true) & 0xffffff));
    return { width, height, animated: (view.getUint8(20) & 2) !== 0 };
  }
  if (chunk === "VP8 ") {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (chunk === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
  }
  return {};
}

/** Bytes as Latin-1; fewer where the file ends. @param {DataView} view @param {number} at @param {number} length */
function text(view, at, length) {
  const end = Math.min(view.byteLength, at + length);
  return at >= end ? "" : String.fromCharCode(...new Uint8Array(view.buffer, at, end - at));
}
