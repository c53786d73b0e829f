//! What the attributes and `export_plugin!` expand to: entry points and the manifest.
//!
//! Rule: nothing here is for authors; it may change with every version.

#[cfg(target_arch = "wasm32")]
use crate::{host, host::Host, resp, DataType};
use crate::{CommandError, CommandResult, HookContext, HookResult, PluginContext, Value};
use crate::{StorageBackend, TransformIn, TransformOut};

/// The type of a `#[command]` function.
pub type Command = fn(&PluginContext, &[Value]) -> CommandResult;
/// The type of a `#[hook]` function.
pub type Hook = fn(&HookContext) -> HookResult;

/// What one attribute adds to the manifest.
pub struct Entry {
    /// A table in TOML.
    pub table: &'static str,
    /// Tables of rights that are narrowed to something.
    pub permissions: &'static str,
    /// The other rights, as bits in the order of `RIGHTS`.
    pub rights: u32,
    /// What the attribute stands on. It is named here so that the compiler sees its type, and
    /// that it is used.
    pub face: Face,
}

/// What an attribute stands on.
pub enum Face {
    Command(Command),
    Hook(Hook),
    Type,
}

/// What Cargo.toml says.
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    pub author: &'static str,
    pub license: &'static str,
    pub homepage: &'static str,
}

const RIGHTS: [&str; 11] = [
    "resource = \"storage\"\naction = \"read\"\n",
    "resource = \"storage\"\naction = \"write\"\n",
    "resource = \"storage\"\naction = \"delete\"\n",
    "resource = \"network\"\naction = \"http_get\"\n",
    "resource = \"network\"\naction = \"http_post\"\n",
    "resource = \"network\"\naction = \"tcp_connect\"\n",
    "resource = \"filesystem\"\naction = \"read\"\n",
    "resource = \"filesystem\"\naction = \"write\"\n",
    "resource = \"system\"\naction = \"time\"\n",
    "resource = \"system\"\naction = \"random\"\n",
    "resource = \"system\"\naction = \"env\"\n",
];

/// Text under way at compile time; what does not fit is counted only.
pub struct Text<const N: usize> {
    pub bytes: [u8; N],
    pub length: usize,
}

impl<const N: usize> Text<N> {
    const fn byte(mut self, byte: u8) -> Self {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
        self
    }

    const fn raw(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            if self.length < N {
                self.bytes[self.length] = bytes[i];
            }
            self.length += 1;
            i += 1;
        }
        self
    }

    /// A line `key = "value"`, unless the value is empty. Control characters become spaces.
    const fn line(mut self, key: &str, value: &str) -> Self {
        if value.is_empty() {
            return self;
        }
        self = self.raw(key).raw(" = \"");
        let bytes = value.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            let byte = bytes[i];
            if byte == b'"' || byte == b'\\' {
                self = self.byte(b'\\');
            }
            self = self.byte(if byte < 0x20 || byte == 0x7f { b' ' } else { byte });
            i += 1;
        }
        self.raw("\"\n")
    }
}

/// The manifest, as many bytes of it as fit; its length is exact.
pub const fn manifest<const N: usize>(package: &Package, entries: &[Entry]) -> Text<N> {
    let mut text = Text { bytes: [0; N], length: 0 };
    text = text.raw("[package]\n");
    text = text.line("name", package.name).line("version", package.version);
    text = text.line("description", package.description).line("author", package.author);
    text = text.line("license", package.license).line("homepage", package.homepage);
    let mut rights = 0;
    let mut i = 0;
    while i < entries.len() {
        text = text.raw(entries[i].table);
        rights |= entries[i].rights;
        i += 1;
    }
    i = 0;
    while i < RIGHTS.len() {
        if rights >> i & 1 == 1 {
            text = text.raw("\n[[permissions]]\n").raw(RIGHTS[i]);
        }
        i += 1;
    }
    i = 0;
    while i < entries.len() {
        text = text.raw(entries[i].permissions);
        i += 1;
    }
    text
}

