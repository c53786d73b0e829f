// The functions of ferrite_v1 over the maps of a MockServer.

import { Verbatim, encode, integerOf, mapOf, textOf } from "./replies.mjs";

const ABSENT = -1, DENIED = -2, TYPE = -3, ARGUMENT = -4, NUMBER = -6, UNAVAILABLE = -7;
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER = "ERR value is not an integer or out of range";

/** All functions; `memory` gives the guest's memory as it is now. */
export function hostFunctions(server, memory) {
  const io = new Memory(memory);
  const groups = [basics, replies, strings, keys, hashes, types, world, hooks];
  const functions = Object.assign({}, ...groups.map((group) => group(server, io)));
  return Object.fromEntries(
    Object.entries(functions).map(([name, code]) => [name, guarded(server, name, code)]),
  );
}

function guarded(server, name, code) {
  return (...values) => {
    if (!server.denied.has(name)) return code(...values);
    return server.fail(DENIED, `NOPERM the plugin has no permission for ${name}`);
  };
}

class Memory {
  constructor(memory) {
    this.memory = memory;
  }

  bytes(address, length) {
    return Buffer.from(this.memory().subarray(address >>> 0, (address >>> 0) + length));
  }

  /** A text as a key of a map: latin1 where it is no UTF-8. */
  text(address, length) {
    const text = textOf(this.bytes(address, length));
    return typeof text === "string" ? text : text.toString("latin1");
  }

  fill(data, address, size) {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(String(data));
    bytes.copy(this.memory(), address >>> 0, 0, Math.min(bytes.length, size));
    return bytes.length;
  }

  put(address, number) {
    this.memory().writeBigInt64LE(BigInt(number), address >>> 0);
    return 0;
  }

  optional(data, address, size) {
    return data === undefined || data === null ? ABSENT : this.fill(data, address, size);
  }
}

function basics(server, io) {
  return {
    arg_count: () => server.args.length,
    arg_read: (index, to, size) => io.optional(server.args[index], to, size),
    last_error: (to, size) => io.fill(server.lastError, to, size),
    handle_read: (handle, offset, to, size) => {
      const bytes = server.handles.get(handle);
      io.fill(bytes.subarray(offset), to, size);
      return bytes.length;
    },
    handle_drop: (handle) => (server.handles.delete(handle), 0),
  };
}

function replies(server, io) {
  const add = (value) => server.reply.add(value);
  return {
    reply_null: () => add(null),
    reply_ok: () => add("OK"),
    reply_int: (number) => add(integerOf(number)),
    reply_double: add,
    reply_bool: (truth) => add(truth !== 0),
    reply_simple: (at, length) => add(io.text(at, length)),
    reply_bulk: (at, length) => add(textOf(io.bytes(at, length))),
    reply_error: (at, length) => add(new Error(withCode(io.text(at, length)))),
    reply_verbatim: (format, at, length) =>
      add(new Verbatim(io.text(format, 3), io.text(at, length))),
    reply_bignum: (at, length) => add(BigInt(io.text(at, length))),
    reply_array: (count) => server.reply.begin(count, (items) => items),
    reply_map: (count) => server.reply.begin(2 * count, mapOf),
    reply_set: (count) => server.reply.begin(count, (items) => new Set(items)),
  };
}

function withCode(text) {
  return /^[A-Z][A-Z0-9]+( |$)/.test(text) ? text : `ERR ${text}`;
}

function typed(server, key, wanted) {
  const found = server.typeOf(key);
  return found === "none" || found === wanted ? 0 : server.fail(TYPE, WRONG_TYPE);
}

function strings(server, io) {
  const write = (key, value) => {
    server.remove(key);
    server.strings.set(key, value);
    return 0;
  };
  return {
    get: (at, length, to, size) => {
      const key = io.text(at, length);
      return typed(server, key, "string") || io.optional(server.strings.get(key), to, size);
    },
    set: (at, length, from, count) => write(io.text(at, length), textOf(io.bytes(from, count))),
    set_ex: (at, length, from, count, milliseconds) => {
      if (milliseconds <= 0n) return server.fail(ARGUMENT, "ERR invalid expire time");
      const key = io.text(at, length);
      server.expires.delete(key);
      write(key, textOf(io.bytes(from, count)));
      server.expires.set(key, Number(milliseconds));
      return 0;
    },
    append: (at, length, from, count, out) => {
      const key = io.text(at, length);
      const fault = typed(server, key, "string");
      if (fault) return fault;
      const before = Buffer.from(server.strings.get(key) ?? "");
      const whole = Buffer.concat([before, io.bytes(from, count)]);
      server.strings.set(key, textOf(whole));
      return io.put(out, whole.length);
    },
    incr_by: (at, length, delta, out) => {
      const key = io.text(at, length);
      const fault = typed(server, key, "string");
      if (fault) return fault;
      const text = String(server.strings.get(key) ?? "0");
      const sum = /^(0|-?[1-9][0-9]*)$/.test(text) ? BigInt(text) + delta : null;
      if (sum === null || sum !== BigInt.asIntN(64, sum)) return server.fail(NUMBER, NOT_INTEGER);
      server.strings.set(key, String(sum));
      return io.put(out, sum);
    },
  };
}

