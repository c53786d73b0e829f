//! The words in an attribute's parentheses: `name = "A.B", flags = ["read"], min_args = 1`.

use crate::fault::Fault;
use proc_macro::{Delimiter, Span, TokenStream, TokenTree};
use std::iter::Peekable;

type Tokens = Peekable<proc_macro::token_stream::IntoIter>;

/// What stands after `=`.
pub enum Setting {
    Text(String),
    Number(i64),
    Truth(bool),
    Texts(Vec<(String, Span)>),
}

/// One `key = setting`, and where it stands.
pub struct Pair {
    pub key: String,
    pub setting: Setting,
    pub key_span: Span,
    pub span: Span,
}

/// All pairs of an attribute, in their order; each key at most once.
pub fn parse(attribute: TokenStream) -> Result<Vec<Pair>, Fault> {
    let mut tokens = attribute.into_iter().peekable();
    let mut pairs: Vec<Pair> = Vec::new();
    while let Some(token) = tokens.next() {
        let key_span = token.span();
        let key = match token {
            TokenTree::Ident(word) => word.to_string(),
            other => {
                return Err(Fault::new(
                    key_span,
                    format!("expected `key = value`, not `{}`", other),
                ))
            }
        };
        if pairs.iter().any(|pair| pair.key == key) {
            return Err(Fault::new(key_span, format!("`{}` is given twice", key)));
        }
        expect(&mut tokens, '=', key_span, &format!("`{}` needs a value: `{} = ...`", key, key))?;
        let (setting, span) = setting(&mut tokens, &key, key_span)?;
        pairs.push(Pair { key, setting, key_span, span });
        if tokens.peek().is_some() {
            expect(&mut tokens, ',', span, "expected a comma after this value")?;
        }
    }
    Ok(pairs)
}

fn expect(tokens: &mut Tokens, wanted: char, before: Span, text: &str) -> Result<(), Fault> {
    match tokens.next() {
        Some(TokenTree::Punct(found)) if found.as_char() == wanted => Ok(()),
        Some(found) => Err(Fault::new(found.span(), text)),
        None => Err(Fault::new(before, text)),
    }
}

fn setting(tokens: &mut Tokens, key: &str, before: Span) -> Result<(Setting, Span), Fault> {
    let nothing = || Fault::new(before, format!("`{}` needs a value: `{} = ...`", key, key));
    let token = tokens.next().ok_or_else(nothing)?;
    let span = token.span();
    let setting = match token {
        TokenTree::Punct(sign) if sign.as_char() == '-' => {
            let number = tokens.next().ok_or_else(nothing)?;
            Setting::Number(integer(&format!("-{}", number), number.span())?)
        }
        TokenTree::Ident(word) => match word.to_string().as_str() {
            "true" => Setting::Truth(true),
            "false" => Setting::Truth(false),
            other => {
                return Err(Fault::new(
                    span,
                    format!("`{}` is no text, number, truth or list", other),
                ))
            }
        },
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            Setting::Texts(texts(group.stream(), key)?)
        }
        // A literal that came through a macro_rules! variable is wrapped in an invisible group.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            return setting_of_group(group.stream(), key, before)
        }
        TokenTree::Literal(literal) => {
            let source = literal.to_string();
            match string(&source) {
                Some(text) => Setting::Text(text),
                None => Setting::Number(integer(&source, span)?),
            }
        }
        other => return Err(Fault::new(span, format!("`{}` is no value of `{}`", other, key))),
    };
    Ok((setting, span))
}

fn setting_of_group(
    stream: TokenStream,
    key: &str,
    before: Span,
) -> Result<(Setting, Span), Fault> {
    setting(&mut stream.into_iter().peekable(), key, before)
}

fn texts(stream: TokenStream, key: &str) -> Result<Vec<(String, Span)>, Fault> {
    let mut found = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let span = token.span();
        let text = string(&token.to_string())
            .ok_or_else(|| Fault::new(span, format!("`{}` is a list of texts: [\"...\"]", key)))?;
        found.push((text, span));
        if tokens.peek().is_some() {
            expect(&mut tokens, ',', span, "expected a comma after this text")?;
        }
    }
    Ok(found)
}

fn integer(source: &str, span: Span) -> Result<i64, Fault> {
    let digits = source.replace('_', "");
    digits
        .parse()
        .map_err(|_| Fault::new(span, format!("`{}` is no text and no whole number", source)))
}

/// The text of a string literal; None for any other.
fn string(source: &str) -> Option<String> {
    if let Some(raw) = source.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let inner = &raw[hashes..raw.len().checked_sub(hashes)?];
        return Some(inner.strip_prefix('"')?.strip_suffix('"')?.to_string());
    }
    unescape(source.strip_prefix('"')?.strip_suffix('"')?)
}

fn unescape(source: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = source.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next()? {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            '0' => text.push('\0'),
            'x' => {
                let digits: String = letters.by_ref().take(2).collect();
                text.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
            }
            'u' => {
                let digits: String = letters.by_ref().take_while(|c| *c != '}').collect();
                let number = digits.trim_start_matches('{').replace('_', "");
                text.push(char::from_u32(u32::from_str_radix(&number, 16).ok()?)?);
            }
            '\n' => while letters.next_if(|c| c.is_whitespace()).is_some() {},
            other => text.push(other),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{string, unescape};

    #[test]
    fn string_literals() {
        assert_eq!(string(r#""a.b""#).as_deref(), Some("a.b"));
        assert_eq!(string(r##"r#"a"b"#"##).as_deref(), Some("a\"b"));
        assert_eq!(string("r\"\\\"").as_deref(), Some("\\"));
        assert_eq!(string("12"), None);
        assert_eq!(string("b\"a\""), None);
        assert_eq!(string("'a'"), None);
    }

    #[test]
    fn escapes() {
        assert_eq!(
            unescape(r#"\"\\\n\t\r\0\x41\u{1F600}"#).as_deref(),
            Some("\"\\\n\t\r\0A\u{1F600}")
        );
        assert_eq!(unescape("a\\\n    b").as_deref(), Some("ab"));
        assert_eq!(unescape("\\xzz"), None);
    }
}
