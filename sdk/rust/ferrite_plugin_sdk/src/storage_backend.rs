//! Keys that are kept elsewhere.

use crate::{CommandError, PluginContext};

/// Serves the keys of a prefix; `#[storage_backend(name = "...", prefix = "...")]` asks for it.
/// Keys come with their prefix, and a failure fails the client's command.
pub trait StorageBackend {
    /// The value at a key; None when there is no such key.
    fn get(ctx: &PluginContext, key: &[u8]) -> Result<Option<Vec<u8>>, CommandError>;

    /// Keep a value, which goes after some milliseconds where `ttl_ms` says so.
    fn set(
        ctx: &PluginContext,
        key: &[u8],
        value: &[u8],
        ttl_ms: Option<u64>,
    ) -> Result<(), CommandError>;

    /// Remove a key; whether there was one.
    fn delete(ctx: &PluginContext, key: &[u8]) -> Result<bool, CommandError>;

    /// Whether there is such a key.
    fn exists(ctx: &PluginContext, key: &[u8]) -> Result<bool, CommandError> {
        Ok(Self::get(ctx, key)?.is_some())
    }

    /// Keys from a cursor on, which is 0 at first: about `count` of them. The server leaves out
    /// those that the glob `pattern` does not match.
    fn scan(
        ctx: &PluginContext,
        cursor: u64,
        pattern: &[u8],
        count: usize,
    ) -> Result<Page, CommandError>;
}

/// What `StorageBackend::scan` has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The cursor to go on from, less than 2^48; 0 at the end.
    pub next: u64,
    /// Keys, with their prefix.
    pub keys: Vec<Vec<u8>>,
}
