//! Commands on objects.

use crate::arguments::Arguments;
use crate::json::Json;
use ferrite_plugin_sdk::{command, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.OBJKEYS",
    description = "List the keys of the objects at a path",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1
)]
pub fn json_objkeys(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    Arguments::new(ctx, args).target()?.look("object", |value| match value {
        Json::Object(pairs) => {
            Some(Value::Array(pairs.iter().map(|(key, _)| key.as_str().into()).collect()))
        }
        _ => None,
    })
}

#[command(
    name = "JSON.OBJLEN",
    description = "Count the keys of the objects at a path",
    min_args = 1,
    max_args = 2,
    flags = ["read"],
    acl_categories = ["read", "json"],
    first_key = 1
)]
pub fn json_objlen(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    Arguments::new(ctx, args).target()?.look("object", |value| match value {
        Json::Object(pairs) => Some(pairs.len() as i64),
        _ => None,
    })
}
