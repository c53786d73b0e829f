//! Events: what a hook sees, and what it says.

use crate::{resp, PluginContext, Value};
use std::ops::Deref;

/// What happens, and through `Deref` everything a command can do as well.
pub struct HookContext {
    pub(crate) context: PluginContext,
}

/// What a hook says to its event.
#[derive(Clone, Debug, PartialEq)]
pub enum HookResult {
    /// Let it be.
    Continue,
    /// Refuse it with this error (BeforeCommand, OnKeyWrite, OnKeyDelete).
    Abort(String),
    /// Store this string instead (OnKeyWrite).
    Replace(Value),
    /// Run this command instead (BeforeCommand).
    ReplaceCommand(Vec<Value>),
}

impl HookContext {
    /// The key of a key event as text; bytes that are no UTF-8 become U+FFFD. Empty for events
    /// without a key.
    pub fn key(&self) -> String {
        String::from_utf8_lossy(&self.key_bytes()).into_owned()
    }

    /// The key of a key event.
    pub fn key_bytes(&self) -> Vec<u8> {
        self.host.hook_key().unwrap_or_default()
    }

    /// The string at the key now; None when there is no key, or a value of another type.
    pub fn value(&self) -> Option<Value> {
        self.host.hook_value().map(Value::from)
    }

    /// The string that was at the key before.
    pub fn old_value(&self) -> Option<Value> {
        self.host.hook_old_value().map(Value::from)
    }

    /// The words of the command under way, its name first; none for events without a command.
    pub fn command(&self) -> Vec<Value> {
        match self.host.hook_command().map(|bytes| resp::parse(&bytes)) {
            Some(Ok(Value::Array(words))) => words,
            _ => Vec::new(),
        }
    }

    /// The command's reply (AfterCommand).
    pub fn reply(&self) -> Option<Value> {
        resp::parse(&self.host.hook_reply()?).ok()
    }

    /// The name of the event, as "OnKeyWrite".
    pub fn event(&self) -> String {
        self.fact("event").unwrap_or_default()
    }
}

impl Deref for HookContext {
    type Target = PluginContext;

    fn deref(&self) -> &PluginContext {
        &self.context
    }
}
