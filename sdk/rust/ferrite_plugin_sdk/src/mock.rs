//! The host of tests on the machine itself: the functions of `guest`, over a small keyspace.

use crate::{resp, CommandError, CommandResult, HttpResponse, LogLevel, Value};
use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, VecDeque};
use std::io::Read;

type Result<T> = std::result::Result<T, CommandError>;
type Bytes = Vec<u8>;
type Commands = Box<dyn FnMut(&[Value]) -> CommandResult>;
type Server = Box<dyn FnMut(&[u8]) -> Bytes>;

/// What a key holds.
enum Held {
    String(Bytes),
    Hash(BTreeMap<Bytes, Bytes>),
    Typed(String, u32, Bytes),
}

/// A connection to one of the servers, and what of its answers is not yet received.
pub(crate) struct Connection {
    server: (String, u16),
    unread: VecDeque<u8>,
}

/// All that a test has set up and a plugin has done.
#[derive(Default)]
pub(crate) struct State {
    keys: BTreeMap<Bytes, (Held, Option<i64>)>,
    now: i64,
    random: u64,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) http: BTreeMap<String, HttpResponse>,
    pub(crate) servers: BTreeMap<(String, u16), Server>,
    pub(crate) connections: BTreeMap<i32, Connection>,
    connections_made: i32,
    pub(crate) commands: Option<Commands>,
    pub(crate) logged: Vec<(LogLevel, String)>,
    pub(crate) published: Vec<(Value, Value)>,
    pub(crate) hook_key: Option<Bytes>,
    pub(crate) hook_value: Option<Bytes>,
    pub(crate) hook_old_value: Option<Bytes>,
    pub(crate) hook_command: Option<Bytes>,
    pub(crate) hook_reply: Option<Bytes>,
}

impl State {
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        self.now = self.now.saturating_add(i64::try_from(milliseconds).unwrap_or(i64::MAX));
        let now = self.now;
        self.keys.retain(|_, (_, deadline)| deadline.map_or(true, |at| at > now));
    }

    fn string(&self, key: &[u8]) -> Result<Option<&Bytes>> {
        match self.keys.get(key) {
            None => Ok(None),
            Some((Held::String(bytes), _)) => Ok(Some(bytes)),
            Some(_) => Err(CommandError::WrongType),
        }
    }

    /// Give a key a value and keep its time to live.
    fn update(&mut self, key: &[u8], held: Held) {
        let deadline = self.keys.get(key).and_then(|(_, deadline)| *deadline);
        self.keys.insert(key.to_vec(), (held, deadline));
    }
}

/// The way to the server that is not there.
#[derive(Default)]
pub(crate) struct Host {
    state: RefCell<State>,
}

