import { at, decode, encode } from "./bytes";
import { formatDouble, numberFound, numberOk, parseDouble, parseInteger } from "./numbers";
import * as host from "./host";

/** What a Value is: the kinds of RESP3. */
export enum ValueKind {
  Null, Ok, Integer, Double, Bool, String, Simple, Error, Verbatim, BigNumber, Array, Map, Set,
}

/** An argument, a stored value or a reply. */
export class Value {
  private constructor(
    public readonly kind: ValueKind,
    private integer: i64 = 0,
    private real: f64 = 0,
    private text: string | null = null,
    private bytes: ArrayBuffer | null = null,
    private items: Array<Value> | null = null,
  ) {}

  /** The absence of a value. */
  static null(): Value { return new Value(ValueKind.Null); }
  /** The simple string OK. */
  static ok(): Value { return new Value(ValueKind.Ok, 0, 0, "OK"); }
  /** A 64-bit number. */
  static integer(number: i64): Value { return new Value(ValueKind.Integer, number); }
  static double(number: f64): Value { return new Value(ValueKind.Double, 0, number); }
  static bool(truth: bool): Value { return new Value(ValueKind.Bool, truth ? 1 : 0); }
  /** A bulk string. */
  static string(text: string): Value { return new Value(ValueKind.String, 0, 0, text); }
  /** A bulk string of any bytes. */
  static bytes(bytes: Uint8Array): Value {
    const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    return Value.buffer(whole);
  }
  /** A bulk string of any bytes, which are not copied. */
  static buffer(bytes: ArrayBuffer): Value {
    return new Value(ValueKind.String, 0, 0, null, bytes);
  }
  /** A simple string, one line. */
  static simple(text: string): Value { return new Value(ValueKind.Simple, 0, 0, text); }
  /** An error as a member of an array; as a whole reply use Result.err. */
  static error(text: string): Value { return new Value(ValueKind.Error, 0, 0, text); }
  /** Text with a format of three letters: "txt", "mkd". */
  static verbatim(format: string, text: string): Value {
    return new Value(ValueKind.Verbatim, 0, 0, text, encode((format + "txt").substring(0, 3)));
  }
  /** An integer of any size, in decimal digits. */
  static bigNumber(digits: string): Value {
    return new Value(ValueKind.BigNumber, 0, 0, digits);
  }
  static array(items: Array<Value>): Value { return Value.of(ValueKind.Array, items); }
  /** Different values. */
  static set(items: Array<Value>): Value { return Value.of(ValueKind.Set, items); }
  /** Entries: key, value, key, value ... The keys must differ. */
  static map(items: Array<Value>): Value { return Value.of(ValueKind.Map, items); }
  static of(kind: ValueKind, items: Array<Value>): Value {
    return new Value(kind, 0, 0, null, null, items);
  }

  get isNull(): bool { return this.kind == ValueKind.Null; }
  get isError(): bool { return this.kind == ValueKind.Error; }
  /** Whether asInteger has a number to give. */
  get isInteger(): bool {
    this.asInteger();
    return numberOk;
  }
  /** Whether asDouble has a number to give. */
  get isNumber(): bool {
    this.asDouble();
    return numberOk;
  }

  /** The value as text: numbers in decimal, true and false as 1 and 0; null for null, for arrays,
   *  maps and sets, and for bytes that are no UTF-8. */
  asString(): string | null {
    switch (this.kind) {
      case ValueKind.Integer:
      case ValueKind.Bool: return this.integer.toString();
      case ValueKind.Double: return formatDouble(this.real);
    }
    const text = this.text;
    if (text !== null) return text;
    const bytes = this.bytes;
    return bytes !== null ? decode(bytes) : null;
  }

  /** How many bytes the text has; 0 where there is none. */
  get byteLength(): i32 {
    const bytes = this.bytes;
    if (bytes !== null && this.kind == ValueKind.String) return bytes.byteLength;
    return this.toBuffer().byteLength;
  }

  /** The bytes of the text; empty where there is none. */
  asBytes(): Uint8Array { return Uint8Array.wrap(this.toBuffer()); }

  /** As asBytes, not to be changed. */
  toBuffer(): ArrayBuffer {
    const bytes = this.bytes;
    if (bytes !== null && this.kind == ValueKind.String) return bytes;
    const text = this.asString();
    return text !== null ? encode(text) : new ArrayBuffer(0);
  }

  /** An integer, also one in a text; `otherwise` for anything else. */
  asInteger(otherwise: i64 = 0): i64 {
    if (this.kind == ValueKind.Integer || this.kind == ValueKind.Bool) {
      numberFound();
      return this.integer;
    }
    const text = this.numeral();
    const number = parseInteger(text);
    return numberOk ? number : otherwise;
  }

  /** A number, also one in a text; `otherwise` for anything else. */
  asDouble(otherwise: f64 = NaN): f64 {
    if (this.kind == ValueKind.Double) {
      numberFound();
      return this.real;
    }
    if (this.kind == ValueKind.Integer || this.kind == ValueKind.Bool) {
      numberFound();
      return <f64>this.integer;
    }
    const number = parseDouble(this.numeral());
    return numberOk ? number : otherwise;
  }

  /** True or false; integers count as true unless they are 0. */
  asBool(otherwise: bool = false): bool { return this.asInteger(otherwise ? 1 : 0) != 0; }

  /** The members of an array, a set or a map (key, value, key, value ...); else none. */
  asArray(): Array<Value> {
    const items = this.items;
    return items !== null ? items : [];
  }

  /** The value of a map's entry, null when there is none. */
  get(key: string): Value | null {
    const items = this.items;
    if (this.kind != ValueKind.Map || items === null) return null;
    for (let i = 0; i + 1 < items.length; i += 2) {
      if (items[i].asString() == key) return items[i + 1];
    }
    return null;
  }

  /** The text of an error that a command has answered. */
  asError(): string | null { return this.kind == ValueKind.Error ? this.text : null; }

  private numeral(): string {
    if (this.kind == ValueKind.Double) return "";
    const text = this.asString();
    return text !== null ? text : "";
  }

  /** Reply with this value; below zero where the server does not take it. */
  send(): i32 {
    switch (this.kind) {
      case ValueKind.Null: return host.reply_null();
      case ValueKind.Ok: return host.reply_ok();
      case ValueKind.Integer: return host.reply_int(this.integer);
      case ValueKind.Double: return host.reply_double(this.real);
      case ValueKind.Bool: return host.reply_bool(<i32>this.integer);
      case ValueKind.Array:
      case ValueKind.Map:
      case ValueKind.Set: return this.sendItems();
    }
    const bytes = this.kind == ValueKind.Verbatim ? encode(this.text!) : this.toBuffer();
    const start = at(bytes), length = bytes.byteLength;
    switch (this.kind) {
      case ValueKind.Simple: return host.reply_simple(start, length);
      case ValueKind.Error: return host.reply_error(start, length);
      case ValueKind.BigNumber: return host.reply_bignum(start, length);
      case ValueKind.Verbatim: return host.reply_verbatim(at(this.bytes!), start, length);
      default: return host.reply_bulk(start, length);
    }
  }

  private sendItems(): i32 {
    const items = this.items!, count = items.length;
    let code: i32;
    if (this.kind == ValueKind.Map) code = host.reply_map(count / 2);
    else code = this.kind == ValueKind.Set ? host.reply_set(count) : host.reply_array(count);
    for (let i = 0; i < count && code >= 0; i++) code = items[i].send();
    return code;
  }
}
