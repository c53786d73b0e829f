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

export function encode(text: string): ArrayBuffer {
  const length = text.length;
  const bytes = new ArrayBuffer(length);
  if (narrowed(changetype<usize>(text), length, changetype<usize>(bytes))) return bytes;
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}

/** The text of bytes, null for bytes that are no UTF-8. */
export function decode(bytes: ArrayBuffer): string | null {
  const start = changetype<usize>(bytes);
  const length = bytes.byteLength;
  const text = changetype<string>(__new(<usize>length << 1, idof<string>()));
  if (widened(start, length, changetype<usize>(text))) return text;
  return isUtf8(start, length) ? String.UTF8.decode(bytes) : null;
}

/** As decode, with U+FFFD or worse for what is no UTF-8: for messages. */
export function decodeLossy(bytes: ArrayBuffer): string {
  const text = decode(bytes);
  return text !== null ? text : String.UTF8.decode(bytes);
}

/** Copy ASCII as UTF-16; false where it is more than ASCII. Sixteen characters at a time: every
 *  instruction is paid for. */
function widened(from: usize, length: i32, to: usize): bool {
  const end = from + <usize>length;
  for (; from + 16 <= end; from += 16, to += 32) {
    const part = v128.load(from);
    if (i8x16.bitmask(part) != 0) return false;
    v128.store(to, i16x8.extend_low_i8x16_u(part));
    v128.store(to, i16x8.extend_high_i8x16_u(part), 16);
  }
  for (; from < end; from++, to += 2) {
    const byte = load<u8>(from);
    if (byte >= 0x80) return false;
    store<u16>(to, byte);
  }
  return true;
}

/** Copy UTF-16 as ASCII; false where it is more than ASCII. */
function narrowed(from: usize, length: i32, to: usize): bool {
  const end = from + (<usize>length << 1);
  const more = i16x8.splat(<i16>0xff80);
  for (; from + 32 <= end; from += 32, to += 16) {
    const low = v128.load(from), high = v128.load(from, 16);
    if (v128.any_true(v128.and(v128.or(low, high), more))) return false;
    v128.store(to, i8x16.narrow_i16x8_u(low, high));
  }
  for (; from < end; from += 2, to++) {
    const unit = load<u16>(from);
    if (unit >= 0x80) return false;
    store<u8>(to, <u8>unit);
  }
  return true;
}

/** Unicode 15, table 3-7: well-formed byte sequences. */
function isUtf8(start: usize, length: i32): bool {
  let i = 0;
  while (i < length) {
    const first = load<u8>(start + i);
    i++;
    if (first < 0x80) continue;
    if (first < 0xc2 || first > 0xf4) return false;
    let more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (i + more > length) return false;
    const second = load<u8>(start + i);
    const low: u8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const high: u8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (i++, more--; more > 0; i++, more--) {
      if ((load<u8>(start + i) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

/** Why the last host call failed. */
export function lastError(): string {
  const length = last_error(SCRATCH, SCRATCH_SIZE);
  const bytes = taken(min(length, SCRATCH_SIZE));
  if (bytes === null || bytes.byteLength == 0) return "ERR the server refused a call";
  return decodeLossy(bytes);
}
