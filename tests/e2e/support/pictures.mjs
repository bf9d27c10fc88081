// Pictures drawn by code: a photo with edges, ramps and texture, its PNG, and a clip for Chromium's fake camera.

import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { PNG } from 'pngjs';

/** RGB bytes of a picture with a face-like disc, a diagonal edge, colour ramps and fine stripes. */
export function drawPhoto(width, height) {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = x / width;
      const v = y / height;
      let colour = u + v > 1.1 ? [60, 90 + 80 * u, 150] : [190 - 60 * v, 200 * u + 30, 120 * v + 40];
      const disc = Math.hypot(u - 0.45, (v - 0.5) * 0.9);
      if (disc < 0.28) colour = [214 - 90 * disc, 168 - 120 * disc, 140 - 160 * disc];
      if (disc < 0.28 && Math.abs(Math.abs(u - 0.45) - 0.1) < 0.025 && Math.abs(v - 0.42) < 0.03) colour = [40, 30, 30];
      if (v > 0.85) colour = colour.map((c) => c + 40 * ((x >> 1) & 1));
      for (let c = 0; c < 3; c++) rgb[(y * width + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(colour[c])));
    }
  }
  return { width, height, rgb };
}

/** An 8-bit RGB PNG; with `second`, a picture of the same size, an animated one. */
export function encodePng(picture, second) {
  const { width, height, rgb } = picture;
  // Filters, which no test looks at, take seconds over a large photo.
  const png = PNG.sync.write({ width, height, data: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.length) }, {
    colorType: 2, inputColorType: 2, inputHasAlpha: false, filterType: 0, deflateLevel: 6,
  });
  return second ? animate(png, encodePng(second), width, height) : png;
}

