//! What each attribute makes of its item.

use crate::fault::Fault;
use crate::manifest::{self, Permissions, COMMAND, DATA_TYPE, HOOK, READ, WRITE};
use crate::manifest::{STORAGE_BACKEND, TRANSFORMER};
use crate::{attribute, item};
use proc_macro::{Ident, Span, TokenStream, TokenTree};

/// `#[command]`: the function, and a module of its name with its entry.
pub fn command(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Fault> {
    let pairs = attribute::parse(attribute)?;
    let lines = manifest::table(&pairs, COMMAND, &["name"], "command")?;
    manifest::check_command(&pairs)?;
    let mut permissions = manifest::permissions(&pairs)?;
    if manifest::has(&pairs, "flags", "read") || manifest::has(&pairs, "flags", "readonly") {
        permissions.bits |= READ;
    }
    if manifest::has(&pairs, "flags", "write") {
        permissions.bits |= READ | WRITE;
    }
    let function = item::function(item, "command")?;
    let name = manifest::text(&pairs, "name").unwrap_or_default();
    let export = manifest::text(&pairs, "export").unwrap_or(name).to_string();
    let text = format!("\n[[commands]]\n{}", lines);
    let made = module(&function.name, "Command", "run_command", &export, &text, &permissions);
    Ok(function.with_used_parameters().into_iter().chain(made).collect())
}

/// `#[hook]`: the function, and a module of its name with its entry.
pub fn hook(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Fault> {
    let pairs = attribute::parse(attribute)?;
    let lines = manifest::table(&pairs, HOOK, &["event"], "hook")?;
    manifest::check_hook(&pairs)?;
    let permissions = manifest::permissions(&pairs)?;
    let function = item::function(item, "hook")?;
    let export = manifest::text(&pairs, "event").unwrap_or_default().to_string();
    let text = format!("\n[[hooks]]\n{}", lines);
    let made = module(&function.name, "Hook", "run_hook", &export, &text, &permissions);
    Ok(function.with_used_parameters().into_iter().chain(made).collect())
}

/// `#[data_type]`: the type, its `DataType` and its entry.
pub fn data_type(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Fault> {
    let pairs = attribute::parse(attribute)?;
    let lines = manifest::table(&pairs, DATA_TYPE, &["name"], "data_type")?;
    let ident = item::type_name(&item, "data_type")?;
    let name = manifest::text(&pairs, "name").unwrap_or_default();
    let version = manifest::number(&pairs, "version").unwrap_or(0);
    let mut source = format!(
        "impl ::ferrite_plugin_sdk::DataType for TYPE__ {{
            const NAME: &'static str = {name:?};
            const VERSION: u32 = {version};
        }}",
        name = name,
        version = version,
    );
    for method in ["migrate", "memory_usage"] {
        if manifest::truth(&pairs, method) {
            source += &entry_function(
                &format!("{}_{}", name, method),
                &format!("{}::<TYPE__>()", method),
            );
        }
    }
    source += &type_entry(&format!("\n[[data_types]]\n{}", lines), &Permissions::default());
    Ok(item.into_iter().chain(tokens(&source, "TYPE__", &ident)).collect())
}

/// `#[transformer]`: the type, its `ENTRY` and the entry of each direction.
pub fn transformer(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Fault> {
    let pairs = attribute::parse(attribute)?;
    let lines = manifest::table(&pairs, TRANSFORMER, &["name"], "transformer")?;
    let permissions = manifest::permissions(&pairs)?;
    let ident = item::type_name(&item, "transformer")?;
    let name = manifest::text(&pairs, "name").unwrap_or_default();
    let direction = manifest::text(&pairs, "direction").unwrap_or("both");
    let mut source = String::new();
    for way in ["in", "out"] {
        if direction == "both" || direction == way {
            source += &trait_check(&format!("transforms_{}", way));
            source += &method(name, way, &format!("transform_{}", way));
        }
    }
    source += &type_entry(&format!("\n[[transformers]]\n{}", lines), &permissions);
    Ok(item.into_iter().chain(tokens(&source, "TYPE__", &ident)).collect())
}

/// `#[storage_backend]`: the type, its `ENTRY` and the entry of each method.
pub fn storage_backend(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Fault> {
    let pairs = attribute::parse(attribute)?;
    let lines = manifest::table(&pairs, STORAGE_BACKEND, &["name", "prefix"], "storage_backend")?;
    let permissions = manifest::permissions(&pairs)?;
    let ident = item::type_name(&item, "storage_backend")?;
    let name = manifest::text(&pairs, "name").unwrap_or_default();
    let mut source = trait_check("is_storage_backend");
    for word in ["get", "set", "delete", "exists", "scan"] {
        source += &method(name, word, &format!("backend_{}", word));
    }
    source += &type_entry(&format!("\n[[storage_backends]]\n{}", lines), &permissions);
    Ok(item.into_iter().chain(tokens(&source, "TYPE__", &ident)).collect())
}

/// The constant of a type.
fn type_entry(text: &str, permissions: &Permissions) -> String {
    format!(
        "impl TYPE__ {{
            #[doc(hidden)]
            pub(crate) const ENTRY: ::ferrite_plugin_sdk::export::Entry =
                ::ferrite_plugin_sdk::export::Entry {{
                    table: {text:?}, permissions: {tables:?}, rights: {bits},
                    face: ::ferrite_plugin_sdk::export::Face::Type,
                }};
        }}",
        text = text,
        tables = permissions.tables,
        bits = permissions.bits,
    )
}

/// Has the compiler ask a type for its trait on the machine itself too, where it has no entry.
fn trait_check(function: &str) -> String {
    format!("const _: () = ::ferrite_plugin_sdk::export::{}::<TYPE__>();", function)
}

/// The entry of a type's function that answers as a command does.
fn method(name: &str, word: &str, function: &str) -> String {
    let command = format!("::ferrite_plugin_sdk::export::{}::<TYPE__>", function);
    entry_function(&format!("{}_{}", name, word), &format!("run_command({})", command))
}

/// The module of a function's name.
fn module(
    function: &Ident,
    kind: &str,
    runner: &str,
    export: &str,
    text: &str,
    permissions: &Permissions,
) -> TokenStream {
    let source = format!(
        "#[doc(hidden)]
        pub(crate) mod FUNCTION__ {{
            pub(crate) const ENTRY: ::ferrite_plugin_sdk::export::Entry =
                ::ferrite_plugin_sdk::export::Entry {{
                    table: {text:?}, permissions: {tables:?}, rights: {bits},
                    face: ::ferrite_plugin_sdk::export::Face::{kind}(super::FUNCTION__),
                }};
            {entry}
        }}",
        text = text,
        tables = permissions.tables,
        bits = permissions.bits,
        kind = kind,
        entry = entry_function(export, &format!("{}(super::FUNCTION__)", runner)),
    );
    tokens(&source, "FUNCTION__", function)
}

/// A function the host can call; natively there is none.
fn entry_function(export: &str, call: &str) -> String {
    format!(
        "#[cfg(target_arch = \"wasm32\")]
        const _: () = {{
            #[export_name = {export:?}]
            extern \"C\" fn entry() -> i32 {{ ::ferrite_plugin_sdk::export::{call} }}
        }};",
        export = export,
        call = call,
    )
}

/// The tokens of a source, with the author's identifier in each `place`. To the compiler all of them
/// stand where that does, so that its messages point there.
fn tokens(source: &str, place: &str, ident: &Ident) -> TokenStream {
    let stream: TokenStream = source.parse().expect("the SDK's own source is Rust");
    replace(stream, place, ident)
}

fn replace(stream: TokenStream, place: &str, ident: &Ident) -> TokenStream {
    let there = Span::call_site().located_at(ident.span());
    let replaced = |token| match token {
        TokenTree::Group(group) => {
            let inside = replace(group.stream(), place, ident);
            TokenTree::Group(proc_macro::Group::new(group.delimiter(), inside))
        }
        TokenTree::Ident(found) if found.to_string() == place => TokenTree::Ident(ident.clone()),
        other => other,
    };
    let placed = |mut token: TokenTree| {
        token.set_span(there);
        token
    };
    stream.into_iter().map(replaced).map(placed).collect()
}
