// The engine as an npm package: npm packs it, the example of its README paints, and its types, which are made from comments,
// say what a program needs.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, launch } from './support/browsers.mjs';
import { drawPhoto, encodePng } from './support/pictures.mjs';
import { serveFolder } from './support/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Made by `cargo xtask package`. */
const PACKAGE = process.env.LIMN_PACKAGE ?? join(root, 'target/package/limn-stylizer');
const EXAMPLE_LINES = 10;

/** The example in the package's README. */
function example() {
  const [, code] = readFileSync(join(PACKAGE, 'README.md'), 'utf8').match(/```js\n([^]*?)```/);
  return code;
}

describe('the packed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'limn-package-'));
  const installed = join(folder, 'node_modules/limn-stylizer');
  let names;
  before(() => {
    const packed = JSON.parse(execFileSync('npm', ['pack', PACKAGE, '--json', '--pack-destination', folder], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    const [{ filename, files }] = Array.isArray(packed) ? packed : Object.values(packed);
    names = files.map(({ path }) => path);
    execFileSync('mkdir', ['-p', installed]);
    execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('holds what it needs and nothing of the page', () => {
    for (const name of ['limn.js', 'limn.d.ts', 'error.d.ts', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'pkg/limn_gpu_bg.wasm', 'pkg/limn_cpu_bg.wasm', 'styles/styles.json', 'styles/pencil-c8.bpk']) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!names.some((name) => /main\.js|index\.html|service-worker/.test(name)), `${names}`);
    const { version, exports, license } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.equal(license, 'MIT OR Apache-2.0');
    for (const target of Object.values(exports['.'])) assert.ok(names.includes(target.slice(2)), target);
  });

  const compile = (name, output) => execFileSync(
    join(root, 'node_modules/.bin/tsc'),
    ['--noEmit', '--strict', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', name],
    { cwd: folder, stdio: ['ignore', output, output] },
  );

  test('its types serve a program in TypeScript', () => {
    writeFileSync(join(folder, 'use.ts'), `
      import { LimnError, Stylizer, init, type ErrorCode, type Info, type StylizeOptions } from "limn-stylizer";
      export async function paint(photo: ImageBitmap, bytes: ArrayBuffer): Promise<ImageData | ErrorCode> {
        await init("cpu");
        const stylizer = await Stylizer.create({ engine: "cpu" });
        stylizer.lost.then(({ code }) => console.warn(code));
        try {
          const size: number = (await stylizer.loadStyle(bytes, undefined, "second")).trained_size;
          const options: StylizeOptions = { workingSize: size / 2, mix: 0.5 };
          stylizer.setOptions(options);
          await stylizer.stylizeRows(photo, { onRows: ({ y, image }) => console.log(y + image.height) });
          return await stylizer.stylize(photo);
        } catch (error) {
          const code: ErrorCode = "no-style";
          return error instanceof LimnError && error.code === code ? code : "crashed";
        }
      }
      export const copies = ({ videoFrames }: Info): boolean => !videoFrames;
    `);
    const mistakes = {
      'an engine of another kind': 'Stylizer.create({ engine: "tpu" })',
      'a code that there is not': 'new LimnError("no-style").code satisfies "no-such-code"',
      'made by hand': 'new Stylizer({ cpu: null! }, null, 0)',
    };
    for (const [what, code] of Object.entries(mistakes)) {
      const name = `${what.replaceAll(' ', '-')}.ts`;
      writeFileSync(join(folder, name), `import { LimnError, Stylizer } from "limn-stylizer";\nexport const x = [LimnError, ${code}];\n`);
      assert.throws(() => compile(name, 'ignore'), undefined, what);
    }
    compile('use.ts', 'inherit');
  });

  for (const name of BROWSERS) {
    test(`the ${EXAMPLE_LINES}-line example of the README paints in ${name}`, async () => {
      const code = example();
      assert.ok(code.trim().split('\n').filter(Boolean).length <= EXAMPLE_LINES, code);
      const photo = drawPhoto(97, 75);
      const map = { imports: { 'limn-stylizer': './node_modules/limn-stylizer/limn.js', 'limn-stylizer/': './node_modules/limn-stylizer/' } };
      writeFileSync(join(folder, 'photo.jpg'), encodePng(photo));
      writeFileSync(join(folder, 'example.html'), `<!doctype html><meta charset="utf-8"><canvas></canvas>
        <script type="importmap">${JSON.stringify(map)}</script>
        <script type="module">${code}\nwindow.painted = true;</script>`);
      const server = await serveFolder(folder);
      const browser = await launch(name, { webgpu: false });
      try {
        const page = await browser.newPage();
        await page.goto(`${server.url}example.html`);
        for (let i = 0; i < 1200 && !(await page.evaluate(() => window.painted)); i++) await new Promise((resolve) => setTimeout(resolve, 100));
        assert.ok(await page.evaluate(() => window.painted), page.messages.join('\n'));
        const { width, height, rgba } = await page.evaluate(() => {
          const canvas = document.querySelector('canvas');
          return { width: canvas.width, height: canvas.height, rgba: Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data) };
        });
        assert.deepEqual([width, height], [97, 75]);
        const changed = photo.rgb.reduce((sum, value, i) => sum + Math.abs(value - rgba[Math.floor(i / 3) * 4 + (i % 3)]), 0) / photo.rgb.length;
        assert.ok(changed > 1 && changed < 100, `the canvas shows the photo, painted: ${changed}`);
        await page.close();
      } finally {
        await browser.close();
        await server.close();
      }
    });
  }
});
