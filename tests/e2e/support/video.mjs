// Video files, looked at and made with ffmpeg, which knows nothing of the page or its browser.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const QUIET = { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 };

/** Runs `use` with the path of a file that holds `bytes`. */
function withFile(bytes, use) {
  const folder = mkdtempSync(join(tmpdir(), 'limn-video-'));
  try {
    const file = join(folder, 'clip');
    writeFileSync(file, bytes);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What a file is: its container's name, its length in seconds, its streams, and for its frames the times in seconds, in
 * the order shown. Reading it through decodes every frame.
 */
export function probe(bytes) {
  return withFile(bytes, (file) => {
    const ask = (...what) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...what, file], QUIET));
    const { streams, format } = ask('-show_streams', '-show_format');
    const { frames } = ask('-select_streams', 'v:0', '-show_entries', 'frame=best_effort_timestamp_time');
    return {
      container: format.format_name,
      tags: format.tags ?? {},
      seconds: Number(format.duration),
      video: streams.find(({ codec_type: type }) => type === 'video'),
      audio: streams.find(({ codec_type: type }) => type === 'audio'),
      times: frames.map((frame) => Number(frame.best_effort_timestamp_time)),
    };
  });
}

/** All frames of a file as pictures: `{ width, height, rgb }`. */
export function framesOf(bytes) {
  const { width, height } = probe(bytes).video;
  return withFile(bytes, (file) => {
    const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], QUIET);
    const size = width * height * 3;
    return Array.from({ length: raw.length / size }, (_, i) => ({ width, height, rgb: raw.subarray(i * size, (i + 1) * size) }));
  });
}

/** Digests of the packets of a file's audio, which tell whether they were passed on untouched. */
export function audioPackets(bytes) {
  return withFile(bytes, (file) => {
    const list = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-map', '0:a', '-c', 'copy', '-f', 'framemd5', '-'], QUIET);
    return list.toString().split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(',')[5].trim());
  });
}

/**
 * A clip of `count` frames in which a drawn photo drifts sideways, at `rate` frames a second with one frame left out, so
 * that no player's clock fits; with a tone for sound unless `sound` is null. Returns the file's bytes.
 */
export function encodeVideo({ width, height, rgb }, { ending, codec, sound, count = 12, rate = 10, options = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'limn-clip-'));
  try {
    const frames = Buffer.alloc(count * rgb.length);
    for (let frame = 0; frame < count; frame++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const from = 3 * (y * width + ((x + 3 * frame) % width));
          for (let c = 0; c < 3; c++) frames[frame * rgb.length + 3 * (y * width + x) + c] = rgb[from + c];
        }
      }
    }
    const raw = join(folder, 'raw.rgb');
    const file = join(folder, `clip.${ending}`);
    writeFileSync(raw, frames);
    const tone = sound ? ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${count / rate}`, '-c:a', sound] : [];
    execFileSync('ffmpeg', [
      '-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(rate), '-i', raw, ...tone.slice(0, 4),
      ...(codec ? ['-vf', 'select=not(eq(n\\,5)),scale=out_color_matrix=bt709:out_range=tv', '-fps_mode', 'vfr', '-c:v', codec, '-pix_fmt', 'yuv420p', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'] : ['-vn']),
      ...tone.slice(4), ...options, '-metadata', 'location=+52.5-013.4/', '-metadata', 'title=Secret', file,
    ]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
