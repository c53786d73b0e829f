//! JSON text becomes a value (RFC 8259).

use crate::json::{Json, DEPTH_MAX};

/// The value that a text is. The error says what was expected, and at which byte.
pub fn parse(text: &str) -> Result<Json, String> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, depth: 0 };
    parser.skip_space();
    let value = parser.value()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.expected("the end"));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn expected(&self, what: &str) -> String {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => format!("ERR expected {} at byte {}, not {:?}", what, self.at, found),
            None => format!("ERR expected {} at byte {}, where the text ends", what, self.at),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8, what: &str) -> Result<(), String> {
        if self.peek() != Some(byte) {
            return Err(self.expected(what));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self) -> Result<Json, String> {
        match self.peek() {
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, String> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, String>) -> Result<Json, String> {
        if self.depth == DEPTH_MAX {
            return Err(format!("ERR a document may nest {} levels", DEPTH_MAX));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']', "a comma or ]")? {
                return Ok(Json::Array(items));
            }
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        let mut pairs = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(pairs));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            self.take(b':', "a colon")?;
            self.skip_space();
            pairs.push((key, self.value()?));
            if self.ends(b'}', "a comma or }")? {
                return Ok(Json::Object(last_of_each(pairs)));
            }
        }
    }

    /// After a member: whether it was the last one.
    fn ends(&mut self, end: u8, what: &str) -> Result<bool, String> {
        self.skip_space();
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(true);
        }
        self.take(b',', what)?;
        self.skip_space();
        Ok(false)
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            self.at += plain_bytes(&self.bytes[start..]);
            // Between two bytes of ASCII lie whole characters.
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.expected("no control character")),
                None => return Err(self.expected("a closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err(self.expected("an escape"));
            }
        })
    }

    fn unicode(&mut self) -> Result<char, String> {
        let mut code = self.four_digits()?;
        if (0xd800..0xdc00).contains(&code) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.expected("the other half of a surrogate before"))
    }

    fn four_digits(&mut self) -> Result<u32, String> {
        let digits =
            self.bytes.get(self.at..self.at + 4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(digits
            .iter()
            .fold(0, |code, digit| code << 4 | char::from(*digit).to_digit(16).unwrap_or(0)))
    }

    fn digits(&mut self) -> Result<(), String> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected("a digit"));
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        if negative {
            self.at += 1;
        }
        let digits = self.at;
        let mut sum = 0u64;
        for byte in &self.bytes[digits..] {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            sum = sum.wrapping_mul(10).wrapping_add(digit.into());
            self.at += 1;
        }
        let has_leading_zero = self.at > digits + 1 && self.bytes[digits] == b'0';
        if self.at == digits || has_leading_zero {
            self.at = (digits + 1).min(self.at);
            return Err(self.expected(if has_leading_zero {
                "no digit after 0"
            } else {
                "a digit"
            }));
        }
        if !matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            let integer = if self.at - digits <= SURE_DIGITS {
                Some(if negative { -(sum as i64) } else { sum as i64 })
            } else {
                self.text[start..self.at].parse().ok()
            };
            if let Some(integer) = integer.filter(|integer| *integer != 0 || !negative) {
                return Ok(Json::Integer(integer));
            }
        }
        self.fraction_and_exponent()?;
        match self.text[start..self.at].parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Json::Number(number)),
            _ => Err(format!("ERR the number at byte {} is too large", start)),
        }
    }

    fn fraction_and_exponent(&mut self) -> Result<(), String> {
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }
}

/// So many digits fit into an i64, whatever they are.
const SURE_DIGITS: usize = 18;

/// How many bytes from the first on need no escape: no quote, no backslash, no control character.
/// Eight at a time; a byte that is looked for sets the highest bit of its place.
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
        if (control | quote | backslash) & HIGHEST != 0 {
            break;
        }
        count += 8;
    }
    let rest = &bytes[count..];
    let is_special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    count + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Up to this many pairs each is compared with each.
const FEW: usize = 8;

/// The pairs with each key once: at its first place, with its last value.
fn last_of_each(pairs: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let unique = if pairs.len() <= FEW {
        (1..pairs.len()).all(|i| pairs[..i].iter().all(|before| before.0 != pairs[i].0))
    } else {
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).all(|two| two[0] != two[1])
    };
    if unique {
        return pairs;
    }
    let mut kept = Json::Object(Vec::new());
    for (name, value) in pairs {
        kept.put(&name, value);
    }
    match kept {
        Json::Object(pairs) => pairs,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, plain_bytes};
    use crate::json::Json;

    #[test]
    fn values() {
        let object = r#" {"b" : [1, -2.5e1, true, null, "x"], "a": {}} "#;
        let items = vec![
            Json::Integer(1),
            Json::Number(-25.0),
            Json::Bool(true),
            Json::Null,
            Json::String("x".to_string()),
        ];
        let pairs =
            vec![("b".to_string(), Json::Array(items)), ("a".to_string(), Json::Object(vec![]))];
        assert_eq!(parse(object), Ok(Json::Object(pairs)));
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(parse("9223372036854775807"), Ok(Json::Integer(i64::MAX)));
        assert_eq!(parse("9223372036854775808"), Ok(Json::Number(9223372036854775808.0)));
        assert_eq!(parse("-0"), Ok(Json::Number(-0.0)));
        assert_eq!(parse("0.1"), Ok(Json::Number(0.1)));
    }

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
    fn strings() {
        let text = "\"\\u00e9\\ud83d\\ude00\\n\\/\\\"é\"";
        assert_eq!(parse(text), Ok(Json::String("é\u{1f600}\n/\"é".to_string())));
    }

    #[test]
    fn a_key_that_comes_twice() {
        let value = parse(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(value, parse(r#"{"a":3,"b":2}"#).unwrap());
    }

    #[test]
    fn what_is_no_json() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "{a:1}",
            "01",
            "1.",
            "1e",
            "-",
            "+1",
            "tru",
            "nul",
            "\"\\x\"",
            "\"\n\"",
            "\"a",
            "\"\\ud800\"",
            "1 2",
            "1e400",
            "[1",
            "\"\\u00g0\"",
            "'a'",
            "\u{feff}1",
        ] {
            assert!(parse(text).is_err(), "{}", text);
        }
        assert!(parse(&"[".repeat(129)).unwrap_err().contains("128 levels"));
        let deepest = "[".repeat(128) + &"]".repeat(128);
        assert!(parse(&deepest).is_ok());
    }
}
