//! Arguments, stored values and replies.

use crate::{utf8, CommandError};
use std::fmt;

/// A value: an argument, what a key holds, or a reply with all the kinds of RESP3.
///
/// Arguments and stored strings are `BulkString`: whether they are text is looked at by `as_str`,
/// and paid for, where it is asked. `String` is what a plugin makes of text; the two are equal when
/// their bytes are, and both are sent as bulk strings.
#[derive(Clone)]
pub enum Value {
    /// Nothing.
    Null,
    /// The simple string OK.
    Ok,
    /// Text; a bulk string.
    String(String),
    /// Any bytes; a bulk string.
    BulkString(Vec<u8>),
    /// A status; line ends become spaces.
    SimpleString(String),
    /// A whole number.
    Integer(i64),
    /// A double; its text for RESP2 clients.
    Double(f64),
    /// A truth; 1 or 0 for RESP2 clients.
    Bool(bool),
    /// A whole number of any size, in decimal.
    BigNumber(String),
    /// Text with a format of three letters, as "txt" or "mkd".
    Verbatim(String, String),
    /// Values in their order.
    Array(Vec<Value>),
    /// Keys and values in their order; a flat array for RESP2 clients. No key comes twice.
    Map(Vec<(Value, Value)>),
    /// Values without an order; an array for RESP2 clients.
    Set(Vec<Value>),
    /// An error within a reply; a whole reply fails by `Err`.
    Error(String),
}

impl Value {
    /// The text of a string of any kind; None where it is not UTF-8, and for other values.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Ok => Some("OK"),
            Value::String(text) | Value::SimpleString(text) | Value::BigNumber(text) => Some(text),
            Value::Verbatim(_, text) => Some(text),
            Value::BulkString(bytes) => utf8::text(bytes),
            _ => None,
        }
    }

    /// The bytes of a string of any kind.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::BulkString(bytes) => Some(bytes),
            other => other.as_str().map(str::as_bytes),
        }
    }

    /// A whole number, or a string that is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Integer(number) => Some(*number),
            other => strict_number(other.as_str()?),
        }
    }

    /// As `as_i64`, without those below 0.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Integer(number) => u64::try_from(*number).ok(),
            other => strict_number(other.as_str()?),
        }
    }

    /// A number, or a string that is one; no NaN.
    pub fn as_f64(&self) -> Option<f64> {
        let number = match self {
            Value::Integer(number) => *number as f64,
            Value::Double(number) => *number,
            other => other.as_str()?.parse().ok()?,
        };
        Some(number).filter(|number| !number.is_nan())
    }

    /// A truth, or what says one: 1, 0, "1", "0", "true", "false", "yes", "no".
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            Value::Integer(number @ 0..=1) => Some(*number == 1),
            other => match other.as_str()? {
                "1" | "true" | "yes" => Some(true),
                "0" | "false" | "no" => Some(false),
                _ => None,
            },
        }
    }

    /// The members of an array or a set.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(members) | Value::Set(members) => Some(members),
            _ => None,
        }
    }

    /// The pairs of a map.
    pub fn as_map(&self) -> Option<&[(Value, Value)]> {
        match self {
            Value::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of a map's key that is this text.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
    }

    /// Whether it is Null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// What a key of type string would hold: strings as they are, numbers in decimal, 1 or 0 for
    /// a truth. Null and whole collections are an error.
    pub fn into_bytes(self) -> Result<Vec<u8>, CommandError> {
        match self {
            Value::BulkString(bytes) => Ok(bytes),
            Value::String(text) | Value::SimpleString(text) | Value::BigNumber(text) => {
                Ok(text.into_bytes())
            }
            Value::Verbatim(_, text) => Ok(text.into_bytes()),
            Value::Ok => Ok(b"OK".to_vec()),
            Value::Integer(number) => Ok(number.to_string().into_bytes()),
            Value::Double(number) => Ok(number.to_string().into_bytes()),
            Value::Bool(truth) => Ok(vec![if truth { b'1' } else { b'0' }]),
            other => Err(format!("ERR {} is no value of a string key", other.kind()).into()),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Array(_) => "an array",
            Value::Map(_) => "a map",
            Value::Set(_) => "a set",
            Value::Error(_) => "an error",
            _ => "a scalar",
        }
    }
}

/// A number as Redis reads it: without `+`, spaces or leading zeros.
fn strict_number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" && text.len() == 1 || !digits.starts_with(['0', '+'].as_ref());
    if canonical {
        text.parse().ok()
    } else {
        None
    }
}

/// Strings that can be keys and values: text, bytes, and arguments.
impl AsRef<[u8]> for Value {
    /// The bytes of a string of any kind; none for other values.
    fn as_ref(&self) -> &[u8] {
        self.as_bytes().unwrap_or_default()
    }
}