/// Make a plugin of the functions and types with an attribute that are named; once per plugin, in
/// its lib.rs.
///
/// Those that are not named are not in the manifest, and the compiler warns that they are never used.
#[macro_export]
macro_rules! export_plugin {
    ($($($segment:ident)::+),+ $(,)?) => {
        const _: () = {
            const PACKAGE: $crate::export::Package = $crate::export::Package {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                description: env!("CARGO_PKG_DESCRIPTION"),
                author: env!("CARGO_PKG_AUTHORS"),
                license: env!("CARGO_PKG_LICENSE"),
                homepage: env!("CARGO_PKG_HOMEPAGE"),
            };
            const ENTRIES: &[$crate::export::Entry] = &[$($($segment)::+::ENTRY),+];
            const LENGTH: usize = $crate::export::manifest::<0>(&PACKAGE, ENTRIES).length;
            #[used]
            #[cfg_attr(target_arch = "wasm32", link_section = "ferrite-manifest")]
            static MANIFEST: [u8; LENGTH] =
                $crate::export::manifest::<LENGTH>(&PACKAGE, ENTRIES).bytes;
        };
    };
    () => {
        compile_error!("export_plugin! needs the functions of the plugin: export_plugin!(hello)");
    };
}

/// Runs the constructors once. Without it the linker runs them at every call, and each time WASI's
/// copy of the environment is left behind.
#[cfg(target_os = "wasi")]
#[no_mangle]
pub extern "C" fn _initialize() {
    extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker defines it, and the host calls this function once, before any other.
    unsafe { __wasm_call_ctors() }
}

/// Answer a command.
#[cfg(target_arch = "wasm32")]
pub fn run_command(command: Command) -> i32 {
    let context = PluginContext { host: Host };
    finish(host::arguments().and_then(|arguments| command(&context, &arguments)))
}

/// Join in an event.
#[cfg(target_arch = "wasm32")]
pub fn run_hook(hook: Hook) -> i32 {
    let context = HookContext { context: PluginContext { host: Host } };
    match hook(&context) {
        HookResult::Continue => 0,
        HookResult::Abort(text) => host::hook_abort(&text),
        HookResult::Replace(value) => match value.into_bytes() {
            Ok(bytes) => host::hook_replace(&bytes),
            Err(error) => host::hook_abort(error.text()),
        },
        HookResult::ReplaceCommand(words) => host::hook_replace(&resp::request(&words)),
    }
}

/// Write a value of an own type anew, in the present version of its encoding.
#[cfg(target_arch = "wasm32")]
pub fn migrate<T: DataType>() -> i32 {
    finish(typed_argument::<T>(1, 0).map(|value| Value::BulkString(value.encode())))
}

/// Say what a value of an own type takes.
#[cfg(target_arch = "wasm32")]
pub fn memory_usage<T: DataType>() -> i32 {
    let usage = |value: T| Value::Integer(i64::try_from(value.memory_usage()).unwrap_or(i64::MAX));
    finish(typed_argument::<T>(0, 1).map(usage))
}

/// A value of an own type from its bytes and its version, by their places among the arguments;
/// without a version it is the present one.
#[cfg(target_arch = "wasm32")]
fn typed_argument<T: DataType>(bytes: usize, version: usize) -> Result<T, CommandError> {
    let arguments = host::arguments()?;
    let version = arguments.get(version).and_then(Value::as_i64);
    let version = version.map_or(Some(T::VERSION), |number| u32::try_from(number).ok());
    match (arguments.get(bytes).and_then(Value::as_bytes), version) {
        (Some(bytes), Some(version)) => T::decode(version, bytes),
        _ => Err("ERR no value of an own type was given".into()),
    }
}

/// Ask for the trait where the attribute stands, on the machine itself as well.
pub const fn transforms_in<T: TransformIn>() {}

/// Ask for the trait where the attribute stands.
pub const fn transforms_out<T: TransformOut>() {}

/// Ask for the trait where the attribute stands.
pub const fn is_storage_backend<T: StorageBackend>() {}

