//! Commands that put values into documents.

use super::delete::remove;
use crate::arguments::Arguments;
use crate::json::Json;
use crate::path::{Path, Selector};
use crate::select::{get_mut, places, Place};
use crate::target::Target;
use ferrite_plugin_sdk::{command, CommandError, CommandResult, PluginContext, Value};

const NEW_ROOT: &str = "ERR new objects must be created at the root";

/// When a value is put somewhere.
#[derive(Clone, Copy, PartialEq)]
enum Condition {
    Always,
    /// Where there is nothing.
    New,
    /// Where there is something.
    Old,
}

impl Condition {
    fn allows(self, exists: bool) -> bool {
        match self {
            Condition::Always => true,
            Condition::New => !exists,
            Condition::Old => exists,
        }
    }
}

#[command(
    name = "JSON.SET",
    description = "Set JSON value at path",
    min_args = 3,
    max_args = 4,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1
)]
pub fn json_set(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let value = args.json()?;
    let condition = if args.accept("NX") {
        Condition::New
    } else if args.accept("XX") {
        Condition::Old
    } else {
        Condition::Always
    };
    args.finish()?;
    store(&target, value, condition)
}

#[command(
    name = "JSON.MSET",
    description = "Set the values at paths of several documents",
    min_args = 3,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = -1,
    step = 3
)]
pub fn json_mset(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    if args.len() % 3 != 0 {
        return Err("ERR wrong number of arguments for 'json.mset' command".into());
    }
    let mut args = Arguments::new(ctx, args);
    while args.left() > 0 {
        let target = args.target()?;
        store(&target, args.json()?, Condition::Always)?;
    }
    Ok(Value::Ok)
}

/// Put a value at a path; null where nothing was to be put.
fn store(target: &Target<'_>, value: Json, condition: Condition) -> CommandResult {
    if target.path.is_root() {
        let exists = || target.context.storage().exists(target.key);
        if condition != Condition::Always && !condition.allows(exists()?) {
            return Ok(Value::Null);
        }
        target.save(value)?;
        return Ok(Value::Ok);
    }
    let mut root = match target.load()? {
        Some(root) => root,
        None if condition == Condition::Old => return Ok(Value::Null),
        None => return Err(NEW_ROOT.into()),
    };
    let found = places(&root, &target.path.steps);
    if !condition.allows(!found.is_empty()) {
        return Ok(Value::Null);
    }
    match found.split_first() {
        Some((first, others)) => {
            for place in others.iter().rev() {
                put(&mut root, place, value.clone());
            }
            put(&mut root, first, value);
        }
        None if add(&mut root, &target.path, value)? => {}
        None => return Ok(Value::Null),
    }
    target.save(root)?;
    Ok(Value::Ok)
}

fn put(root: &mut Json, place: &Place, value: Json) {
    if let Some(old) = get_mut(root, place) {
        *old = value;
    }
}

/// Add a new key to an object that is there; whether there is one.
fn add(root: &mut Json, path: &Path<'_>, value: Json) -> Result<bool, CommandError> {
    let (last, before) = match path.steps.split_last() {
        Some(steps) if path.is_definite() => steps,
        _ => return Err("ERR wrong static path".into()),
    };
    let parent = places(root, before).pop().and_then(|place| get_mut(root, &place));
    match (&last.selectors[..], parent) {
        ([Selector::Name(name)], Some(parent @ Json::Object(_))) => {
            parent.put(name, value);
            Ok(true)
        }
        ([Selector::Index(_)], Some(Json::Array(_))) => Err("ERR array index out of range".into()),
        _ if path.legacy => Err(path.no_match().into()),
        _ => Ok(false),
    }
}

#[command(
    name = "JSON.MERGE",
    description = "Merge a value into the values at a path (RFC 7396)",
    min_args = 3,
    max_args = 3,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1,
    permissions = ["storage.delete"]
)]
pub fn json_merge(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let patch = args.json()?;
    let mut root = match target.load()? {
        Some(root) => root,
        None if target.path.is_root() => Json::Null,
        None => return Err(NEW_ROOT.into()),
    };
    if patch == Json::Null {
        remove(&target, root)?;
        return Ok(Value::Ok);
    }
    let found = places(&root, &target.path.steps);
    if found.is_empty() {
        let mut new = Json::Null;
        new.merge(&patch);
        if !add(&mut root, &target.path, new)? {
            return Ok(Value::Null);
        }
    }
    for place in found.into_iter().rev() {
        if let Some(value) = get_mut(&mut root, &place) {
            value.merge(&patch);
        }
    }
    target.save(root)?;
    Ok(Value::Ok)
}