impl Host {
    pub(crate) fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.state().string(key)?.cloned())
    }

    pub(crate) fn set(&self, key: &[u8], value: &[u8]) -> Result<()> {
        self.state().keys.insert(key.to_vec(), (Held::String(value.to_vec()), None));
        Ok(())
    }

    pub(crate) fn set_ex(&self, key: &[u8], value: &[u8], milliseconds: i64) -> Result<()> {
        let deadline = self.deadline(milliseconds)?;
        self.state().keys.insert(key.to_vec(), (Held::String(value.to_vec()), Some(deadline)));
        Ok(())
    }

    pub(crate) fn append(&self, key: &[u8], value: &[u8]) -> Result<i64> {
        let mut state = self.state();
        let mut bytes = state.string(key)?.cloned().unwrap_or_default();
        bytes.extend_from_slice(value);
        let length = bytes.len() as i64;
        state.update(key, Held::String(bytes));
        Ok(length)
    }

    pub(crate) fn incr_by(&self, key: &[u8], delta: i64) -> Result<i64> {
        let mut state = self.state();
        let old = match state.string(key)? {
            None => Some(0),
            Some(bytes) => Value::from(bytes.as_slice()).as_i64(),
        };
        let old = old.ok_or("ERR value is not an integer or out of range")?;
        let sum = old.checked_add(delta).ok_or("ERR increment or decrement would overflow")?;
        state.update(key, Held::String(sum.to_string().into_bytes()));
        Ok(sum)
    }

    pub(crate) fn delete(&self, key: &[u8]) -> Result<bool> {
        Ok(self.state().keys.remove(key).is_some())
    }

    pub(crate) fn exists(&self, key: &[u8]) -> Result<bool> {
        Ok(self.state().keys.contains_key(key))
    }

    pub(crate) fn expire(&self, key: &[u8], milliseconds: i64) -> Result<bool> {
        let at = self.deadline(milliseconds)?;
        match self.state().keys.get_mut(key) {
            None => Ok(false),
            Some((_, deadline)) => {
                *deadline = Some(at);
                Ok(true)
            }
        }
    }

    pub(crate) fn ttl(&self, key: &[u8]) -> Result<Option<i64>> {
        let state = self.state();
        let found = state.keys.get(key);
        Ok(found.map(|(_, deadline)| deadline.map_or(-1, |at| (at - state.now).max(0))))
    }

    pub(crate) fn type_of(&self, key: &[u8]) -> Result<String> {
        Ok(match self.state().keys.get(key) {
            None => "none".to_string(),
            Some((Held::String(_), _)) => "string".to_string(),
            Some((Held::Hash(_), _)) => "hash".to_string(),
            Some((Held::Typed(name, _, _), _)) => name.clone(),
        })
    }

    pub(crate) fn hget(&self, key: &[u8], field: &[u8]) -> Result<Option<Bytes>> {
        match self.state().keys.get(key) {
            None => Ok(None),
            Some((Held::Hash(fields), _)) => Ok(fields.get(field).cloned()),
            Some(_) => Err(CommandError::WrongType),
        }
    }

    pub(crate) fn hset(&self, key: &[u8], field: &[u8], value: &[u8]) -> Result<bool> {
        let mut state = self.state();
        let new = || (Held::Hash(BTreeMap::new()), None);
        match state.keys.entry(key.to_vec()).or_insert_with(new) {
            (Held::Hash(fields), _) => Ok(fields.insert(field.to_vec(), value.to_vec()).is_none()),
            _ => Err(CommandError::WrongType),
        }
    }

    pub(crate) fn hdel(&self, key: &[u8], field: &[u8]) -> Result<bool> {
        let mut state = self.state();
        let (removed, empty) = match state.keys.get_mut(key) {
            None => (false, false),
            Some((Held::Hash(fields), _)) => (fields.remove(field).is_some(), fields.is_empty()),
            Some(_) => return Err(CommandError::WrongType),
        };
        if empty {
            state.keys.remove(key);
        }
        Ok(removed)
    }

    pub(crate) fn typed_get(&self, key: &[u8], name: &str) -> Result<Option<(u32, Bytes)>> {
        match self.state().keys.get(key) {
            None => Ok(None),
            Some((Held::Typed(found, version, bytes), _)) if found == name => {
                Ok(Some((*version, bytes.clone())))
            }
            Some(_) => Err(CommandError::WrongType),
        }
    }

    pub(crate) fn typed_range(
        &self,
        key: &[u8],
        name: &str,
        offset: usize,
        place: &mut [u8],
    ) -> Result<Option<usize>> {
        let bytes = match self.typed_get(key, name)? {
            None => return Ok(None),
            Some((_, bytes)) => bytes,
        };
        let rest = &bytes[offset.min(bytes.len())..];
        let count = rest.len().min(place.len());
        place[..count].copy_from_slice(&rest[..count]);
        Ok(Some(bytes.len()))
    }

    pub(crate) fn typed_set(
        &self,
        key: &[u8],
        name: &str,
        version: u32,
        value: &[u8],
    ) -> Result<()> {
        let mut state = self.state();
        match state.keys.get(key) {
            Some((Held::Typed(found, _, _), _)) if found == name => {}
            None => {}
            Some(_) => return Err(CommandError::WrongType),
        }
        state.update(key, Held::Typed(name.to_string(), version, value.to_vec()));
        Ok(())
    }

    pub(crate) fn call(&self, words: &[u8]) -> Result<Bytes> {
        let words = resp::parse(words)?;
        let words = words.as_array().unwrap_or_default();
        let mut commands = self.state().commands.take();
        let reply = match &mut commands {
            None => Err("ERR this MockContext has no commands".into()),
            Some(answer) => answer(words),
        };
        self.state().commands = commands;
        Ok(resp::encode(&reply?))
    }

    pub(crate) fn publish(&self, channel: &[u8], message: &[u8]) -> Result<i64> {
        self.state().published.push((channel.into(), message.into()));
        Ok(0)
    }

    pub(crate) fn http(
        &self,
        _method: &str,
        url: &str,
        _headers: &[u8],
        _body: &[u8],
    ) -> Result<Bytes> {
        let state = self.state();
        let unknown = || format!("ERR this MockContext has no answer for {}", url);
        let response = state.http.get(url).ok_or_else(unknown)?;
        let headers = response.headers.iter().map(|(k, v)| (k.as_str().into(), v.as_str().into()));
        Ok(resp::encode(&Value::Map(vec![
            ("status".into(), Value::Integer(response.status.into())),
            ("headers".into(), Value::Map(headers.collect())),
            ("body".into(), Value::BulkString(response.body.clone())),
        ])))
    }

    pub(crate) fn tcp_connect(&self, host: &str, port: u16) -> Result<i32> {
        let mut state = self.state();
        let server = (host.to_string(), port);
        if !state.servers.contains_key(&server) {
            return Err(format!("ERR this MockContext has no server at {}:{}", host, port).into());
        }
        state.connections_made += 1;
        let handle = state.connections_made;
        state.connections.insert(handle, Connection { server, unread: VecDeque::new() });
        drop(state);
        self.tcp_send(handle, b"").map(|_| handle)
    }

    pub(crate) fn tcp_send(&self, handle: i32, bytes: &[u8]) -> Result<usize> {
        let state = &mut *self.state();
        let connection = connection(&mut state.connections, handle)?;
        if let Some(answer) = state.servers.get_mut(&connection.server) {
            connection.unread.extend(answer(bytes));
        }
        Ok(bytes.len())
    }

    /// What is there; 0 where nothing is, as a server that has closed.
    pub(crate) fn tcp_recv(&self, handle: i32, place: &mut [u8]) -> Result<usize> {
        let state = &mut *self.state();
        Ok(connection(&mut state.connections, handle)?.unread.read(place)?)
    }

    pub(crate) fn tcp_close(&self, handle: i32) {
        self.state().connections.remove(&handle);
    }

    pub(crate) fn config(&self, key: &str) -> Option<Bytes> {
        self.state().config.get(key).map(|value| value.clone().into_bytes())
    }

    pub(crate) fn fact(&self, name: &str) -> Option<Bytes> {
        let state = self.state();
        let default = if name == "user" { Some("default") } else { None };
        let found = state.facts.get(name).map(String::as_str).or(default);
        found.map(|value| value.as_bytes().to_vec())
    }

    pub(crate) fn env(&self, name: &str) -> Result<Option<Bytes>> {
        Ok(self.state().env.get(name).map(|value| value.clone().into_bytes()))
    }

    pub(crate) fn time_ms(&self) -> Result<i64> {
        Ok(self.state().now)
    }

    /// The same bytes in every run, so that tests can count on them.
    pub(crate) fn random(&self, place: &mut [u8]) -> Result<()> {
        let mut state = self.state();
        for byte in place {
            state.random = state.random.wrapping_mul(6364136223846793005).wrapping_add(1);
            *byte = (state.random >> 56) as u8;
        }
        Ok(())
    }

    pub(crate) fn log(&self, level: LogLevel, line: &str) {
        self.state().logged.push((level, line.to_string()));
    }

    pub(crate) fn fuel_left(&self) -> i64 {
        i64::MAX
    }

    pub(crate) fn hook_key(&self) -> Option<Bytes> {
        self.state().hook_key.clone()
    }

    pub(crate) fn hook_value(&self) -> Option<Bytes> {
        self.state().hook_value.clone()
    }

    pub(crate) fn hook_old_value(&self) -> Option<Bytes> {
        self.state().hook_old_value.clone()
    }

    pub(crate) fn hook_command(&self) -> Option<Bytes> {
        self.state().hook_command.clone()
    }

    pub(crate) fn hook_reply(&self) -> Option<Bytes> {
        self.state().hook_reply.clone()
    }

    fn deadline(&self, milliseconds: i64) -> Result<i64> {
        match self.state().now.checked_add(milliseconds) {
            Some(at) if milliseconds > 0 => Ok(at),
            _ => Err(format!("ERR {} ms is no time to live", milliseconds).into()),
        }
    }
}

fn connection(all: &mut BTreeMap<i32, Connection>, handle: i32) -> Result<&mut Connection> {
    all.get_mut(&handle).ok_or_else(|| format!("ERR there is no connection {}", handle).into())
}
