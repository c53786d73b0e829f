//! Commands on arrays.

use crate::arguments::Arguments;
use crate::filter::same;
use crate::json::Json;
use crate::select::resolve;
use crate::target::Target;
use crate::write::compact;
use ferrite_plugin_sdk::{command, CommandError, CommandResult, PluginContext, Value};

/// Change the arrays at a path and answer for each as `edit` says.
fn edit(
    target: &Target<'_>,
    edit: impl Fn(&mut Vec<Json>) -> Result<Value, CommandError>,
) -> CommandResult {
    let changed = target.change("array", |value| match value {
        Json::Array(items) => edit(items).map(Some),
        _ => Ok(None),
    })?;
    Ok(changed.into())
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
    first_key = 1
)]
pub fn json_arrappend(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let values = args.values()?;
    edit(&target, |items| {
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
    first_key = 1
)]
pub fn json_arrinsert(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let index = args.integer(0)?;
    let values = args.values()?;
    edit(&target, |items| {
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
    first_key = 1
)]
pub fn json_arrpop(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let index = args.integer(-1)?;
    edit(&target, |items| {
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
    first_key = 1
)]
pub fn json_arrtrim(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let (start, stop) = (args.integer(0)?, args.integer(0)?);
    edit(&target, |items| {
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
    first_key = 1
)]
pub fn json_arrlen(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    Arguments::new(ctx, args).target()?.look("array", |value| match value {
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
    first_key = 1
)]
pub fn json_arrindex(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let wanted = args.json()?;
    let (start, stop) = (args.integer(0)?, args.integer(0)?);
    target.look("array", |value| match value {
        Json::Array(items) => {
            let end = if stop == 0 { items.len() } else { clamp(stop, items.len()) };
            let mut range = clamp(start, items.len()).min(end)..end;
            let found = range.find(|index| same(&items[*index], &wanted));
            Some(found.map_or(-1, |index| index as i64))
        }
        _ => None,
    })
}
