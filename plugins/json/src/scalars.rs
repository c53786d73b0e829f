//! Commands on numbers, strings, truths and objects.

use crate::json::Json;
use crate::path::Path;
use crate::reply::{change, json, look, or_null, path, wrong_type, Changes};
use crate::write::compact;
use ferrite_plugin_sdk::{command, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.NUMINCRBY",
    description = "Add to the numbers at a path",
    min_args = 3,
    max_args = 3,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_numincrby(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    calculate(ctx, args, i64::checked_add, |a, b| a + b)
}

#[command(
    name = "JSON.NUMMULTBY",
    description = "Multiply the numbers at a path",
    min_args = 3,
    max_args = 3,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_nummultby(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    calculate(ctx, args, i64::checked_mul, |a, b| a * b)
}

/// Whole numbers stay whole as long as the result fits. The reply is JSON text.
fn calculate(
    ctx: &PluginContext,
    args: &[Value],
    whole: fn(i64, i64) -> Option<i64>,
    floating: fn(f64, f64) -> f64,
) -> CommandResult {
    let path = path(args, 1, ".")?;
    let operand = match json(args, 2)? {
        number @ (Json::Integer(_) | Json::Number(_)) => number,
        _ => return Err("ERR the operand is not a number".into()),
    };
    let changes = change(ctx, &args[0], &path, |value| {
        let result = match (number(value), number(&operand)) {
            (None, _) | (_, None) => return Ok(None),
            (Some(a), Some(b)) => match (&*value, &operand) {
                (Json::Integer(a), Json::Integer(b)) => whole(*a, *b).map(Json::Integer),
                _ => None,
            }
            .unwrap_or_else(|| Json::Number(floating(a, b))),
        };
        if matches!(result, Json::Number(number) if !number.is_finite()) {
            return Err("ERR result is not a finite number".into());
        }
        *value = result;
        Ok(Some(compact(value).into()))
    })?;
    if path.legacy {
        return changes.reply(&path, "number");
    }
    let texts = changes.answers.iter().map(|answer| match answer {
        Some(text) => text.as_str().unwrap_or_default(),
        None => "null",
    });
    Ok(format!("[{}]", texts.collect::<Vec<_>>().join(",")).into())
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Integer(number) => Some(*number as f64),
        Json::Number(number) => Some(*number),
        _ => None,
    }
}

#[command(
    name = "JSON.STRAPPEND",
    description = "Append to the strings at a path",
    min_args = 2,
    max_args = 3,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_strappend(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let path = if args.len() == 3 { path(args, 1, ".")? } else { Path::parse(".")? };
    let suffix = match json(args, args.len() - 1)? {
        Json::String(suffix) => suffix,
        other => return Err(wrong_type("string", other.type_name())),
    };
    let changes = change(ctx, &args[0], &path, |value| {
        Ok(match value {
            Json::String(text) => {
                text.push_str(&suffix);
                Some(Value::Integer(text.len() as i64))
            }
            _ => None,
        })
    })?;
    changes.reply(&path, "string")
}

#[command(
    name = "JSON.STRLEN",
    description = "Say the lengths of the strings at a path, in bytes",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_strlen(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    look(ctx, &args[0], &path(args, 1, ".")?, "string", |value| match value {
        Json::String(text) => Some(Value::Integer(text.len() as i64)),
        _ => None,
    })
}

#[command(
    name = "JSON.TOGGLE",
    description = "Turn the truths at a path around",
    min_args = 2,
    max_args = 2,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_toggle(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let path = path(args, 1, ".")?;
    let legacy = path.legacy;
    let changes: Changes = change(ctx, &args[0], &path, |value| {
        Ok(match value {
            Json::Bool(truth) => {
                *truth = !*truth;
                Some(if legacy {
                    truth.to_string().into()
                } else {
                    Value::Integer((*truth).into())
                })
            }
            _ => None,
        })
    })?;
    changes.reply(&path, "boolean")
}

#[command(
    name = "JSON.OBJKEYS",
    description = "List the keys of the objects at a path",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_objkeys(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    look_at_object(ctx, args, |pairs| {
        Value::Array(pairs.iter().map(|(key, _)| key.as_str().into()).collect())
    })
}

#[command(
    name = "JSON.OBJLEN",
    description = "Count the keys of the objects at a path",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
pub fn json_objlen(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    look_at_object(ctx, args, |pairs| Value::Integer(pairs.len() as i64))
}

/// As `look`, but a path of the older form that means nothing answers null.
fn look_at_object(
    ctx: &PluginContext,
    args: &[Value],
    answer: impl Fn(&[(String, Json)]) -> Value,
) -> CommandResult {
    let path = path(args, 1, ".")?;
    let reply = look(ctx, &args[0], &path, "object", |value| match value {
        Json::Object(pairs) => Some(answer(pairs)),
        _ => None,
    });
    or_null(reply, &path)
}
