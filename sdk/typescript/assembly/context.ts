import {
  at, decodeLossy, encode, failureCode, lastError, SCRATCH, SCRATCH_SIZE, taken,
} from "./bytes";
import { Http, Connection } from "./network";
import { commandOf } from "./result";
import { decodeReply } from "./resp3";
import { Storage, Typed } from "./storage";
import { Value } from "./value";
import * as host from "./host";

const RESULT: usize = memory.data(8, 8);

/** How grave a line of the log is. */
export enum LogLevel { Debug, Info, Warning, Error }

/** The server, as a call sees it. */
export class PluginContext {
  /** What went wrong first; the call fails with it, unless it is taken. */
  error: string | null = null;
  private keys: Storage | null = null;

  /** The keys of the caller's database. */
  get storage(): Storage {
    let keys = this.keys;
    if (keys === null) {
      keys = new Storage(this);
      this.keys = keys;
    }
    return keys;
  }

  /** Requests to hosts the plugin was granted. */
  get http(): Http { return new Http(this); }

  /** The values of one data type of the plugin's own. */
  typed(name: string): Typed { return new Typed(this, name); }

  /** What went wrong, if anything did; the call then no longer fails with it. */
  takeError(): string | null {
    const error = this.error;
    this.error = null;
    return error;
  }

  /** Note the error of a host call; whether it was none. */
  check(code: i32): bool {
    if (code >= 0) return true;
    if (this.error === null) this.error = lastError();
    return false;
  }

  /** Write a line to the plugin's log. */
  log(text: string, level: LogLevel = LogLevel.Info): void {
    const bytes = encode(text);
    host.host_log(level, at(bytes), bytes.byteLength);
  }

  /** A value of the plugin's configuration, by its dotted key; null when there is none. */
  config(key: string): string | null {
    const name = encode(key);
    const length = host.host_config(at(name), name.byteLength, SCRATCH, SCRATCH_SIZE);
    if (length <= SCRATCH_SIZE) return textOf(taken(length));
    const bytes = new ArrayBuffer(length);
    host.host_config(at(name), name.byteLength, at(bytes), length);
    return textOf(bytes);
  }

  /** A field of the call's surroundings: "client_id", "address", "user", "db", "protocol",
   *  "event", "plugin" or "version"; null for one that this call does not have. */
  field(name: string): string | null {
    const bytes = encode(name);
    return textOf(taken(host.host_context(at(bytes), bytes.byteLength, SCRATCH, SCRATCH_SIZE)));
  }

  /** The ACL user who calls. */
  get user(): string {
    const name = this.field("user");
    return name !== null ? name : "";
  }

  /** Unix time in milliseconds; it stands still during a call. Needs system.time. */
  now(): i64 { return this.check(host.time_ms(RESULT)) ? load<i64>(RESULT) : 0; }

  /** Some random bytes. Needs system.random. */
  random(count: i32): Uint8Array {
    const bytes = new Uint8Array(count);
    this.check(host.host_random(bytes.dataStart, count));
    return bytes;
  }

  /** A variable of the server's environment, null when it is not set. Needs system.env. */
  env(name: string): string | null {
    const word = encode(name);
    const length = host.host_env(at(word), word.byteLength, SCRATCH, SCRATCH_SIZE);
    if (length < 0 && length != host.ABSENT) this.check(length);
    if (length <= SCRATCH_SIZE) return textOf(taken(length));
    const bytes = new ArrayBuffer(length);
    host.host_env(at(word), word.byteLength, at(bytes), length);
    return textOf(bytes);
  }

  /** How many instructions this call may still take. */
  fuelLeft(): i64 {
    host.fuel_left(RESULT);
    return load<i64>(RESULT);
  }

  /** Send a message to a channel once this call is kept; how many clients will get it. */
  publish(channel: string, message: Value): i32 {
    const to = encode(channel), bytes = message.toBuffer();
    const count = host.host_publish(at(to), to.byteLength, at(bytes), bytes.byteLength);
    this.check(count);
    return max(count, 0);
  }

  /** Run any command of the server and give its reply; an error that it answers is a value. */
  call(words: Array<string>): Value {
    const command = commandOf(words);
    return this.reply(host.host_call(at(command), command.byteLength));
  }

  /** Connect to a host; null where that fails. Needs network.tcp_connect for it. */
  connect(name: string, port: i32): Connection | null {
    const bytes = encode(name);
    const handle = host.tcp_connect(at(bytes), bytes.byteLength, port);
    return this.check(handle) ? new Connection(this, handle) : null;
  }

  /** What a handle holds; the handle is let go. */
  reply(handle: i32): Value {
    if (!this.check(handle)) return Value.null();
    const length = host.handle_read(handle, 0, SCRATCH, SCRATCH_SIZE);
    let bytes: ArrayBuffer | null;
    if (length <= SCRATCH_SIZE) bytes = taken(length);
    else {
      bytes = new ArrayBuffer(length);
      host.handle_read(handle, 0, at(bytes), length);
    }
    host.handle_drop(handle);
    if (bytes !== null) return decodeReply(bytes);
    this.check(failureCode);
    return Value.null();
  }
}

/** The server as a hook sees it, and what happens there. */
export class HookContext extends PluginContext {
  /** The name of the event, as OnKeyWrite. */
  get event(): string {
    const name = this.field("event");
    return name !== null ? name : "";
  }

  /** The key of a key event, "" for others and for a key that is no UTF-8. */
  get key(): string {
    const text = this.keyValue.asString();
    return text !== null ? text : "";
  }

  /** The key of a key event, whatever its bytes are. */
  get keyValue(): Value {
    const length = host.hook_key(SCRATCH, SCRATCH_SIZE);
    if (length <= SCRATCH_SIZE) return valueOf(taken(length));
    const bytes = new ArrayBuffer(length);
    host.hook_key(at(bytes), length);
    return Value.buffer(bytes);
  }

  /** The string at the key now; null when there is none, or a value of another type. */
  get value(): Value {
    const length = host.hook_value(SCRATCH, SCRATCH_SIZE);
    if (length <= SCRATCH_SIZE) return valueOf(taken(length));
    const bytes = new ArrayBuffer(length);
    host.hook_value(at(bytes), length);
    return Value.buffer(bytes);
  }

  /** The string that was at the key before; null as for value. */
  get oldValue(): Value {
    const length = host.hook_old_value(SCRATCH, SCRATCH_SIZE);
    if (length <= SCRATCH_SIZE) return valueOf(taken(length));
    const bytes = new ArrayBuffer(length);
    host.hook_old_value(at(bytes), length);
    return Value.buffer(bytes);
  }

  /** The words of the command under way; none where there is none. */
  get command(): Array<Value> {
    const handle = host.hook_command();
    return handle < 0 ? [] : this.reply(handle).asArray();
  }

  /** What the command answered: AfterCommand. */
  get answer(): Value {
    const handle = host.hook_reply();
    return handle < 0 ? Value.null() : this.reply(handle);
  }
}

function textOf(bytes: ArrayBuffer | null): string | null {
  return bytes !== null ? decodeLossy(bytes) : null;
}

function valueOf(bytes: ArrayBuffer | null): Value {
  return bytes !== null ? Value.buffer(bytes) : Value.null();
}
