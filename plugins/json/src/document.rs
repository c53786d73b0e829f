//! The type JSON: how a document lies in a key.
//!
//! Version 1: a tag per value, numbers of variable length as LEB128, strings and containers with
//! their length in front. It is smaller than the text, and is read without looking for ends.

use crate::json::Json;
use crate::path::Step;
use crate::reader::{Reader, ARRAY, FALSE, INTEGER, NULL, NUMBER, OBJECT, STRING, TRUE};
use ferrite_plugin_sdk::{data_type, CommandError, DataType, Encoding};

/// A stored document.
#[data_type(name = "JSON", description = "JSON document structure", encoding = "json", version = 1)]
pub struct Document(pub Json);

/// Room that small documents fit into.
const FIRST_BYTES: usize = 64;

impl Encoding for Document {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FIRST_BYTES);
        encode(&mut bytes, &self.0);
        bytes
    }

    fn decode(version: u32, bytes: &[u8]) -> Result<Self, CommandError> {
        check(version)?;
        Reader::new(bytes).document().map(Document).ok_or_else(|| DAMAGED.into())
    }
}

const DAMAGED: &str = "ERR the document's bytes are damaged";

fn check(version: u32) -> Result<(), CommandError> {
    if version != Document::VERSION {
        return Err(format!("ERR a document of version {} is not known", version).into());
    }
    Ok(())
}

/// The bytes of a stored document, of which a part is to be read.
pub struct Stored(Vec<u8>);

impl DataType for Stored {
    const NAME: &'static str = Document::NAME;
    const VERSION: u32 = Document::VERSION;
}

impl Encoding for Stored {
    fn encode(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn decode(version: u32, bytes: &[u8]) -> Result<Self, CommandError> {
        check(version)?;
        Ok(Stored(bytes.to_vec()))
    }
}

impl Stored {
    /// The value that steps lead to which mean one value at most; None where there is none. What
    /// lies beside it is passed over, which takes a fifth of reading it.
    pub fn find(&self, steps: &[Step]) -> Result<Option<Json>, CommandError> {
        let mut reader = Reader::new(&self.0);
        if steps.is_empty() {
            return reader.document().map(Some).ok_or_else(|| DAMAGED.into());
        }
        for selector in steps.iter().flat_map(|step| &step.selectors) {
            if !reader.enter(selector).ok_or(DAMAGED)? {
                return Ok(None);
            }
        }
        reader.value().map(Some).ok_or_else(|| DAMAGED.into())
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

#[cfg(test)]
mod tests {
    use super::{Document, Encoding, Stored};
    use crate::parse::parse;
    use crate::path::Path;
    use crate::select::values;

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

    const TEXT: &str = r#"{"skip":[0,-300,1.5,true,null,"text",{"a":[]},[[]]],"é":{"":1},
        "list":[{"a":1},"b",[2,3]],"last":false}"#;

    #[test]
    fn a_part_is_what_the_whole_has_there() {
        let root = parse(TEXT).unwrap();
        let stored = Stored(Document(parse(TEXT).unwrap()).encode());
        for path in [
            "$",
            ".",
            "skip",
            "é",
            "$.é['']",
            "$.list",
            "$.list[0].a",
            "$.list[-1][1]",
            "$.last",
            "$.list[3]",
            "$.list[-4]",
            "$.none",
            "$.list.a",
            "$.last[0]",
            "$.last.a",
            "$.list[2][0]",
        ] {
            let steps = Path::parse(path).unwrap().steps;
            let wanted = values(&root, &steps, &root).first().map(|value| (*value).clone());
            assert_eq!(stored.find(&steps), Ok(wanted), "{}", path);
        }
    }

    #[test]
    fn a_part_of_damaged_bytes() {
        let bytes = Document(parse(TEXT).unwrap()).encode();
        let steps = Path::parse("$.last").unwrap().steps;
        for cut in 0..bytes.len() {
            assert!(Stored(bytes[..cut].to_vec()).find(&steps).is_err(), "{}", cut);
        }
        let deep = [&[7, 2, 1, b'x'][..], &[6, 1].repeat(200), &[0, 4], b"last", &[0]].concat();
        assert!(Stored(deep).find(&steps).is_err());
    }
}
