//! The attributes of `ferrite_plugin_sdk`: `#[command]`, `#[hook]`, `#[data_type]`, `#[transformer]`
//! and `#[storage_backend]`.
//!
//! Rule: an attribute leaves its item as it is and adds an `ENTRY` with its piece of the manifest for
//! `export_plugin!`: in a module of the function's name (the two may share one), or as a constant of
//! the type. What the server would refuse in a manifest is refused here already, at the word that is
//! wrong.
//!
//! Nothing outside of `std` and `proc_macro` is used: plugins build where no registry is reached.

mod attribute;
mod expand;
mod fault;
mod item;
mod manifest;

use fault::Fault;
use proc_macro::TokenStream;

/// A function that answers a command: `#[command(name = "HELLO.WORLD", flags = ["read"])]`.
///
/// Its type is `fn(&PluginContext, &[Value]) -> CommandResult`. Keys of the attribute are those of
/// `[[commands]]` in plugin.toml (name, description, min_args, max_args, arity, flags,
/// acl_categories, export, first_key, last_key, step, complexity, since, tips, timeout_ms), and
/// `permissions`: rights beyond those the flags ask for, as `"storage.delete"` or
/// `"network.http_get api.example.com"`. The flag read asks for storage.read, write for both.
#[proc_macro_attribute]
pub fn command(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(item.clone(), expand::command(attribute, item))
}

/// A function that joins in an event: `#[hook(event = "OnKeyWrite", priority = 5, filter = "a:*")]`.
///
/// Its type is `fn(&HookContext) -> HookResult`. `filter` is a command glob or @category for
/// command events and a key glob for key events; `permissions` is as in `command`.
#[proc_macro_attribute]
pub fn hook(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(item.clone(), expand::hook(attribute, item))
}

/// A type of value of the plugin's own: `#[data_type(name = "JSON", version = 1)]` on a struct or
/// enum that implements `Encoding`.
///
/// Keys are those of `[[data_types]]` (name, description, encoding, version, commands), and
/// `migrate = true`, `memory_usage = true` for the type's functions of these names.
#[proc_macro_attribute]
pub fn data_type(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(item.clone(), expand::data_type(attribute, item))
}

/// A way of values in and out: `#[transformer(name = "upper", keys = ["up:*"], direction = "in")]` on
/// a struct or enum that implements `TransformIn`, `TransformOut` or, where no direction is given,
/// both.
///
/// Keys are those of `[[transformers]]` (name, keys, direction, priority); `permissions` is as in
/// `command`.
#[proc_macro_attribute]
pub fn transformer(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(item.clone(), expand::transformer(attribute, item))
}

/// A keeper of keys: `#[storage_backend(name = "web", prefix = "web:")]` on a struct or enum that
/// implements `StorageBackend`.
///
/// Keys are those of `[[storage_backends]]` (name, prefix); `permissions` is as in `command`.
#[proc_macro_attribute]
pub fn storage_backend(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(item.clone(), expand::storage_backend(attribute, item))
}

/// The expansion; or the item as it was and an error at the faulty word, so that the compiler does
/// not complain about a missing function as well.
fn finish(item: TokenStream, expanded: Result<TokenStream, Fault>) -> TokenStream {
    match expanded {
        Ok(tokens) => tokens,
        Err(fault) => item.into_iter().chain(fault.compile_error()).collect(),
    }
}
