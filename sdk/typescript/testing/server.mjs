// The server as a plugin sees it, in maps that a test may set and read.

import { hostFunctions } from "./host.mjs";
import { ReplyBuilder, textOf } from "./replies.mjs";

export class MockServer {
  strings = new Map();
  hashes = new Map();
  /** { type, version, bytes } by key */
  typed = new Map();
  /** Milliseconds that keys have left. */
  expires = new Map();
  /** What ctx.field and ctx.config answer, and the environment. */
  fields = new Map([["user", "default"], ["db", "0"], ["protocol", "2"], ["version", "1"]]);
  settings = new Map();
  environment = new Map();
  now = 0;
  /** Names of host functions that answer NOPERM: "get", "set", "http" ... */
  denied = new Set();
  logged = [];
  /** [channel, message] */
  published = [];
  /** (words) => reply: what ctx.call answers. */
  onCall = null;
  /** ({ method, url, headers, body }) => ({ status, headers, body }) */
  onHttp = null;

  args = [];
  event = {};
  reply = new ReplyBuilder();
  verdict = {};
  handles = new Map();
  lastError = "";

  constructor(binary) {
    const module = new WebAssembly.Module(binary);
    const functions = hostFunctions(this, () => Buffer.from(this.exports.memory.buffer));
    const abort = (message) => {
      throw new Error(`abort: ${this.#stringAt(message)}`);
    };
    const env = { abort, seed: () => 1, trace: () => {} };
    this.exports = new WebAssembly.Instance(module, { ferrite_v1: functions, env }).exports;
    this.exports._initialize?.();
  }

  /** Call a command: its reply as a value. Throws an Error with the text of an error reply. */
  call(name, ...args) {
    this.#run(this.#find([name, snake(name), camel(snake(name))]), args);
    if (this.reply.value instanceof Error) throw this.reply.value;
    return this.reply.complete ? this.reply.value : "OK";
  }

  /** Have a hook see an event: { key, value, oldValue, command, reply }. What it says:
   *  { abort } or { replace } or {}. */
  fire(event, details = {}) {
    this.event = details;
    this.fields.set("event", event);
    const name = event.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
    this.#run(this.#find([event, name, event[0].toLowerCase() + event.slice(1)]), []);
    if (this.reply.value instanceof Error) throw this.reply.value;
    return this.verdict;
  }

  #run(entry, args) {
    this.args = args.map((arg) => Buffer.from(String(arg)));
    for (const [i, arg] of args.entries()) if (Buffer.isBuffer(arg)) this.args[i] = arg;
    this.reply = new ReplyBuilder();
    this.verdict = {};
    this.handles.clear();
    const code = entry();
    if (code) throw new Error(`ERR plugin returned ${code}`);
  }

  #find(names) {
    const found = names.find((name) => typeof this.exports[name] === "function");
    if (!found) throw new Error(`the plugin has no export ${names.join(" or ")}`);
    return this.exports[found];
  }

  #stringAt(address) {
    if (!address) return "";
    const memory = Buffer.from(this.exports.memory.buffer);
    return memory.toString("utf16le", address, address + memory.readUInt32LE(address - 4));
  }

  /** The type of what is at a key. */
  typeOf(key) {
    if (this.strings.has(key)) return "string";
    if (this.hashes.has(key)) return "hash";
    return this.typed.get(key)?.type ?? "none";
  }

  remove(key) {
    const had = this.typeOf(key) !== "none";
    for (const map of [this.strings, this.hashes, this.typed, this.expires]) map.delete(key);
    return had;
  }

  fail(code, text) {
    this.lastError = text;
    return code;
  }

  hold(bytes) {
    const handle = this.handles.size + 1;
    this.handles.set(handle, bytes);
    return handle;
  }

  /** The words of a command in RESP. */
  words(bytes) {
    const parts = bytes.toString("latin1").split("\r\n");
    const words = [];
    for (let i = 2; i < parts.length; i += 2) words.push(textOf(Buffer.from(parts[i], "latin1")));
    return words;
  }
}

function snake(name) {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}

function camel(name) {
  return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
