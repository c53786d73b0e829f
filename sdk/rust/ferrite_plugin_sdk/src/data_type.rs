//! Values of the plugin's own types.

use crate::CommandError;

/// A type of value that TYPE names; `#[data_type(name = "...", version = ...)]` implements it.
pub trait DataType: Encoding {
    /// What TYPE answers.
    const NAME: &'static str;
    /// The version of the encoding that `encode` writes.
    const VERSION: u32;
}

/// How values of an own type become bytes and back.
pub trait Encoding: Sized {
    /// The bytes, in the present version.
    fn encode(&self) -> Vec<u8>;

    /// The value that the bytes of some version are; older versions may still be stored.
    fn decode(version: u32, bytes: &[u8]) -> Result<Self, CommandError>;

    /// What MEMORY USAGE answers, for types with `memory_usage = true`.
    fn memory_usage(&self) -> usize {
        self.encode().len()
    }
}
