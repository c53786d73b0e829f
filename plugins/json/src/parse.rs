//! JSON text becomes a value (RFC 8259).

use crate::json::{Json, DEPTH_MAX};
use crate::order::repeated;
use crate::quoted::{escaped, plain_bytes};

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
            Some(found) => format!("ERR expected {} at byte {}, not '{}'", what, self.at, found),
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
            let rest = &self.text[self.at..];
            // Up to a byte of ASCII lie whole characters.
            let (plain, special) = rest.split_at(plain_bytes(rest.as_bytes()));
            self.at += plain.len();
            match special.as_bytes().first() {
                Some(b'"') => {
                    self.at += 1;
                    if text.is_empty() {
                        return Ok(plain.to_string());
                    }
                    text.push_str(plain);
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(plain);
                    let (letter, length) = escaped(&special[1..])
                        .ok_or_else(|| self.expected("an escape, surrogates in pairs"))?;
                    text.push(letter);
                    self.at += 1 + length;
                }
                Some(_) => return Err(self.expected("no control character")),
                None => return Err(self.expected("a closing quote")),
            }
        }
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

/// Up to this many pairs each is compared with each.
const FEW: usize = 8;

/// The pairs with each key once: at its first place, with its last value.
fn last_of_each(mut pairs: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let are_few = pairs.len() <= FEW;
    if are_few && (1..pairs.len()).all(|i| pairs[..i].iter().all(|before| before.0 != pairs[i].0)) {
        return pairs;
    }
    let again = repeated(pairs.len(), &|a, b| pairs[a].0.cmp(&pairs[b].0));
    let mut stays = vec![true; pairs.len()];
    for (before, after) in again.rev() {
        pairs[before].1 = std::mem::replace(&mut pairs[after].1, Json::Null);
        stays[after] = false;
    }
    let mut stays = stays.into_iter();
    pairs.retain(|_| stays.next().unwrap_or(true));
    pairs
}

#[cfg(test)]
mod tests {
    use super::parse;
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
    fn strings() {
        let text = "\"\\u00e9\\ud83d\\ude00\\n\\/\\\"é\"";
        assert_eq!(parse(text), Ok(Json::String("é\u{1f600}\n/\"é".to_string())));
    }

    #[test]
    fn a_key_that_comes_twice() {
        let value = parse(r#"{"a":1,"b":2,"a":3,"c":[],"a":4}"#).unwrap();
        assert_eq!(value, parse(r#"{"a":4,"b":2,"c":[]}"#).unwrap());
        let pairs = |count: usize, value: usize| -> String {
            let all: Vec<_> = (0..count).map(|i| format!("\"{}\":{}", i, i * value)).collect();
            all.join(",")
        };
        let twice = parse(&format!("{{{},{}}}", pairs(30, 0), pairs(20, 1))).unwrap();
        let rest = pairs(30, 0).split(',').skip(20).collect::<Vec<_>>().join(",");
        assert_eq!(twice, parse(&format!("{{{},{}}}", pairs(20, 1), rest)).unwrap());
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
