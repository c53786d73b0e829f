//! The host as a plugin sees it: version 1 of the plugin ABI.
//!
//! Rule: every pointer handed out is good for the length beside it. The unsafe code of the SDK is
//! here, and one line of it in `utf8`. `mock` has the same functions for tests on the machine itself.

use crate::{CommandError, LogLevel, Value};

const ABSENT: i32 = -1;
const WRONG_TYPE: i32 = -3;
/// Room for the first attempt to read; most keys, numbers and names fit.
const FIRST_BYTES: usize = 64;

type Bytes = *const u8;
type Place = *mut u8;

#[link(wasm_import_module = "ferrite_v1")]
extern "C" {
    fn arg_count() -> i32;
    fn arg_read(index: i32, to: Place, size: usize) -> i32;
    fn reply_null() -> i32;
    fn reply_ok() -> i32;
    fn reply_int(number: i64) -> i32;
    fn reply_double(number: f64) -> i32;
    fn reply_bool(truth: i32) -> i32;
    fn reply_simple(text: Bytes, length: usize) -> i32;
    fn reply_bulk(text: Bytes, length: usize) -> i32;
    #[link_name = "reply_error"]
    fn host_reply_error(text: Bytes, length: usize) -> i32;
    fn reply_verbatim(format: Bytes, text: Bytes, length: usize) -> i32;
    fn reply_bignum(digits: Bytes, length: usize) -> i32;
    fn reply_array(count: usize) -> i32;
    fn reply_map(count: usize) -> i32;
    fn reply_set(count: usize) -> i32;
    fn get(key: Bytes, key_length: usize, to: Place, size: usize) -> i32;
    fn set(key: Bytes, key_length: usize, value: Bytes, length: usize) -> i32;
    fn set_ex(key: Bytes, key_length: usize, value: Bytes, length: usize, ttl: i64) -> i32;
    fn append(key: Bytes, key_length: usize, value: Bytes, length: usize, out: *mut i64) -> i32;
    fn incr_by(key: Bytes, key_length: usize, delta: i64, out: *mut i64) -> i32;
    fn delete(key: Bytes, key_length: usize) -> i32;
    fn exists(key: Bytes, key_length: usize) -> i32;
    fn expire(key: Bytes, key_length: usize, milliseconds: i64) -> i32;
    fn ttl(key: Bytes, key_length: usize, out: *mut i64) -> i32;
    fn type_of(key: Bytes, key_length: usize, to: Place, size: usize) -> i32;
    fn hget(key: Bytes, kl: usize, field: Bytes, fl: usize, to: Place, size: usize) -> i32;
    fn hset(key: Bytes, kl: usize, field: Bytes, fl: usize, value: Bytes, vl: usize) -> i32;
    fn hdel(key: Bytes, kl: usize, field: Bytes, fl: usize) -> i32;
    fn typed_get(
        key: Bytes,
        key_length: usize,
        name: Bytes,
        name_length: usize,
        version: *mut i64,
        to: Place,
        size: usize,
    ) -> i32;
    fn typed_range(
        key: Bytes,
        key_length: usize,
        name: Bytes,
        name_length: usize,
        offset: usize,
        to: Place,
        size: usize,
    ) -> i32;
    fn typed_set(
        key: Bytes,
        key_length: usize,
        name: Bytes,
        name_length: usize,
        version: u32,
        value: Bytes,
        length: usize,
    ) -> i32;
    fn call(words: Bytes, length: usize) -> i32;
    fn handle_read(handle: i32, offset: usize, to: Place, size: usize) -> i32;
    fn handle_drop(handle: i32) -> i32;
    fn publish(channel: Bytes, cl: usize, message: Bytes, ml: usize) -> i32;
    fn http(
        method: Bytes,
        ml: usize,
        url: Bytes,
        ul: usize,
        headers: Bytes,
        hl: usize,
        body: Bytes,
        bl: usize,
    ) -> i32;
    fn tcp_connect(host: Bytes, length: usize, port: u32) -> i32;
    fn tcp_send(handle: i32, bytes: Bytes, length: usize) -> i32;
    fn tcp_recv(handle: i32, to: Place, size: usize) -> i32;
    fn tcp_close(handle: i32) -> i32;
    fn hook_key(to: Place, size: usize) -> i32;
    fn hook_value(to: Place, size: usize) -> i32;
    fn hook_old_value(to: Place, size: usize) -> i32;
    fn hook_command() -> i32;
    fn hook_reply() -> i32;
    #[link_name = "hook_abort"]
    fn host_hook_abort(text: Bytes, length: usize) -> i32;
    #[link_name = "hook_replace"]
    fn host_hook_replace(bytes: Bytes, length: usize) -> i32;
    fn context(field: Bytes, length: usize, to: Place, size: usize) -> i32;
    fn config(key: Bytes, length: usize, to: Place, size: usize) -> i32;
    fn log(level: i32, text: Bytes, length: usize) -> i32;
    fn time_ms(out: *mut i64) -> i32;
    fn random(to: Place, length: usize) -> i32;
    fn env(name: Bytes, length: usize, to: Place, size: usize) -> i32;
    fn fuel_left(out: *mut i64) -> i32;
    #[link_name = "last_error"]
    fn host_last_error(to: Place, size: usize) -> i32;
}

