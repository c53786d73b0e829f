//! Commands that answer values as JSON text.

use crate::arguments::Arguments;
use crate::json::Json;
use crate::path::Path;
use crate::select::values;
use crate::target::load;
use crate::write::{compact, pretty, Layout};
use ferrite_plugin_sdk::{command, CommandError, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.GET",
    description = "Get JSON value at path",
    min_args = 1,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1
)]
pub fn json_get(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let key = args.bytes()?;
    let mut layout = Layout::default();
    let mut paths = Vec::new();
    while args.left() > 0 {
        if args.accept("INDENT") {
            layout.indent = args.text()?;
        } else if args.accept("NEWLINE") {
            layout.newline = args.text()?;
        } else if args.accept("SPACE") {
            layout.space = args.text()?;
        } else if !args.accept("NOESCAPE") {
            paths.push(args.path()?);
        }
    }
    let root = match load(ctx, key)? {
        Some(root) => root,
        None => return Ok(Value::Null),
    };
    match &paths[..] {
        [] => Ok(pretty(&root, &layout).into()),
        [path] => one(&root, path, &layout),
        paths => several(&root, paths, &layout),
    }
}

/// A definite path answers its bare value; any other JSONPath an array of its matches.
fn one(root: &Json, path: &Path<'_>, layout: &Layout<'_>) -> CommandResult {
    let found = values(root, &path.steps, root);
    if !path.legacy && !path.is_definite() {
        return Ok(pretty(&all(&found), layout).into());
    }
    match found.first() {
        Some(value) => Ok(pretty(value, layout).into()),
        None if path.legacy => Err(path.no_match().into()),
        None => Ok(Value::Null),
    }
}

/// An object with a member for each path: an array of its matches, or the value itself if all the
/// paths are of the older form.
fn several(root: &Json, paths: &[Path<'_>], layout: &Layout<'_>) -> CommandResult {
    let bare = paths.iter().all(|path| path.legacy);
    let mut reply = Json::Object(Vec::new());
    for path in paths {
        let found = values(root, &path.steps, root);
        let value = match found.first() {
            Some(value) if bare => (*value).clone(),
            None if path.legacy => return Err(path.no_match().into()),
            _ => all(&found),
        };
        reply.put(path.text, value);
    }
    Ok(pretty(&reply, layout).into())
}

fn all(found: &[&Json]) -> Json {
    Json::Array(found.iter().copied().cloned().collect())
}

#[command(
    name = "JSON.MGET",
    description = "Get the value at a path of several documents",
    min_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = -2,
    step = 1
)]
pub fn json_mget(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let keys = args.len() - 1;
    let path = Arguments::new(ctx, &args[keys..]).path()?;
    let mut replies = Vec::with_capacity(keys);
    for key in &args[..keys] {
        let root = match load(ctx, key) {
            Ok(root) => root,
            Err(CommandError::WrongType) => None,
            Err(error) => return Err(error),
        };
        replies.push(root.and_then(|root| {
            let found = values(&root, &path.steps, &root);
            match path.legacy {
                true => found.first().map(|value| compact(value)),
                false => Some(compact(&all(&found))),
            }
        }));
    }
    Ok(Value::Array(replies.into_iter().map(Value::from).collect()))
}
