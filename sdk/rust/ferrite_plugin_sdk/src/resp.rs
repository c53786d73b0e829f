//! RESP3 as the host gives it: commands are written, replies are read.

use crate::{CommandError, Value};

/// Levels a reply may nest; the host sends no deeper ones.
const DEPTH_MAX: u32 = 128;

/// A command as an array of bulk strings.
pub(crate) fn request<W: AsRef<[u8]>>(words: &[W]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        let word = word.as_ref();
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The one value that the bytes are.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, CommandError> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    let value = reader.value();
    match value {
        Some(value) if reader.rest.is_empty() => Ok(value),
        _ => Err("ERR the host's reply is no RESP3".into()),
    }
}

/// A value in RESP3, as the host would give it.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    fn bulk(kind: char, bytes: &[u8]) -> Vec<u8> {
        let head = format!("{}{}\r\n", kind, bytes.len()).into_bytes();
        [&head, bytes, b"\r\n"].concat()
    }
    fn members<'a>(kind: char, count: usize, all: impl Iterator<Item = &'a Value>) -> Vec<u8> {
        let head = format!("{}{}\r\n", kind, count).into_bytes();
        all.fold(head, |bytes, member| [bytes, encode(member)].concat())
    }
    match value {
        Value::Null => b"_\r\n".to_vec(),
        Value::Ok => b"+OK\r\n".to_vec(),
        Value::String(text) => bulk('$', text.as_bytes()),
        Value::BulkString(bytes) => bulk('$', bytes),
        Value::SimpleString(text) => format!("+{}\r\n", text).into_bytes(),
        Value::Integer(number) => format!(":{}\r\n", number).into_bytes(),
        Value::Double(number) => format!(",{}\r\n", number).into_bytes(),
        Value::Bool(truth) => format!("#{}\r\n", if *truth { 't' } else { 'f' }).into_bytes(),
        Value::BigNumber(digits) => format!("({}\r\n", digits).into_bytes(),
        Value::Verbatim(format, text) => bulk('=', format!("{}:{}", format, text).as_bytes()),
        Value::Error(text) => bulk('!', text.as_bytes()),
        Value::Array(all) => members('*', all.len(), all.iter()),
        Value::Set(all) => members('~', all.len(), all.iter()),
        Value::Map(pairs) => members('%', pairs.len(), pairs.iter().flat_map(|(k, v)| [k, v])),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: u32,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<Value> {
        let line = self.line()?;
        let (kind, text) = (*line.first()?, line.get(1..)?);
        match kind {
            b'+' => Some(match text {
                b"OK" => Value::Ok,
                other => Value::SimpleString(lossy(other)),
            }),
            b'-' => Some(Value::Error(lossy(text))),
            b'!' => Some(Value::Error(lossy(self.bulk(text)?))),
            b':' => Some(Value::Integer(number(text)?)),
            b',' => Some(Value::Double(std::str::from_utf8(text).ok()?.parse().ok()?)),
            b'#' => Some(Value::Bool(text == b"t")),
            b'(' => Some(Value::BigNumber(lossy(text))),
            b'_' => Some(Value::Null),
            b'$' if text == b"-1" => Some(Value::Null),
            b'*' if text == b"-1" => Some(Value::Null),
            b'$' => Some(self.bulk(text)?.into()),
            b'=' => {
                let bytes = self.bulk(text)?;
                Some(Value::Verbatim(lossy(bytes.get(..3)?), lossy(bytes.get(4..)?)))
            }
            b'*' | b'>' => Some(Value::Array(self.members(number(text)?)?)),
            b'~' => Some(Value::Set(self.members(number(text)?)?)),
            b'%' => {
                let mut members = self.members(number::<usize>(text)?.checked_mul(2)?)?.into_iter();
                let mut pairs = Vec::new();
                while let (Some(key), Some(value)) = (members.next(), members.next()) {
                    pairs.push((key, value));
                }
                Some(Value::Map(pairs))
            }
            _ => None,
        }
    }

    fn members(&mut self, count: usize) -> Option<Vec<Value>> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        let members = (0..count).map(|_| self.value()).collect();
        self.depth -= 1;
        members
    }

    fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.windows(2).position(|pair| pair == b"\r\n")?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 2..];
        Some(line)
    }

    fn bulk(&mut self, length: &[u8]) -> Option<&'a [u8]> {
        let length: usize = number(length)?;
        let bytes = self.rest.get(..length)?;
        self.rest = self.rest.get(length..)?.strip_prefix(b"\r\n")?;
        Some(bytes)
    }
}

fn number<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{encode, parse, request};
    use crate::Value;

    #[test]
    fn commands() {
        assert_eq!(request(&["GET", "a\r\n"]), b"*2\r\n$3\r\nGET\r\n$3\r\na\r\n\r\n");
    }

    #[test]
    fn replies_of_every_kind() {
        let bytes = b"*9\r\n+OK\r\n:-5\r\n,1.5\r\n#t\r\n_\r\n(123\r\n=7\r\ntxt:abc\r\n~1\r\n$2\r\n\
            \xff\x00\r\n%1\r\n+k\r\n*0\r\n";
        let members = vec![
            Value::Ok,
            Value::Integer(-5),
            Value::Double(1.5),
            Value::Bool(true),
            Value::Null,
            Value::BigNumber("123".to_string()),
            Value::Verbatim("txt".to_string(), "abc".to_string()),
            Value::Set(vec![Value::BulkString(vec![0xff, 0])]),
            Value::Map(vec![(Value::SimpleString("k".to_string()), Value::Array(vec![]))]),
        ];
        let value = parse(bytes).unwrap();
        assert_eq!(value, Value::Array(members));
        assert_eq!(encode(&value), bytes);
        assert_eq!(parse(b"-ERR no\r\n"), Ok(Value::Error("ERR no".to_string())));
    }

    #[test]
    fn broken_replies() {
        let deep = b"*1\r\n".repeat(200);
        for bytes in
            [&b""[..], b":1", b":x\r\n", b"$5\r\nab\r\n", b"*2\r\n:1\r\n", b":1\r\n:2\r\n", &deep]
        {
            assert!(parse(bytes).is_err(), "{:?}", bytes);
        }
    }
}
