//! {{name}}: a command that greets and a command that counts.

use ferrite_plugin_sdk::{command, export_plugin, CommandResult, PluginContext, Value};

#[command(
    name = "{{NAME}}.WORLD",
    description = "Greet somebody, or the world",
    min_args = 0,
    max_args = 1,
    flags = ["read", "fast"]
)]
fn {{module}}_world(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let name = args.get(0).and_then(Value::as_str).unwrap_or("World");
    Ok(Value::String(format!("Hello, {}!", name)))
}

#[command(
    name = "{{NAME}}.COUNT",
    description = "Add one to the number at a key and return it",
    min_args = 1,
    max_args = 1,
    flags = ["read", "write", "fast"],
    first_key = 1,
    last_key = 1,
    step = 1
)]
fn {{module}}_count(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    Ok(Value::Integer(ctx.storage().incr(&args[0])?))
}

export_plugin!({{module}}_world, {{module}}_count);

#[cfg(test)]
mod tests {
    use super::*;
    use ferrite_plugin_sdk::testing::MockContext;

    #[test]
    fn greets() {
        let ctx = MockContext::new();
        assert_eq!({{module}}_world(&ctx, &["Alice".into()]), Ok("Hello, Alice!".into()));
        assert_eq!({{module}}_world(&ctx, &[]), Ok("Hello, World!".into()));
    }

    #[test]
    fn counts() {
        let ctx = MockContext::new();
        for count in 1..4 {
            assert_eq!({{module}}_count(&ctx, &["visits".into()]), Ok(Value::Integer(count)));
        }
    }
}
