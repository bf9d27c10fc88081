// Chromium through Playwright and Firefox through Puppeteer behind one small surface, both with WebGPU in software:
// Chromium brings SwiftShader, Firefox uses Mesa's lavapipe. Neither lets the test look like a real GPU, which is why
// pages are opened with ?adapter=software.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { drawPhoto, encodeClip } from './pictures.mjs';

export const BROWSERS = (process.env.LIMN_BROWSERS ?? 'chromium firefox').split(' ');

// All of these together: with fewer, presenting a WebGPU canvas in headless Chromium destroys the device.
const CHROMIUM_GPU = [
  '--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader',
  '--use-webgpu-adapter=swiftshader', '--disable-vulkan-surface', '--ignore-gpu-blocklist',
];
const CHROMIUM_QUIET = [
  '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync',
];

/**
 * @param {'chromium' | 'firefox'} name
 * @param {{ camera?: 'fake' | 'denied' | 'none', webgpu?: boolean, serviceWorker?: boolean }} options
 *   `serviceWorker`: without it the page has to do without one, so that every file comes from the server.
 */
export async function launch(name, { camera = 'fake', webgpu = true, serviceWorker = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'limn-e2e-'));
  const start = name === 'chromium' ? launchChromium : launchFirefox;
  const browser = await start(folder, { camera, webgpu, serviceWorker });
  return {
    name,
    newPage: browser.newPage,
    protocol: browser.protocol,
    async close() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launchChromium(folder, { camera, webgpu, serviceWorker }) {
  const clip = join(folder, 'camera.y4m');
  await writeFile(clip, encodeClip(drawPhoto(160, 120)));
  const cameraFlags = {
    fake: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${clip}`],
    denied: ['--deny-permission-prompts', '--use-fake-device-for-media-stream'],
    none: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=0'],
  }[camera];
  // Without flags Chromium on Linux has `navigator.gpu` and no adapter; Firefox without the pref has neither.
  const gpu = webgpu ? CHROMIUM_GPU : [];
  const browser = await chromium.launch({
    executablePath: process.env.LIMN_CHROMIUM ?? '/usr/bin/chromium',
    args: [...CHROMIUM_QUIET, ...gpu, ...cameraFlags],
  });
  return {
    /** With a profile of its own, unless it is to share that of `beside`. */
    async newPage(beside) {
      const context = beside?.context ?? (await browser.newContext({ serviceWorkers: serviceWorker ? 'allow' : 'block' }));
      const page = await context.newPage();
      const { requests, messages } = record(page);
      return {
        context,
        /** Chromium's own protocol, for this page. */
        protocol: () => context.newCDPSession(page),
        requests,
        messages,
        goto: (url) => page.goto(url),
        evaluate: (f, argument) => page.evaluate(f, argument),
        beforeLoad: (f) => page.addInitScript(f),
        prefer: (media) => page.emulateMedia(media),
        resize: (width, height) => page.setViewportSize({ width, height }),
        upload: (selector, path) => page.setInputFiles(selector, path),
        click: (selector) => page.click(selector),
        focus: (selector) => page.focus(selector),
        press: (key) => page.keyboard.press(key),
        toFront: () => page.bringToFront(),
        screenshot: (selector) => page.locator(selector).screenshot(),
        async download(action) {
          const [download] = await Promise.all([page.waitForEvent('download', { timeout: 900_000 }), action()]);
          return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
        },
        close: () => (beside ? page.close() : context.close()),
      };
    },
    /** Chromium's own protocol, for all of it. */
    protocol: () => browser.newBrowserCDPSession(),
    close: () => browser.close(),
  };
}

async function launchFirefox(folder, { camera, webgpu, serviceWorker }) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.LIMN_FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    dumpio: !!process.env.LIMN_BROWSER_OUTPUT,
    protocolTimeout: 600_000,
    extraPrefsFirefox: {
      'dom.webgpu.enabled': webgpu,
      'gfx.webgpu.ignore-blocklist': webgpu,
      'dom.serviceWorkers.enabled': serviceWorker,
      'media.navigator.permission.disabled': camera !== 'denied',
      'permissions.default.camera': camera === 'denied' ? 2 : 0,
      'media.navigator.streams.fake': camera !== 'none',
      // Looks for a device of this name alone, and finds none.
      ...(camera === 'none' && { 'media.video_loopback_dev': 'no such camera', 'media.audio_loopback_dev': 'no such microphone' }),
      'browser.download.folderList': 2,
      'browser.download.dir': folder,
      'browser.download.useDownloadDir': true,
      'browser.download.alwaysOpenPanel': false,
    },
  });
  return {
    async newPage() {
      const page = await browser.newPage();
      const { requests, messages } = record(page);
      return {
        requests,
        messages,
        goto: (url) => page.goto(url),
        evaluate: (f, argument) => page.evaluate(f, argument),
        beforeLoad: (f) => page.evaluateOnNewDocument(f),
        resize: (width, height) => page.setViewport({ width, height }),
        async upload(selector, path) {
          const input = await page.$(selector);
          await input.uploadFile(...[path].flat());
        },
        click: (selector) => page.click(selector),
        focus: (selector) => page.focus(selector),
        toFront: () => page.bringToFront(),
        async press(keys) {
          // As Playwright writes them: Shift+ArrowLeft.
          const [key, ...held] = keys === '+' ? [keys] : keys.split('+').reverse();
          for (const modifier of held) await page.keyboard.down(modifier);
          await page.keyboard.press(key);
          for (const modifier of held) await page.keyboard.up(modifier);
        },
        screenshot: async (selector) => Buffer.from(await (await page.$(selector)).screenshot()),
        async download(action) {
          const before = new Set(await readdir(folder));
          await action();
          for (const end = Date.now() + 90_000; Date.now() < end; await sleep(100)) {
            const fresh = (await readdir(folder)).filter((file) => !before.has(file));
            const name = fresh.find((file) => /\.(png|jpg|mp4|webm|zip)$/.test(file));
            if (name && !fresh.some((file) => file.endsWith('.part'))) {
              // Firefox gives a file another name for a moment, which is gone by the time it is read.
              const bytes = await readFile(join(folder, name)).catch(() => null);
              // The folder may hold one of that name already: what the page called it counts.
              if (bytes?.length > 0) return { name: name.replace(/\(\d+\)(?=\.)/, ''), bytes };
            }
          }
          throw new Error('nothing was downloaded in 90 s');
        },
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}

/** Every request that the browser reports for a page and its workers, and what the page writes to the console. */
function record(page) {
  const requests = [];
  const messages = [];
  page.on('request', (request) => {
    requests.push({ method: request.method(), url: request.url() });
  });
  page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => messages.push(`pageerror: ${error.message}`));
  return { requests, messages };
}
