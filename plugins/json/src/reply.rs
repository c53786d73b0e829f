//! What the commands have in common: arguments, documents in keys, and the two forms of replies.
//!
//! Rule: with a JSONPath a command answers an array with a reply per match, null for a value of
//! another type; with a path of the older form it answers one reply, and an error where there is
//! no match or none of the right type.

use crate::document::Document;
use crate::json::{Json, DEPTH_MAX};
use crate::parse::parse;
use crate::path::Path;
use crate::select::{get, get_mut, places};
use ferrite_plugin_sdk::{CommandError, CommandResult, PluginContext, Value};

pub const NO_KEY: &str = "ERR could not perform this operation on a key that doesn't exist";

/// An argument as text.
pub fn text(args: &[Value], index: usize) -> Result<&str, CommandError> {
    let missing = || CommandError::from("ERR an argument is missing");
    let argument = args.get(index).ok_or_else(missing)?;
    argument.as_str().ok_or_else(|| format!("ERR argument {} is not UTF-8", index + 1).into())
}

/// An argument as a path, `default` where there is none.
pub fn path(args: &[Value], index: usize, default: &str) -> Result<Path, CommandError> {
    let given = if index < args.len() { text(args, index)? } else { default };
    Ok(Path::parse(given)?)
}

/// An argument as a JSON value.
pub fn json(args: &[Value], index: usize) -> Result<Json, CommandError> {
    Ok(parse(text(args, index)?)?)
}

/// An argument as a whole number, `default` where there is none.
pub fn integer(args: &[Value], index: usize, default: i64) -> Result<i64, CommandError> {
    match args.get(index) {
        None => Ok(default),
        Some(argument) => {
            argument.as_i64().ok_or_else(|| "ERR value is not an integer or out of range".into())
        }
    }
}

/// The document at a key.
pub fn load(ctx: &PluginContext, key: &Value) -> Result<Option<Json>, CommandError> {
    let found: Option<Document> = ctx.storage().typed_get(key)?;
    Ok(found.map(|document| document.0))
}

/// Give a key a document.
pub fn save(ctx: &PluginContext, key: &Value, root: Json) -> Result<(), CommandError> {
    if !root.is_within(DEPTH_MAX) {
        return Err(format!("ERR a document may nest {} levels", DEPTH_MAX).into());
    }
    ctx.storage().typed_set(key, &Document(root))
}

/// The error of a path of the older form that means nothing.
pub fn no_path(path: &Path) -> CommandError {
    format!("ERR Path '{}' does not exist", path.shown).into()
}

/// Null in the place of that error.
pub fn or_null(reply: CommandResult, path: &Path) -> CommandResult {
    match reply {
        Err(error) if error == no_path(path) => Ok(Value::Null),
        other => other,
    }
}

/// The error of a path of the older form that means a value of another type.
pub fn wrong_type(expected: &str, found: &str) -> CommandError {
    format!("WRONGTYPE wrong type of path value - expected {} but found {}", expected, found).into()
}

/// Answer of each value that a path means what `look` says; None for one of another type than
/// `expected`. Of a key that is not there the older form answers null.
pub fn look(
    ctx: &PluginContext,
    key: &Value,
    path: &Path,
    expected: &str,
    look: impl Fn(&Json) -> Option<Value>,
) -> CommandResult {
    let root = match load(ctx, key)? {
        Some(root) => root,
        None if path.legacy => return Ok(Value::Null),
        None => return Err(NO_KEY.into()),
    };
    let values = places(&root, path).into_iter().filter_map(|place| get(&root, &place));
    if !path.legacy {
        return Ok(Value::Array(values.map(|value| look(value).into()).collect()));
    }
    let value = values.into_iter().next().ok_or_else(|| no_path(path))?;
    look(value).ok_or_else(|| wrong_type(expected, value.type_name()))
}

/// Change each value that a path means by `change`, which answers None for one of another type
/// than `expected`, and store the document if anything was changed. The answers, in the order of
/// the matches, and the type of the first that was refused.
pub fn change(
    ctx: &PluginContext,
    key: &Value,
    path: &Path,
    mut change: impl FnMut(&mut Json) -> Result<Option<Value>, CommandError>,
) -> Result<Changes, CommandError> {
    let mut root = load(ctx, key)?.ok_or(NO_KEY)?;
    let mut changes = Changes { answers: Vec::new(), refused: None };
    // The last one first: it may lie below another, whose change could move it.
    for place in places(&root, path).into_iter().rev() {
        if let Some(value) = get_mut(&mut root, &place) {
            let answer = change(value)?;
            if answer.is_none() {
                changes.refused = Some(value.type_name());
            }
            changes.answers.push(answer);
        }
    }
    changes.answers.reverse();
    if changes.answers.iter().any(Option::is_some) {
        save(ctx, key, root)?;
    }
    Ok(changes)
}

/// What came of a change, for each match.
pub struct Changes {
    pub answers: Vec<Option<Value>>,
    refused: Option<&'static str>,
}

impl Changes {
    /// The reply in the form that belongs to the path: of the older one, that of the last match.
    pub fn reply(self, path: &Path, expected: &str) -> CommandResult {
        if !path.legacy {
            return Ok(Value::Array(self.answers.into_iter().map(Value::from).collect()));
        }
        if self.answers.is_empty() {
            return Err(no_path(path));
        }
        let last = self.answers.into_iter().flatten().last();
        last.ok_or_else(|| wrong_type(expected, self.refused.unwrap_or("nothing")))
    }
}
