// The rooms of the page: which folder may use which, and that nothing goes round in circles.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const www = fileURLToPath(new URL('../../www/', import.meta.url));

/** The rooms by floor, from the top: a room uses those of its own floor and of the floors below. */
const FLOORS = [['page'], ['results', 'sources', 'panel', 'dialogs'], ['stage', 'engine'], ['ui', 'media'], ['limn']];
/** Beside the rooms: the service worker's scope is its folder, the types are for the checker. */
const OUTSIDE = /^(service-worker\.js|types\/)/;

const floorOf = (room) => FLOORS.findIndex((rooms) => rooms.includes(room));
const roomOf = (name) => name.split('/')[0];

const files = readdirSync(www, { recursive: true })
  .filter((name) => /\.(js|ts)$/.test(name) && !OUTSIDE.test(name))
  .map((name) => {
    const text = readFileSync(www + name, 'utf8');
    const comments = text.match(/\/\*[^]*?\*\//g)?.join('\n') ?? '';
    const code = text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    const find = (source, pattern) => [...source.matchAll(pattern)].map(([, found]) => found);
    const resolve = (specifier) => posix.join(posix.dirname(name), specifier);
    const own = (specifier) => specifier.startsWith('.');
    return {
      name,
      code,
      /** What it loads. */
      imports: [
        ...find(code, /\b(?:import|export)\b[^;"()]*?\bfrom\s*"([^"]+)"/g),
        ...find(code, /\bimport\s*"([^"]+)"/g),
        ...find(code, /\bimport\("([^"]+)"\)/g),
      ].filter(own).map(resolve),
      /** Whose types it names. */
      types: find(comments, /\bimport\("([^"]+)"\)/g).filter(own).map(resolve),
    };
  });

/** A way through `graph` that comes back to where it began, or null. */
function circle(graph) {
  const done = new Set();
  const walk = (node, way) => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const found = walk(next, [...way, node]);
      if (found) return found;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const found = walk(node, []);
    if (found) return found.join(' → ');
  }
  return null;
}

test('every module lies in a room, and what it names is there', () => {
  assert.ok(files.length > 40 && files.reduce((sum, { imports }) => sum + imports.length, 0) > 100, 'modules and imports are found');
  for (const { name, imports, types } of files) {
    assert.notEqual(floorOf(roomOf(name)), -1, `${name} lies in no room`);
    for (const target of [...imports, ...types]) assert.ok(existsSync(www + target), `${name} names ${target}`);
  }
});

test('no arrow goes upward, not even for a type', () => {
  for (const { name, imports, types } of files) {
    for (const target of [...imports, ...types]) {
      assert.ok(floorOf(roomOf(name)) <= floorOf(roomOf(target)), `${name} uses ${target}, which is above it`);
    }
  }
});

test('neither modules nor rooms go round in a circle', () => {
  assert.equal(circle(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), 'b → c → b', 'circles are found');
  assert.equal(circle(new Map(files.map(({ name, imports }) => [name, imports]))), null);
  const rooms = new Map(FLOORS.flat().map((room) => [room, new Set()]));
  for (const { name, imports, types } of files) {
    for (const target of [...imports, ...types]) {
      if (roomOf(target) !== roomOf(name)) rooms.get(roomOf(name)).add(roomOf(target));
    }
  }
  assert.equal(circle(rooms), null);
});

test('the library knows nothing of the page, media no document, the engine no words', () => {
  for (const { name, code, imports, types } of files) {
    const used = new Set([...imports, ...types].map(roomOf));
    if (roomOf(name) === 'limn') assert.deepEqual([...used].filter((room) => room !== 'limn'), [], name);
    if (roomOf(name) === 'media') assert.doesNotMatch(code, /\bdocument\b/, name);
    if (roomOf(name) === 'engine') assert.ok(!used.has('ui'), name);
  }
});
