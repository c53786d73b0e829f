//! The type JSON: how a document lies in a key.
//!
//! Version 1: a tag per value, numbers of variable length as LEB128, strings and containers with
//! their length in front. It is smaller than the text, and is read without looking for ends.

use crate::json::{Json, DEPTH_MAX};
use ferrite_plugin_sdk::{data_type, CommandError, Encoding};

/// A stored document.
#[data_type(name = "JSON", description = "JSON document structure", encoding = "json", version = 1)]
pub struct Document(pub Json);

/// Room that small documents fit into.
const FIRST_BYTES: usize = 64;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INTEGER: u8 = 3;
const NUMBER: u8 = 4;
const STRING: u8 = 5;
const ARRAY: u8 = 6;
const OBJECT: u8 = 7;

impl Encoding for Document {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FIRST_BYTES);
        encode(&mut bytes, &self.0);
        bytes
    }

    fn decode(version: u32, bytes: &[u8]) -> Result<Self, CommandError> {
        if version != 1 {
            return Err(format!("ERR a document of version {} is not known", version).into());
        }
        let mut reader = Reader { rest: bytes, depth: 0 };
        match reader.value() {
            Some(value) if reader.rest.is_empty() => Ok(Document(value)),
            _ => Err("ERR the document's bytes are damaged".into()),
        }
    }
}

/// How many bytes a value takes in a stored document.
pub fn encoded_bytes(value: &Json) -> usize {
    let mut bytes = Vec::new();
    encode(&mut bytes, value);
    bytes.len()
}

fn encode(bytes: &mut Vec<u8>, value: &Json) {
    match value {
        Json::Null => bytes.push(NULL),
        Json::Bool(false) => bytes.push(FALSE),
        Json::Bool(true) => bytes.push(TRUE),
        Json::Integer(number) => {
            bytes.push(INTEGER);
            length(bytes, ((number << 1) ^ (number >> 63)) as u64);
        }
        Json::Number(number) => {
            bytes.push(NUMBER);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        Json::String(text) => {
            bytes.push(STRING);
            string(bytes, text);
        }
        Json::Array(items) => {
            bytes.push(ARRAY);
            length(bytes, items.len() as u64);
            for item in items {
                encode(bytes, item);
            }
        }
        Json::Object(pairs) => {
            bytes.push(OBJECT);
            length(bytes, pairs.len() as u64);
            for (key, item) in pairs {
                string(bytes, key);
                encode(bytes, item);
            }
        }
    }
}

fn length(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    length(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn length(&mut self) -> Option<u64> {
        let mut byte = self.byte()?;
        let mut number = u64::from(byte & 0x7f);
        let mut shift = 7;
        while byte >= 0x80 {
            if shift >= 64 {
                return None;
            }
            byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        Some(number)
    }

    fn string(&mut self) -> Option<String> {
        let length = usize::try_from(self.length()?).ok()?;
        let bytes = self.rest.get(..length)?;
        self.rest = &self.rest[length..];
        String::from_utf8(bytes.to_vec()).ok()
    }

    /// Each member takes a byte at least, which bounds what is made room for.
    fn members<T>(&mut self, read: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = usize::try_from(self.length()?).ok()?;
        if count > self.rest.len() || self.depth == DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        let mut members = Vec::with_capacity(count);
        for _ in 0..count {
            members.push(read(self)?);
        }
        self.depth -= 1;
        Some(members)
    }

    fn value(&mut self) -> Option<Json> {
        Some(match self.byte()? {
            NULL => Json::Null,
            FALSE => Json::Bool(false),
            TRUE => Json::Bool(true),
            INTEGER => {
                let number = self.length()?;
                Json::Integer((number >> 1) as i64 ^ -((number & 1) as i64))
            }
            NUMBER => {
                let bytes: [u8; 8] = self.rest.get(..8)?.try_into().ok()?;
                self.rest = &self.rest[8..];
                Json::Number(Some(f64::from_le_bytes(bytes)).filter(|number| number.is_finite())?)
            }
            STRING => Json::String(self.string()?),
            ARRAY => Json::Array(self.members(Self::value)?),
            OBJECT => {
                Json::Object(self.members(|reader| Some((reader.string()?, reader.value()?)))?)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Encoding};
    use crate::parse::parse;

    #[test]
    fn what_was_written_is_read() {
        let text = r#"{"a":[0,-1,1,300,-9223372036854775808,9223372036854775807,1.5,true,false],
            "é":{"":null,"b":"text"}}"#;
        let value = parse(text).unwrap();
        let bytes = Document(value.clone()).encode();
        assert_eq!(Document::decode(1, &bytes).unwrap().0, value);
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let bytes = Document(parse(r#"{"a":[1,"text",2.5]}"#).unwrap()).encode();
        for cut in 0..bytes.len() {
            assert!(Document::decode(1, &bytes[..cut]).is_err(), "{}", cut);
        }
        assert!(Document::decode(2, &bytes).is_err());
        for bytes in
            [&[8][..], &[6, 255, 255, 255, 255, 15], &[5, 1, 0xff], &[0, 0], &[6, 1].repeat(200)]
        {
            assert!(Document::decode(1, bytes).is_err(), "{:?}", bytes);
        }
    }
}
