import { decodeLossy } from "./bytes";
import { parseDouble, parseInteger } from "./numbers";
import { Value, ValueKind } from "./value";

const NESTING_MAX = 128;

/** A whole RESP3 value. The server writes them, so a malformed one traps. */
export function decodeReply(bytes: ArrayBuffer): Value {
  return new Reader(bytes).value(0);
}

class Reader {
  private position: i32 = 0;
  constructor(private bytes: ArrayBuffer) {}

  value(depth: i32): Value {
    assert(depth <= NESTING_MAX && this.position < this.bytes.byteLength, "a reply in RESP3");
    const mark = load<u8>(changetype<usize>(this.bytes) + this.position++);
    const line = this.line();
    switch (mark) {
      case 0x5f: return Value.null(); // _
      case 0x2b: return line == "OK" ? Value.ok() : Value.simple(line); // +
      case 0x2d: return Value.error(line); // -
      case 0x3a: return Value.integer(parseInteger(line)); // :
      case 0x2c: return Value.double(parseDouble(line)); // ,
      case 0x23: return Value.bool(line == "t"); // #
      case 0x28: return Value.bigNumber(line); // (
    }
    const size = <i32>parseInteger(line);
    if (size < 0) return Value.null();
    switch (mark) {
      case 0x24: return Value.buffer(this.take(size)); // $
      case 0x21: return Value.error(decodeLossy(this.take(size))); // !
      case 0x3d: { // =
        const text = decodeLossy(this.take(size));
        return Value.verbatim(text.substring(0, 3), text.substring(4));
      }
      case 0x2a:
      case 0x3e: return Value.of(ValueKind.Array, this.items(size, depth)); // * >
      case 0x7e: return Value.of(ValueKind.Set, this.items(size, depth)); // ~
      case 0x25: return Value.of(ValueKind.Map, this.items(size * 2, depth)); // %
    }
    assert(false, "a mark of RESP3");
    return Value.null();
  }

  private items(count: i32, depth: i32): Array<Value> {
    const items = new Array<Value>();
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    return items;
  }

  private take(size: i32): ArrayBuffer {
    assert(size <= this.bytes.byteLength - this.position - 2, "a text of a reply");
    const text = this.bytes.slice(this.position, this.position + size);
    this.position += size + 2;
    return text;
  }

  private line(): string {
    const start = this.position, end = this.bytes.byteLength;
    let i = start;
    while (i < end && load<u8>(changetype<usize>(this.bytes) + i) != 0x0d) i++;
    this.position = i + 2;
    return decodeLossy(this.bytes.slice(start, i));
  }
}
