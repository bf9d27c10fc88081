// Files from outside, damaged in a thousand ways: what reads them says what is wrong, in its own words, and does not
// throw anything else, hang or invent. The damage is drawn from a fixed seed, so a finding comes back; those that were
// made so far stand below as cases.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from '../../www/media/picture-file.js';
import { fetchStyles } from '../../www/engine/catalogue.js';
import { drawPhoto, encodeGif, encodePng } from './support/pictures.mjs';

const ROUNDS = 4000;

/** Whole numbers below a limit, the same in every run (mulberry32). */
function random(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

const latin = (text) => Buffer.from(text, 'latin1');
const PHOTO = drawPhoto(20, 10);
const WEBP = (chunk) => Buffer.concat([latin('RIFF\0\0\0\0WEBP'), latin(chunk), Buffer.alloc(24, 1)]);

/** A file of every kind that is told apart. */
const FILES = [
  encodePng(PHOTO),
  encodePng(PHOTO, PHOTO),
  Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc2, 0, 11, 8, 2, 88, 3, 32, 1, 1, 0x11, 0]),
  encodeGif(20, 10, [(x, y) => x + y]),
  encodeGif(20, 10, [(x, y) => x + y, (x, y) => 127 - x - y]),
  WEBP('VP8 '), WEBP('VP8L'), WEBP('VP8X'),
  latin('\0\0\0\x18ftypavis\0\0\0\0mif1'),
  latin('II*\0\b\0\0\0'),
  latin('\xef\xbb\xbf <?xml version="1.0"?><svg/>'),
];

/** Changes, cuts, doubles or joins some of the bytes. */
function damage(bytes, below) {
  let damaged = Buffer.from(bytes);
  for (let count = 1 + below(4); count > 0; count--) {
    const at = below(Math.max(1, damaged.length));
    const length = below(8);
    damaged = [
      () => damaged.subarray(0, at),
      () => Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + length)]),
      () => Buffer.concat([damaged.subarray(0, at + length), damaged.subarray(at)]),
      () => Buffer.concat([damaged.subarray(0, at), FILES[below(FILES.length)].subarray(below(16))]),
      () => (damaged.subarray(at, at + length).fill([0, 0xff, 0x7f, 0x80][below(4)]), damaged),
      () => (damaged.length > 0 && (damaged[at] = below(256)), damaged),
      () => (damaged.length > 0 && (damaged[at] ^= 1 << below(8)), damaged),
    ][below(7)]();
  }
  return damaged;
}

async function checkPicture(bytes, what) {
  const { format, width, height, animated } = await inspect(new Blob([bytes]));
  assert.match(format, /^(png|jpeg|gif|webp|avif|heic|tiff|svg|unknown)$/, what);
  for (const side of [width, height]) assert.ok(Number.isInteger(side) && side >= 0 && side < 2 ** 32, `${what}: ${side}`);
  assert.equal(typeof animated, 'boolean', what);
}

test('the head of a picture file may say anything', async () => {
  const below = random(1);
  const begun = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = damage(FILES[below(FILES.length)], below);
    await checkPicture(bytes, `round ${round}: ${bytes.toString('hex').slice(0, 200)}`);
  }
  // Chunks that lead nowhere, as many as are read of a file: the time stays that of one look.
  for (const byte of [0, 1, 0x21, 0x2c, 0xff]) {
    for (const head of FILES) await checkPicture(Buffer.concat([head.subarray(0, 32), Buffer.alloc(300_000, byte)]), `a long file of ${byte}`);
  }
  assert.ok(performance.now() - begun < 30_000, 'no file takes long');
});

const LIST = {
  version: 2,
  styles: [
    {
      name: 'first', title: 'First', teacher: 'a filter', data: 'photos', licence: 'MIT',
      thumbnail: { file: 'thumbnails/first.jpg', sha256: '00', bytes: 1 },
      models: [
        { width: 8, file: 'first-c8.bpk', sha256: 'ab', bytes: 120368, lambda: 10, trained_size: 480, recipe: 'none', steps: 1 },
        { width: 16, file: 'first-c16.bpk', sha256: 'cd', bytes: 453168, lambda: 10, trained_size: 480, recipe: 'none', steps: 1 },
      ],
    },
    { name: 'second', title: 'Second', models: [{ width: 16, file: 'second-c16.bpk', sha256: 'ef', lambda: 4 }] },
  ],
};

/** What may stand where something else belongs. */
const ODD = [
  null, true, false, 0, -1, 1.5, 1e308, '', ' ', 'x', [], {}, [[]], { file: 'x' }, '../../x', 'https://elsewhere.example/x',
  'http://[', '//', 'data:,x', 'javascript:x', '\0', '__proto__', { length: 3 }, 'x'.repeat(10_000),
];

