// What the generated code of a plugin calls; not for plugins themselves.

import { at, encode, lastError, SCRATCH, SCRATCH_SIZE, taken } from "./bytes";
import { HookContext, PluginContext } from "./context";
import { HookResult, Result } from "./result";
import { Value } from "./value";
import * as host from "./host";

/** The arguments of the call under way. */
export function ferriteArguments(): Array<Value> {
  const count = host.arg_count();
  const values = new Array<Value>(count);
  for (let i = 0; i < count; i++) values[i] = argument(i);
  return values;
}

function argument(index: i32): Value {
  const length = host.arg_read(index, SCRATCH, SCRATCH_SIZE);
  if (length <= SCRATCH_SIZE) {
    const bytes = taken(length);
    return bytes !== null ? Value.buffer(bytes) : Value.null();
  }
  const bytes = new ArrayBuffer(length);
  host.arg_read(index, at(bytes), length);
  return Value.buffer(bytes);
}

/** Give the answer of a command. */
export function ferriteAnswer(context: PluginContext, result: Result): i32 {
  const error = result.error !== null ? result.error : context.error;
  if (error !== null) return fail(error);
  return result.value.send() < 0 ? fail(lastError()) : 0;
}

/** Give the word of a hook. */
export function ferriteSay(context: HookContext, result: HookResult): i32 {
  const error = context.error;
  if (error !== null) return fail(error);
  const refusal = result.refusal, replacement = result.replacement;
  let code = 0;
  if (refusal !== null) {
    const bytes = encode(refusal);
    code = host.hook_abort(at(bytes), bytes.byteLength);
  } else if (replacement !== null) {
    code = host.hook_replace(at(replacement), replacement.byteLength);
  }
  return code < 0 ? fail(lastError()) : 0;
}

function fail(text: string): i32 {
  const bytes = encode(text);
  host.reply_error(at(bytes), bytes.byteLength);
  return 0;
}

/** An element of a list, null outside of it: what `list[i]?.` and `list[i] ??` become. */
export function ferriteAt<T>(list: Array<T>, index: i32): T | null {
  return index >= 0 && index < list.length ? list[index] : null;
}

/** A value, or another where it is null: what `value ?? other` becomes. */
export function ferriteOr<T>(value: T, other: nonnull<T>): nonnull<T> {
  if (isReference<T>()) {
    return changetype<usize>(value) == 0 ? other : changetype<nonnull<T>>(value);
  }
  // @ts-ignore: a number is never null
  return value;
}
