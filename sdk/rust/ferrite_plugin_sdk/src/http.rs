//! Requests over HTTP, to hosts the plugin may reach, before its first write.

use crate::context::PluginContext;
use crate::{resp, CommandError, Value};

/// The way to the network: `ctx.http().get(url)`.
pub struct Http<'a> {
    pub(crate) context: &'a PluginContext,
}

/// An answer. Redirects are not followed: they are the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code, as 200.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The body as text. Fails where it is not UTF-8.
    pub fn text(&self) -> Result<&str, CommandError> {
        Ok(std::str::from_utf8(&self.body)?)
    }

    /// The value of a header, whatever its capitals.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn from_value(value: &Value) -> Option<HttpResponse> {
        let text = |value: &Value| String::from_utf8_lossy(value.as_ref()).into_owned();
        let headers = value.field("headers")?.as_map()?;
        Some(HttpResponse {
            status: u16::try_from(value.field("status")?.as_i64()?).ok()?,
            headers: headers.iter().map(|(key, value)| (text(key), text(value))).collect(),
            body: value.field("body")?.as_bytes()?.to_vec(),
        })
    }
}

impl Http<'_> {
    /// Ask for a page. Needs network.http_get for its host.
    pub fn get(&self, url: &str) -> Result<HttpResponse, CommandError> {
        self.request("GET", url, &[], b"")
    }

    /// Send a body. Needs network.http_post for the host.
    pub fn post(&self, url: &str, body: impl AsRef<[u8]>) -> Result<HttpResponse, CommandError> {
        self.request("POST", url, &[], body.as_ref())
    }

    /// Any request: GET and HEAD need network.http_get, POST, PUT, PATCH and DELETE
    /// network.http_post.
    pub fn request(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<HttpResponse, CommandError> {
        let lines: String =
            headers.iter().map(|(name, value)| format!("{}: {}\n", name, value)).collect();
        let host = &self.context.host;
        let answer = resp::parse(&host.http(method, url, lines.as_bytes(), body)?)?;
        HttpResponse::from_value(&answer).ok_or_else(|| "ERR the answer has no status".into())
    }
}

#[cfg(test)]
mod tests {
    use super::HttpResponse;
    use crate::resp;

    #[test]
    fn answers() {
        let bytes =
            b"%3\r\n$6\r\nstatus\r\n:404\r\n$7\r\nheaders\r\n%1\r\n$6\r\nServer\r\n$1\r\nx\r\n\
            $4\r\nbody\r\n$2\r\nno\r\n";
        let response = HttpResponse::from_value(&resp::parse(bytes).unwrap()).unwrap();
        assert_eq!((response.status, response.header("server")), (404, Some("x")));
        assert_eq!(response.text(), Ok("no"));
    }
}
