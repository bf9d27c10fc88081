// Pictures drawn by code: a photo with edges, ramps and texture, its PNG, and a clip for Chromium's fake camera.

import { deflateSync } from 'node:zlib';

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

/** An 8-bit RGB PNG. */
export function encodePng({ width, height, rgb }) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    Buffer.from(rgb.buffer, rgb.byteOffset + y * width * 3, width * 3).copy(rows, y * (1 + width * 3) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
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

/** The checksum of PNG's chunks (node's own came with version 22). */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
