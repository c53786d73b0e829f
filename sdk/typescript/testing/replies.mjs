// A reply, built call by call, as a value of JavaScript.

export class Verbatim {
  constructor(format, text) {
    Object.assign(this, { format, text });
  }
}

/** Simple strings, bulk strings: a string, or a Buffer for bytes that are no UTF-8. */
export function textOf(bytes) {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : bytes;
}

/** An integer as a number, or as a BigInt where it does not fit. */
export function integerOf(number) {
  return Number.isSafeInteger(Number(number)) ? Number(number) : number;
}

export class ReplyBuilder {
  #open = [];
  value = undefined;

  add(value) {
    while (this.#open.length > 0) {
      const container = this.#open.at(-1);
      container.items.push(value);
      if (container.items.length < container.count) return 0;
      this.#open.pop();
      value = container.make(container.items);
    }
    this.value = value;
    return 0;
  }

  begin(count, make) {
    if (count === 0) return this.add(make([]));
    this.#open.push({ count, make, items: [] });
    return 0;
  }

  get complete() {
    return this.value !== undefined && this.#open.length === 0;
  }
}

export function mapOf(items) {
  const map = new Map();
  for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  return map;
}

/** A value of JavaScript in RESP3, as handles hold it. */
export function encode(value) {
  if (value === null || value === undefined) return Buffer.from("_\r\n");
  if (value === true || value === false) return Buffer.from(value ? "#t\r\n" : "#f\r\n");
  if (typeof value === "bigint" || Number.isInteger(value)) return Buffer.from(`:${value}\r\n`);
  if (typeof value === "number") return Buffer.from(`,${value}\r\n`);
  if (value instanceof Error) return Buffer.from(`-${value.message}\r\n`);
  if (typeof value === "string" || Buffer.isBuffer(value)) {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);
  }
  const items = value instanceof Map ? [...value].flat() : [...value];
  const mark = value instanceof Map ? "%" : value instanceof Set ? "~" : "*";
  const count = value instanceof Map ? value.size : items.length;
  return Buffer.concat([Buffer.from(`${mark}${count}\r\n`), ...items.map(encode)]);
}
