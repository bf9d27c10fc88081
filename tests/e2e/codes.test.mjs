// The codes of errors: what the engine throws is in the list that the page's words are held to (by `tsc`), and nothing
// else is; only a trap of the wasm is a crash.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CODES, LIBRARY_CODES, LimnError } from '../../www/limn/error.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

function sources(folder, ending) {
  const names = readdirSync(join(root, folder), { recursive: true }).filter((name) => name.endsWith(ending));
  return names.filter((name) => name !== 'error.js').map((name) => readFileSync(join(root, folder, name), 'utf8'));
}

/** Codes in the Rust sources: of the enums' `fn code`, and of errors made on the spot. */
function thrownInRust() {
  const thrown = new Set();
  for (const source of sources('src', '.rs')) {
    for (const [, body] of source.matchAll(/fn code\(&self\) -> &'static str \{([^]*?)\n    \}/g)) {
      for (const [, code] of body.matchAll(/=> "([^"]+)"/g)) thrown.add(code);
    }
    for (const [, code] of source.matchAll(/\berror\(\s*"([a-z0-9-]+)"/g)) thrown.add(code);
  }
  return thrown;
}

test('the library\'s list holds each code that it can throw, and no other', () => {
  const thrown = thrownInRust();
  assert.ok(thrown.size > 10, 'codes are found in the Rust sources');
  for (const code of thrown) assert.ok(LIBRARY_CODES.includes(code), `${code} is thrown by the engine and has no words`);
  // In JavaScript, `tsc` holds each `new LimnError` to the list.
  const script = sources('www/limn', '.js').join('\n');
  // Those two come of `LimnError.from`.
  for (const code of ['crashed', 'unexpected']) thrown.add(code);
  for (const code of LIBRARY_CODES) assert.ok(thrown.has(code) || script.includes(`"${code}"`), `nothing throws ${code}`);
  assert.equal(new Set(CODES).size, CODES.length, 'once each');
});

test('a trap is a crash, a known code stays, and what is unknown says nothing of the engine', () => {
  const own = new LimnError('no-style', 'none');
  assert.equal(LimnError.from(own, 'save-failed'), own);
  const code = (...thrown) => LimnError.from(...thrown).code;
  assert.equal(code(new WebAssembly.RuntimeError('unreachable'), 'save-failed'), 'crashed');
  assert.equal(code(Object.assign(new Error('gone'), { code: 'device-lost' })), 'device-lost');
  assert.equal(code(Object.assign(new Error('no file'), { code: 'ENOENT' }), 'wasm-load'), 'wasm-load');
  for (const thrown of [new DOMException('no', 'InvalidStateError'), new TypeError('no'), 'words', undefined, null]) {
    assert.equal(code(thrown), 'unexpected');
  }
  assert.equal(LimnError.from(undefined).message, 'undefined');
});
