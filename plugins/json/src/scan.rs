//! Reading a path, piece by piece.

use crate::quoted::escaped;

/// A text and how far it was read.
#[derive(Clone, Copy)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Scanner { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Go on behind a piece, if it is next.
    pub fn accept(&mut self, piece: &str) -> bool {
        let found = self.rest().starts_with(piece);
        if found {
            self.at += piece.len();
        }
        found
    }

    /// Go on behind a piece that has to be next.
    pub fn require(&mut self, piece: &str, what: &str) -> Result<(), String> {
        if self.accept(piece) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// The text has to end here.
    pub fn finish(&self, what: &str) -> Result<(), String> {
        if self.rest().is_empty() && !self.text.is_empty() {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    pub fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(' ').len();
    }

    pub fn expected(&self, what: &str) -> String {
        format!("ERR path '{}': expected {} at byte {}", self.text, what, self.at)
    }

    /// Letters, digits, some signs and whatever is not ASCII; maybe none. The signs are those that
    /// RedisJSON takes.
    pub fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let is_part = |byte: u8| {
            matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80..)
                || b"-_`~+#%$^/:".contains(&byte)
        };
        let length = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// A whole number, if one is next.
    pub fn integer(&mut self) -> Option<i64> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..sign + digits].parse().ok()?;
        self.at += sign + digits;
        Some(number)
    }

    /// A number as JSON writes it, if one is next: its text.
    pub fn number(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return None;
        }
        let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c)));
        let length = end.unwrap_or(rest.len());
        self.at += length;
        Some(&rest[..length])
    }

    /// A text in quotes of either kind, if one is next, with the escapes of JSON and `\'`.
    pub fn quoted(&mut self) -> Result<Option<String>, String> {
        let quote = match self.rest().as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => char::from(*quote),
            _ => return Ok(None),
        };
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let (plain, special) =
                rest.split_at(rest.find(['\\', quote].as_ref()).unwrap_or(rest.len()));
            text.push_str(plain);
            self.at += plain.len();
            if special.starts_with(quote) {
                self.at += 1;
                return Ok(Some(text));
            }
            let behind = special.get(1..).ok_or_else(|| self.expected("a closing quote"))?;
            let (letter, length) = match behind.starts_with('\'') {
                true => ('\'', 1),
                false => escaped(behind)
                    .ok_or_else(|| self.expected("an escape, surrogates in pairs"))?,
            };
            text.push(letter);
            self.at += 1 + length;
        }
    }
}
