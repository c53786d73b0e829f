//! Every part of the SDK, for tests; the manifest is api.toml, or what the attributes make.

use ferrite_plugin_sdk::{
    command, data_type, export_plugin, hook, storage_backend, transformer, CommandError,
    CommandResult, Encoding, HookContext, HookResult, LogLevel, Page, PluginContext,
    StorageBackend, TransformIn, TransformOut, Value,
};
use std::io::{Read, Write};

/// An own type whose bytes are its value.
#[data_type(name = "PAIR", version = 7)]
struct Pair(u32, Vec<u8>);

impl Encoding for Pair {
    fn encode(&self) -> Vec<u8> {
        self.1.clone()
    }

    fn decode(version: u32, bytes: &[u8]) -> Result<Pair, CommandError> {
        Ok(Pair(version, bytes.to_vec()))
    }
}

#[command(name = "ON.LOAD", export = "ferrite_on_load")]
fn on_load(ctx: &PluginContext, _: &[Value]) -> CommandResult {
    ctx.log(LogLevel::Info, format!("loaded {}", ctx.fact("plugin").unwrap_or_default()));
    Ok(Value::Null)
}

#[command(name = "API.KINDS", flags = ["read"])]
fn kinds(_: &PluginContext, _: &[Value]) -> CommandResult {
    Ok(Value::Array(vec![
        Value::Null,
        Value::Ok,
        Value::Integer(i64::MIN),
        Value::Double(1.5),
        Value::Double(f64::NEG_INFINITY),
        Value::Bool(true),
        "text".into(),
        Value::BulkString(b"\0\xff\r\n".to_vec()),
        Value::SimpleString("one line".to_string()),
        Value::Error(CommandError::WrongType.to_string()),
        Value::Verbatim("mkd".to_string(), "# x".to_string()),
        Value::BigNumber("-123456789012345678901234567890".to_string()),
        Value::Array(vec![]),
        Value::Map(vec![("k".into(), Value::Array(vec![Value::Integer(1)]))]),
        Value::Set(vec![Value::Integer(1), Value::Integer(2)]),
    ]))
}

#[command(name = "API.ECHO", flags = ["read"])]
fn echo(_: &PluginContext, args: &[Value]) -> CommandResult {
    Ok(Value::Array(args.to_vec()))
}

#[command(name = "API.TEXT", flags = ["read"])]
fn text(_: &PluginContext, args: &[Value]) -> CommandResult {
    Ok(Value::Array(args.iter().map(|each| each.as_str().into()).collect()))
}

#[command(name = "API.NUMBER", flags = ["read"])]
fn number(_: &PluginContext, args: &[Value]) -> CommandResult {
    if let Some(integer) = args[0].as_i64() {
        return Ok(Value::Integer(integer));
    }
    let double = args[0].as_f64().ok_or("ERR value is not a valid float")?;
    Ok(Value::Double(double))
}

#[command(name = "API.STORAGE", flags = ["write"], permissions = ["storage.delete * !kept"])]
fn storage(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let (key, keys) = (&args[0], ctx.storage());
    let mut got: Vec<Value> = vec![keys.exists(key)?.into(), keys.get(key)?.into()];
    keys.set(key, 41)?;
    got.extend([Value::Ok, keys.incr(key)?.into(), keys.incr_by(key, -2)?.into()]);
    got.extend([keys.append(key, "!")?.into(), keys.get(key)?.into()]);
    got.push(keys.ttl(key)?.as_seconds().into());
    keys.set_ex(key, "x".repeat(5000), 3600)?;
    got.extend([Value::Ok, keys.ttl(key)?.as_seconds().into()]);
    let long = keys.get_bytes(key)?.unwrap_or_default();
    got.extend([(long.len() as i64).into(), keys.type_of(key)?.into()]);
    got.extend([keys.delete(key)?.into(), keys.delete(key)?.into()]);
    got.extend([keys.expire(key, 10)?.into(), keys.ttl(key)?.as_seconds().into()]);
    got.extend([keys.hset(key, "f", 0.5)?.into(), keys.hset(key, "f", "v")?.into()]);
    got.extend([keys.hget(key, "f")?.into(), keys.hget(key, "none")?.into()]);
    got.push(keys.hdel(key, "f")?.into());
    Ok(got.into())
}

#[command(name = "API.READONLY", flags = ["read"])]
fn readonly(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    ctx.storage().set(&args[0], "OK")?;
    Ok(Value::Ok)
}

#[command(name = "API.TYPED", flags = ["write"])]
fn typed(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let (key, keys) = (&args[0], ctx.storage());
    let before: Option<Pair> = keys.typed_get(key)?;
    keys.typed_set(key, &Pair(0, args[1].as_ref().to_vec()))?;
    let after: Pair = keys.typed_get(key)?.ok_or("ERR it is gone")?;
    let mut place = [0; 2];
    let length = keys.typed_range::<Pair>(key, 1, &mut place)?.ok_or("ERR it is gone")?;
    Ok(Value::Array(vec![
        before.is_some().into(),
        Value::Ok,
        after.1.into(),
        (length as i64 * 100 + i64::from(after.0)).into(),
        place[..].into(),
    ]))
}

#[command(name = "API.CALL", flags = ["write"])]
fn call(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    ctx.call(args)
}

