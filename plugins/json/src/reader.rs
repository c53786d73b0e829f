//! The bytes of a stored document, read from the first on. None is the answer to damaged ones.

use crate::json::{Json, DEPTH_MAX};
use crate::path::Selector;
use crate::select::resolve;

pub const NULL: u8 = 0;
pub const FALSE: u8 = 1;
pub const TRUE: u8 = 2;
pub const INTEGER: u8 = 3;
pub const NUMBER: u8 = 4;
pub const STRING: u8 = 5;
pub const ARRAY: u8 = 6;
pub const OBJECT: u8 = 7;

/// What was not read yet.
pub struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes, depth: 0 }
    }

    /// A value, and nothing behind it.
    pub fn document(&mut self) -> Option<Json> {
        self.value().filter(|_| self.rest.is_empty())
    }

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

    fn bytes(&mut self, length: u64) -> Option<&'a [u8]> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.rest.len())?;
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.bytes(length)
    }

    fn string(&mut self) -> Option<String> {
        std::str::from_utf8(self.text()?).ok().map(str::to_string)
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

    /// A value.
    pub fn value(&mut self) -> Option<Json> {
        Some(match self.byte()? {
            NULL => Json::Null,
            FALSE => Json::Bool(false),
            TRUE => Json::Bool(true),
            INTEGER => {
                let number = self.length()?;
                Json::Integer((number >> 1) as i64 ^ -((number & 1) as i64))
            }
            NUMBER => {
                let bytes: [u8; 8] = self.bytes(8)?.try_into().ok()?;
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

    /// Go on behind a value.
    fn skip(&mut self) -> Option<()> {
        match self.byte()? {
            NULL | FALSE | TRUE => {}
            INTEGER => {
                self.length()?;
            }
            NUMBER => {
                self.bytes(8)?;
            }
            STRING => {
                self.text()?;
            }
            tag @ (ARRAY | OBJECT) if self.depth < DEPTH_MAX => {
                self.depth += 1;
                for _ in 0..self.length()? {
                    if tag == OBJECT {
                        self.text()?;
                    }
                    self.skip()?;
                }
                self.depth -= 1;
            }
            _ => return None,
        }
        Some(())
    }

    /// Go to the member of the next value that a name or an index means; whether there is one.
    pub fn enter(&mut self, selector: &Selector) -> Option<bool> {
        match (self.byte()?, selector) {
            (OBJECT, Selector::Name(name)) => {
                for _ in 0..self.length()? {
                    if self.text()? == name.as_bytes() {
                        return Some(true);
                    }
                    self.skip()?;
                }
                Some(false)
            }
            (ARRAY, Selector::Index(index)) => {
                let position = resolve(*index, usize::try_from(self.length()?).ok()?);
                for _ in 0..position.unwrap_or(0) {
                    self.skip()?;
                }
                Some(position.is_some())
            }
            (tag, _) => Some(false).filter(|_| tag <= OBJECT),
        }
    }
}
