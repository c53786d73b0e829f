// Every part of the SDK, for tests.

import {
  command, hook, HookContext, HookResult, PluginContext, Result, Value,
} from '@ferrite/plugin-sdk';
import { Answers } from './answers';

@command({ name: 'API.KINDS', flags: ['read'] })
export function kinds(ctx: PluginContext, args: Value[]): Result {
  const bytes = new Uint8Array(4);
  bytes[1] = 255;
  bytes[2] = 13;
  bytes[3] = 10;
  return Result.ok(Value.array([
    Value.null(), Value.ok(), Value.integer(i64.MIN_VALUE), Value.double(1.5),
    Value.double(-Infinity), Value.bool(true), Value.string('text'), Value.bytes(bytes),
    Value.simple('one line'), Value.error(Result.wrongType().error!),
    Value.verbatim('mkd', '# x'), Value.bigNumber('-123456789012345678901234567890'),
    Value.array([]), Value.map([Value.string('k'), Value.array([Value.integer(1)])]),
    Value.set([Value.integer(1), Value.integer(2)]),
  ]));
}

@command({ name: 'API.ECHO', flags: ['read'] })
export function echo(ctx: PluginContext, args: Value[]): Result {
  return Result.ok(Value.array(args));
}

@command({ name: 'API.TEXT', flags: ['read'] })
export function text(ctx: PluginContext, args: Value[]): Result {
  const got = new Answers();
  for (let i = 0; i < args.length; i++) {
    const text = args[i].asString();
    got.add(text !== null ? Value.string(text) : null);
  }
  return got.result();
}

@command({ name: 'API.NUMBER', flags: ['read'] })
export function number(ctx: PluginContext, args: Value[]): Result {
  if (args[0].isInteger) return Result.ok(Value.integer(args[0].asInteger()));
  if (args[0].isNumber) return Result.ok(Value.double(args[0].asDouble()));
  return Result.outOfRange('value is not a valid float');
}

@command({ name: 'API.STORAGE', flags: ['write'] })
export function storage(ctx: PluginContext, args: Value[]): Result {
  const key = args[0].asString() ?? '', keys = ctx.storage, got = new Answers();
  got.truth(keys.exists(key));
  got.add(keys.get(key));
  keys.set(key, Value.integer(41));
  got.done();
  got.integer(keys.incr(key));
  got.integer(keys.incrBy(key, -2));
  got.integer(keys.append(key, Value.string('!')));
  got.add(keys.get(key));
  got.integer(keys.ttl(key));
  keys.setEx(key, Value.string('x'.repeat(5000)), 3600);
  got.done();
  got.integer(keys.ttl(key));
  got.integer(keys.get(key)?.asBytes().length ?? -1);
  got.text(keys.type(key));
  got.truth(keys.delete(key));
  got.truth(keys.delete(key));
  got.truth(keys.expire(key, 10));
  got.integer(keys.ttl(key));
  got.truth(keys.hset(key, 'f', Value.double(0.5)));
  got.truth(keys.hset(key, 'f', Value.string('v')));
  got.add(keys.hget(key, 'f'));
  got.add(keys.hget(key, 'none'));
  got.truth(keys.hdel(key, 'f'));
  return got.result();
}

@command({ name: 'API.READONLY', flags: ['read'] })
export function readonly_(ctx: PluginContext, args: Value[]): Result {
  ctx.storage.set(args[0].asString() ?? '', Value.ok());
  return Result.ok(Value.ok());
}

@command({ name: 'API.TYPED', flags: ['write'] })
export function typed(ctx: PluginContext, args: Value[]): Result {
  const key = args[0].asString() ?? '', pair = ctx.typed('PAIR'), got = new Answers();
  got.truth(pair.get(key) !== null);
  pair.set(key, 7, args[1].asBytes());
  got.done();
  const bytes = pair.get(key);
  got.add(bytes !== null ? Value.bytes(bytes) : null);
  const buffer = new Uint8Array(2);
  got.integer(pair.range(key, 1, buffer) * 100 + pair.version);
  got.add(Value.bytes(buffer));
  return got.result();
}

@command({ name: 'API.CALL', flags: ['write'] })
export function call(ctx: PluginContext, args: Value[]): Result {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) words.push(args[i].asString() ?? '');
  const reply = ctx.call(words);
  const error = reply.asError();
  return error !== null ? Result.err(error) : Result.ok(reply);
}

@command({ name: 'API.CONTEXT', flags: ['write'] })
export function context(ctx: PluginContext, args: Value[]): Result {
  const got = new Answers();
  got.text(ctx.field('plugin'));
  got.text(ctx.user);
  got.text(ctx.field('db'));
  got.text(ctx.field('event'));
  got.text(ctx.config('limit'));
  got.truth(ctx.config('limit') !== null);
  got.truth(ctx.config('none') !== null);
  got.truth(ctx.now() > 1_600_000_000_000);
  got.truth(ctx.random(16).length == 16);
  got.truth(ctx.fuelLeft() > 0);
  got.integer(ctx.publish('news', Value.string('hello')));
  return got.result();
}

@command({ name: 'API.HTTP', flags: ['read'] })
export function fetch(ctx: PluginContext, args: Value[]): Result {
  const answer = ctx.http.get(args[0].asString() ?? '');
  if (answer === null) return Result.ok(Value.null());
  const header = answer.header('x-test') ?? '';
  return Result.ok(Value.array([
    Value.integer(answer.status), Value.string(header), answer.body,
  ]));
}

@command({ name: 'API.TCP', flags: ['read'] })
export function exchange(ctx: PluginContext, args: Value[]): Result {
  const host = args[0].asString() ?? '', port = <i32>args[1].asInteger();
  const sent = args[2].asBytes(), got = new Uint8Array(sent.length);
  for (let times = args[3].asInteger(); times > 0; times--) {
    const connection = ctx.connect(host, port);
    if (connection === null) return Result.ok(Value.null());
    connection.send(args[2]);
    for (let count = 0; count < got.length; ) {
      const bytes = connection.receive().asBytes();
      if (bytes.length == 0) return Result.err('the connection has ended');
      got.set(bytes, count);
      count += bytes.length;
    }
    connection.close();
  }
  return Result.ok(Value.bytes(got));
}

@command({ name: 'API.FAIL', flags: ['write'] })
export function fail(ctx: PluginContext, args: Value[]): Result {
  ctx.storage.set('undone', Value.ok());
  const how = args[0].asString() ?? '';
  if (how == 'wrong_type') return Result.wrongType();
  if (how == 'out_of_range') return Result.outOfRange('too large');
  if (how == 'syntax') return Result.syntax();
  if (how == 'no_auth') return Result.noAuth();
  if (how == 'custom') return Result.custom('BUSY', 'later');
  if (how == 'denied') return Result.ok(Value.bool(ctx.storage.delete('kept')));
  return Result.err('Missing key argument');
}

@command({ name: 'API.PANIC', flags: ['write'] })
export function crash(ctx: PluginContext, args: Value[]): Result {
  ctx.storage.set('undone', Value.ok());
  return Result.ok(args[args.length]);
}

@hook({ event: 'OnKeyWrite', filter: 'guard:*' })
export function guard(ctx: HookContext): HookResult {
  const value = ctx.value.asString() ?? '';
  if (value == 'refused') {
    const old = ctx.oldValue.asString() ?? '';
    return HookResult.abort(`Refused ${ctx.key} ${old} ${ctx.event}`);
  }
  return value == 'replaced' ? HookResult.replace(ctx.command[0]) : HookResult.continue();
}
