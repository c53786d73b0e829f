// Texts on their way to the server and back: UTF-8 there, UTF-16 here.

import { last_error } from "./host";

/** Room for what most calls read, so that a short text costs one host call. */
export const SCRATCH: usize = memory.data(4096, 8);
export const SCRATCH_SIZE: i32 = 4096;

/** Code of the last read that failed. */
export let failureCode: i32 = 0;

// @ts-ignore: decorator
@inline
export function at(bytes: ArrayBuffer): usize {
  return changetype<usize>(bytes);
}

/** The bytes that a host call has left in SCRATCH; null for a failure. */
export function taken(length: i32): ArrayBuffer | null {
  if (length < 0) {
    failureCode = length;
    return null;
  }
  const bytes = new ArrayBuffer(length);
  memory.copy(changetype<usize>(bytes), SCRATCH, length);
  return bytes;
}

/** The bytes of a text; U+FFFD stands for half of a surrogate pair. */
export function encode(text: string): ArrayBuffer {
  const from = changetype<usize>(text), length = <usize>text.length;
  const bytes = new ArrayBuffer(<i32>length);
  if (narrowed(from, length, at(bytes), true) != 0) return bytes;
  const more = __new(length * 3, idof<ArrayBuffer>());
  const end = narrowed(from, length, more, false);
  return changetype<ArrayBuffer>(__renew(more, end - more));
}

/** The text of bytes, null for bytes that are no UTF-8. */
export function decode(bytes: ArrayBuffer): string | null {
  const text = __new(<usize>bytes.byteLength << 1, idof<string>());
  const end = widened(at(bytes), bytes.byteLength, text);
  return end != 0 ? changetype<string>(__renew(text, end - text)) : null;
}

/** As decode, with U+FFFD or worse for what is no UTF-8: for messages. */
export function decodeLossy(bytes: ArrayBuffer): string {
  const text = decode(bytes);
  return text !== null ? text : String.UTF8.decode(bytes);
}

/** Copy UTF-8 as UTF-16; the end of the copy, 0 where it is no UTF-8 (Unicode 15, table 3-7). ASCII
 *  is copied sixteen characters at a time: every instruction is paid for. */
function widened(from: usize, length: i32, to: usize): usize {
  const end = from + <usize>length;
  while (from < end) {
    const last = from + 16 > end;
    if (!last) {
      const part = v128.load(from), more = i8x16.bitmask(part);
      v128.store(to, i16x8.extend_low_i8x16_u(part));
      v128.store(to, i16x8.extend_high_i8x16_u(part), 16);
      if (more == 0) {
        from += 16;
        to += 32;
        continue;
      }
      from += <usize>ctz(more);
      to += <usize>ctz(more) << 1;
    }
    do {
      const first: u32 = load<u8>(from);
      if (first < 0x80) {
        store<u16>(to, first);
        from++;
      } else if (first < 0xe0) {
        if (first < 0xc2 || from + 2 > end) return 0;
        const second: u32 = load<u8>(from, 1);
        if ((second & 0xc0) != 0x80) return 0;
        store<u16>(to, ((first & 0x1f) << 6) | (second & 0x3f));
        from += 2;
      } else if (first < 0xf0) {
        if (from + 3 > end) return 0;
        const rest: u32 = load<u16>(from, 1);
        if ((rest & 0xc0c0) != 0x8080) return 0;
        const unit = ((first & 0xf) << 12) | ((rest & 0x3f) << 6) | ((rest >> 8) & 0x3f);
        if (unit < 0x800 || (unit & 0xf800) == 0xd800) return 0;
        store<u16>(to, unit);
        from += 3;
      } else {
        const code = from + 4 > end ? -1 : beyond(load<u32>(from));
        if (code < 0) return 0;
        store<u16>(to, 0xd800 | (code >> 10));
        to += 2;
        store<u16>(to, 0xdc00 | (code & 0x3ff));
        from += 4;
      }
      to += 2;
    } while (from < end && (last || load<u8>(from) >= 0x80));
  }
  return to;
}

/** What a character of four bytes is beyond U+FFFF; -1 where they are none. */
function beyond(bytes: u32): i32 {
  if ((bytes & 0xc0c0c0f8) != 0x808080f0) return -1;
  const high = ((bytes & 7) << 18) | ((bytes << 4) & 0x3f000);
  const code = high | ((bytes >> 10) & 0xfc0) | ((bytes >> 24) & 0x3f);
  return code >= 0x10000 && code <= 0x10ffff ? <i32>code - 0x10000 : -1;
}

/** Copy UTF-16 as UTF-8; the end of the copy, 0 where it would be `ascii` and is not. */
function narrowed(from: usize, length: usize, to: usize, ascii: bool): usize {
  const end = from + (length << 1), limit = i16x8.splat(0x80);
  while (from < end) {
    const last = from + 32 > end;
    if (!last) {
      const low = i16x8.min_u(v128.load(from), limit);
      const part = i8x16.narrow_i16x8_u(low, i16x8.min_u(v128.load(from, 16), limit));
      const more = i8x16.bitmask(part);
      v128.store(to, part);
      if (more == 0) {
        from += 32;
        to += 16;
        continue;
      }
      from += <usize>ctz(more) << 1;
      to += <usize>ctz(more);
    }
    do {
      let code: u32 = load<u16>(from);
      from += 2;
      if (code < 0x80) {
        store<u8>(to++, code);
        continue;
      }
      if (ascii) return 0;
      if (code < 0x800) {
        store<u16>(to, 0x80c0 | (code >> 6) | ((code & 0x3f) << 8));
        to += 2;
        continue;
      }
      if ((code & 0xf800) == 0xd800) {
        const next: u32 = from < end ? load<u16>(from) : 0;
        if (code < 0xdc00 && (next & 0xfc00) == 0xdc00) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
          from += 2;
          store<u8>(to++, 0xf0 | (code >> 18));
          store<u8>(to, 0x80 | ((code >> 12) & 0x3f));
          store<u16>(to, 0x8080 | ((code >> 6) & 0x3f) | ((code & 0x3f) << 8), 1);
          to += 3;
          continue;
        }
        code = 0xfffd;
      }
      store<u8>(to, 0xe0 | (code >> 12));
      store<u16>(to, 0x8080 | ((code >> 6) & 0x3f) | ((code & 0x3f) << 8), 1);
      to += 3;
    } while (from < end && (last || load<u16>(from) >= 0x80));
  }
  return to;
}

/** Why the last host call failed. */
export function lastError(): string {
  const length = last_error(SCRATCH, SCRATCH_SIZE);
  const bytes = taken(min(length, SCRATCH_SIZE));
  if (bytes === null || bytes.byteLength == 0) return "ERR the server refused a call";
  return decodeLossy(bytes);
}
