// What the browser tests share: a site to open, the page's own hooks, and the native program to compare with.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decodePng, drawPhoto, encodePng, keepPictures } from './pictures.mjs';
import { serveFolder } from './server.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const DIST = process.env.LIMN_DIST ?? join(root, 'dist');
const TRAINER = process.env.LIMN_TRAINER ?? join(root, 'target/release/limn-trainer');
const UNTRAINED = process.env.LIMN_UNTRAINED_STYLE ?? join(root, 'target/release/examples/untrained_style');

/** SwiftShader on a busy machine needs half a minute for what takes a graphics card a blink. */
const PATIENCE = 120_000;

/** Parameters for the GPU engine on the software adapters that tests have. */
export const GPU = { engine: 'gpu', adapter: 'software' };
export const CPU = { engine: 'cpu' };

/**
 * dist/ on a test server, with two untrained styles beside the shipped ones (?styles=test/styles.json), a thumbnail for
 * each, and a photo of odd size as file and as pixels.
 */
export async function openSite() {
  const folder = mkdtempSync(join(tmpdir(), 'limn-site-'));
  const server = await serveFolder(DIST);
  execFileSync(UNTRAINED, [folder]);
  const list = JSON.parse(readFileSync(join(folder, 'styles.json'), 'utf8'));
  for (const style of list.styles) {
    for (const { file } of style.models) server.add(`test/${file}`, readFileSync(join(folder, file)));
    style.thumbnail = { file: `thumbnails/${style.name}.png` };
    server.add(`test/${style.thumbnail.file}`, encodePng(drawPhoto(24, 24)));
  }
  server.add('test/styles.json', JSON.stringify(list));
  const photo = drawPhoto(97, 75);
  const photoFile = join(folder, 'photo.png');
  writeFileSync(photoFile, encodePng(photo));
  return {
    server,
    folder,
    photo,
    photoFile,
    styles: list.styles,
    shipped: JSON.parse(readFileSync(join(DIST, 'models/styles.json'), 'utf8')).styles,
    /** The size at which the untrained styles paint unless told otherwise, and so the page. */
    trainedSize: list.styles[0].models[0].trained_size,
    /** The record of an untrained style that the page takes where it wants `width`: 16 on the GPU, 8 on the CPU. */
    style: (index, width = 16) => join(folder, nearest(list.styles[index], width).file),
    /** The same of a shipped style: the record's entry, with its `path`. */
    shippedModel(entry, width = 16) {
      const model = nearest(entry, width);
      return { ...model, path: join(DIST, 'models', model.file) };
    },
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The record of a style whose width is nearest to the one wanted; of two as near, the narrower. */
function nearest({ models }, width) {
  const order = [...models].sort((a, b) => Math.abs(a.width - width) - Math.abs(b.width - width) || a.width - b.width);
  return order[0];
}

/** The page, opened with `parameters`; `styles` defaults to the untrained ones. */
export async function openPage(browser, site, parameters = {}, { beforeLoad, prefers } = {}) {
  const page = await browser.newPage();
  if (prefers) await page.prefer(prefers);
  await page.beforeLoad(smallCamera);
  await page.beforeLoad(packer);
  if (beforeLoad) await page.beforeLoad(beforeLoad);
  const query = new URLSearchParams({ styles: 'test/styles.json', ...parameters });
  await page.goto(`${site.server.url}?${query}`);
  return new LimnPage(page);
}

/** Asks the fake camera for small pictures whatever the page asks for: software paints a 720p frame in seconds. */
function smallCamera() {
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wanted) => ask({ ...wanted, video: { width: { ideal: 160 }, height: { ideal: 120 } } });
}

/** Gives the page `packPixels`: the drivers take minutes over arrays of a million numbers, and a blink over a string. */
function packer() {
  window.packPixels = async ({ width, height, data }) => {
    const reader = new FileReader();
    reader.readAsDataURL(new Blob([data]));
    await new Promise((resolve) => (reader.onload = resolve));
    return { width, height, rgba: reader.result.split(',')[1] };
  };
}

export class LimnPage {
  constructor(page) {
    this.page = page;
  }

  state() {
    return this.page.evaluate(() => window.limn?.state() ?? null);
  }

  /** Status line and notice as a visitor reads them. */
  messages() {
    return this.page.evaluate(() => {
      const read = (id) => {
        const element = document.getElementById(id);
        return { kind: element.dataset.kind ?? null, code: element.dataset.code ?? null, text: element.textContent.trim(), hidden: element.hidden };
      };
      return { status: read('status'), notice: read('notice') };
    });
  }

  /** Waits until the page's state satisfies `wanted`. */
  async until(what, wanted, patience = PATIENCE) {
    let state = null;
    for (const end = Date.now() + patience; Date.now() < end; await sleep(50)) {
      state = await this.state();
      if (state && (await wanted(state))) return state;
    }
    const told = JSON.stringify({ state, ...(await this.messages()) });
    throw new Error(`waited in vain for ${what}: ${told}\nconsole: ${this.page.messages.join('\n')}`);
  }

  ready() {
    return this.until('an engine with a style', (state) => state.ready);
  }

  /** The error `code` on show, with words to it. */
  async error(code) {
    await this.until(`the error ${code}`, (state) => state.error === code);
    const { status } = await this.messages();
    assert.equal(status.kind, 'error');
    assert.ok(status.text.length > 10, `the message for ${code} says something: ${status.text}`);
    return status.text;
  }

  /** Does `action` and waits for the picture that comes of it. */
  async painting(action) {
    const { photoPainted } = await this.state();
    await action();
    await this.until('a painted photo', (state) => state.photoPainted > photoPainted && !state.busy);
    return this.readback();
  }

  openPhoto(file) {
    return this.page.upload('#file', file);
  }

  paintPhoto(file) {
    return this.painting(() => this.openPhoto(file));
  }

  choose(style) {
    return this.page.evaluate((name) => {
      document.querySelector(`#gallery input[value="${name}"]`).click();
    }, style);
  }

  /** What the gallery shows: the style chosen, the one marked as in use, and those on their way. */
  gallery() {
    return this.page.evaluate(() => {
      const cards = Array.from(document.querySelectorAll('#gallery label'), (card) => {
        const { value, checked } = card.querySelector('input');
        return { value, checked, loading: 'loading' in card.dataset, current: 'current' in card.dataset };
      });
      const names = (state) => cards.filter((card) => card[state]).map(({ value }) => value);
      return { checked: names('checked'), current: names('current'), loading: names('loading') };
    });
  }

  /** Chooses an option of a list by its value. */
  select(id, value) {
    return this.page.evaluate(([name, wanted]) => {
      const select = document.getElementById(name);
      select.value = wanted;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }, [id, value]);
  }

  setQuality(value) {
    return this.page.evaluate((wanted) => {
      const select = document.getElementById('quality');
      select.value = wanted;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }, value);
  }

  slide(id, value) {
    return this.page.evaluate(([name, number]) => {
      const slider = document.getElementById(name);
      slider.value = String(number);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }, [id, value]);
  }

  /** The painted picture: `{ width, height, rgb }`. */
  async readback() {
    return rgbOf(await this.page.evaluate(async () => window.packPixels(await window.limn.readback())));
  }

  /**
   * What is on the canvas of the live pictures. Without a graphics card, Chromium leaves a WebGPU canvas out of its
   * screenshots; in Firefox, reading a canvas that was handed to a worker fails now and then.
   */
  async liveCanvas(browser) {
    if (browser === 'chromium') {
      return rgbOf(await this.page.evaluate(() => {
        const live = document.getElementById('live');
        const { width, height } = live;
        const context = new OffscreenCanvas(width, height).getContext('2d');
        context.drawImage(live, 0, 0);
        return window.packPixels(context.getImageData(0, 0, width, height));
      }));
    }
    await this.page.evaluate(async () => {
      const live = document.getElementById('live');
      const [width, height] = [live.width, live.height].map((pixels) => `${pixels / devicePixelRatio}px`);
      // At its own size, unmirrored, with nothing over it and no corner cut off.
      Object.assign(live.style, { position: 'fixed', inset: '0 auto auto 0', width, height, transform: 'none', zIndex: '9999' });
      Object.assign(document.getElementById('stage').style, { position: 'static', borderRadius: '0', isolation: 'auto', overflow: 'visible' });
      // On a busy machine the next frame may still show it where it was.
      for (let i = 0; i < 3; i++) await new Promise((shown) => requestAnimationFrame(shown));
    });
    return decodePng(await this.page.screenshot('#live'));
  }

  /** Waits until a visitor can see what the selector finds. */
  async appears(selector) {
    const visible = () => this.page.evaluate((wanted) => document.querySelector(wanted)?.checkVisibility() ?? false, selector);
    for (const end = Date.now() + 60_000; !(await visible()); await sleep(50)) {
      assert.ok(Date.now() < end, `${selector} stayed away: ${JSON.stringify(await this.messages())}\n${this.page.messages.join('\n')}`);
    }
  }

  /** Opens a dialog by its button. */
  async openDialog(opener) {
    await this.page.click(`#${opener}`);
    await this.appears('dialog[open]');
  }

  /** The photo as it went into the engine. */
  async original() {
    return rgbOf(await this.page.evaluate(() => window.packPixels(window.limn.original())));
  }

  /** The picture of now of the camera, or of another video element. */
  async cameraPicture(id = 'video') {
    return rgbOf(await this.page.evaluate((wanted) => {
      const video = document.getElementById(wanted);
      const canvas = document.createElement('canvas');
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context.drawImage(video, 0, 0);
      return window.packPixels(context.getImageData(0, 0, canvas.width, canvas.height));
    }, id));
  }

  /** Pixels of an image file, decoded by the page. */
  async decode(bytes) {
    return rgbOf(await this.page.evaluate(async (base64) => {
      const file = new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]);
      const bitmap = await createImageBitmap(file);
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      context.drawImage(bitmap, 0, 0);
      return window.packPixels(context.getImageData(0, 0, canvas.width, canvas.height));
    }, bytes.toString('base64')));
  }

  /** The same, brought to the size at which the page shows photos, the way it does. */
  async decodeAsShown(bytes) {
    return rgbOf(await this.page.evaluate(async (base64) => {
      const { decodePhoto } = await import('./media/decode.js');
      const { width, height } = document.getElementById('painted');
      const file = new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: 'image/png' });
      const { image } = await decodePhoto(file, Math.max(width, height));
      return window.packPixels(image);
    }, bytes.toString('base64')));
  }

  close() {
    return this.page.close();
  }
}

