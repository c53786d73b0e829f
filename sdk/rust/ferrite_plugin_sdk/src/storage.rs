//! Keys and what they hold: `ctx.storage().get("key")`.

use crate::context::PluginContext;
use crate::host::Host;
use crate::{CommandError, DataType, Value};

/// The caller's database. Every method may also fail for a missing permission, and for a key that
/// holds another type (`CommandError::WrongType`).
pub struct Storage<'a> {
    pub(crate) context: &'a PluginContext,
}

/// How long a key has to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// There is no such key.
    Absent,
    /// It does not expire.
    Persistent,
    /// It expires after these milliseconds.
    Milliseconds(u64),
}

impl Ttl {
    /// As the command TTL answers: seconds rounded to the nearest, -1 persistent, -2 absent.
    pub fn as_seconds(self) -> i64 {
        match self {
            Ttl::Absent => -2,
            Ttl::Persistent => -1,
            Ttl::Milliseconds(left) => i64::try_from((left + 500) / 1000).unwrap_or(i64::MAX),
        }
    }
}

impl Storage<'_> {
    fn host(&self) -> &Host {
        &self.context.host
    }

    /// The string at a key; None when there is no such key.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Value>, CommandError> {
        Ok(self.get_bytes(key)?.map(Value::from))
    }

    /// As `get`, as bytes.
    pub fn get_bytes(&self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, CommandError> {
        self.host().get(key.as_ref())
    }

    /// Set a key to a string, a number or a truth; it does not expire afterwards.
    pub fn set(&self, key: impl AsRef<[u8]>, value: impl Into<Value>) -> Result<(), CommandError> {
        self.host().set(key.as_ref(), &value.into().into_bytes()?)
    }

    /// As `set`, and the key expires after some seconds.
    pub fn set_ex(
        &self,
        key: impl AsRef<[u8]>,
        value: impl Into<Value>,
        seconds: u64,
    ) -> Result<(), CommandError> {
        self.host().set_ex(key.as_ref(), &value.into().into_bytes()?, milliseconds(seconds)?)
    }

    /// Append to the string at a key; its new length.
    pub fn append(
        &self,
        key: impl AsRef<[u8]>,
        value: impl Into<Value>,
    ) -> Result<i64, CommandError> {
        self.host().append(key.as_ref(), &value.into().into_bytes()?)
    }

    /// Add 1 to the number at a key; the result.
    pub fn incr(&self, key: impl AsRef<[u8]>) -> Result<i64, CommandError> {
        self.incr_by(key, 1)
    }

    /// Take 1 from the number at a key; the result.
    pub fn decr(&self, key: impl AsRef<[u8]>) -> Result<i64, CommandError> {
        self.incr_by(key, -1)
    }

    /// Add to the number at a key; the result.
    pub fn incr_by(&self, key: impl AsRef<[u8]>, delta: i64) -> Result<i64, CommandError> {
        self.host().incr_by(key.as_ref(), delta)
    }

    /// Remove a key; whether there was one. Needs storage.delete.
    pub fn delete(&self, key: impl AsRef<[u8]>) -> Result<bool, CommandError> {
        self.host().delete(key.as_ref())
    }

    /// Whether there is such a key.
    pub fn exists(&self, key: impl AsRef<[u8]>) -> Result<bool, CommandError> {
        self.host().exists(key.as_ref())
    }

    /// Let a key expire after some seconds; whether there is one.
    pub fn expire(&self, key: impl AsRef<[u8]>, seconds: u64) -> Result<bool, CommandError> {
        self.host().expire(key.as_ref(), milliseconds(seconds)?)
    }

    /// How long a key has to live.
    pub fn ttl(&self, key: impl AsRef<[u8]>) -> Result<Ttl, CommandError> {
        Ok(match self.host().ttl(key.as_ref())? {
            None => Ttl::Absent,
            Some(left) => u64::try_from(left).map_or(Ttl::Persistent, Ttl::Milliseconds),
        })
    }

    /// The type of a key's value, as the command TYPE names it: "none" when there is no key.
    pub fn type_of(&self, key: impl AsRef<[u8]>) -> Result<String, CommandError> {
        self.host().type_of(key.as_ref())
    }

    /// The value of a hash's field.
    pub fn hget(
        &self,
        key: impl AsRef<[u8]>,
        field: impl AsRef<[u8]>,
    ) -> Result<Option<Value>, CommandError> {
        Ok(self.host().hget(key.as_ref(), field.as_ref())?.map(Value::from))
    }

    /// Give a hash's field a value; whether the field is new.
    pub fn hset(
        &self,
        key: impl AsRef<[u8]>,
        field: impl AsRef<[u8]>,
        value: impl Into<Value>,
    ) -> Result<bool, CommandError> {
        self.host().hset(key.as_ref(), field.as_ref(), &value.into().into_bytes()?)
    }

    /// Remove a hash's field; whether there was one.
    pub fn hdel(
        &self,
        key: impl AsRef<[u8]>,
        field: impl AsRef<[u8]>,
    ) -> Result<bool, CommandError> {
        self.host().hdel(key.as_ref(), field.as_ref())
    }

    /// The value of an own type at a key.
    pub fn typed_get<T: DataType>(&self, key: impl AsRef<[u8]>) -> Result<Option<T>, CommandError> {
        match self.host().typed_get(key.as_ref(), T::NAME)? {
            None => Ok(None),
            Some((version, bytes)) => T::decode(version, &bytes).map(Some),
        }
    }

    /// Fill a place with the bytes of a value of an own type from an offset on, as far as they
    /// reach; the length of the whole. It is the way to read a little of a large value.
    pub fn typed_range<T: DataType>(
        &self,
        key: impl AsRef<[u8]>,
        offset: usize,
        place: &mut [u8],
    ) -> Result<Option<usize>, CommandError> {
        self.host().typed_range(key.as_ref(), T::NAME, offset, place)
    }

    /// Give a key a value of an own type. A time to live stays.
    pub fn typed_set<T: DataType>(
        &self,
        key: impl AsRef<[u8]>,
        value: &T,
    ) -> Result<(), CommandError> {
        self.host().typed_set(key.as_ref(), T::NAME, T::VERSION, &value.encode())
    }
}

fn milliseconds(seconds: u64) -> Result<i64, CommandError> {
    i64::try_from(seconds).ok().and_then(|s| s.checked_mul(1000)).ok_or(CommandError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::Ttl;

    #[test]
    fn seconds_as_the_command_answers_them() {
        assert_eq!(Ttl::Milliseconds(3_599_500).as_seconds(), 3600);
        assert_eq!((Ttl::Absent.as_seconds(), Ttl::Persistent.as_seconds()), (-2, -1));
    }
}