/// The way to the server.
pub(crate) struct Host;

type Result<T> = std::result::Result<T, CommandError>;

impl Host {
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let (k, kl) = raw(key);
        present(read(|to, size| unsafe { get(k, kl, to, size) }))
    }

    pub(crate) fn set(&self, key: &[u8], value: &[u8]) -> Result<()> {
        let ((k, kl), (v, vl)) = (raw(key), raw(value));
        done(unsafe { set(k, kl, v, vl) })
    }

    pub(crate) fn set_ex(&self, key: &[u8], value: &[u8], milliseconds: i64) -> Result<()> {
        let ((k, kl), (v, vl)) = (raw(key), raw(value));
        done(unsafe { set_ex(k, kl, v, vl, milliseconds) })
    }

    pub(crate) fn append(&self, key: &[u8], value: &[u8]) -> Result<i64> {
        let ((k, kl), (v, vl)) = (raw(key), raw(value));
        number(|out| unsafe { append(k, kl, v, vl, out) })
    }

    pub(crate) fn incr_by(&self, key: &[u8], delta: i64) -> Result<i64> {
        let (k, kl) = raw(key);
        number(|out| unsafe { incr_by(k, kl, delta, out) })
    }

    pub(crate) fn delete(&self, key: &[u8]) -> Result<bool> {
        let (k, kl) = raw(key);
        truth(unsafe { delete(k, kl) })
    }

    pub(crate) fn exists(&self, key: &[u8]) -> Result<bool> {
        let (k, kl) = raw(key);
        truth(unsafe { exists(k, kl) })
    }

    pub(crate) fn expire(&self, key: &[u8], milliseconds: i64) -> Result<bool> {
        let (k, kl) = raw(key);
        match unsafe { expire(k, kl, milliseconds) } {
            ABSENT => Ok(false),
            code => done(code).map(|()| true),
        }
    }

    /// Milliseconds, -1 for a key that does not expire; None when there is no key.
    pub(crate) fn ttl(&self, key: &[u8]) -> Result<Option<i64>> {
        let (k, kl) = raw(key);
        let mut left = 0;
        match unsafe { ttl(k, kl, &mut left) } {
            ABSENT => Ok(None),
            code => done(code).map(|()| Some(left)),
        }
    }

    pub(crate) fn type_of(&self, key: &[u8]) -> Result<String> {
        let (k, kl) = raw(key);
        let name = read(|to, size| unsafe { type_of(k, kl, to, size) });
        Ok(lossy(name.map_err(error)?))
    }

    pub(crate) fn hget(&self, key: &[u8], field: &[u8]) -> Result<Option<Vec<u8>>> {
        let ((k, kl), (f, fl)) = (raw(key), raw(field));
        present(read(|to, size| unsafe { hget(k, kl, f, fl, to, size) }))
    }

    pub(crate) fn hset(&self, key: &[u8], field: &[u8], value: &[u8]) -> Result<bool> {
        let ((k, kl), (f, fl), (v, vl)) = (raw(key), raw(field), raw(value));
        truth(unsafe { hset(k, kl, f, fl, v, vl) })
    }

    pub(crate) fn hdel(&self, key: &[u8], field: &[u8]) -> Result<bool> {
        let ((k, kl), (f, fl)) = (raw(key), raw(field));
        truth(unsafe { hdel(k, kl, f, fl) })
    }

    pub(crate) fn typed_get(&self, key: &[u8], name: &str) -> Result<Option<(u32, Vec<u8>)>> {
        let ((k, kl), (n, nl)) = (raw(key), raw(name.as_bytes()));
        let mut version = 0;
        let bytes = read(|to, size| unsafe { typed_get(k, kl, n, nl, &mut version, to, size) });
        Ok(present(bytes)?.map(|bytes| (version as u32, bytes)))
    }

    pub(crate) fn typed_range(
        &self,
        key: &[u8],
        name: &str,
        offset: usize,
        place: &mut [u8],
    ) -> Result<Option<usize>> {
        let ((k, kl), (n, nl)) = (raw(key), raw(name.as_bytes()));
        match unsafe { typed_range(k, kl, n, nl, offset, place.as_mut_ptr(), place.len()) } {
            ABSENT => Ok(None),
            code => count(code).map(Some),
        }
    }

    pub(crate) fn typed_set(
        &self,
        key: &[u8],
        name: &str,
        version: u32,
        value: &[u8],
    ) -> Result<()> {
        let ((k, kl), (n, nl), (v, vl)) = (raw(key), raw(name.as_bytes()), raw(value));
        done(unsafe { typed_set(k, kl, n, nl, version, v, vl) })
    }

    /// The reply of a command, in RESP3.
    pub(crate) fn call(&self, words: &[u8]) -> Result<Vec<u8>> {
        let (w, wl) = raw(words);
        held(unsafe { call(w, wl) })
    }

    pub(crate) fn publish(&self, channel: &[u8], message: &[u8]) -> Result<i64> {
        let ((c, cl), (m, ml)) = (raw(channel), raw(message));
        match unsafe { publish(c, cl, m, ml) } {
            clients @ 0.. => Ok(i64::from(clients)),
            code => Err(error(code)),
        }
    }

    /// The answer as a map, in RESP3.
    pub(crate) fn http(
        &self,
        method: &str,
        url: &str,
        headers: &[u8],
        body: &[u8],
    ) -> Result<Vec<u8>> {
        let ((m, ml), (u, ul)) = (raw(method.as_bytes()), raw(url.as_bytes()));
        let ((h, hl), (b, bl)) = (raw(headers), raw(body));
        held(unsafe { http(m, ml, u, ul, h, hl, b, bl) })
    }

    /// A handle of the connection.
    pub(crate) fn tcp_connect(&self, host: &str, port: u16) -> Result<i32> {
        let (h, hl) = raw(host.as_bytes());
        let handle = unsafe { tcp_connect(h, hl, port.into()) };
        done(handle).map(|()| handle)
    }

    pub(crate) fn tcp_send(&self, handle: i32, bytes: &[u8]) -> Result<usize> {
        let (b, bl) = raw(bytes);
        count(unsafe { tcp_send(handle, b, bl) })
    }

    pub(crate) fn tcp_recv(&self, handle: i32, place: &mut [u8]) -> Result<usize> {
        count(unsafe { tcp_recv(handle, place.as_mut_ptr(), place.len()) })
    }

    pub(crate) fn tcp_close(&self, handle: i32) {
        unsafe { tcp_close(handle) };
    }

    pub(crate) fn config(&self, key: &str) -> Option<Vec<u8>> {
        let (k, kl) = raw(key.as_bytes());
        read(|to, size| unsafe { config(k, kl, to, size) }).ok()
    }

    pub(crate) fn fact(&self, name: &str) -> Option<Vec<u8>> {
        let (n, nl) = raw(name.as_bytes());
        read(|to, size| unsafe { context(n, nl, to, size) }).ok()
    }

    pub(crate) fn env(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let (n, nl) = raw(name.as_bytes());
        present(read(|to, size| unsafe { env(n, nl, to, size) }))
    }

    pub(crate) fn time_ms(&self) -> Result<i64> {
        number(|out| unsafe { time_ms(out) })
    }

    pub(crate) fn random(&self, place: &mut [u8]) -> Result<()> {
        done(unsafe { random(place.as_mut_ptr(), place.len()) })
    }

    pub(crate) fn log(&self, level: LogLevel, line: &str) {
        let (l, ll) = raw(line.as_bytes());
        unsafe { log(level as i32, l, ll) };
    }

    pub(crate) fn fuel_left(&self) -> i64 {
        number(|out| unsafe { fuel_left(out) }).unwrap_or(0)
    }

    pub(crate) fn hook_key(&self) -> Option<Vec<u8>> {
        read(|to, size| unsafe { hook_key(to, size) }).ok()
    }

    pub(crate) fn hook_value(&self) -> Option<Vec<u8>> {
        read(|to, size| unsafe { hook_value(to, size) }).ok()
    }

    pub(crate) fn hook_old_value(&self) -> Option<Vec<u8>> {
        read(|to, size| unsafe { hook_old_value(to, size) }).ok()
    }

    /// The command under way, in RESP3.
    pub(crate) fn hook_command(&self) -> Option<Vec<u8>> {
        held(unsafe { hook_command() }).ok()
    }

    /// The reply of the command, in RESP3.
    pub(crate) fn hook_reply(&self) -> Option<Vec<u8>> {
        held(unsafe { hook_reply() }).ok()
    }
}