/// A command: key, value -> what to store.
pub fn transform_in<T: TransformIn>(ctx: &PluginContext, given: &[Value]) -> CommandResult {
    T::transform_in(ctx, bytes(given, 0), bytes(given, 1)).map(Value::BulkString)
}

/// A command: key, value -> what the client gets.
pub fn transform_out<T: TransformOut>(ctx: &PluginContext, given: &[Value]) -> CommandResult {
    T::transform_out(ctx, bytes(given, 0), bytes(given, 1)).map(Value::BulkString)
}

/// A command: key -> value or null.
pub fn backend_get<T: StorageBackend>(ctx: &PluginContext, given: &[Value]) -> CommandResult {
    T::get(ctx, bytes(given, 0)).map(Value::from)
}

/// A command: key, value, milliseconds to live or 0 -> OK.
pub fn backend_set<T: StorageBackend>(ctx: &PluginContext, given: &[Value]) -> CommandResult {
    let ttl_ms = Some(number(given, 2)).filter(|ttl| *ttl > 0);
    T::set(ctx, bytes(given, 0), bytes(given, 1), ttl_ms).map(|()| Value::Ok)
}

/// A command: key -> 1 or 0.
pub fn backend_delete<T: StorageBackend>(ctx: &PluginContext, given: &[Value]) -> CommandResult {
    T::delete(ctx, bytes(given, 0)).map(|was| Value::Integer(was.into()))
}

/// A command: key -> 1 or 0.
pub fn backend_exists<T: StorageBackend>(ctx: &PluginContext, given: &[Value]) -> CommandResult {
    T::exists(ctx, bytes(given, 0)).map(|is| Value::Integer(is.into()))
}

/// A command: cursor, pattern, count -> cursor and keys.
pub fn backend_scan<T: StorageBackend>(ctx: &PluginContext, given: &[Value]) -> CommandResult {
    let count = usize::try_from(number(given, 2)).unwrap_or(usize::MAX);
    let page = T::scan(ctx, number(given, 0), bytes(given, 1), count)?;
    let next = i64::try_from(page.next).map_err(|_| CommandError::OutOfRange)?;
    let keys = page.keys.into_iter().map(Value::BulkString).collect();
    Ok(Value::Array(vec![Value::Integer(next), Value::Array(keys)]))
}

fn bytes(given: &[Value], index: usize) -> &[u8] {
    given.get(index).map_or(&[], Value::as_ref)
}

fn number(given: &[Value], index: usize) -> u64 {
    given.get(index).and_then(Value::as_u64).unwrap_or(0)
}

#[cfg(target_arch = "wasm32")]
fn finish(result: CommandResult) -> i32 {
    let text = match result {
        Ok(value) => match host::reply(&value) {
            0 => return 0,
            _ => host::last_error(),
        },
        Err(error) => error.text().to_string(),
    };
    host::reply_error(&text)
}

#[cfg(test)]
mod tests {
    use super::{backend_delete, backend_exists, backend_get, backend_scan, backend_set};
    use super::{manifest, transform_in, transform_out, Entry, Face, Package};
    use crate::testing::MockContext;
    use crate::{
        CommandError, Page, PluginContext, StorageBackend, TransformIn, TransformOut, Value,
    };

    const PACKAGE: Package = Package {
        name: "x",
        version: "1.2.3",
        description: "says \"hi\" \\ \n é",
        author: "",
        license: "",
        homepage: "",
    };
    const ENTRIES: &[Entry] = &[
        Entry {
            table: "\n[[commands]]\nname = \"A\"\n",
            permissions: "",
            rights: 1,
            face: Face::Type,
        },
        Entry {
            table: "\n[[hooks]]\n",
            permissions: "\n[[permissions]]\n# narrow\n",
            rights: 3,
            face: Face::Type,
        },
    ];
    const LENGTH: usize = manifest::<0>(&PACKAGE, ENTRIES).length;

