//! The statements of Storage Access, as the body of a command.

use ferrite_plugin_sdk::{command, export_plugin, CommandResult, PluginContext, Value};

#[command(name = "STORAGE.ACCESS", flags = ["write"], permissions = ["storage.delete"])]
fn storage_access(ctx: &PluginContext, args: &[Value]) -> CommandResult {
// Read key
let value = ctx.storage().get("mykey")?;

// Write key
ctx.storage().set("mykey", Value::String("value".to_string()))?;

// Delete key
ctx.storage().delete("mykey")?;

// Check existence
let exists = ctx.storage().exists("mykey")?;

// Set with TTL
ctx.storage().set_ex("mykey", value, 3600)?;  // 1 hour TTL

Ok(Value::Bool(exists))
}

export_plugin!(storage_access);
