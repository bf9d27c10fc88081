// Video files, looked at and made with ffmpeg, which knows nothing of the page or its browser.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
 * What a file is: its container's name, its streams, and for its frames the times in seconds, in the order shown. Reading
 * it through decodes every frame.
 */
export function probe(bytes) {
  return withFile(bytes, (file) => {
    const ask = (...what) => JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...what, file], QUIET));
    const { streams, format } = ask('-show_streams', '-show_format');
    const { frames } = ask('-select_streams', 'v:0', '-show_entries', 'frame=best_effort_timestamp_time');
    return {
      container: format.format_name,
      tags: format.tags ?? {},
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
    return list.toString().split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(',').at(-1).trim());
  });
}
