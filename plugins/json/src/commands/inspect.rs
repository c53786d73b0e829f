//! Commands that say what values are.

use crate::arguments::Arguments;
use crate::document::encoded_bytes;
use ferrite_plugin_sdk::{command, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.TYPE",
    description = "Say the types of the values at a path",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1
)]
pub fn json_type(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let target = Arguments::new(ctx, args).target()?;
    let reply = target.look("any", |value| Some(value.type_name()))?;
    Ok(if target.is_resp3() { Value::Array(vec![reply]) } else { reply })
}

#[command(
    name = "JSON.RESP",
    description = "Answer the values at a path as replies, not as text",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1
)]
pub fn json_resp(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    Arguments::new(ctx, args).target()?.look("any", |value| Some(Value::from(value)))
}

#[command(
    name = "JSON.DEBUG",
    description = "Say how many bytes the values at a path take",
    min_args = 1,
    max_args = 3,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 2
)]
pub fn json_debug(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    if args.accept("MEMORY") {
        let target = args.target()?;
        args.finish()?;
        return target.look("any", |value| Some(encoded_bytes(value) as i64));
    }
    if args.accept("HELP") {
        let lines = HELP.iter().map(|line| Value::from(*line));
        return Ok(Value::Array(lines.collect()));
    }
    Err("ERR unknown subcommand - try `JSON.DEBUG HELP`".into())
}

const HELP: [&str; 2] =
    ["MEMORY <key> [path] - how many bytes the values at a path take", "HELP - these lines"];
