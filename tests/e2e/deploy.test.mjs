// The recipes in docs/ and the page say the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DIST } from './support/limn.mjs';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const policyOf = (html) => html.match(/http-equiv="Content-Security-Policy"\s+content="([^"]+)"/)[1].replace(/\s+/g, ' ');

test('the headers for static hosts carry the page\'s own policy', () => {
  const lines = readFileSync(join(docs, 'deploy/_headers'), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
  assert.equal(lines[0], '/*');
  const headers = new Map(lines.slice(1).map((line) => line.trim().split(/:\s*(.*)/)));
  assert.equal(headers.get('Content-Security-Policy'), policyOf(readFileSync(join(DIST, 'index.html'), 'utf8')));
  assert.equal(headers.get('Cache-Control'), 'no-cache');
  assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
});

test('the workflow runs commands that exist and publishes what they leave', () => {
  const workflow = readFileSync(join(docs, 'deploy/pages.yml'), 'utf8');
  assert.doesNotMatch(workflow, /\t/, 'YAML knows no tabs');
  assert.match(workflow, /- run: npm ci\n/);
  assert.match(workflow, /- run: cargo xtask dist\n/);
  assert.match(workflow, /path: dist\n/);
});

test('nothing in dist/ is addressed from the root of a host', () => {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  for (const [, address] of html.matchAll(/(?:href|src)="([^"]+)"/g)) assert.doesNotMatch(address, /^\//, address);
});
