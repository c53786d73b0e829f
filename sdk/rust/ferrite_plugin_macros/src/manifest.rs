//! A table of plugin.toml from the pairs of an attribute.
//!
//! Rule: the keys, their kinds and what contradicts itself are those of the server's manifest, so
//! that nothing which compiles is refused there for its form.

use crate::attribute::{Pair, Setting};
use crate::fault::Fault;
use proc_macro::Span;

/// What a key takes.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// Any text but the empty one.
    Filled,
    /// The name of a command: letters, digits and `_ . : -`.
    Command,
    /// The name of a type, a transformer or a storage backend: letters, digits and `_ . -`.
    Identifier,
    /// A function's export name: no white space.
    Export,
    /// One of several words.
    OneOf(&'static [&'static str]),
    /// Any texts.
    Texts,
    /// Some of several words.
    SomeOf(&'static [&'static str]),
    /// A number from this one on.
    From(i64),
    /// Any number of 32 bits.
    Signed,
    /// true or false; it is for the SDK and not part of the table.
    Truth,
    /// Rights; they become tables of their own.
    Permissions,
}

pub type Schema = &'static [(&'static str, Kind)];

pub const FLAGS: &[&str] =
    &["read", "write", "admin", "readonly", "denyoom", "loading", "stale", "fast", "slow"];
pub const COMMAND_EVENTS: &[&str] = &["BeforeCommand", "AfterCommand"];
pub const KEY_EVENTS: &[&str] = &["OnKeyWrite", "OnKeyRead", "OnKeyExpiry", "OnKeyDelete"];
pub const EVENTS: &[&str] = &[
    "BeforeCommand",
    "AfterCommand",
    "OnKeyWrite",
    "OnKeyRead",
    "OnKeyExpiry",
    "OnKeyDelete",
    "OnClientConnect",
    "OnClientDisconnect",
    "OnServerStartup",
    "OnServerShutdown",
];

pub const COMMAND: Schema = &[
    ("name", Kind::Command),
    ("description", Kind::Text),
    ("min_args", Kind::From(0)),
    ("max_args", Kind::From(0)),
    ("arity", Kind::Signed),
    ("flags", Kind::SomeOf(FLAGS)),
    ("acl_categories", Kind::Texts),
    ("export", Kind::Export),
    ("first_key", Kind::From(0)),
    ("last_key", Kind::Signed),
    ("step", Kind::From(0)),
    ("complexity", Kind::Text),
    ("since", Kind::Text),
    ("tips", Kind::Texts),
    ("timeout_ms", Kind::From(1)),
    ("permissions", Kind::Permissions),
];
pub const HOOK: Schema = &[
    ("event", Kind::OneOf(EVENTS)),
    ("priority", Kind::Signed),
    ("filter", Kind::Text),
    ("permissions", Kind::Permissions),
];
pub const DATA_TYPE: Schema = &[
    ("name", Kind::Identifier),
    ("description", Kind::Text),
    ("encoding", Kind::Text),
    ("version", Kind::From(0)),
    ("commands", Kind::Texts),
    ("migrate", Kind::Truth),
    ("memory_usage", Kind::Truth),
];
pub const TRANSFORMER: Schema = &[
    ("name", Kind::Identifier),
    ("keys", Kind::Texts),
    ("direction", Kind::OneOf(&["in", "out", "both"])),
    ("priority", Kind::Signed),
    ("permissions", Kind::Permissions),
];
pub const STORAGE_BACKEND: Schema =
    &[("name", Kind::Identifier), ("prefix", Kind::Filled), ("permissions", Kind::Permissions)];

/// Rights in the order of their bits, and what narrows them.
const RIGHTS: &[(&str, &str)] = &[
    ("storage.read", "keys"),
    ("storage.write", "keys"),
    ("storage.delete", "keys"),
    ("network.http_get", "hosts"),
    ("network.http_post", "hosts"),
    ("network.tcp_connect", "hosts"),
    ("filesystem.read", "paths"),
    ("filesystem.write", "paths"),
    ("system.time", ""),
    ("system.random", ""),
    ("system.env", ""),
];
pub const READ: u32 = 1;
pub const WRITE: u32 = 2;

/// The rights of `permissions`: those without a narrowing as bits, the others as tables.
#[derive(Default)]
pub struct Permissions {
    pub bits: u32,
    pub tables: String,
}