/// The arguments of the call.
pub(crate) fn arguments() -> Result<Vec<Value>> {
    let count = unsafe { arg_count() };
    let mut arguments = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    for index in 0..count {
        let bytes = read(|to, size| unsafe { arg_read(index, to, size) });
        arguments.push(bytes.map_err(error)?.into());
    }
    Ok(arguments)
}

/// Give a reply; 0, or the host's error code.
pub(crate) fn reply(value: &Value) -> i32 {
    match value {
        Value::Null => unsafe { reply_null() },
        Value::Ok => unsafe { reply_ok() },
        Value::String(text) => bulk(text.as_bytes()),
        Value::BulkString(bytes) => bulk(bytes),
        Value::SimpleString(text) => unsafe { reply_simple(text.as_ptr(), text.len()) },
        Value::Integer(number) => unsafe { reply_int(*number) },
        Value::Double(number) => unsafe { reply_double(*number) },
        Value::Bool(truth) => unsafe { reply_bool(i32::from(*truth)) },
        Value::BigNumber(digits) => unsafe { reply_bignum(digits.as_ptr(), digits.len()) },
        Value::Verbatim(format, text) => {
            let mut letters = *b"txt";
            if format.len() == letters.len() {
                letters.copy_from_slice(format.as_bytes());
            }
            unsafe { reply_verbatim(letters.as_ptr(), text.as_ptr(), text.len()) }
        }
        Value::Error(text) => unsafe { host_reply_error(text.as_ptr(), text.len()) },
        Value::Array(members) => all(unsafe { reply_array(members.len()) }, members),
        Value::Set(members) => all(unsafe { reply_set(members.len()) }, members),
        Value::Map(pairs) => {
            let opened = unsafe { reply_map(pairs.len()) };
            all(opened, pairs.iter().flat_map(|(key, value)| [key, value]))
        }
    }
}

