//! A JSON value in memory.

use ferrite_plugin_sdk::Value;

/// A value. Objects keep the order of their keys; each key is there once.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Levels a document may nest.
pub const DEPTH_MAX: usize = 128;

impl Json {
    /// What JSON.TYPE answers.
    pub fn type_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Integer(_) => "integer",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// A number of either kind.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Json::Integer(number) => Some(*number as f64),
            Json::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// How many values it holds directly.
    pub fn len(&self) -> usize {
        match self {
            Json::Array(items) => items.len(),
            Json::Object(pairs) => pairs.len(),
            _ => 0,
        }
    }

    /// The value at a position: an item of an array, or the value of an object's pair.
    pub fn at(&self, position: usize) -> Option<&Json> {
        match self {
            Json::Array(items) => items.get(position),
            Json::Object(pairs) => pairs.get(position).map(|(_, value)| value),
            _ => None,
        }
    }

    /// As `at`, to be changed.
    pub fn at_mut(&mut self, position: usize) -> Option<&mut Json> {
        match self {
            Json::Array(items) => items.get_mut(position),
            Json::Object(pairs) => pairs.get_mut(position).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The position of an object's key.
    pub fn position(&self, name: &str) -> Option<usize> {
        match self {
            Json::Object(pairs) => pairs.iter().position(|(key, _)| key == name),
            _ => None,
        }
    }

    /// Give an object's key a value; a new key is the last one.
    pub fn put(&mut self, name: &str, value: Json) {
        let position = self.position(name);
        if let Json::Object(pairs) = self {
            match position {
                Some(position) => pairs[position].1 = value,
                None => pairs.push((name.to_string(), value)),
            }
        }
    }

    /// Take out what is at a position.
    pub fn remove(&mut self, position: usize) {
        match self {
            Json::Array(items) if position < items.len() => {
                items.remove(position);
            }
            Json::Object(pairs) if position < pairs.len() => {
                pairs.remove(position);
            }
            _ => {}
        }
    }

    /// Whether no more than `levels` containers lie in one another.
    pub fn is_within(&self, levels: usize) -> bool {
        match (self, levels.checked_sub(1)) {
            (Json::Array(items), Some(rest)) => items.iter().all(|item| item.is_within(rest)),
            (Json::Object(pairs), Some(rest)) => pairs.iter().all(|(_, v)| v.is_within(rest)),
            (Json::Array(_) | Json::Object(_), None) => false,
            _ => true,
        }
    }

    /// Change it as RFC 7396 says: null takes a key away, objects are merged, all else replaces.
    pub fn merge(&mut self, patch: &Json) {
        let pairs = match patch {
            Json::Object(pairs) => pairs,
            other => {
                *self = other.clone();
                return;
            }
        };
        if !matches!(self, Json::Object(_)) {
            *self = Json::Object(Vec::new());
        }
        for (name, value) in pairs {
            match (self.position(name), value) {
                (Some(position), Json::Null) => self.remove(position),
                (None, Json::Null) => {}
                (Some(position), value) => {
                    if let Some(old) = self.at_mut(position) {
                        old.merge(value);
                    }
                }
                (None, value) => {
                    let mut new = Json::Null;
                    new.merge(value);
                    self.put(name, new);
                }
            }
        }
    }
}

/// As a reply, as JSON.RESP answers it: an array begins with `[`, an object with `{`.
impl From<&Json> for Value {
    fn from(value: &Json) -> Value {
        let begun = |sign: &str| vec![Value::SimpleString(sign.to_string())];
        match value {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::SimpleString(truth.to_string()),
            Json::Integer(number) => Value::Integer(*number),
            Json::Number(number) => Value::Double(*number),
            Json::String(text) => text.as_str().into(),
            Json::Array(items) => {
                let mut reply = begun("[");
                reply.extend(items.iter().map(Value::from));
                Value::Array(reply)
            }
            Json::Object(pairs) => {
                let mut reply = begun("{");
                for (key, value) in pairs {
                    reply.push(key.as_str().into());
                    reply.push(value.into());
                }
                Value::Array(reply)
            }
        }
    }
}
