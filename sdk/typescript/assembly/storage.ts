import { at, encode, SCRATCH, SCRATCH_SIZE, taken, failureCode } from "./bytes";
import { PluginContext } from "./context";
import { Value } from "./value";
import * as host from "./host";

const RESULT: usize = memory.data(8, 8);

/** The keys of the caller's database.
 *
 *  What goes wrong (a key of another type, a missing permission) is noted in the context: the
 *  command then fails with that error, unless it takes the error with `takeError`. */
export class Storage {
  constructor(private context: PluginContext) {}

  /** The string at a key, null when there is none. */
  get(key: string): Value | null {
    const name = encode(key);
    const start = at(name), size = name.byteLength;
    const length = host.host_get(start, size, SCRATCH, SCRATCH_SIZE);
    if (length <= SCRATCH_SIZE) return this.found(taken(length));
    const bytes = new ArrayBuffer(length);
    host.host_get(start, size, at(bytes), length);
    return Value.buffer(bytes);
  }

  /** Give a key a string: the value's text. The key does not expire afterwards. */
  set(key: string, value: Value): void {
    const name = encode(key), bytes = value.toBuffer();
    const code = host.host_set(at(name), name.byteLength, at(bytes), bytes.byteLength);
    this.context.check(code);
  }

  /** As set, and the key expires after some seconds. */
  setEx(key: string, value: Value, seconds: i64): void {
    this.psetEx(key, value, seconds * 1000);
  }

  /** As set, and the key expires after some milliseconds. */
  psetEx(key: string, value: Value, milliseconds: i64): void {
    const name = encode(key), bytes = value.toBuffer(), size = bytes.byteLength;
    const code = host.set_ex(at(name), name.byteLength, at(bytes), size, milliseconds);
    this.context.check(code);
  }

  /** Append to the string at a key; its new length. */
  append(key: string, value: Value): i64 {
    const name = encode(key), bytes = value.toBuffer();
    const code = host.host_append(at(name), name.byteLength, at(bytes), bytes.byteLength, RESULT);
    return this.context.check(code) ? load<i64>(RESULT) : 0;
  }

  /** Add 1 to the integer at a key; the result. */
  incr(key: string): i64 { return this.incrBy(key, 1); }

  /** Add to the integer at a key; the result. */
  incrBy(key: string, delta: i64): i64 {
    const name = encode(key);
    const code = host.incr_by(at(name), name.byteLength, delta, RESULT);
    return this.context.check(code) ? load<i64>(RESULT) : 0;
  }

  /** Remove a key; whether there was one. */
  delete(key: string): bool {
    const name = encode(key);
    return this.truth(host.host_delete(at(name), name.byteLength));
  }

  /** Whether there is such a key. */
  exists(key: string): bool {
    const name = encode(key);
    return this.truth(host.host_exists(at(name), name.byteLength));
  }

  /** Let a key expire after some seconds; whether there is such a key. */
  expire(key: string, seconds: i64): bool { return this.pexpire(key, seconds * 1000); }

  /** Let a key expire after some milliseconds; whether there is such a key. */
  pexpire(key: string, milliseconds: i64): bool {
    const name = encode(key);
    const code = host.host_expire(at(name), name.byteLength, milliseconds);
    return code != host.ABSENT && this.context.check(code);
  }

  /** The seconds a key has left: -1 for one that does not expire, -2 when there is none. */
  ttl(key: string): i64 {
    const left = this.pttl(key);
    return left > 0 ? (left + 500) / 1000 : left;
  }

  /** The milliseconds a key has left: -1 for one that does not expire, -2 when there is none. */
  pttl(key: string): i64 {
    const name = encode(key);
    const code = host.host_ttl(at(name), name.byteLength, RESULT);
    if (code == host.ABSENT || !this.context.check(code)) return -2;
    return load<i64>(RESULT);
  }

  /** The name of the type of a key's value, "none" when there is no key. */
  type(key: string): string {
    const name = encode(key);
    const bytes = taken(host.type_of(at(name), name.byteLength, SCRATCH, SCRATCH_SIZE));
    if (bytes !== null) return String.UTF8.decode(bytes);
    this.context.check(failureCode);
    return "none";
  }

  /** The value of a field of a hash, null when there is no such key or field. */
  hget(key: string, field: string): Value | null {
    const name = encode(key), part = encode(field);
    const start = at(name), size = name.byteLength, from = at(part), count = part.byteLength;
    const length = host.hget(start, size, from, count, SCRATCH, SCRATCH_SIZE);
    if (length <= SCRATCH_SIZE) return this.found(taken(length));
    const bytes = new ArrayBuffer(length);
    host.hget(start, size, from, count, at(bytes), length);
    return Value.buffer(bytes);
  }

  /** Give a field of a hash a value; whether the field is new. */
  hset(key: string, field: string, value: Value): bool {
    const name = encode(key), part = encode(field), bytes = value.toBuffer();
    const start = at(part), size = part.byteLength;
    const end = bytes.byteLength;
    return this.truth(host.hset(at(name), name.byteLength, start, size, at(bytes), end));
  }

  /** Remove a field of a hash; whether there was one. */
  hdel(key: string, field: string): bool {
    const name = encode(key), part = encode(field);
    return this.truth(host.hdel(at(name), name.byteLength, at(part), part.byteLength));
  }

  private truth(code: i32): bool {
    this.context.check(code);
    return code > 0;
  }

  private found(bytes: ArrayBuffer | null): Value | null {
    if (bytes !== null) return Value.buffer(bytes);
    if (failureCode != host.ABSENT) this.context.check(failureCode);
    return null;
  }
}

/** The values of one data type of the plugin's own, as bytes that only it understands. */
export class Typed {
  /** Version of the encoding of what `get` has read. */
  version: i64 = 0;

  constructor(private context: PluginContext, private name: string) {}

  /** The bytes at a key, null when there is no key. */
  get(key: string): Uint8Array | null {
    const name = encode(key), type = encode(this.name);
    const start = at(name), size = name.byteLength, kind = at(type), count = type.byteLength;
    let bytes: ArrayBuffer | null = null;
    const length = host.typed_get(start, size, kind, count, RESULT, SCRATCH, SCRATCH_SIZE);
    if (length <= SCRATCH_SIZE) bytes = taken(length);
    else {
      bytes = new ArrayBuffer(length);
      host.typed_get(start, size, kind, count, RESULT, at(bytes), length);
    }
    if (bytes !== null) {
      this.version = load<i64>(RESULT);
      return Uint8Array.wrap(bytes);
    }
    if (failureCode != host.ABSENT) this.context.check(failureCode);
    return null;
  }

  /** Give a key a value of this type. */
  set(key: string, version: i32, value: Uint8Array): void {
    const name = encode(key), type = encode(this.name);
    const size = name.byteLength, count = type.byteLength;
    const code = host.typed_set(
      at(name), size, at(type), count, version, value.dataStart, value.byteLength,
    );
    this.context.check(code);
  }

  /** Copy bytes from an offset on into a buffer; the length of the whole value, -1 when there is
   *  no key. */
  range(key: string, offset: i32, buffer: Uint8Array): i32 {
    const name = encode(key), type = encode(this.name);
    const start = at(type), count = type.byteLength;
    const length = host.typed_range(
      at(name), name.byteLength, start, count, offset, buffer.dataStart, buffer.byteLength,
    );
    if (length != host.ABSENT) this.context.check(length);
    return max(length, -1);
  }
}