function keys(server, io) {
  return {
    delete: (at, length) => Number(server.remove(io.text(at, length))),
    exists: (at, length) => Number(server.typeOf(io.text(at, length)) !== "none"),
    expire: (at, length, milliseconds) => {
      const key = io.text(at, length);
      if (server.typeOf(key) === "none") return ABSENT;
      server.expires.set(key, Number(milliseconds));
      return 0;
    },
    ttl: (at, length, out) => {
      const key = io.text(at, length);
      return server.typeOf(key) === "none" ? ABSENT : io.put(out, server.expires.get(key) ?? -1);
    },
    type_of: (at, length, to, size) => io.fill(server.typeOf(io.text(at, length)), to, size),
  };
}

function hashes(server, io) {
  const of = (key) => typed(server, key, "hash");
  return {
    hget: (at, length, from, count, to, size) => {
      const key = io.text(at, length);
      return of(key) || io.optional(server.hashes.get(key)?.get(io.text(from, count)), to, size);
    },
    hset: (at, length, from, count, value, bytes) => {
      const key = io.text(at, length), field = io.text(from, count);
      const fault = of(key);
      if (fault) return fault;
      const hash = server.hashes.get(key) ?? new Map();
      const isNew = !hash.has(field);
      server.hashes.set(key, hash.set(field, textOf(io.bytes(value, bytes))));
      return Number(isNew);
    },
    hdel: (at, length, from, count) => {
      const key = io.text(at, length);
      const fault = of(key);
      if (fault) return fault;
      const hash = server.hashes.get(key);
      const had = hash?.delete(io.text(from, count)) ?? false;
      if (hash?.size === 0) server.hashes.delete(key);
      return Number(had);
    },
  };
}

function types(server, io) {
  return {
    typed_get: (at, length, type, count, out, to, size) => {
      const key = io.text(at, length);
      const fault = typed(server, key, io.text(type, count));
      const value = server.typed.get(key);
      if (fault || !value) return fault || ABSENT;
      if (out) io.put(out, value.version);
      return io.fill(value.bytes, to, size);
    },
    typed_set: (at, length, type, count, version, from, size) => {
      const key = io.text(at, length), name = io.text(type, count);
      const fault = typed(server, key, name);
      if (!fault) server.typed.set(key, { type: name, version, bytes: io.bytes(from, size) });
      return fault;
    },
    typed_range: (at, length, type, count, offset, to, size) => {
      const key = io.text(at, length);
      const fault = typed(server, key, io.text(type, count));
      const value = server.typed.get(key);
      if (fault || !value) return fault || ABSENT;
      io.fill(value.bytes.subarray(offset), to, size);
      return value.bytes.length;
    },
  };
}

function world(server, io) {
  const entryOf = (map) => (at, length, to, size) =>
    io.optional(map.get(io.text(at, length)), to, size);
  const away = () => server.fail(UNAVAILABLE, "ERR the mock has no network");
  return {
    call: (at, length) => {
      if (!server.onCall) return server.fail(UNAVAILABLE, "ERR the mock has no onCall");
      return server.hold(encode(server.onCall(server.words(io.bytes(at, length)))));
    },
    publish: (at, length, from, count) => {
      server.published.push([io.text(at, length), textOf(io.bytes(from, count))]);
      return 0;
    },
    http: (method, ml, url, ul, headers, hl, body, bl) => {
      if (!server.onHttp) return server.fail(UNAVAILABLE, "ERR the mock has no onHttp");
      const answer = server.onHttp({
        method: io.text(method, ml),
        url: io.text(url, ul),
        headers: io.text(headers, hl),
        body: textOf(io.bytes(body, bl)),
      });
      const found = new Map(Object.entries(answer.headers ?? {}));
      return server.hold(encode(new Map([
        ["status", answer.status], ["headers", found], ["body", answer.body ?? ""],
      ])));
    },
    tcp_connect: away, tcp_send: away, tcp_recv: away, tcp_close: away,
    context: entryOf(server.fields),
    config: entryOf(server.settings),
    env: entryOf(server.environment),
    log: (level, at, length) => server.logged.push(io.text(at, length)) && 0,
    time_ms: (out) => io.put(out, server.now),
    random: (to, size) => io.fill(Buffer.alloc(size, 7), to, size),
    fuel_left: (out) => io.put(out, 2 ** 40),
  };
}

function hooks(server, io) {
  const held = (value) => (value === undefined ? ABSENT : server.hold(encode(value)));
  return {
    hook_key: (to, size) => io.optional(server.event.key, to, size),
    hook_value: (to, size) => io.optional(server.event.value, to, size),
    hook_old_value: (to, size) => io.optional(server.event.oldValue, to, size),
    hook_command: () => held(server.event.command),
    hook_reply: () => held(server.event.reply),
    hook_abort: (at, length) => {
      server.verdict = { abort: io.text(at, length) };
      return 0;
    },
    hook_replace: (at, length) => {
      server.verdict = { replace: textOf(io.bytes(at, length)) };
      return 0;
    },
  };
}
