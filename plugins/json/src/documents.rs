//! Commands on whole documents and values of any type.

use crate::json::Json;
use crate::path::{Path, Selector};
use crate::reply::{json, load, look, no_path, or_null, path, save, text, NO_KEY};
use crate::select::{get, get_mut, places, Place};
use crate::write::{compact, pretty, Layout};
use ferrite_plugin_sdk::{command, CommandError, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.SET",
    description = "Set JSON value at path",
    min_args = 3,
    max_args = 4,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_set(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let value = json(args, 2)?;
    let only_new = is_word(args.get(3), "NX");
    let only_old = is_word(args.get(3), "XX");
    if args.len() > 3 && !only_new && !only_old {
        return Err(CommandError::Syntax);
    }
    let path = path(args, 1, "$")?;
    if path.is_root() {
        let exists = || ctx.storage().exists(&args[0]);
        if only_new && exists()? || only_old && !exists()? {
            return Ok(Value::Null);
        }
        save(ctx, &args[0], value)?;
        return Ok(Value::Ok);
    }
    let root = match load(ctx, &args[0])? {
        Some(root) => root,
        None if only_old => return Ok(Value::Null),
        None => return Err("ERR new objects must be created at the root".into()),
    };
    store_at(ctx, &args[0], root, &path, value, only_new, only_old)
}

/// Whether an argument is a word, in capitals or not.
fn is_word(argument: Option<&Value>, word: &str) -> bool {
    argument.map_or(false, |found| found.as_ref().eq_ignore_ascii_case(word.as_bytes()))
}

/// Put a value at a path and store the document; null where nothing was to be put.
fn store_at(
    ctx: &PluginContext,
    key: &Value,
    mut root: Json,
    path: &Path,
    value: Json,
    only_new: bool,
    only_old: bool,
) -> CommandResult {
    let mut found = places(&root, path);
    let refused = if found.is_empty() { only_old } else { only_new };
    if refused {
        return Ok(Value::Null);
    }
    if found.is_empty() {
        if !add(&mut root, path, value)? {
            return Ok(Value::Null);
        }
    } else {
        let first = found.remove(0);
        for place in found.iter().rev() {
            put(&mut root, place, value.clone());
        }
        put(&mut root, &first, value);
    }
    save(ctx, key, root)?;
    Ok(Value::Ok)
}

fn put(root: &mut Json, place: &[usize], value: Json) {
    if let Some(old) = get_mut(root, place) {
        *old = value;
    }
}

/// Add a new key to an object that is there; whether there is one.
fn add(root: &mut Json, path: &Path, value: Json) -> Result<bool, CommandError> {
    let (last, before) = match path.steps.split_last() {
        Some((last, before)) if path.is_definite() => (last, before),
        _ => return Err("ERR wrong static path".into()),
    };
    let parent = Path { steps: before.to_vec(), legacy: path.legacy, shown: String::new() };
    let place = places(root, &parent).into_iter().next();
    let parent = place.and_then(|place| get_mut(root, &place));
    match (&last.selectors[..], parent) {
        ([Selector::Name(name)], Some(parent @ Json::Object(_))) => {
            parent.put(name, value);
            Ok(true)
        }
        ([Selector::Index(_)], Some(Json::Array(_))) => Err("ERR array index out of range".into()),
        _ if path.legacy => Err(no_path(path)),
        _ => Ok(false),
    }
}

#[command(
    name = "JSON.GET",
    description = "Get JSON value at path",
    min_args = 1,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_get(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut layout = Layout::default();
    let mut paths = Vec::new();
    let mut next = 1;
    while next < args.len() {
        let word = |word| is_word(args.get(next), word);
        let place = if word("INDENT") {
            &mut layout.indent
        } else if word("NEWLINE") {
            &mut layout.newline
        } else if word("SPACE") {
            &mut layout.space
        } else {
            paths.push(text(args, next)?);
            next += 1;
            continue;
        };
        *place = text(args, next + 1)?.to_string();
        next += 2;
    }
    let root = match load(ctx, &args[0])? {
        Some(root) => root,
        None => return Ok(Value::Null),
    };
    match paths[..] {
        [] => Ok(pretty(&root, &layout).into()),
        [path] => one(&root, &Path::parse(path)?, &layout),
        _ => several(&root, &paths, &layout),
    }
}

/// A definite path answers its bare value; any other JSONPath an array of its matches.
fn one(root: &Json, path: &Path, layout: &Layout) -> CommandResult {
    let places = places(root, path);
    if !path.legacy && !path.is_definite() {
        return Ok(pretty(&all(root, &places), layout).into());
    }
    match places.first().and_then(|place| get(root, place)) {
        Some(value) => Ok(pretty(value, layout).into()),
        None if path.legacy => Err(no_path(path)),
        None => Ok(Value::Null),
    }
}

/// An object with a member for each path: an array of its matches, or the value itself if all the
/// paths are of the older form.
fn several(root: &Json, paths: &[&str], layout: &Layout) -> CommandResult {
    let parsed: Vec<Path> = paths.iter().map(|path| Path::parse(path)).collect::<Result<_, _>>()?;
    let bare = parsed.iter().all(|path| path.legacy);
    let mut reply = Json::Object(Vec::new());
    for (name, path) in paths.iter().zip(&parsed) {
        let places = places(root, path);
        let value = match places.first().and_then(|place| get(root, place)) {
            Some(value) if bare => value.clone(),
            None if path.legacy => return Err(no_path(path)),
            _ => all(root, &places),
        };
        reply.put(name, value);
    }
    Ok(pretty(&reply, layout).into())
}

fn all(root: &Json, places: &[Place]) -> Json {
    Json::Array(places.iter().filter_map(|place| get(root, place)).cloned().collect())
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
    let (_, keys) = args.split_last().ok_or(CommandError::Syntax)?;
    let path = path(args, keys.len(), "$")?;
    let mut replies = Vec::new();
    for key in keys {
        let root = match load(ctx, key) {
            Ok(root) => root,
            Err(CommandError::WrongType) => None,
            Err(error) => return Err(error),
        };
        replies.push(match root {
            None => Value::Null,
            Some(root) if path.legacy => {
                let place = places(&root, &path).into_iter().next();
                place.and_then(|place| get(&root, &place)).map(compact).into()
            }
            Some(root) => compact(&all(&root, &places(&root, &path))).into(),
        });
    }
    Ok(Value::Array(replies))
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
    for triplet in args.chunks(3) {
        let path = path(triplet, 1, "$")?;
        let value = json(triplet, 2)?;
        let new_root = || "ERR new objects must be created at the root";
        let root = if path.is_root() {
            Json::Null
        } else {
            load(ctx, &triplet[0])?.ok_or_else(new_root)?
        };
        store_at(ctx, &triplet[0], root, &path, value, false, false)?;
    }
    Ok(Value::Ok)
}

#[command(
    name = "JSON.MERGE",
    description = "Merge a value into the values at a path (RFC 7396)",
    min_args = 3,
    max_args = 3,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1,
    permissions = ["storage.delete"]
)]
pub fn json_merge(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let path = path(args, 1, "$")?;
    let patch = json(args, 2)?;
    let mut root = match load(ctx, &args[0])? {
        Some(root) => root,
        None if path.is_root() => Json::Null,
        None => return Err("ERR new objects must be created at the root".into()),
    };
    if patch == Json::Null {
        remove(ctx, &args[0], root, &path)?;
        return Ok(Value::Ok);
    }
    let found = places(&root, &path);
    if found.is_empty() {
        let mut new = Json::Null;
        new.merge(patch.clone());
        if !add(&mut root, &path, new)? {
            return Ok(Value::Null);
        }
    }
    for place in found.into_iter().rev() {
        if let Some(value) = get_mut(&mut root, &place) {
            value.merge(patch.clone());
        }
    }
    save(ctx, &args[0], root)?;
    Ok(Value::Ok)
}