    #[test]
    fn a_manifest() {
        let bytes = manifest::<LENGTH>(&PACKAGE, ENTRIES).bytes;
        let text = "[package]\nname = \"x\"\nversion = \"1.2.3\"\n\
            description = \"says \\\"hi\\\" \\\\   é\"\n\
            \n[[commands]]\nname = \"A\"\n\n[[hooks]]\n\
            \n[[permissions]]\nresource = \"storage\"\naction = \"read\"\n\
            \n[[permissions]]\nresource = \"storage\"\naction = \"write\"\n\
            \n[[permissions]]\n# narrow\n";
        assert_eq!(String::from_utf8_lossy(&bytes), text);
    }

    /// Turns values round, and keeps them at other keys.
    struct Other;

    impl TransformIn for Other {
        fn transform_in(
            _: &PluginContext,
            key: &[u8],
            value: &[u8],
        ) -> Result<Vec<u8>, CommandError> {
            Ok(key.iter().chain(value.iter().rev()).copied().collect())
        }
    }

    impl TransformOut for Other {
        fn transform_out(
            _: &PluginContext,
            _: &[u8],
            value: &[u8],
        ) -> Result<Vec<u8>, CommandError> {
            std::str::from_utf8(value)?;
            Ok(value.to_vec())
        }
    }

    impl StorageBackend for Other {
        fn get(ctx: &PluginContext, key: &[u8]) -> Result<Option<Vec<u8>>, CommandError> {
            ctx.storage().get_bytes([b"own:", key].concat())
        }

        fn set(
            ctx: &PluginContext,
            key: &[u8],
            value: &[u8],
            ttl_ms: Option<u64>,
        ) -> Result<(), CommandError> {
            let key = [b"own:", key].concat();
            match ttl_ms {
                None => ctx.storage().set(key, value),
                Some(ttl_ms) => ctx.storage().set_ex(key, value, ttl_ms / 1000),
            }
        }

        fn delete(ctx: &PluginContext, key: &[u8]) -> Result<bool, CommandError> {
            ctx.storage().delete([b"own:", key].concat())
        }

        fn scan(
            _: &PluginContext,
            cursor: u64,
            pattern: &[u8],
            count: usize,
        ) -> Result<Page, CommandError> {
            Ok(Page { next: cursor + count as u64, keys: vec![pattern.to_vec()] })
        }
    }

    #[test]
    fn transformers_answer_bytes() {
        let ctx = MockContext::new();
        let given = ["k".into(), Value::BulkString(b"ab\xff".to_vec())];
        assert_eq!(transform_in::<Other>(&ctx, &given), Ok(b"k\xffba"[..].into()));
        let refused = transform_out::<Other>(&ctx, &given).unwrap_err();
        assert_eq!(refused.text(), "ERR value is not valid UTF-8");
    }

    #[test]
    fn backends_answer_what_the_server_asks_for() {
        let ctx = MockContext::new();
        let key: [Value; 1] = ["k".into()];
        assert_eq!(backend_get::<Other>(&ctx, &key), Ok(Value::Null));
        assert_eq!(backend_exists::<Other>(&ctx, &key), Ok(Value::Integer(0)));
        let given = ["k".into(), "v".into(), "5000".into()];
        assert_eq!(backend_set::<Other>(&ctx, &given), Ok(Value::Ok));
        assert_eq!(backend_get::<Other>(&ctx, &key), Ok("v".into()));
        assert_eq!(backend_exists::<Other>(&ctx, &key), Ok(Value::Integer(1)));
        ctx.advance_ms(5001);
        assert_eq!(backend_delete::<Other>(&ctx, &key), Ok(Value::Integer(0)));
        backend_set::<Other>(&ctx, &["k".into(), "v".into(), "0".into()]).unwrap();
        ctx.advance_ms(1_000_000);
        assert_eq!(backend_delete::<Other>(&ctx, &key), Ok(Value::Integer(1)));
        let page = Value::Array(vec![Value::Integer(7), Value::Array(vec!["a*".into()])]);
        assert_eq!(backend_scan::<Other>(&ctx, &["2".into(), "a*".into(), "5".into()]), Ok(page));
    }
}