/** Reads a catalogue as the page does, from a server that says `body`. */
async function readStyles(body) {
  const saved = { document: globalThis.document, location: globalThis.location, fetch: globalThis.fetch };
  try {
    globalThis.document = { baseURI: 'https://limn.example/page/' };
    globalThis.location = { origin: 'https://limn.example' };
    globalThis.fetch = async () => new Response(body);
    return await fetchStyles('models/styles.json');
  } finally {
    Object.assign(globalThis, saved);
  }
}

/** What is read is either refused, with a code, or as `catalogue.js` promises it. */
async function checkStyles(body, what) {
  let styles;
  try {
    styles = await readStyles(body);
  } catch (error) {
    assert.ok(['styles-format', 'styles-origin'].includes(error.code), `${what}: ${error.stack}`);
    return error.code;
  }
  const own = (address) => new URL(address).origin === 'https://limn.example';
  const text = (value) => typeof value === 'string' && value !== '';
  assert.ok(styles.length > 0, what);
  assert.equal(new Set(styles.map(({ name }) => name)).size, styles.length, `${what}: names are keys`);
  for (const { name, title, thumbnail, teacher, data, licence, models } of styles) {
    assert.ok(text(name) && text(title), what);
    assert.ok(thumbnail === null || own(thumbnail), what);
    for (const word of [teacher, data, licence]) assert.ok(word === undefined || typeof word === 'string', `${what}: ${word}`);
    assert.ok(models.length > 0, what);
    for (const { width, file, sha256, lambda, bytes } of models) {
      assert.ok(Number.isInteger(width) && width > 0 && own(file) && text(sha256) && lambda >= 0 && lambda <= 1000, what);
      assert.ok(bytes === undefined || typeof bytes === 'number', `${what}: ${bytes}`);
    }
    assert.deepEqual(models.map(({ width }) => width), models.map(({ width }) => width).sort((a, b) => a - b), what);
  }
  return 'read';
}

/** Puts something odd somewhere into a value made by JSON, leaves something out or says it twice. */
function twist(value, below) {
  const places = [];
  const walk = (parent) => {
    for (const key of Object.keys(Object(parent))) {
      places.push([parent, key]);
      if (typeof parent[key] === 'object') walk(parent[key]);
    }
  };
  walk(value);
  if (places.length === 0) return value;
  const [parent, key] = places[below(places.length)];
  if (below(5) === 0) Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key];
  else if (below(5) === 0 && Array.isArray(parent)) parent.push(structuredClone(parent[key]));
  else parent[key] = structuredClone(ODD[below(ODD.length)]);
  return value;
}

test('a list of styles may say anything', async () => {
  const below = random(2);
  const outcomes = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    const list = structuredClone(LIST);
    for (let count = 1 + below(3); count > 0; count--) twist(list, below);
    const body = JSON.stringify(list);
    const outcome = await checkStyles(body, `round ${round}: ${body.slice(0, 400)}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  for (const outcome of ['read', 'styles-format', 'styles-origin']) {
    assert.ok(outcomes.get(outcome) > 10, `the damage is of every kind: ${JSON.stringify([...outcomes])}`);
  }
  const whole = latin(JSON.stringify(LIST));
  for (let round = 0; round < ROUNDS / 4; round++) {
    const bytes = damage(whole, below);
    await checkStyles(bytes, `bytes of round ${round}: ${bytes.toString('latin1').slice(0, 400)}`);
  }
});

/** Found by the test above. */
const FOUND = [
  ['an address that is none', ([style]) => (style.models[0].file = 'http://['), 'styles-format'],
  ['a list that is none', ([style]) => (style.models = { length: 3 }), 'styles-format'],
  ['a teacher that is a thing', ([style]) => (style.teacher = {}), 'read'],
  ['a size in words', ([style]) => (style.models[0].bytes = 'many'), 'read'],
  ['a picture without an address', ([style]) => (style.thumbnail.file = 'http://['), 'read'],
  ['a picture from elsewhere', ([style]) => (style.thumbnail.file = 'https://elsewhere.example/x.png'), 'read'],
  ['two styles of one name', (styles) => (styles[1].name = styles[0].name), 'styles-format'],
];

test('what was found in lists of styles stays found', async () => {
  for (const [what, change, expected] of FOUND) {
    const list = structuredClone(LIST);
    change(list.styles);
    assert.equal(await checkStyles(JSON.stringify(list), what), expected, what);
  }
});
