//! A key and a path in its document, and the two forms of replies.
//!
//! Rule: with a JSONPath a command answers an array with a reply per match, null for a value of
//! another type. With a path of the older form it answers one reply: looking, that of the first
//! match, and null where there is none; changing, that of the last match, and an error where there
//! is none.

use crate::document::Document;
use crate::json::{Json, DEPTH_MAX};
use crate::part::Part;
use crate::path::Path;
use crate::select::{get_mut, places};
use ferrite_plugin_sdk::{CommandError, CommandResult, PluginContext, Value};

const NO_KEY: &str = "ERR could not perform this operation on a key that doesn't exist";

/// What a command is about.
pub struct Target<'a> {
    pub context: &'a PluginContext,
    pub key: &'a Value,
    pub path: Path<'a>,
}

/// What came of changing the matches, in the form that belongs to the path.
pub enum Changed<T> {
    /// For each match; None for one of another type.
    Each(Vec<Option<T>>),
    /// For the last one.
    Last(T),
}

/// The document at a key.
pub fn load(context: &PluginContext, key: &Value) -> Result<Option<Json>, CommandError> {
    let found: Option<Document> = context.storage().typed_get(key)?;
    Ok(found.map(|document| document.0))
}

impl Target<'_> {
    /// The document, if there is one.
    pub fn load(&self) -> Result<Option<Json>, CommandError> {
        load(self.context, self.key)
    }

    /// The document of a command that needs one.
    pub fn load_existing(&self) -> Result<Json, CommandError> {
        self.load()?.ok_or_else(|| NO_KEY.into())
    }

    /// Give the key a document.
    pub fn save(&self, root: Json) -> Result<(), CommandError> {
        if !root.is_within(DEPTH_MAX) {
            return Err(format!("ERR a document may nest {} levels", DEPTH_MAX).into());
        }
        self.context.storage().typed_set(self.key, &Document(root))
    }

    /// Whether the client speaks RESP3, where some replies have another form.
    pub fn is_resp3(&self) -> bool {
        self.context.fact("protocol").as_deref() == Some("3")
    }

    /// Answer of each match what `answer` says; None for one of another type than `expected`.
    pub fn look<T: Into<Value>>(
        &self,
        expected: &str,
        answer: impl Fn(&Json) -> Option<T>,
    ) -> CommandResult {
        let part = match Part::load(self.context, self.key, &self.path.steps)? {
            Some(part) => part,
            None => return Ok(Value::Null),
        };
        let found = part.matches();
        if !self.path.legacy {
            return Ok(Value::Array(found.into_iter().map(|value| answer(value).into()).collect()));
        }
        match found.first() {
            None => Ok(Value::Null),
            Some(value) => answer(value).map(Into::into).ok_or_else(|| wrong_type(expected, value)),
        }
    }

    /// Change each match by `change`, which answers None for one of another type than `expected`,
    /// and store the document if anything was changed.
    pub fn change<T>(
        &self,
        expected: &str,
        mut change: impl FnMut(&mut Json) -> Result<Option<T>, CommandError>,
    ) -> Result<Changed<T>, CommandError> {
        let mut root = self.load_existing()?;
        let mut answers = Vec::new();
        let mut refused = None;
        // The last one first: it may lie below another, whose change could move it.
        for place in places(&root, &self.path.steps).into_iter().rev() {
            if let Some(value) = get_mut(&mut root, &place) {
                let answer = change(value)?;
                if answer.is_none() {
                    refused = Some(wrong_type(expected, value));
                }
                answers.push(answer);
            }
        }
        if answers.iter().any(Option::is_some) {
            self.save(root)?;
        }
        if self.path.legacy {
            let last = answers.into_iter().flatten().next();
            return last
                .map(Changed::Last)
                .ok_or_else(|| refused.unwrap_or_else(|| self.path.no_match().into()));
        }
        answers.reverse();
        Ok(Changed::Each(answers))
    }
}

impl From<Changed<Value>> for Value {
    fn from(changed: Changed<Value>) -> Value {
        match changed {
            Changed::Each(answers) => Value::Array(answers.into_iter().map(Value::from).collect()),
            Changed::Last(answer) => answer,
        }
    }
}

/// The error of a path of the older form that means a value of another type.
pub fn wrong_type(expected: &str, found: &Json) -> CommandError {
    let found = found.type_name();
    format!("WRONGTYPE wrong type of path value - expected {} but found {}", expected, found).into()
}
