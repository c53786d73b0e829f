//! Commands on numbers.

use crate::arguments::Arguments;
use crate::json::Json;
use crate::target::Changed;
use crate::write::compact;
use ferrite_plugin_sdk::{command, CommandResult, PluginContext, Value};

#[command(
    name = "JSON.NUMINCRBY",
    description = "Add to the numbers at a path",
    min_args = 3,
    max_args = 3,
    flags = ["write"],
    acl_categories = ["write", "json"],
    first_key = 1
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
    first_key = 1
)]
pub fn json_nummultby(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    calculate(ctx, args, i64::checked_mul, |a, b| a * b)
}

/// Whole numbers stay whole as long as the result fits. The reply is JSON text, and numbers for a
/// client that speaks RESP3.
fn calculate(
    ctx: &PluginContext,
    args: &[Value],
    whole: fn(i64, i64) -> Option<i64>,
    floating: fn(f64, f64) -> f64,
) -> CommandResult {
    let mut args = Arguments::new(ctx, args);
    let target = args.target()?;
    let operand = args.json()?;
    let b = operand.as_f64().ok_or("ERR the operand is not a number")?;
    let changed = target.change("number", |value| {
        let a = match value.as_f64() {
            Some(a) => a,
            None => return Ok(None),
        };
        let exact = match (&*value, &operand) {
            (Json::Integer(a), Json::Integer(b)) => whole(*a, *b).map(Json::Integer),
            _ => None,
        };
        let result = exact.unwrap_or_else(|| Json::Number(floating(a, b)));
        if matches!(result, Json::Number(number) if !number.is_finite()) {
            return Err("ERR result is not a finite number".into());
        }
        *value = result.clone();
        Ok(Some(result))
    })?;
    let results = match changed {
        Changed::Last(number) => number,
        Changed::Each(numbers) => {
            Json::Array(numbers.into_iter().map(|number| number.unwrap_or(Json::Null)).collect())
        }
    };
    Ok(match results {
        results if !target.is_resp3() => compact(&results).into(),
        Json::Array(numbers) => Value::Array(numbers.iter().map(Value::from).collect()),
        number => Value::from(&number),
    })
}