/** The pixels of two PNGs of one size as an animated one. */
function animate(first, second, width, height) {
  const number = (...values) => Buffer.concat(values.map((value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  }));
  // Which of the two, its size and place, and a tenth of a second.
  const control = (sequence) => pngChunk('fcTL', Buffer.concat([number(sequence, width, height, 0, 0), Buffer.from([0, 1, 0, 10, 0, 0])]));
  const pixels = (png) => Buffer.concat(pngChunks(png).filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const [header] = pngChunks(first);
  return Buffer.concat([
    first.subarray(0, 8),
    pngChunk('IHDR', header.data),
    pngChunk('acTL', number(2, 0)),
    control(0),
    pngChunk('IDAT', pixels(first)),
    control(1),
    pngChunk('fdAT', Buffer.concat([number(2), pixels(second)])),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** @param {string} type Four letters. @param {Buffer} data */
function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A GIF of pictures of one size; each is a function from x and y to one of 128 greys. Not packed. */
export function encodeGif(width, height, pictures) {
  const word = (n) => [n & 255, n >> 8];
  const palette = Array.from({ length: 128 }, (_, i) => [2 * i, 2 * i, 2 * i]).flat();
  const loop = [0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, 0, 0, 0];
  const frames = pictures.flatMap((grey) => {
    // With a clear code (128) ahead of every 100 pixels, codes stay at 8 bits.
    const codes = [];
    for (let i = 0; i < width * height; i++) {
      if (i % 100 === 0) codes.push(128);
      codes.push(grey(i % width, Math.floor(i / width)) & 127);
    }
    codes.push(129);
    const blocks = [];
    for (let at = 0; at < codes.length; at += 255) {
      const block = codes.slice(at, at + 255);
      blocks.push(block.length, ...block);
    }
    const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
    return [...control, 0x2c, 0, 0, 0, 0, ...word(width), ...word(height), 0, 7, ...blocks, 0];
  });
  return Buffer.from([...Buffer.from('GIF89a'), ...word(width), ...word(height), 0xf6, 0, 0, ...palette, ...(pictures.length > 1 ? loop : []), ...frames, 0x3b]);
}

/** The pixels of a PNG without its alpha, as `{ width, height, rgb }`. */
export function decodePng(bytes) {
  const { width, height, data } = PNG.sync.read(bytes);
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = data[from];
    rgb[to++] = data[from + 1];
    rgb[to++] = data[from + 2];
  }
  return { width, height, rgb };
}

let kept = 0;

/**
 * Leaves pictures that are not what they should be for somebody to look at, with their difference where they are of one
 * size: mid-grey where they agree, four times as far from it as they do not.
 *
 * @param {Record<string, { width: number, height: number, rgb: Uint8Array }>} pictures By name; two of them.
 * @returns {string} Where they are.
 */
export function keepPictures(pictures) {
  const folder = join(process.env.LIMN_PICTURES ?? 'target/pictures', `${basename(process.argv[1], '.test.mjs')}-${process.pid}-${++kept}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, picture] of Object.entries(pictures)) writeFileSync(join(folder, `${name}.png`), encodePng(picture));
  const [a, b] = Object.values(pictures);
  if (a.width === b.width && a.height === b.height) {
    const rgb = Uint8ClampedArray.from(a.rgb, (value, i) => 128 + 4 * (value - b.rgb[i]));
    writeFileSync(join(folder, 'difference.png'), encodePng({ ...a, rgb }));
  }
  return folder;
}

/** The chunks of a PNG, in order. */
export function pngChunks(bytes) {
  const chunks = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const end = at + 8 + bytes.readUInt32BE(at);
    chunks.push({ type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + 8, end) });
  }
  return chunks;
}

/** The marker segments of a JPEG up to its pixels, in order. */
export function jpegSegments(bytes) {
  const segments = [];
  for (let at = 2; bytes[at] === 0xff && bytes[at + 1] !== 0xda; at += 2 + bytes.readUInt16BE(at + 2)) {
    segments.push({ marker: bytes[at + 1], data: bytes.subarray(at + 4, at + 2 + bytes.readUInt16BE(at + 2)) });
  }
  return segments;
}

/** A JPEG with an Exif block in front: an orientation (1 to 8), a camera's name and a place (GPS). */
export function withExif(jpeg, orientation) {
  const text = 'A camera\0';
  const tiff = Buffer.alloc(8 + 2 + 3 * 12 + 4 + text.length + 1 + 2 + 2 * 12 + 4 + 24);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  const entry = (at, tag, type, count, value) => {
    tiff.writeUInt16BE(tag, at);
    tiff.writeUInt16BE(type, at + 2);
    tiff.writeUInt32BE(count, at + 4);
    if (type === 3) tiff.writeUInt16BE(value, at + 8);
    else if (typeof value === 'string') tiff.write(value, at + 8, 'latin1');
    else tiff.writeUInt32BE(value, at + 8);
  };
  const textAt = 8 + 2 + 3 * 12 + 4;
  const gpsAt = textAt + text.length + 1;
  tiff.writeUInt16BE(3, 8);
  entry(10, 0x010f, 2, text.length, textAt);
  entry(22, 0x0112, 3, 1, orientation);
  entry(34, 0x8825, 4, 1, gpsAt);
  tiff.write(text, textAt, 'latin1');
  tiff.writeUInt16BE(2, gpsAt);
  entry(gpsAt + 2, 1, 2, 2, 'N\0');
  entry(gpsAt + 14, 2, 5, 3, gpsAt + 30);
  [[52, 1], [31, 1], [12, 1]].forEach(([value, unit], i) => {
    tiff.writeUInt32BE(value, gpsAt + 30 + 8 * i);
    tiff.writeUInt32BE(unit, gpsAt + 34 + 8 * i);
  });
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 4);
  return Buffer.concat([head, body, jpeg.subarray(2)]);
}

/** A YUV4MPEG2 clip (4:2:0, full range) of the picture drifting sideways, which Chromium plays in a loop as its camera. */
export function encodeClip({ width, height, rgb }, frames = 8) {
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F15:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < frames; frame++) {
    const y = Buffer.alloc(width * height);
    const u = Buffer.alloc((width / 2) * (height / 2));
    const v = Buffer.alloc((width / 2) * (height / 2));
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = (row * width + ((column + 2 * frame) % width)) * 3;
        const [r, g, b] = [rgb[at], rgb[at + 1], rgb[at + 2]];
        y[row * width + column] = 0.299 * r + 0.587 * g + 0.114 * b;
        const half = (row >> 1) * (width / 2) + (column >> 1);
        u[half] = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b;
        v[half] = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b;
      }
    }
    parts.push(Buffer.from('FRAME\n'), y, u, v);
  }
  return Buffer.concat(parts);
}
