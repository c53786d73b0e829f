import { entry, PluginContext, Result, Value } from '@ferrite/plugin-sdk';

/** Replies, one after the other. */
export class Answers {
  private items: Value[] = [];

  add(value: Value | null): void { this.items.push(value ?? Value.null()); }
  integer(number: i64): void { this.items.push(Value.integer(number)); }
  truth(yes: bool): void { this.items.push(Value.bool(yes)); }
  text(text: string | null): void { this.items.push(Value.string(text ?? '')); }
  done(): void { this.items.push(Value.ok()); }
  result(): Result { return Result.ok(Value.array(this.items)); }
}

@entry({ name: 'upper_in' })
export function upper(ctx: PluginContext, args: Value[]): Result {
  const text = args[1].asString() ?? '';
  return Result.ok(Value.string(text.toUpperCase()));
}

function reversed(bytes: Uint8Array): Uint8Array {
  return bytes.slice().reverse();
}

@entry({ name: 'turn_in' })
export function turnIn(ctx: PluginContext, args: Value[]): Result {
  const key = args[0].asBytes(), value = args[1].asBytes();
  const bytes = new Uint8Array(key.length + value.length);
  bytes.set(key);
  bytes.set(reversed(value), key.length);
  return Result.ok(Value.bytes(bytes));
}

@entry({ name: 'turn_out' })
export function turnOut(ctx: PluginContext, args: Value[]): Result {
  const key = args[0].asBytes(), value = args[1].asBytes();
  for (let i = 0; i < key.length; i++) {
    if (i >= value.length || value[i] != key[i]) return Result.err('it is of another key');
  }
  return Result.ok(Value.bytes(reversed(value.subarray(key.length))));
}

@entry({ name: 'kept_get' })
export function keptGet(ctx: PluginContext, args: Value[]): Result {
  return Result.ok(ctx.storage.hget('kept', args[0].asString() ?? '') ?? Value.null());
}

@entry({ name: 'kept_set' })
export function keptSet(ctx: PluginContext, args: Value[]): Result {
  ctx.storage.hset('kept', args[0].asString() ?? '', args[1]);
  if (args[2].asInteger() > 0) ctx.storage.set('lives', args[2]);
  return Result.ok(Value.ok());
}

@entry({ name: 'kept_delete' })
export function keptDelete(ctx: PluginContext, args: Value[]): Result {
  const was = ctx.storage.hdel('kept', args[0].asString() ?? '');
  return Result.ok(Value.integer(was ? 1 : 0));
}

@entry({ name: 'kept_exists' })
export function keptExists(ctx: PluginContext, args: Value[]): Result {
  const value = ctx.storage.hget('kept', args[0].asString() ?? '');
  return Result.ok(Value.integer(value !== null ? 1 : 0));
}

@entry({ name: 'kept_scan' })
export function keptScan(ctx: PluginContext, args: Value[]): Result {
  const all = ctx.call(['HKEYS', 'kept']).asArray();
  const from = min(<i32>args[0].asInteger(), all.length);
  const to = min(from + <i32>args[2].asInteger(), all.length);
  const next = Value.integer(to < all.length ? to : 0);
  return Result.ok(Value.array([next, Value.array(all.slice(from, to))]));
}

@entry({ name: 'ferrite_on_load' })
export function loaded(ctx: PluginContext, args: Value[]): Result {
  ctx.log('loaded ' + (ctx.field('plugin') ?? ''));
  return Result.ok(Value.ok());
}