#[command(
    name = "API.CONTEXT",
    flags = ["write"],
    permissions = ["system.time", "system.random"]
)]
fn context(ctx: &PluginContext, _: &[Value]) -> CommandResult {
    let mut bytes = [0; 16];
    ctx.random(&mut bytes)?;
    Ok(Value::Array(vec![
        ctx.fact("plugin").into(),
        ctx.user().into(),
        ctx.fact("db").into(),
        ctx.fact("event").into(),
        ctx.config("limit").into(),
        ctx.config("limit").is_some().into(),
        ctx.config("none").is_some().into(),
        (ctx.time_ms()? > 1_600_000_000_000).into(),
        (bytes != [0; 16]).into(),
        (ctx.fuel_left() > 0).into(),
        ctx.publish("news", "hello")?.into(),
    ]))
}

#[command(name = "API.HTTP", flags = ["read"], permissions = ["network.http_get 127.0.0.1"])]
fn fetch(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let answer = ctx.http().get(args[0].as_str().ok_or(CommandError::Syntax)?)?;
    Ok(Value::Array(vec![
        Value::Integer(answer.status.into()),
        answer.header("x-test").into(),
        answer.body.clone().into(),
    ]))
}

#[command(name = "API.TCP", flags = ["read"], permissions = ["network.tcp_connect 127.0.0.1"])]
fn exchange(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    let host = args[0].as_str().ok_or(CommandError::Syntax)?;
    let port = args[1].as_u64().and_then(|port| u16::try_from(port).ok());
    let port = port.ok_or(CommandError::OutOfRange)?;
    let mut got = vec![0; args[2].as_ref().len()];
    for _ in 0..args[3].as_u64().unwrap_or(1) {
        let mut stream = ctx.tcp().connect(host, port)?;
        stream.write_all(args[2].as_ref())?;
        stream.read_exact(&mut got)?;
    }
    Ok(got.into())
}

#[command(name = "API.FAIL", flags = ["write"])]
fn fail(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    ctx.storage().set("undone", "OK")?;
    Err(match args[0].as_str() {
        Some("wrong_type") => CommandError::WrongType,
        Some("out_of_range") => CommandError::OutOfRange,
        Some("syntax") => CommandError::Syntax,
        Some("no_auth") => CommandError::NoAuth,
        Some("custom") => "BUSY later".into(),
        Some("denied") => ctx.storage().delete("kept").unwrap_err(),
        _ => "Missing key argument".into(),
    })
}

#[command(name = "API.PANIC", flags = ["write"])]
fn crash(ctx: &PluginContext, args: &[Value]) -> CommandResult {
    ctx.storage().set("undone", "OK")?;
    Ok(args[args.len()].clone())
}

#[hook(event = "OnKeyWrite", filter = "guard:*")]
fn guard(ctx: &HookContext) -> HookResult {
    match ctx.value().as_ref().and_then(Value::as_str) {
        Some("refused") => {
            let old = ctx.old_value();
            let old = old.as_ref().and_then(Value::as_str).unwrap_or_default();
            HookResult::Abort(format!("Refused {} {} {}", ctx.key(), old, ctx.event()))
        }
        Some("replaced") => HookResult::Replace(ctx.command().swap_remove(0)),
        _ => HookResult::Continue,
    }
}

#[transformer(name = "upper", keys = ["up:*"], direction = "in")]
struct Upper;

impl TransformIn for Upper {
    fn transform_in(_: &PluginContext, _: &[u8], value: &[u8]) -> Result<Vec<u8>, CommandError> {
        Ok(value.to_ascii_uppercase())
    }
}

/// Stores values back to front, behind their key.
#[transformer(name = "turn", keys = ["turn:*"])]
struct Turn;

impl TransformIn for Turn {
    fn transform_in(_: &PluginContext, key: &[u8], value: &[u8]) -> Result<Vec<u8>, CommandError> {
        Ok(key.iter().chain(value.iter().rev()).copied().collect())
    }
}

impl TransformOut for Turn {
    fn transform_out(_: &PluginContext, key: &[u8], value: &[u8]) -> Result<Vec<u8>, CommandError> {
        let value = value.strip_prefix(key).ok_or("ERR it is of another key")?;
        Ok(value.iter().rev().copied().collect())
    }
}

/// Keeps its keys in the hash "kept", and the last time to live in "lives".
#[storage_backend(name = "kept", prefix = "kept:", permissions = ["storage.read", "storage.write"])]
struct Kept;

impl StorageBackend for Kept {
    fn get(ctx: &PluginContext, key: &[u8]) -> Result<Option<Vec<u8>>, CommandError> {
        ctx.storage().hget("kept", key)?.map(Value::into_bytes).transpose()
    }

    fn set(
        ctx: &PluginContext,
        key: &[u8],
        value: &[u8],
        ttl_ms: Option<u64>,
    ) -> Result<(), CommandError> {
        ctx.storage().hset("kept", key, value)?;
        match ttl_ms {
            None => Ok(()),
            Some(ttl_ms) => ctx.storage().set("lives", ttl_ms as i64),
        }
    }

    fn delete(ctx: &PluginContext, key: &[u8]) -> Result<bool, CommandError> {
        ctx.storage().hdel("kept", key)
    }

    fn scan(
        ctx: &PluginContext,
        cursor: u64,
        _: &[u8],
        count: usize,
    ) -> Result<Page, CommandError> {
        let all = ctx.call(&["HKEYS", "kept"])?;
        let all = all.as_array().unwrap_or_default();
        let from = all.len().min(cursor as usize);
        let to = all.len().min(from + count);
        let next = if to < all.len() { to as u64 } else { 0 };
        Ok(Page { next, keys: all[from..to].iter().map(|key| key.as_ref().to_vec()).collect() })
    }
}

export_plugin!(
    on_load, kinds, echo, text, number, storage, readonly, typed, call, context, fetch, exchange, fail,
    crash, guard, Upper, Turn, Kept, Pair
);