/// The lines of a table. All that is `required` must be among its keys; `attribute` is for messages.
pub fn table(
    pairs: &[Pair],
    schema: Schema,
    required: &[&str],
    attribute: &str,
) -> Result<String, Fault> {
    let mut lines = String::new();
    for pair in pairs {
        let known = || schema.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
        let (_, kind) = schema.iter().find(|(key, _)| *key == pair.key).ok_or_else(|| {
            let text = format!("#[{}] has no `{}` (known are {})", attribute, pair.key, known());
            Fault::new(pair.key_span, text)
        })?;
        if let Some(value) = value(pair, *kind)? {
            lines += &format!("{} = {}\n", pair.key, value);
        }
    }
    if let Some(missing) = required.iter().find(|key| find(pairs, key).is_none()) {
        let text = format!("#[{}] needs {} = \"...\"", attribute, missing);
        return Err(Fault::new(Span::call_site(), text));
    }
    Ok(lines)
}

/// What the attribute says of `permissions`.
pub fn permissions(pairs: &[Pair]) -> Result<Permissions, Fault> {
    let mut found = Permissions::default();
    if let Some(Pair { setting: Setting::Texts(texts), .. }) = find(pairs, "permissions") {
        for (text, span) in texts {
            permission(text, *span, &mut found)?;
        }
    }
    Ok(found)
}

/// The pair of a key.
pub fn find<'a>(pairs: &'a [Pair], key: &str) -> Option<&'a Pair> {
    pairs.iter().find(|pair| pair.key == key)
}

/// The text of a key.
pub fn text<'a>(pairs: &'a [Pair], key: &str) -> Option<&'a str> {
    match find(pairs, key)?.setting {
        Setting::Text(ref text) => Some(text),
        _ => None,
    }
}

/// The number of a key.
pub fn number(pairs: &[Pair], key: &str) -> Option<i64> {
    match find(pairs, key)?.setting {
        Setting::Number(number) => Some(number),
        _ => None,
    }
}

/// Whether a key is true.
pub fn truth(pairs: &[Pair], key: &str) -> bool {
    matches!(find(pairs, key), Some(Pair { setting: Setting::Truth(true), .. }))
}

/// Whether a key's texts have a word.
pub fn has(pairs: &[Pair], key: &str, word: &str) -> bool {
    match find(pairs, key) {
        Some(Pair { setting: Setting::Texts(texts), .. }) => texts.iter().any(|(t, _)| t == word),
        _ => false,
    }
}

/// Refuses what contradicts itself in a command.
pub fn check_command(pairs: &[Pair]) -> Result<(), Fault> {
    let at = |key: &str| find(pairs, key).map_or_else(Span::call_site, |pair| pair.span);
    for (one, other) in [("write", "readonly"), ("fast", "slow")] {
        if has(pairs, "flags", one) && has(pairs, "flags", other) {
            let text = format!("a command cannot be both {} and {}", one, other);
            return Err(Fault::new(at("flags"), text));
        }
    }
    let (low, high) = (number(pairs, "min_args"), number(pairs, "max_args"));
    if let (Some(low), Some(high)) = (low, high) {
        if low > high {
            let text = format!("max_args is {}, less than min_args = {}", high, low);
            return Err(Fault::new(at("max_args"), text));
        }
    }
    if let Some(arity) = number(pairs, "arity") {
        let least = arity.abs() - 1;
        let denied = arity == 0
            || low.map_or(false, |low| low != least)
            || high.map_or(false, |high| high < least || (arity > 0 && high != least));
        if denied {
            let text = "arity counts the name too, and must agree with min_args and max_args";
            return Err(Fault::new(at("arity"), text));
        }
    }
    for key in ["last_key", "step"] {
        if number(pairs, key).unwrap_or(0) != 0 && number(pairs, "first_key").unwrap_or(0) == 0 {
            return Err(Fault::new(at(key), format!("{} means nothing without first_key", key)));
        }
    }
    Ok(())
}

/// Refuses a filter of an event that has nothing to filter.
pub fn check_hook(pairs: &[Pair]) -> Result<(), Fault> {
    let event = text(pairs, "event").unwrap_or_default();
    match find(pairs, "filter") {
        Some(pair) if !COMMAND_EVENTS.contains(&event) && !KEY_EVENTS.contains(&event) => {
            Err(Fault::new(pair.key_span, format!("a filter means nothing to {}", event)))
        }
        _ => Ok(()),
    }
}

