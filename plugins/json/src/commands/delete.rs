//! Commands that take values away.

use crate::arguments::Arguments;
use crate::json::Json;
use crate::order::order;
use crate::select::{get_mut, places, Place};
use crate::target::Target;
use ferrite_plugin_sdk::{command, CommandError, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.DEL",
    description = "Delete the values at a path",
    min_args = 1,
    max_args = 2,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    permissions = ["storage.delete"]
)]
pub fn json_del(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let target = Arguments::new(ctx, args).target()?;
    match target.load()? {
        None => Ok(Value::Integer(0)),
        Some(root) => Ok(Value::Integer(remove(&target, root)?)),
    }
}

#[command(
    name = "JSON.FORGET",
    description = "JSON.DEL by another name",
    min_args = 1,
    max_args = 2,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    permissions = ["storage.delete"]
)]
pub fn json_forget(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    json_del(ctx, args)
}

/// Take what a path means out of a document, and the key with the root; how many values were taken
/// out, those below another one not counted.
pub fn remove(target: &Target<'_>, mut root: Json) -> Result<i64, CommandError> {
    if target.path.is_root() {
        return Ok(i64::from(target.context.storage().delete(target.key)?));
    }
    let outermost = outermost(places(&root, &target.path.steps));
    for place in outermost.iter().rev() {
        if let Some((position, parent)) = place.split_last() {
            if let Some(parent) = get_mut(&mut root, parent) {
                parent.remove(*position);
            }
        }
    }
    if !outermost.is_empty() {
        target.save(root)?;
    }
    Ok(outermost.len() as i64)
}

/// Those places that do not lie below another one, in the order of the document.
fn outermost(mut places: Vec<Place>) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    for index in order(places.len(), &|a, b| places[a].cmp(&places[b])) {
        let place = std::mem::take(&mut places[index]);
        if !kept.last().map_or(false, |above| place.starts_with(above)) {
            kept.push(place);
        }
    }
    kept
}

#[command(
    name = "JSON.CLEAR",
    description = "Empty the containers and zero the numbers at a path",
    min_args = 1,
    max_args = 2,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1
)]
pub fn json_clear(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let target = Arguments::new(ctx, args).target()?;
    let mut root = target.load_existing()?;
    let mut count = 0;
    for place in outermost(places(&root, &target.path.steps)) {
        if let Some(value) = get_mut(&mut root, &place) {
            count += i64::from(clear(value));
        }
    }
    if count > 0 {
        target.save(root)?;
    }
    Ok(Value::Integer(count))
}

/// Empty a value; whether there was anything to empty.
fn clear(value: &mut Json) -> bool {
    let cleared = match value {
        Json::Array(items) if !items.is_empty() => Json::Array(Vec::new()),
        Json::Object(pairs) if !pairs.is_empty() => Json::Object(Vec::new()),
        Json::Integer(number) if *number != 0 => Json::Integer(0),
        Json::Number(number) if *number != 0.0 => Json::Integer(0),
        _ => return false,
    };
    *value = cleared;
    true
}
