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
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}

/** The text of bytes, null for bytes that are no UTF-8. */
export function decode(bytes: ArrayBuffer): string | null {
  const start = changetype<usize>(bytes);
  const length = bytes.byteLength;
  const ascii = asciiPrefix(start, length);
  if (ascii == length) return widened(start, length);
  if (!isUtf8(start + ascii, length - ascii)) return null;
  return String.UTF8.decode(bytes);
}

/** As decode, with U+FFFD or worse for what is no UTF-8: for messages. */
export function decodeLossy(bytes: ArrayBuffer): string {
  const text = decode(bytes);
  return text !== null ? text : String.UTF8.decode(bytes);
}

function asciiPrefix(start: usize, length: i32): i32 {
  let i = 0;
  while (i + 8 <= length && (load<u64>(start + i) & 0x8080808080808080) == 0) i += 8;
  while (i < length && load<u8>(start + i) < 0x80) i++;
  return i;
}

function widened(start: usize, length: i32): string {
  const text = changetype<string>(__new(<usize>length << 1, idof<string>()));
  const to = changetype<usize>(text);
  for (let i = 0; i < length; i++) store<u16>(to + (<usize>i << 1), load<u8>(start + i));
  return text;
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
  return bytes !== null && bytes.byteLength > 0 ? decodeLossy(bytes) : "ERR the server refused a call";
}
