// Limn beside onnxruntime-web in the browsers, for `cargo xtask bench web`: the same weights, the same sizes, repetitions of
// both taking turns in one page. Times are the wall's; what is worth comparing is their ratio.
//
// usage: node web.mjs FOLDER: in it lie dist/ (the page), node_modules/ and c8.onnx, c16.onnx beside c8.bpk, c16.bpk;
// web.json and web.md are written there.

import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { BROWSERS, launch } from '../e2e/support/browsers.mjs';
import { serveFolder } from '../e2e/support/server.mjs';

const folder = process.argv[2];
const SIZES = (process.env.LIMN_BENCH_SIZES ?? '256 512').split(' ').map(Number);
const WIDTHS = [8, 16];
const REPETITIONS = Number(process.env.LIMN_BENCH_REPETITIONS ?? 5);
/** First visits, of which each has a browser of its own. */
const VISITS = 3;

/** A first visit: until the page is ready, and from there until the sample is painted. */
async function firstVisit(browserName) {
  const server = await serveFolder(join(folder, 'dist'));
  const browser = await launch(browserName);
  const page = await browser.newPage();
  const started = performance.now();
  await page.goto(`${server.url}?engine=cpu`);
  await page.evaluate(async () => {
    while (!globalThis.limn?.state().ready) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  const ready = performance.now() - started;
  await page.evaluate(async () => {
    // Another than the one in use: on an empty stage that opens the sample.
    document.querySelector('#gallery input:not(:checked)').click();
    while (!(globalThis.limn.state().photoPainted > 0)) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  const painted = performance.now() - started;
  const requests = server.log.length;
  await browser.close();
  await server.close();
  return { ready, painted, requests };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const short = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const spread = (values) => `${short(median(values))} (${short(Math.min(...values))}–${short(Math.max(...values))})`;

/** Ratios of neighbours, so that what slows both counts for neither. */
const ratio = ({ ours, theirs }) => median(ours.map((ms, i) => theirs[i] / ms));

const server = await serveFolder(folder);
server.add('index.html', '<!doctype html><title>Bench</title>');
server.add('in-page.js', await readFile(new URL('in-page.js', import.meta.url), 'utf8'));
const results = { machine: `${cpus().length} × ${cpus()[0].model}`, repetitions: REPETITIONS, visits: [], runs: [] };
for (const browserName of BROWSERS) {
  for (let i = 0; i < VISITS; i++) results.visits.push({ browser: browserName, ...(await firstVisit(browserName)) });
  for (const engine of ['gpu', 'cpu']) {
    for (const size of SIZES) {
      for (const width of WIDTHS) {
        // A browser for each: what one left behind does not slow the next.
        const browser = await launch(browserName);
        const page = await browser.newPage();
        await page.goto(server.url);
        const load = loadavg()[0];
        const { adapter, times } = await page.evaluate(
          async (wanted) => (await import('./in-page.js')).bench(wanted),
          { engine, size, width, repetitions: REPETITIONS },
        );
        await browser.close();
        results.runs.push({ browser: browserName, engine, adapter, size, width, load, times });
        console.log(`${browserName} ${engine.toUpperCase()} ${size}² c = ${width}: ours ${spread(times.ours)} ms, network alone by onnxruntime-web ${spread(times.theirs)} ms, ${ratio(times).toFixed(2)}×`);
      }
    }
  }
}
await server.close();
const ort = JSON.parse(await readFile(join(folder, 'node_modules/onnxruntime-web/package.json'), 'utf8')).version;

const rows = results.runs.map(({ browser, engine, size, width, times }) => {
  const share = median(times.solve.map((ms, i) => ms / times.ours[i]));
  const cells = [browser, engine.toUpperCase(), `${size}²`, width, spread(times.ours), spread(times.solve), `${(100 * share).toFixed(0)} %`, spread(times.theirs), `**${ratio(times).toFixed(1)}×**`];
  return `| ${cells.join(' | ')} |`;
});
const visits = BROWSERS.map((browser) => {
  const of = (key) => results.visits.filter((visit) => visit.browser === browser).map((visit) => visit[key]);
  return `| ${browser} | ${spread(of('ready'))} | ${spread(of('painted'))} | ${median(of('requests'))} |`;
});
const text = `# Benchmarks

Written by \`cargo xtask bench web\`; nothing here is edited by hand. ${results.machine}; medians of ${REPETITIONS} repetitions that
took turns in one page (least–most), milliseconds. The adapters were software (${[...new Set(results.runs.filter((run) => run.X).map((run) => `${run.browser}: ${run.adapter}`))].join('; ')}): no number here is
from a graphics card.

*Ours* is a whole picture: on the GPU a frame from the browser's picture to the canvas, on the CPU a photo in pixels and out. *Solve* is a
new picture with another λ, without the network. *Network* is the same weights' network alone by onnxruntime-web ${ort}, inputs
and outputs where it computes, WASM with one thread. The last column is how many of our whole pictures fit into its network's time.

| browser | engine | size | c | ours | solve | of ours | network | |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

A first visit from this machine's own disk, CPU engine, a new profile, ${VISITS} times: until the page is ready, and until the
sample is painted.

| browser | ready | sample painted | requests |
|---|---|---|---|
${visits.join('\n')}
`;
await writeFile(join(folder, 'web.json'), `${JSON.stringify(results, null, 1)}\n`);
await writeFile(join(folder, 'web.md'), text);
