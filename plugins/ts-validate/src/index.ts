// ts-validate: values of keys below valid:KIND: have the form of the kind, or are refused.

import {
  command, hook, HookContext, HookResult, PluginContext, Result, Value,
} from '@ferrite/plugin-sdk';
import { isKind, isValid, KINDS } from './kinds';

const PREFIX = 'valid:';
/** No value of any kind is longer. */
const BYTES_MAX = 320;

@command({ name: 'VALIDATE.CHECK', flags: ['read', 'fast'] })
export function check(ctx: PluginContext, args: Value[]): Result {
  const kind = textOf(args[0]) ?? '';
  if (!isKind(kind)) return Result.err(`there is no kind '${kind}'; VALIDATE.KINDS lists them`);
  const text = textOf(args[1]);
  return Result.ok(Value.integer(text !== null && isValid(kind, text) ? 1 : 0));
}

@command({ name: 'VALIDATE.EMAIL', flags: ['read', 'fast'] })
export function email(ctx: PluginContext, args: Value[]): Result {
  const text = textOf(args[0]) ?? '';
  if (!isValid('email', text)) return Result.ok(Value.null());
  const at = text.lastIndexOf('@');
  return Result.ok(Value.map([
    Value.string('local'), Value.string(text.substring(0, at)),
    Value.string('domain'), Value.string(text.substring(at + 1).toLowerCase()),
  ]));
}

@command({ name: 'VALIDATE.KINDS', flags: ['read', 'fast'] })
export function kinds(ctx: PluginContext, args: Value[]): Result {
  return Result.ok(Value.array(KINDS.map<Value>((kind: string) => Value.string(kind))));
}

@hook({ event: 'OnKeyWrite', filter: 'valid:*' })
export function guard(ctx: HookContext): HookResult {
  const key = ctx.key;
  const end = key.indexOf(':', PREFIX.length);
  const kind = end < 0 ? '' : key.substring(PREFIX.length, end);
  if (!isKind(kind)) return HookResult.continue();
  const text = textOf(ctx.value);
  if (text !== null && isValid(kind, text)) return HookResult.continue();
  return HookResult.abort(`the value of ${key} is no ${kind}`);
}

/** The text of a value, null for one that cannot be valid. */
function textOf(value: Value): string | null {
  return value.byteLength <= BYTES_MAX ? value.asString() : null;
}