/// The TOML of a value; None for one that is not part of the table.
fn value(pair: &Pair, kind: Kind) -> Result<Option<String>, Fault> {
    let wrong = |what: &str| Err(Fault::new(pair.span, format!("`{}` is {}", pair.key, what)));
    match (kind, &pair.setting) {
        (Kind::Text, Setting::Text(text)) => Ok(Some(quoted(text))),
        (Kind::Text, _) => wrong("a text: \"...\""),
        (Kind::Filled, Setting::Text(text)) if !text.is_empty() => Ok(Some(quoted(text))),
        (Kind::Filled, _) => wrong("a text that is not empty"),
        (Kind::Command, Setting::Text(text)) if is_name(text, "_.:-") => Ok(Some(quoted(text))),
        (Kind::Command, _) => wrong("a name like \"HELLO.WORLD\": letters, digits and _ . : -"),
        (Kind::Identifier, Setting::Text(text)) if is_name(text, "_.-") => Ok(Some(quoted(text))),
        (Kind::Identifier, _) => wrong("a name like \"json\": letters, digits and _ . -"),
        (Kind::Export, Setting::Text(text)) if is_export(text) => Ok(Some(quoted(text))),
        (Kind::Export, _) => wrong("a text of 1 to 256 letters without white space"),
        (Kind::OneOf(words), Setting::Text(text)) if words.contains(&text.as_str()) => {
            Ok(Some(quoted(text)))
        }
        (Kind::OneOf(words), _) => wrong(&format!("one of {}", words.join(", "))),
        (Kind::Texts, Setting::Texts(texts)) => Ok(Some(list(texts))),
        (Kind::SomeOf(words), Setting::Texts(texts)) => {
            match texts.iter().find(|(text, _)| !words.contains(&text.as_str())) {
                None => Ok(Some(list(texts))),
                Some((text, span)) => {
                    let what = format!("\"{}\" is none of {}", text, words.join(", "));
                    Err(Fault::new(*span, what))
                }
            }
        }
        (Kind::Permissions, Setting::Texts(_)) => Ok(None),
        (Kind::Texts | Kind::SomeOf(_) | Kind::Permissions, _) => {
            wrong("a list of texts: [\"...\"]")
        }
        (Kind::From(least), Setting::Number(number))
            if (least..=i64::from(i32::MAX)).contains(number) =>
        {
            Ok(Some(number.to_string()))
        }
        (Kind::From(least), _) => wrong(&format!("a whole number from {} to {}", least, i32::MAX)),
        (Kind::Signed, Setting::Number(number)) if i32::try_from(*number).is_ok() => {
            Ok(Some(number.to_string()))
        }
        (Kind::Signed, _) => wrong("a whole number of 32 bits"),
        (Kind::Truth, Setting::Truth(_)) => Ok(None),
        (Kind::Truth, _) => wrong("true or false"),
    }
}

fn permission(text: &str, span: Span, found: &mut Permissions) -> Result<(), Fault> {
    let mut words = text.split_whitespace();
    let right = words.next().unwrap_or_default();
    let known = || RIGHTS.iter().map(|(right, _)| *right).collect::<Vec<_>>().join(", ");
    let number = RIGHTS.iter().position(|(known, _)| *known == right).ok_or_else(|| {
        Fault::new(span, format!("\"{}\" is no right (known are {})", right, known()))
    })?;
    let narrowings: Vec<String> = words.map(quoted).collect();
    if narrowings.is_empty() {
        found.bits |= 1 << number;
        return Ok(());
    }
    let narrowed_by = RIGHTS[number].1;
    if narrowed_by.is_empty() {
        return Err(Fault::new(span, format!("{} cannot be narrowed: \"{}\"", right, right)));
    }
    let (resource, action) = right.split_once('.').unwrap_or_default();
    found.tables += &format!(
        "\n[[permissions]]\nresource = \"{}\"\naction = \"{}\"\n{} = [{}]\n",
        resource,
        action,
        narrowed_by,
        narrowings.join(", ")
    );
    Ok(())
}

fn is_name(text: &str, signs: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

fn is_export(text: &str) -> bool {
    (1..=256).contains(&text.chars().count()) && !text.contains(char::is_whitespace)
}

fn list(texts: &[(String, Span)]) -> String {
    let items: Vec<String> = texts.iter().map(|(text, _)| quoted(text)).collect();
    format!("[{}]", items.join(", "))
}

/// A TOML basic string.
fn quoted(text: impl AsRef<str>) -> String {
    let mut quoted = String::from("\"");
    for letter in text.as_ref().chars() {
        match letter {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(letter);
            }
            _ if letter.is_control() => quoted += &format!("\\u{:04X}", u32::from(letter)),
            _ => quoted.push(letter),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::{is_export, is_name, quoted};

    #[test]
    fn names() {
        assert!(is_name("HELLO.WORLD", "_.:-"));
        assert!(is_name("_a:b", "_.:-"));
        for bad in ["", ".A", "A B", "Ä", "A:B"] {
            assert!(!is_name(bad, "_.-"), "{}", bad);
        }
        assert!(!is_name(&"A".repeat(129), ""));
        assert!(is_export("hello_world") && !is_export("") && !is_export("a b"));
    }

    #[test]
    fn toml_strings() {
        assert_eq!(quoted("a\"b\\c\nd\u{7f}é"), "\"a\\\"b\\\\c\\u000Ad\\u007Fé\"");
    }
}
