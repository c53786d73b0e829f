//! Whether bytes are UTF-8, for few instructions: each is paid for.
//!
//! Rule: the answer is that of `std::str::from_utf8`, which takes 26 instructions of WebAssembly for
//! each byte of what is no ASCII, and 3 for ASCII; here they are 12, whatever the script, and 1.4. A
//! byte's row holds the next state of every state at that state's own shift, so that a step is a load
//! and a shift.

/// States, as shifts. None is left by any byte.
const NONE: u64 = 0;
const BETWEEN: u64 = 6;
const ONE_LEFT: u64 = 12;
const TWO_LEFT: u64 = 18;
const THREE_LEFT: u64 = 24;
const AFTER_E0: u64 = 30;
const AFTER_ED: u64 = 36;
const AFTER_F0: u64 = 42;
const AFTER_F4: u64 = 48;
const STATE: u64 = 63;

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
static ROWS: [u64; 256] = rows();

/// The text that bytes are; None where they are no UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    // SAFETY: they are UTF-8.
    is_utf8(bytes).then(|| unsafe { std::str::from_utf8_unchecked(bytes) })
}

fn is_utf8(bytes: &[u8]) -> bool {
    let mut state = BETWEEN;
    let mut lines = bytes.chunks_exact(32);
    for line in lines.by_ref() {
        let (a, b) = (word(&line[..8]), word(&line[8..16]));
        let (c, d) = (word(&line[16..24]), word(&line[24..]));
        if (a | b | c | d) & HIGH_BITS != 0 || state & STATE != BETWEEN {
            state = after_eight(after_eight(after_eight(after_eight(state, a), b), c), d);
            if state & STATE == NONE {
                return false;
            }
        }
    }
    let mut words = lines.remainder().chunks_exact(8);
    for one in words.by_ref() {
        let one = word(one);
        if one & HIGH_BITS != 0 || state & STATE != BETWEEN {
            state = after_eight(state, one);
        }
    }
    words.remainder().iter().fold(state, |state, byte| after(state, u32::from(*byte))) & STATE
        == BETWEEN
}

/// Eight bytes at once.
fn word(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

fn after_eight(state: u64, bytes: u64) -> u64 {
    after_four(after_four(state, bytes as u32), (bytes >> 32) as u32)
}

fn after_four(state: u64, bytes: u32) -> u64 {
    after(after(after(after(state, bytes), bytes >> 8), bytes >> 16), bytes >> 24)
}

fn after(state: u64, byte: u32) -> u64 {
    ROWS[(byte & 0xff) as usize] >> (state & STATE)
}

const fn rows() -> [u64; 256] {
    let mut rows = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        rows[byte] = row(byte as u8);
        byte += 1;
    }
    rows
}

const fn row(byte: u8) -> u64 {
    const FOLLOWING: u64 = BETWEEN << ONE_LEFT | ONE_LEFT << TWO_LEFT | TWO_LEFT << THREE_LEFT;
    match byte {
        0x00..=0x7f => BETWEEN << BETWEEN,
        0x80..=0x8f => FOLLOWING | ONE_LEFT << AFTER_ED | TWO_LEFT << AFTER_F4,
        0x90..=0x9f => FOLLOWING | ONE_LEFT << AFTER_ED | TWO_LEFT << AFTER_F0,
        0xa0..=0xbf => FOLLOWING | ONE_LEFT << AFTER_E0 | TWO_LEFT << AFTER_F0,
        0xc2..=0xdf => ONE_LEFT << BETWEEN,
        0xe0 => AFTER_E0 << BETWEEN,
        0xed => AFTER_ED << BETWEEN,
        0xe1..=0xef => TWO_LEFT << BETWEEN,
        0xf0 => AFTER_F0 << BETWEEN,
        0xf1..=0xf3 => THREE_LEFT << BETWEEN,
        0xf4 => AFTER_F4 << BETWEEN,
        _ => NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_utf8, text};

    #[test]
    fn all_beginnings_at_all_places() {
        let ends: [&[u8]; 4] = [b"", b"\x80", b"\xbf\x80", b"a\x80"];
        for number in 0..=u16::MAX {
            for end in ends {
                let bytes = [&number.to_be_bytes()[..], end].concat();
                assert_eq!(is_utf8(&bytes), std::str::from_utf8(&bytes).is_ok(), "{:x?}", bytes);
            }
        }
        let long = "aé日\u{10ffff}".repeat(5).into_bytes();
        for place in 0..long.len() {
            for byte in 0..=u8::MAX {
                let mut bytes = long.clone();
                bytes[place] = byte;
                assert_eq!(text(&bytes), std::str::from_utf8(&bytes).ok(), "{:x?}", bytes);
            }
            assert_eq!(is_utf8(&long[place..]), std::str::from_utf8(&long[place..]).is_ok());
            assert_eq!(is_utf8(&long[..place]), std::str::from_utf8(&long[..place]).is_ok());
        }
    }

    #[test]
    fn every_character() {
        let all: String = ('\0'..=char::MAX).collect();
        assert_eq!(text(all.as_bytes()), Some(all.as_str()));
    }
}