#[command(
    name = "JSON.DEL",
    description = "Delete the values at a path",
    min_args = 1,
    max_args = 2,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1,
    permissions = ["storage.delete"]
)]
pub fn json_del(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let path = path(args, 1, "$")?;
    match load(ctx, &args[0])? {
        None => Ok(Value::Integer(0)),
        Some(root) => Ok(Value::Integer(remove(ctx, &args[0], root, &path)?)),
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
    last_key = 1,
    step = 1,
    permissions = ["storage.delete"]
)]
pub fn json_forget(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    json_del(ctx, args)
}

/// Take out what a path means, and the key with the root; how many values were taken out, those
/// below another one not counted.
fn remove(
    ctx: &PluginContext,
    key: &Value,
    mut root: Json,
    path: &Path,
) -> Result<i64, CommandError> {
    if path.is_root() {
        return Ok(i64::from(ctx.storage().delete(key)?));
    }
    let mut outermost = outermost(places(&root, path));
    let count = outermost.len();
    outermost.sort();
    for place in outermost.into_iter().rev() {
        if let Some((position, parent)) = place.split_last() {
            if let Some(parent) = get_mut(&mut root, parent) {
                parent.remove(*position);
            }
        }
    }
    if count > 0 {
        save(ctx, key, root)?;
    }
    Ok(count as i64)
}

/// Those places that do not lie below another one.
fn outermost(mut places: Vec<Place>) -> Vec<Place> {
    places.sort();
    let mut kept: Vec<Place> = Vec::new();
    for place in places {
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
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_clear(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let path = path(args, 1, "$")?;
    let mut root = load(ctx, &args[0])?.ok_or(NO_KEY)?;
    let mut count = 0;
    for place in outermost(places(&root, &path)) {
        if let Some(value) = get_mut(&mut root, &place) {
            count += i64::from(clear(value));
        }
    }
    if count > 0 {
        save(ctx, &args[0], root)?;
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

#[command(
    name = "JSON.TYPE",
    description = "Say the types of the values at a path",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_type(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let path = path(args, 1, ".")?;
    let name = |value: &Json| Some(value.type_name().into());
    match look(ctx, &args[0], &path, "any", name) {
        Err(error) if error.text() == NO_KEY => Ok(Value::Null),
        reply => or_null(reply, &path),
    }
}