export function rgbOf({ width, height, rgba: base64 }) {
  const rgba = Buffer.from(base64, 'base64');
  const rgb = new Uint8Array(width * height * 3);
  let opaque = true;
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from];
    rgb[to++] = rgba[from + 1];
    rgb[to++] = rgba[from + 2];
    opaque &&= rgba[from + 3] === 255;
  }
  assert.ok(opaque, 'the picture is opaque');
  return { width, height, rgb };
}

/** The picture that the native CPU engine paints from `picture`, by default as the page does. */
export function paintNatively(site, picture, model, options) {
  const input = join(site.folder, 'native.png');
  writeFileSync(input, encodePng(picture));
  return paintFileNatively(site, input, model, options);
}

/** The same from a picture's file. */
export function paintFileNatively(site, input, model, { strength = 1, lambda = 10, workingSize = site.trainedSize, second, mix } = {}) {
  const output = join(site.folder, 'native-out.png');
  execFileSync(TRAINER, [
    'stylize', '--engine', 'cpu', '--model', model, '--input', input, '--output', output,
    '--strength', String(strength), '--lambda', String(lambda), '--working-size', String(workingSize),
    ...(second ? ['--mix', second, '--mix-amount', String(mix)] : []),
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  return decodePng(readFileSync(output));
}

/** Mean and largest difference of two pictures, in units of 1/255. */
export function difference(a, b) {
  assert.deepEqual([a.width, a.height], [b.width, b.height], 'pictures of one size');
  let sum = 0;
  let max = 0;
  for (let i = 0; i < a.rgb.length; i++) {
    const d = Math.abs(a.rgb[i] - b.rgb[i]);
    sum += d;
    max = Math.max(max, d);
  }
  return { mean: sum / a.rgb.length, max };
}

/**
 * The engines agree: f32 within what rounding to 8 bits can make of a difference of 1e-4; f16, where an adapter has
 * it, within 1/255 in the mean and 4/255 at most, which nobody sees.
 */
export function assertSame(actual, expected, precision = 'f32') {
  const { mean, max } = difference(actual, expected);
  const [meanLimit, maxLimit] = precision === 'f16' ? [1, 4] : [0.1, 1];
  if (mean <= meanLimit && max <= maxLimit) return;
  const folder = keepPictures({ actual, expected });
  assert.fail(`${precision} pictures differ by ${mean.toFixed(3)}/255 in the mean, ${max}/255 at most: see ${folder}`);
}

/** The picture was changed to a degree that a visitor sees. */
export function assertPainted(picture, source) {
  const { mean, max } = difference(picture, source);
  if (mean > 0.5 && max > 10) return;
  const folder = keepPictures({ painted: picture, plain: source });
  assert.fail(`painted and plain picture differ by ${mean.toFixed(3)}/255 in the mean, ${max}/255 at most: see ${folder}`);
}
