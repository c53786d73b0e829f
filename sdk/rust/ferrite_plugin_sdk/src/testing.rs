//! Tests of a plugin's functions on the machine itself, with `cargo test`.
//!
//! A [`MockContext`] is a `PluginContext` with a small keyspace of strings, hashes and own types.
//! It knows no permissions and no flags: whether a plugin may do what it does is the server's
//! question, for a test with `ferrite plugin test`.

use crate::host::{Host, State};
use crate::{CommandResult, HookContext, HttpResponse, LogLevel, PluginContext, Value};
use std::cell::RefMut;
use std::ops::Deref;

/// A command's context without a server: `hello_world(&MockContext::new(), &args)`.
pub struct MockContext {
    context: PluginContext,
}

impl MockContext {
    /// Empty, at the time 0, as the user "default".
    #[allow(clippy::new_without_default)]
    pub fn new() -> MockContext {
        MockContext { context: PluginContext { host: Host::default() } }
    }

    /// With a setting of the plugin's configuration.
    pub fn with_config(self, key: &str, value: &str) -> MockContext {
        self.state().config.insert(key.to_string(), value.to_string());
        self
    }

    /// With a fact about the call, as "user".
    pub fn with_fact(self, name: &str, value: &str) -> MockContext {
        self.state().facts.insert(name.to_string(), value.to_string());
        self
    }

    /// With a variable of the environment.
    pub fn with_env(self, name: &str, value: &str) -> MockContext {
        self.state().env.insert(name.to_string(), value.to_string());
        self
    }

    /// With an answer to requests for a URL; other URLs are refused.
    pub fn with_http(self, url: &str, status: u16, body: impl AsRef<[u8]>) -> MockContext {
        let body = body.as_ref().to_vec();
        let response = HttpResponse { status, headers: Vec::new(), body };
        self.state().http.insert(url.to_string(), response);
        self
    }

    /// With a server that connections can be made to; others are refused. The function is given what
    /// is sent, nothing at first as the connection is made, and gives what is received.
    pub fn with_tcp(
        self,
        host: &str,
        port: u16,
        answer: impl FnMut(&[u8]) -> Vec<u8> + 'static,
    ) -> MockContext {
        self.state().servers.insert((host.to_string(), port), Box::new(answer));
        self
    }

    /// With a function that answers `ctx.call`; without one every command is refused.
    pub fn with_commands(
        self,
        answer: impl FnMut(&[Value]) -> CommandResult + 'static,
    ) -> MockContext {
        self.state().commands = Some(Box::new(answer));
        self
    }

    /// Let time pass.
    pub fn advance_ms(&self, milliseconds: u64) {
        self.state().advance(milliseconds);
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.state().connections.len()
    }

    /// What was logged.
    pub fn logged(&self) -> Vec<(LogLevel, String)> {
        self.state().logged.clone()
    }

    /// What was published: channel and message.
    pub fn published(&self) -> Vec<(Value, Value)> {
        self.state().published.clone()
    }

    fn state(&self) -> RefMut<'_, State> {
        self.context.host.state()
    }
}

impl Deref for MockContext {
    type Target = PluginContext;

    fn deref(&self) -> &PluginContext {
        &self.context
    }
}

/// A hook's context without a server: `on_key_write(&MockHook::new("OnKeyWrite").with_key("k"))`.
pub struct MockHook {
    context: HookContext,
}

impl MockHook {
    /// An event without key, values or command.
    pub fn new(event: &str) -> MockHook {
        let hook =
            MockHook { context: HookContext { context: PluginContext { host: Host::default() } } };
        hook.state().facts.insert("event".to_string(), event.to_string());
        hook
    }

    /// With the event's key.
    pub fn with_key(self, key: impl AsRef<[u8]>) -> MockHook {
        self.state().hook_key = Some(key.as_ref().to_vec());
        self
    }

    /// With the string at the key.
    pub fn with_value(self, value: impl AsRef<[u8]>) -> MockHook {
        self.state().hook_value = Some(value.as_ref().to_vec());
        self
    }

    /// With the string that was at the key before.
    pub fn with_old_value(self, value: impl AsRef<[u8]>) -> MockHook {
        self.state().hook_old_value = Some(value.as_ref().to_vec());
        self
    }

    /// With the command under way.
    pub fn with_command(self, words: &[&str]) -> MockHook {
        self.state().hook_command = Some(crate::resp::request(words));
        self
    }

    /// With the command's reply, in RESP3: `b":1\r\n"`.
    pub fn with_reply(self, resp3: &[u8]) -> MockHook {
        self.state().hook_reply = Some(resp3.to_vec());
        self
    }

    /// What was logged.
    pub fn logged(&self) -> Vec<(LogLevel, String)> {
        self.state().logged.clone()
    }

    fn state(&self) -> RefMut<'_, State> {
        self.context.host.state()
    }
}

impl Deref for MockHook {
    type Target = HookContext;

    fn deref(&self) -> &HookContext {
        &self.context
    }
}
