//! JSON documents with paths: JSON.SET, JSON.GET and their kin.

mod arrays;
mod document;
mod documents;
mod filter;
mod json;
mod parse;
mod path;
mod reply;
mod scalars;
mod scan;
mod select;
mod write;

use ferrite_plugin_sdk::export_plugin;

export_plugin!(
    document::Document,
    documents::json_set,
    documents::json_get,
    documents::json_del,
    documents::json_forget,
    documents::json_type,
    documents::json_clear,
    documents::json_merge,
    documents::json_mget,
    documents::json_mset,
    scalars::json_numincrby,
    scalars::json_nummultby,
    scalars::json_strappend,
    scalars::json_strlen,
    scalars::json_toggle,
    scalars::json_objkeys,
    scalars::json_objlen,
    arrays::json_arrappend,
    arrays::json_arrindex,
    arrays::json_arrinsert,
    arrays::json_arrlen,
    arrays::json_arrpop,
    arrays::json_arrtrim,
);
