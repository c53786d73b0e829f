import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadPlugin } from '@ferrite/plugin-sdk/testing';

const plugin = await loadPlugin();

test('greets', () => {
  assert.equal(plugin.call('{{NAME}}.WORLD', 'Alice'), 'Hello, Alice!');
  assert.equal(plugin.call('{{NAME}}.WORLD'), 'Hello, World!');
});

test('counts', () => {
  assert.deepEqual([1, 2, 3], [1, 2, 3].map(() => plugin.call('{{NAME}}.COUNT', 'visits')));
  plugin.strings.set('text', 'abc');
  assert.throws(() => plugin.call('{{NAME}}.COUNT', 'text'), /not an integer/);
});
