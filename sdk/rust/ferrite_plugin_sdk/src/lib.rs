//! Write ferrite plugins in Rust.
//!
//! ```
//! use ferrite_plugin_sdk::{command, export_plugin, CommandResult, PluginContext, Value};
//!
//! #[command(name = "VISITS.ADD", min_args = 1, max_args = 1, flags = ["write"], first_key = 1,
//!           last_key = 1, step = 1)]
//! fn visits_add(ctx: &PluginContext, args: &[Value]) -> CommandResult {
//!     Ok(Value::Integer(ctx.storage().incr(&args[0])?))
//! }
//!
//! export_plugin!(visits_add);
//! # fn main() {}
//! ```
//!
//! `export_plugin!` puts the manifest into the module as its custom section `ferrite-manifest`,
//! made from the attributes and from Cargo.toml, so that the one file is the whole plugin; a
//! plugin.toml replaces it whole. A command that fails has written nothing.
//!
//! Nothing is needed beside `std`; Rust 1.63 and newer compile it, for `wasm32-wasi` or
//! `wasm32-wasip1`. `println!` goes to the plugin's log. On the machine itself `cargo test` runs
//! the same functions with [`testing::MockContext`].

#[cfg(any(test, all(target_arch = "wasm32", feature = "allocator")))]
mod allocator;
mod context;
mod data_type;
mod error;
#[doc(hidden)]
pub mod export;
mod hook;
#[cfg(target_arch = "wasm32")]
#[path = "guest.rs"]
mod host;
#[cfg(not(target_arch = "wasm32"))]
#[path = "mock.rs"]
mod host;
mod http;
mod resp;
mod storage;
mod storage_backend;
mod tcp;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod transformer;
mod utf8;
mod value;

pub use context::{LogLevel, PluginContext};
pub use data_type::{DataType, Encoding};
pub use error::{CommandError, CommandResult};
pub use ferrite_plugin_macros::{command, data_type, hook, storage_backend, transformer};
pub use hook::{HookContext, HookResult};
pub use http::{Http, HttpResponse};
pub use storage::{Storage, Ttl};
pub use storage_backend::{Page, StorageBackend};
pub use tcp::{Tcp, TcpStream};
pub use transformer::{TransformIn, TransformOut};
pub use value::Value;
