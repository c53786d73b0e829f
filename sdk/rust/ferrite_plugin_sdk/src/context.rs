//! What a command can do: keys, the network, other commands, and what it may know.

use crate::host::Host;
use crate::http::Http;
use crate::storage::Storage;
use crate::tcp::Tcp;
use crate::{resp, CommandError, CommandResult, Value};

/// A command's way to the server.
pub struct PluginContext {
    pub(crate) host: Host,
}

/// How important a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// For whoever looks.
    Info,
    /// For whoever runs the server.
    Warning,
    /// Something failed.
    Error,
}

impl PluginContext {
    /// The caller's database.
    pub fn storage(&self) -> Storage<'_> {
        Storage { context: self }
    }

    /// Web servers.
    pub fn http(&self) -> Http<'_> {
        Http { context: self }
    }

    /// Other servers.
    pub fn tcp(&self) -> Tcp<'_> {
        Tcp { context: self }
    }

    /// Run any command of the server: `ctx.call(&["LPUSH", "list", "a"])`. An error reply is an
    /// `Err`. Needs the rights for what the command does with its keys.
    pub fn call<W: AsRef<[u8]>>(&self, words: &[W]) -> CommandResult {
        match resp::parse(&self.host.call(&resp::request(words))?)? {
            Value::Error(text) => Err(text.into()),
            reply => Ok(reply),
        }
    }

    /// Send a message to a channel once the command is kept; how many clients will get it. Needs
    /// storage.write.
    pub fn publish(
        &self,
        channel: impl AsRef<[u8]>,
        message: impl AsRef<[u8]>,
    ) -> Result<i64, CommandError> {
        self.host.publish(channel.as_ref(), message.as_ref())
    }

    /// A setting of the plugin by its dotted key, as text; arrays and tables come as JSON.
    pub fn config(&self, key: &str) -> Option<String> {
        text(self.host.config(key))
    }

    /// A fact about the call: client_id, address, user, db, protocol, event, plugin or version.
    pub fn fact(&self, name: &str) -> Option<String> {
        text(self.host.fact(name))
    }

    /// The user whose client runs the command.
    pub fn user(&self) -> Option<String> {
        self.fact("user")
    }

    /// The number of the client that runs the command.
    pub fn client_id(&self) -> Option<i64> {
        self.fact("client_id")?.parse().ok()
    }

    /// The number of the caller's database.
    pub fn db(&self) -> Option<i64> {
        self.fact("db")?.parse().ok()
    }

    /// A variable of the server's environment. Needs system.env.
    pub fn env(&self, name: &str) -> Result<Option<String>, CommandError> {
        Ok(text(self.host.env(name)?))
    }

    /// Unix time in milliseconds; it stands still during a command. Needs system.time.
    pub fn time_ms(&self) -> Result<i64, CommandError> {
        self.host.time_ms()
    }

    /// Fill a place with random bytes. Needs system.random.
    pub fn random(&self, place: &mut [u8]) -> Result<(), CommandError> {
        self.host.random(place)
    }

    /// A random number. Needs system.random.
    pub fn random_u64(&self) -> Result<u64, CommandError> {
        let mut bytes = [0; 8];
        self.random(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Write a line to the plugin's log. A call may log a certain number of lines; those beyond
    /// are dropped.
    pub fn log(&self, level: LogLevel, line: impl AsRef<str>) {
        self.host.log(level, line.as_ref());
    }

    /// Units of fuel the command may still use; about one per instruction.
    pub fn fuel_left(&self) -> i64 {
        self.host.fuel_left()
    }
}

fn text(bytes: Option<Vec<u8>>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
