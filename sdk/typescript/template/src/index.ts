// {{name}}: a command that greets and a command that counts.

import { command, PluginContext, Result, Value } from '@ferrite/plugin-sdk';

@command({
  name: '{{NAME}}.WORLD',
  description: 'Greet somebody, or the world',
  minArgs: 0,
  maxArgs: 1,
  flags: ['read', 'fast'],
})
export function world(ctx: PluginContext, args: Value[]): Result {
  const name = args[0]?.asString() ?? 'World';
  return Result.ok(Value.string(`Hello, ${name}!`));
}

@command({
  name: '{{NAME}}.COUNT',
  description: 'Add one to the number at a key and return it',
  minArgs: 1,
  maxArgs: 1,
  flags: ['read', 'write', 'fast'],
  firstKey: 1,
  lastKey: 1,
  step: 1,
})
export function count(ctx: PluginContext, args: Value[]): Result {
  const key = args[0].asString() ?? '';
  return Result.ok(Value.integer(ctx.storage.incr(key)));
}
