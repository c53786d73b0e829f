//! Reading a path, piece by piece.

/// A text and how far it was read.
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

    /// Letters, digits, `_`, `-` and whatever is not ASCII; maybe none.
    pub fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c) || !c.is_ascii();
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
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

    /// A text in quotes of either kind, if one is next. A backslash stands before a quote or
    /// another backslash.
    pub fn quoted(&mut self) -> Result<Option<String>, String> {
        let mut letters = self.rest().char_indices();
        let quote = match letters.next() {
            Some((_, quote @ ('"' | '\''))) => quote,
            _ => return Ok(None),
        };
        let mut text = String::new();
        while let Some((at, letter)) = letters.next() {
            if letter == quote {
                self.at += at + 1;
                return Ok(Some(text));
            }
            match letter {
                '\\' => text.extend(letters.next().map(|(_, escaped)| escaped)),
                _ => text.push(letter),
            }
        }
        self.at = self.text.len();
        Err(self.expected("a closing quote"))
    }
}
