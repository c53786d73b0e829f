//! JSON documents with paths: JSON.SET, JSON.GET and their kin.

#[cfg(any(target_arch = "wasm32", test))]
mod arguments;
mod commands;
mod document;
mod filter;
mod json;
mod order;
mod parse;
mod part;
mod path;
mod quoted;
mod reader;
mod scan;
mod select;
mod target;
mod write;

use commands::{arrays, delete, get, inspect, numbers, objects, set, strings};
use ferrite_plugin_sdk::export_plugin;

export_plugin!(
    document::Document,
    set::json_set,
    get::json_get,
    delete::json_del,
    delete::json_forget,
    inspect::json_type,
    delete::json_clear,
    set::json_merge,
    get::json_mget,
    set::json_mset,
    numbers::json_numincrby,
    numbers::json_nummultby,
    strings::json_strappend,
    strings::json_strlen,
    strings::json_toggle,
    objects::json_objkeys,
    objects::json_objlen,
    arrays::json_arrappend,
    arrays::json_arrindex,
    arrays::json_arrinsert,
    arrays::json_arrlen,
    arrays::json_arrpop,
    arrays::json_arrtrim,
    inspect::json_resp,
    inspect::json_debug,
);
