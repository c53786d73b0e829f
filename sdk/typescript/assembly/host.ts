// The functions of module ferrite_v1 (plugin ABI, version 1). Texts are a pointer and a length; a
// result is 0 or a length, or one of the negative codes below.

export const ABSENT: i32 = -1;
export const DENIED: i32 = -2;
export const WRONG_TYPE: i32 = -3;

// @ts-ignore: decorator
@external("ferrite_v1", "arg_count")
export declare function arg_count(): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "arg_read")
export declare function arg_read(index: i32, buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "last_error")
export declare function last_error(buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_null")
export declare function reply_null(): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_ok")
export declare function reply_ok(): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_int")
export declare function reply_int(number: i64): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_double")
export declare function reply_double(number: f64): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_bool")
export declare function reply_bool(truth: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_simple")
export declare function reply_simple(text: usize, textLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_bulk")
export declare function reply_bulk(bytes: usize, bytesLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_error")
export declare function reply_error(text: usize, textLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_verbatim")
export declare function reply_verbatim(format: usize, text: usize, textLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_bignum")
export declare function reply_bignum(digits: usize, digitsLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_array")
export declare function reply_array(count: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_map")
export declare function reply_map(count: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "reply_set")
export declare function reply_set(count: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "get")
export declare function host_get(key: usize, keyLength: i32, buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "set")
export declare function host_set(key: usize, keyLength: i32, value: usize, valueLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "set_ex")
export declare function set_ex(
  key: usize, keyLength: i32, value: usize, valueLength: i32, milliseconds: i64,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "append")
export declare function host_append(
  key: usize, keyLength: i32, value: usize, valueLength: i32, length: usize,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "incr_by")
export declare function incr_by(key: usize, keyLength: i32, delta: i64, result: usize): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "delete")
export declare function host_delete(key: usize, keyLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "exists")
export declare function host_exists(key: usize, keyLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "expire")
export declare function host_expire(key: usize, keyLength: i32, milliseconds: i64): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "ttl")
export declare function host_ttl(key: usize, keyLength: i32, milliseconds: usize): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "type_of")
export declare function type_of(key: usize, keyLength: i32, buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hget")
export declare function hget(
  key: usize, keyLength: i32, field: usize, fieldLength: i32, buffer: usize, size: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hset")
export declare function hset(
  key: usize, keyLength: i32, field: usize, fieldLength: i32, value: usize, valueLength: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hdel")
export declare function hdel(key: usize, keyLength: i32, field: usize, fieldLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "typed_get")
export declare function typed_get(
  key: usize, keyLength: i32, type: usize, typeLength: i32,
  version: usize, buffer: usize, size: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "typed_set")
export declare function typed_set(
  key: usize, keyLength: i32, type: usize, typeLength: i32,
  version: i32, value: usize, valueLength: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "typed_range")
export declare function typed_range(
  key: usize, keyLength: i32, type: usize, typeLength: i32, offset: i32, buffer: usize, size: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "call")
export declare function host_call(words: usize, wordsLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "handle_read")
export declare function handle_read(handle: i32, offset: i32, buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "handle_drop")
export declare function handle_drop(handle: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "publish")
export declare function host_publish(
  channel: usize, channelLength: i32, message: usize, messageLength: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "http")
export declare function host_http(
  method: usize, methodLength: i32, url: usize, urlLength: i32,
  headers: usize, headersLength: i32, body: usize, bodyLength: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "tcp_connect")
export declare function tcp_connect(host: usize, hostLength: i32, port: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "tcp_send")
export declare function tcp_send(handle: i32, bytes: usize, bytesLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "tcp_recv")
export declare function tcp_recv(handle: i32, buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "tcp_close")
export declare function tcp_close(handle: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hook_key")
export declare function hook_key(buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hook_value")
export declare function hook_value(buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hook_old_value")
export declare function hook_old_value(buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hook_command")
export declare function hook_command(): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hook_reply")
export declare function hook_reply(): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hook_abort")
export declare function hook_abort(text: usize, textLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "hook_replace")
export declare function hook_replace(bytes: usize, bytesLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "context")
export declare function host_context(
  field: usize, fieldLength: i32, buffer: usize, size: i32,
): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "config")
export declare function host_config(key: usize, keyLength: i32, buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "log")
export declare function host_log(level: i32, text: usize, textLength: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "time_ms")
export declare function time_ms(now: usize): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "random")
export declare function host_random(buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "env")
export declare function host_env(name: usize, nameLength: i32, buffer: usize, size: i32): i32;
// @ts-ignore: decorator
@external("ferrite_v1", "fuel_left")
export declare function fuel_left(units: usize): i32;