fn all<'a>(opened: i32, members: impl IntoIterator<Item = &'a Value>) -> i32 {
    if opened != 0 {
        return opened;
    }
    members.into_iter().map(reply).find(|code| *code != 0).unwrap_or(0)
}

fn bulk(bytes: &[u8]) -> i32 {
    unsafe { reply_bulk(bytes.as_ptr(), bytes.len()) }
}

/// Reply with an error.
pub(crate) fn reply_error(text: &str) -> i32 {
    unsafe { host_reply_error(text.as_ptr(), text.len()) }
}

/// Refuse what a hook was asked about.
pub(crate) fn hook_abort(text: &str) -> i32 {
    unsafe { host_hook_abort(text.as_ptr(), text.len()) }
}

/// Put something else in the place of what a hook was asked about.
pub(crate) fn hook_replace(bytes: &[u8]) -> i32 {
    unsafe { host_hook_replace(bytes.as_ptr(), bytes.len()) }
}

/// Why the last call failed.
pub(crate) fn last_error() -> String {
    let text = read(|to, size| unsafe { host_last_error(to, size) });
    lossy(text.unwrap_or_else(|_| b"ERR the host failed".to_vec()))
}

fn raw(bytes: &[u8]) -> (Bytes, usize) {
    (bytes.as_ptr(), bytes.len())
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn error(code: i32) -> CommandError {
    match code {
        WRONG_TYPE => CommandError::WrongType,
        _ => CommandError::Custom(last_error()),
    }
}

/// All bytes that a host function has, at a second attempt where the first was too small. Fails
/// with the host's error code.
fn read(mut fill: impl FnMut(Place, usize) -> i32) -> std::result::Result<Vec<u8>, i32> {
    const TOO_LARGE: i32 = -5;
    let mut bytes: Vec<u8> = Vec::with_capacity(FIRST_BYTES);
    let mut room = FIRST_BYTES;
    loop {
        let code = fill(bytes.as_mut_ptr(), room);
        let length = usize::try_from(code).map_err(|_| code)?;
        if length <= room {
            // SAFETY: the host has written `length` bytes, and there is room for them.
            unsafe { bytes.set_len(length) };
            return Ok(bytes);
        }
        bytes.try_reserve_exact(length).map_err(|_| TOO_LARGE)?;
        room = length;
    }
}

/// None where the host says that there is none.
fn present(bytes: std::result::Result<Vec<u8>, i32>) -> Result<Option<Vec<u8>>> {
    match bytes {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ABSENT) => Ok(None),
        Err(code) => Err(error(code)),
    }
}

/// What a handle holds; it is let go of.
fn held(handle: i32) -> Result<Vec<u8>> {
    if handle < 0 {
        return Err(error(handle));
    }
    let bytes = read(|to, size| unsafe { handle_read(handle, 0, to, size) });
    unsafe { handle_drop(handle) };
    bytes.map_err(error)
}

fn done(code: i32) -> Result<()> {
    if code < 0 {
        return Err(error(code));
    }
    Ok(())
}

fn count(code: i32) -> Result<usize> {
    usize::try_from(code).map_err(|_| error(code))
}

fn truth(code: i32) -> Result<bool> {
    done(code).map(|()| code != 0)
}

fn number(call: impl FnOnce(*mut i64) -> i32) -> Result<i64> {
    let mut out = 0;
    done(call(&mut out)).map(|()| out)
}
