//! Commands on arrays.

use crate::filter::same;
use crate::json::Json;
use crate::reply::{change, integer, json, look, path};
use crate::select::resolve;
use crate::write::compact;
use ferrite_plugin_sdk::{command, CommandError, CommandResult, PluginContext, Value};

/// JSON values from an argument on; at least one.
fn values(args: &[Value], from: usize) -> Result<Vec<Json>, CommandError> {
    (from..args.len()).map(|index| json(args, index)).collect()
}

/// Change arrays at args[1] and answer each as `edit` says.
fn edit(
    ctx: &PluginContext,
    args: &[Value],
    edit: impl Fn(&mut Vec<Json>) -> Result<Value, CommandError>,
) -> CommandResult {
    let path = path(args, 1, ".")?;
    let changes = change(ctx, &args[0], &path, |value| match value {
        Json::Array(items) => edit(items).map(Some),
        _ => Ok(None),
    })?;
    changes.reply(&path, "array")
}

fn length(items: &[Json]) -> Value {
    Value::Integer(items.len() as i64)
}

/// The position an index means, at most the length; negative from the end.
fn clamp(index: i64, length: usize) -> usize {
    match resolve(index, length) {
        Some(position) => position,
        None if index < 0 => 0,
        None => length,
    }
}

#[command(
    name = "JSON.ARRAPPEND",
    description = "Append values to the arrays at a path",
    min_args = 3,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_arrappend(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let values = values(args, 2)?;
    edit(ctx, args, |items| {
        items.extend(values.iter().cloned());
        Ok(length(items))
    })
}

#[command(
    name = "JSON.ARRINSERT",
    description = "Insert values into the arrays at a path, before an index",
    min_args = 4,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_arrinsert(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let index = integer(args, 2, 0)?;
    let values = values(args, 3)?;
    edit(ctx, args, |items| {
        let at_end = usize::try_from(index).ok().filter(|index| *index == items.len());
        let position = resolve(index, items.len()).or(at_end);
        let position = position.ok_or("ERR index out of bounds")?;
        items.splice(position..position, values.iter().cloned());
        Ok(length(items))
    })
}

#[command(
    name = "JSON.ARRPOP",
    description = "Take an item out of the arrays at a path and return it",
    min_args = 1,
    max_args = 3,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_arrpop(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let index = integer(args, 2, -1)?;
    edit(ctx, args, |items| {
        if items.is_empty() {
            return Ok(Value::Null);
        }
        let position = clamp(index, items.len()).min(items.len() - 1);
        Ok(compact(&items.remove(position)).into())
    })
}

#[command(
    name = "JSON.ARRTRIM",
    description = "Keep a range of the arrays at a path, both ends included",
    min_args = 4,
    max_args = 4,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_arrtrim(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let (start, stop) = (integer(args, 2, 0)?, integer(args, 3, 0)?);
    edit(ctx, args, |items| {
        let first = clamp(start, items.len());
        let reaches = resolve(stop, items.len()).is_some() || stop >= 0;
        let end = if reaches { (clamp(stop, items.len()) + 1).min(items.len()) } else { 0 };
        items.truncate(end);
        items.drain(..first.min(end));
        Ok(length(items))
    })
}

#[command(
    name = "JSON.ARRLEN",
    description = "Say the lengths of the arrays at a path",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_arrlen(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    look(ctx, &args[0], &path(args, 1, ".")?, "array", |value| match value {
        Json::Array(items) => Some(length(items)),
        _ => None,
    })
}

#[command(
    name = "JSON.ARRINDEX",
    description = "Find the first place of a value in the arrays at a path",
    min_args = 3,
    max_args = 5,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_arrindex(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let wanted = json(args, 2)?;
    let (start, stop) = (integer(args, 3, 0)?, integer(args, 4, 0)?);
    look(ctx, &args[0], &path(args, 1, ".")?, "array", |value| match value {
        Json::Array(items) => {
            let end = if stop == 0 { items.len() } else { clamp(stop, items.len()) };
            let range = clamp(start, items.len()).min(end)..end;
            let found = range.into_iter().find(|index| same(&items[*index], &wanted));
            Some(Value::Integer(found.map_or(-1, |index| index as i64)))
        }
        _ => None,
    })
}
