import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadPlugin } from '@ferrite/plugin-sdk/testing';

const plugin = await loadPlugin();
const check = (kind, text) => plugin.call('VALIDATE.CHECK', kind, text);

for (const [kind, good, bad] of [
  ['date', ['2026-02-28', '2024-02-29'], ['2026-02-29', '2026-13-01', '2026-1-1', '26-01-01', '']],
  ['email', ['a@b.c', "o'x+y.z@sub.example.org"], ['a@b', '@b.c', 'a..b@c.d', 'a@-b.c', 'é@b.c']],
  ['integer', ['0', '-12'], ['', '-', '1.5', ' 1', '1e3']],
  ['number', ['0', '-1.25'], ['.5', '5.', '1.2.3', 'x']],
  ['uuid', ['123e4567-E89B-12d3-a456-426614174000'], ['123e4567', `${'g'.repeat(8)}-1-1-1-1`]],
]) {
  test(kind, () => {
    for (const text of good) assert.equal(check(kind, text), 1, text);
    for (const text of bad) assert.equal(check(kind, text), 0, text);
  });
}

test('the hook refuses', () => {
  const fire = (key, value) => plugin.fire('OnKeyWrite', { key, value });
  assert.deepEqual(fire('valid:integer:a', '12'), {});
  assert.deepEqual(fire('valid:other', 'x'), {});
  const abort = 'the value of valid:integer:a is no integer';
  assert.deepEqual(fire('valid:integer:a', 'x'), { abort });
});
