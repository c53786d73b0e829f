//! Commands that answer values as JSON text.

use crate::arguments::Arguments;
use crate::json::Json;
use crate::part::Part;
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
    let text = match &paths[..] {
        [] => load(ctx, key)?.map(|root| pretty(&root, &layout)),
        [path] => match Part::load(ctx, key, &path.steps)? {
            Some(part) => one(&part.matches(), path, &layout)?,
            None => None,
        },
        paths => match load(ctx, key)? {
            Some(root) => Some(several(&root, paths, &layout)?),
            None => None,
        },
    };
    Ok(text.into())
}

/// A definite path answers its bare value, if there is one; any other JSONPath an array of its
/// matches.
fn one(
    found: &[&Json],
    path: &Path<'_>,
    layout: &Layout<'_>,
) -> Result<Option<String>, CommandError> {
    if !path.legacy && !path.is_definite() {
        return Ok(Some(pretty(&all(found), layout)));
    }
    match found.first() {
        None if path.legacy => Err(path.no_match().into()),
        value => Ok(value.map(|value| pretty(value, layout))),
    }
}

/// An object with a member for each path: an array of its matches, or the value itself if all the
/// paths are of the older form.
fn several(root: &Json, paths: &[Path<'_>], layout: &Layout<'_>) -> Result<String, CommandError> {
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
    Ok(pretty(&reply, layout))
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
        let part = match Part::load(ctx, key, &path.steps) {
            Err(CommandError::WrongType) => None,
            part => part?,
        };
        let text = part.and_then(|part| match (path.legacy, part.matches()) {
            (true, found) => found.first().map(|value| compact(value)),
            (false, found) => Some(compact(&all(&found))),
        });
        replies.push(text.into());
    }
    Ok(Value::Array(replies))
}
