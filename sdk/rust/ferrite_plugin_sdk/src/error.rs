//! Why a command fails.

use crate::Value;
use std::{fmt, io};

/// What a command answers.
pub type CommandResult = Result<Value, CommandError>;

/// A command's failure; what it has written is undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// The key holds a value of another type.
    WrongType,
    /// A number is too small or too large.
    OutOfRange,
    /// The arguments make no sense.
    Syntax,
    /// The client has to authenticate first.
    NoAuth,
    /// Any other. A text that begins with a code in capitals ("NOPERM ...") is sent as it is;
    /// before any other comes "ERR ".
    Custom(String),
}

impl CommandError {
    /// What the client is told.
    pub fn text(&self) -> &str {
        match self {
            CommandError::WrongType => {
                "WRONGTYPE Operation against a key holding the wrong kind of value"
            }
            CommandError::OutOfRange => "ERR value is out of range",
            CommandError::Syntax => "ERR syntax error",
            CommandError::NoAuth => "NOAUTH Authentication required.",
            CommandError::Custom(text) => text,
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for CommandError {}

impl From<&str> for CommandError {
    fn from(text: &str) -> Self {
        CommandError::Custom(text.to_string())
    }
}

impl From<String> for CommandError {
    fn from(text: String) -> Self {
        CommandError::Custom(text)
    }
}

impl From<std::num::ParseIntError> for CommandError {
    fn from(_: std::num::ParseIntError) -> Self {
        "ERR value is not an integer or out of range".into()
    }
}

impl From<std::num::ParseFloatError> for CommandError {
    fn from(_: std::num::ParseFloatError) -> Self {
        "ERR value is not a valid float".into()
    }
}

impl From<std::str::Utf8Error> for CommandError {
    fn from(_: std::str::Utf8Error) -> Self {
        "ERR value is not valid UTF-8".into()
    }
}

impl From<std::string::FromUtf8Error> for CommandError {
    fn from(_: std::string::FromUtf8Error) -> Self {
        "ERR value is not valid UTF-8".into()
    }
}

/// For `?` after a read or a write; a failure of the host's keeps its text.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<CommandError>()) {
            Some(inner) => inner.clone(),
            None => CommandError::Custom(format!("ERR {}", error)),
        }
    }
}

impl From<CommandError> for io::Error {
    fn from(error: CommandError) -> Self {
        io::Error::new(io::ErrorKind::Other, error)
    }
}

#[cfg(test)]
mod tests {
    use super::CommandError;

    #[test]
    fn texts() {
        let fails = || -> Result<(), CommandError> { Err("no such thing")? };
        assert_eq!(fails(), Err(CommandError::Custom("no such thing".to_string())));
        assert_eq!(CommandError::Syntax.to_string(), "ERR syntax error");
        let number = || -> Result<i64, CommandError> { Ok("x".parse()?) };
        assert_eq!(number().unwrap_err().text(), "ERR value is not an integer or out of range");
    }
}