impl fmt::Debug for Value {
    /// As derived, but bytes read as a literal of theirs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("Null"),
            Value::Ok => f.write_str("Ok"),
            Value::String(text) => f.debug_tuple("String").field(text).finish(),
            Value::BulkString(bytes) => write!(f, "BulkString(b\"{}\")", bytes.escape_ascii()),
            Value::SimpleString(text) => f.debug_tuple("SimpleString").field(text).finish(),
            Value::Integer(number) => f.debug_tuple("Integer").field(number).finish(),
            Value::Double(number) => f.debug_tuple("Double").field(number).finish(),
            Value::Bool(truth) => f.debug_tuple("Bool").field(truth).finish(),
            Value::BigNumber(digits) => f.debug_tuple("BigNumber").field(digits).finish(),
            Value::Verbatim(format, text) => {
                f.debug_tuple("Verbatim").field(format).field(text).finish()
            }
            Value::Array(members) => f.debug_tuple("Array").field(members).finish(),
            Value::Map(pairs) => f.debug_tuple("Map").field(pairs).finish(),
            Value::Set(members) => f.debug_tuple("Set").field(members).finish(),
            Value::Error(text) => f.debug_tuple("Error").field(text).finish(),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        use Value::{
            Array, BigNumber, Bool, BulkString, Double, Error, Integer, Map, Null, Set,
            SimpleString, String, Verbatim,
        };
        match (self, other) {
            (Null, Null) | (Value::Ok, Value::Ok) => true,
            (String(_) | BulkString(_), String(_) | BulkString(_)) => {
                self.as_ref() == other.as_ref()
            }
            (Value::Ok, SimpleString(text)) | (SimpleString(text), Value::Ok) => text == "OK",
            (SimpleString(a), SimpleString(b)) | (BigNumber(a), BigNumber(b)) => a == b,
            (Error(a), Error(b)) => a == b,
            (Integer(a), Integer(b)) => a == b,
            (Double(a), Double(b)) => a == b,
            (Bool(a), Bool(b)) => a == b,
            (Verbatim(a, x), Verbatim(b, y)) => a == b && x == y,
            (Array(a), Array(b)) | (Set(a), Set(b)) => a == b,
            (Map(a), Map(b)) => a == b,
            _ => false,
        }
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::BulkString(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_string())
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Double(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Value::Array(values)
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    /// Null where there is none.
    fn from(value: Option<V>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn strings_by_their_bytes() {
        assert_eq!(Value::from(b"abc".to_vec()), Value::from("abc"));
        assert!(matches!(Value::from(b"abc".to_vec()), Value::BulkString(_)));
        assert_eq!(Value::from(b"abc".to_vec()).as_str(), Some("abc"));
        assert_eq!(format!("{:?}", Value::from(b"a\xff".to_vec())), r#"BulkString(b"a\xff")"#);
        assert_eq!(Value::from(vec![0xff, 0]).as_str(), None);
        assert_eq!(Value::from(vec![0xff, 0]).as_bytes(), Some(&[0xff, 0][..]));
        assert_ne!(Value::from("1"), Value::Integer(1));
    }

    #[test]
    fn numbers() {
        assert_eq!(Value::from("-12").as_i64(), Some(-12));
        assert_eq!(Value::from("0").as_i64(), Some(0));
        for text in ["", "+1", "01", " 1", "1.0", "-", "-0", "9223372036854775808"] {
            assert_eq!(Value::from(text).as_i64(), None, "{}", text);
        }
        assert_eq!(Value::Integer(-1).as_u64(), None);
        assert_eq!(Value::from("1.5").as_f64(), Some(1.5));
        assert_eq!(Value::from("nan").as_f64(), None);
        assert_eq!(Value::from("yes").as_bool(), Some(true));
        assert_eq!(Value::Integer(2).as_bool(), None);
    }

    #[test]
    fn collections() {
        let map = Value::Map(vec![(Value::from("a"), Value::Integer(1))]);
        assert_eq!(map.field("a"), Some(&Value::Integer(1)));
        assert_eq!(map.field("b"), None);
        assert_eq!(Value::Set(vec![Value::Null]).as_array(), Some(&[Value::Null][..]));
        assert!(Value::from(None::<i64>).is_null());
    }

    #[test]
    fn what_a_string_key_would_hold() {
        assert_eq!(Value::Double(2.5).into_bytes(), Ok(b"2.5".to_vec()));
        assert_eq!(Value::Bool(true).into_bytes(), Ok(b"1".to_vec()));
        let refused = Value::Array(vec![]).into_bytes().unwrap_err();
        assert_eq!(refused.text(), "ERR an array is no value of a string key");
    }
}
