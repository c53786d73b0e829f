//! Commands on strings and truths.

use crate::arguments::Arguments;
use crate::json::Json;
use crate::target::wrong_type;
use ferrite_plugin_sdk::{command, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.STRAPPEND",
    description = "Append to the strings at a path",
    min_args = 2,
    max_args = 3,
    flags = ["write", "denyoom"],
    acl_categories = ["write", "json"],
    first_key = 1
)]
pub fn json_strappend(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target_before(1)?;
    let suffix = match args.json()? {
        Json::String(suffix) => suffix,
        other => return Err(wrong_type("string", &other)),
    };
    let changed = target.change("string", |value| {
        Ok(match value {
            Json::String(text) => {
                text.push_str(&suffix);
                Some(Value::Integer(text.len() as i64))
            }
            _ => None,
        })
    })?;
    Ok(changed.into())
}

#[command(
    name = "JSON.STRLEN",
    description = "Say the lengths of the strings at a path, in bytes",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1
)]
pub fn json_strlen(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    Arguments::new(ctx, args).target()?.look("string", |value| match value {
        Json::String(text) => Some(text.len() as i64),
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
    first_key = 1
)]
pub fn json_toggle(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let target = Arguments::new(ctx, args).target()?;
    let changed = target.change("boolean", |value| {
        Ok(match value {
            Json::Bool(truth) => {
                *truth = !*truth;
                Some(match target.path.legacy {
                    true => truth.to_string().into(),
                    false => Value::Integer((*truth).into()),
                })
            }
            _ => None,
        })
    })?;
    Ok(changed.into())
}
