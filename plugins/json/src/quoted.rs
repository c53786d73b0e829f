//! Strings in quotes, as JSON has them: what reading, writing and paths have in common.

/// How many bytes from the first on need no escape: no quote, no backslash, no control character.
/// Eight at a time: each that is looked for sets the highest bit of its place. A carry may set one
/// beyond it too, so only the first counts.
pub fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = ONES << 7;
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let mut count = 0;
    for chunk in bytes.chunks_exact(8) {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let quote = is_zero(word ^ ONES * u64::from(b'"'));
        let backslash = is_zero(word ^ ONES * u64::from(b'\\'));
        let found = (control | quote | backslash) & HIGHEST;
        if found != 0 {
            return count + found.trailing_zeros() as usize / 8;
        }
        count += 8;
    }
    let rest = &bytes[count..];
    let is_special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    count + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// The character that a text behind a backslash begins with, and how many bytes it takes; None for
/// what is no escape, and for half a pair of surrogates.
pub fn escaped(text: &str) -> Option<(char, usize)> {
    let letter = match *text.as_bytes().first()? {
        byte @ (b'"' | b'\\' | b'/') => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let high = unit(text.get(1..5)?)?;
            if !(0xd800..0xdc00).contains(&high) {
                return Some((char::from_u32(high)?, 5));
            }
            let low = unit(text.get(5..)?.strip_prefix("\\u")?.get(..4)?)?;
            let code = 0x10000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00)?;
            return Some((char::from_u32(code).filter(|_| low < 0xe000)?, 11));
        }
        _ => return None,
    };
    Some((letter, 1))
}

/// A unit of UTF-16 from its four hexadecimal digits.
fn unit(digits: &str) -> Option<u32> {
    let is_sign_free = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_sign_free)
}

#[cfg(test)]
mod tests {
    use super::{escaped, plain_bytes};

    #[test]
    fn what_needs_no_escape() {
        for special in ["\"", "\\", "\n", "\u{1f}", "\0"] {
            for before in 0..20 {
                let text = " ~!#[]\u{7f}a".repeat(3)[..before].to_string() + special + "abcdefghi";
                assert_eq!(plain_bytes(text.as_bytes()), before, "{:?}", text);
            }
        }
        assert_eq!(plain_bytes("naïve \u{1f600} text".as_bytes()), 16);
    }

    #[test]
    fn escapes() {
        for (text, letter, length) in [
            ("n rest", '\n', 1),
            ("\"", '"', 1),
            ("/", '/', 1),
            ("u00e9x", 'é', 5),
            ("u0000", '\0', 5),
            ("uD83D\\uDE00", '\u{1f600}', 11),
            ("ud800\\udc00", '\u{10000}', 11),
            ("udbff\\udfff", '\u{10ffff}', 11),
        ] {
            assert_eq!(escaped(text), Some((letter, length)), "{}", text);
        }
        for text in [
            "",
            "x",
            "'",
            "u",
            "u12",
            "u+123",
            "u00g0",
            "ud800",
            "udc00",
            "ud800x",
            "ud800\\u0041",
            "ud800\\ue000",
            "ud800\\n",
            "u00é",
        ] {
            assert_eq!(escaped(text), None, "{}", text);
        }
    }
}
