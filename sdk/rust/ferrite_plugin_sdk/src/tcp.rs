//! Connections over TCP, to hosts the plugin may reach, before its first write.

use crate::{CommandError, PluginContext};
use std::io::{self, Read, Write};

/// The way to other servers: `ctx.tcp().connect("localhost", 6379)`.
pub struct Tcp<'a> {
    pub(crate) context: &'a PluginContext,
}

/// A connection, read and written as `std::io` does it. It ends when it is dropped, and with the
/// command at the latest.
///
/// ```
/// use ferrite_plugin_sdk::{CommandResult, PluginContext};
/// use std::io::{Read, Write};
///
/// fn ping(ctx: &PluginContext) -> CommandResult {
///     let mut stream = ctx.tcp().connect("localhost", 6379)?;
///     stream.write_all(b"PING\r\n")?;
///     let mut reply = [0; 7];
///     stream.read_exact(&mut reply)?;
///     Ok(reply[..].into())
/// }
/// ```
pub struct TcpStream<'a> {
    context: &'a PluginContext,
    handle: i32,
}

impl<'a> Tcp<'a> {
    /// Connect to a host. Needs network.tcp_connect for it.
    pub fn connect(&self, host: &str, port: u16) -> Result<TcpStream<'a>, CommandError> {
        let handle = self.context.host.tcp_connect(host, port)?;
        Ok(TcpStream { context: self.context, handle })
    }
}

impl Read for TcpStream<'_> {
    /// Wait for bytes, 64 KiB at most; 0 at the end.
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        self.context.host.tcp_recv(self.handle, place).map_err(io::Error::from)
    }
}

impl Write for TcpStream<'_> {
    /// Send all of the bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.context.host.tcp_send(self.handle, bytes).map_err(io::Error::from)
    }

    /// Nothing is kept back.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for TcpStream<'_> {
    fn drop(&mut self) {
        self.context.host.tcp_close(self.handle);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::MockContext;
    use crate::CommandError;
    use std::io::{BufRead, BufReader, Read, Write};

    /// A server that greets, and sends back what it gets.
    fn mock() -> MockContext {
        let echo = |sent: &[u8]| if sent.is_empty() { b"hi\n".to_vec() } else { sent.to_vec() };
        MockContext::new().with_tcp("there", 7, echo)
    }

    #[test]
    fn what_is_sent_is_answered() {
        let ctx = mock();
        let mut stream = BufReader::new(ctx.tcp().connect("there", 7).unwrap());
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert_eq!(line, "hi\n");
        stream.get_mut().write_all(b"\0\xffabc").unwrap();
        stream.get_mut().write_all(b"d").unwrap();
        let mut first = [0; 4];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"\0\xffab");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"cd");
    }

    #[test]
    fn connections_are_apart_and_end_when_they_are_dropped() {
        let ctx = mock();
        let (mut one, mut two) =
            (ctx.tcp().connect("there", 7).unwrap(), ctx.tcp().connect("there", 7).unwrap());
        one.write_all(b"1").unwrap();
        two.write_all(b"2").unwrap();
        assert_eq!(ctx.connections(), 2);
        drop(one);
        assert_eq!(ctx.connections(), 1);
        let mut received = String::new();
        two.read_to_string(&mut received).unwrap();
        assert_eq!(received, "hi\n2");
        drop(two);
        assert_eq!(ctx.connections(), 0);
    }

    #[test]
    fn failures_keep_their_text() {
        let ctx = mock();
        let refused = ctx.tcp().connect("there", 8).err().unwrap();
        assert_eq!(refused.text(), "ERR this MockContext has no server at there:8");
        let early = || -> Result<(), CommandError> {
            let mut stream = ctx.tcp().connect("there", 7)?;
            Ok(stream.read_exact(&mut [0; 4])?)
        };
        assert_eq!(early().unwrap_err().text(), "ERR failed to fill whole buffer");
        let denied = CommandError::Custom("NOPERM no".to_string());
        assert_eq!(CommandError::from(std::io::Error::from(denied.clone())), denied);
    }
}
