#![allow(unused_variables)] // the first hook reads a value and does not look at it

use ferrite_plugin_sdk::{hook, HookContext, HookResult};

#[hook(event = "OnKeyWrite")]
fn on_key_write(ctx: &HookContext) -> HookResult {
    let key = ctx.key();
    let value = ctx.value();

    // Log or validate
    if key.starts_with("protected:") {
        return HookResult::Abort("Cannot write to protected keys".to_string());
    }

    HookResult::Continue
}

#[hook(event = "OnKeyExpiry")]
fn on_key_expiry(ctx: &HookContext) -> HookResult {
    // Cleanup logic
    println!("Key expired: {}", ctx.key());
    HookResult::Continue
}

ferrite_plugin_sdk::export_plugin!(on_key_write, on_key_expiry);
