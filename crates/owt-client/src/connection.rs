//! HTTP/1.1 over a unix socket, as much of it as one client of one server needs: a request at a time, answers
//! read to their end, the connection kept.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use owt_api::PROTOCOL;
use owt_api::PROTOCOL_HEADER;
use owt_api::Problem;
use owt_api::REQUEST_ID_HEADER;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ClientError;
use crate::ConnectError;
use crate::body::Body;
use crate::body::Framing;

/// The largest head of an answer, in bytes, and how many header lines it may have. Our server sends far less.
const HEAD_LIMIT: u64 = 16 * 1024;
const HEADER_LIMIT: usize = 32;

/// The largest answer that is read into memory at once. A list of thousands of workspaces has a few MiB.
const ANSWER_LIMIT: u64 = 256 * 1024 * 1024;

/// Who asks, as told with every request.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The credential of the session we are in.
    pub token: Option<String>,
    /// The correlation id of this command (`req_…`).
    pub request_id: String,
}

/// What a request does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    Get,
    Post,
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<UnixStream>,
    identity: Identity,
}

impl Connection {
    pub(crate) fn open(socket: &Path, identity: Identity) -> Result<Self, ConnectError> {
        let stream =
            UnixStream::connect(socket).map_err(|error| ConnectError::new(socket.to_owned(), error))?;
        Ok(Self { stream: BufReader::new(stream), identity })
    }

    /// How long each read and write may take from now on; `None` is for ever.
    pub(crate) fn set_patience(&self, limit: Option<Duration>) -> Result<(), ClientError> {
        let stream = self.stream.get_ref();
        stream.set_read_timeout(limit).and_then(|()| stream.set_write_timeout(limit)).map_err(ClientError::io)
    }

    /// The same connection, for another thread.
    pub(crate) fn shared(&self) -> Result<UnixStream, ClientError> {
        self.stream.get_ref().try_clone().map_err(ClientError::io)
    }

    /// Asks, and reads the whole answer.
    pub(crate) fn call<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        request: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let answer = self.ask(method, path, request)?;
        let mut bytes = Vec::new();
        answer.take(ANSWER_LIMIT).read_to_end(&mut bytes).map_err(ClientError::io)?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::Malformed(error.to_string()))
    }

    /// Asks, and hands out the answer's body unread.
    pub(crate) fn ask(
        &mut self,
        method: Method,
        path: &str,
        request: Option<&impl Serialize>,
    ) -> Result<Body<'_, BufReader<UnixStream>>, ClientError> {
        let body = request.map(serde_json::to_vec).transpose();
        let body = body.map_err(|error| ClientError::Malformed(error.to_string()))?.unwrap_or_default();
        // A server that refuses may answer before it has read everything, so its answer is looked for even
        // when writing fails.
        let written = self.write(method, path, &body);
        let head = match (read_head(&mut self.stream), written) {
            (Ok(head), _) => head,
            (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(ClientError::io(error)),
        };
        let mut body = Body::new(&mut self.stream, head.framing);
        if head.status == 200 {
            return Ok(body);
        }
        let mut text = String::new();
        body.by_ref().take(ANSWER_LIMIT).read_to_string(&mut text).map_err(ClientError::io)?;
        Err(match serde_json::from_str::<Problem>(&text) {
            Ok(problem) => ClientError::Refused(problem),
            Err(_) => ClientError::Malformed(format!("status {}: {text}", head.status)),
        })
    }

    fn write(&mut self, method: Method, path: &str, body: &[u8]) -> io::Result<()> {
        let verb = match method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let mut head = format!(
            "{verb} {path} HTTP/1.1\r\nhost: owt\r\n{PROTOCOL_HEADER}: {PROTOCOL}\r\n{REQUEST_ID_HEADER}: {}\r\n",
            header_value(&self.identity.request_id)
        );
        if let Some(token) = &self.identity.token {
            head.push_str(&format!("authorization: Bearer {}\r\n", header_value(token)));
        }
        if let Method::Post = method {
            head.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut message = head.into_bytes();
        message.extend_from_slice(body);
        self.stream.get_mut().write_all(&message)
    }
}

/// Only what may stand in a header: the text comes from the environment.
fn header_value(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).collect()
}

struct Head {
    status: u16,
    framing: Framing,
}

fn read_head(stream: &mut impl BufRead) -> io::Result<Head> {
    let mut bytes = Vec::new();
    let mut limited = stream.take(HEAD_LIMIT);
    while !bytes.ends_with(b"\r\n\r\n") {
        if limited.read_until(b'\n', &mut bytes)? == 0 {
            return Err(match limited.limit() {
                0 => malformed("its head is too long"),
                _ => io::ErrorKind::UnexpectedEof.into(),
            });
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(&bytes).map_err(|error| malformed(&error.to_string()))?;
    let status = response.code.ok_or_else(|| malformed("it has no status"))?;
    Ok(Head { status, framing: framing(response.headers)? })
}

fn framing(headers: &[httparse::Header<'_>]) -> io::Result<Framing> {
    let value = |name: &str| {
        headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    };
    if let Some(coding) = value("transfer-encoding") {
        return match coding {
            b"chunked" => Ok(Framing::Chunked),
            _ => Err(malformed("its transfer coding is unknown")),
        };
    }
    match value("content-length").map(|value| std::str::from_utf8(value).ok()?.parse().ok()) {
        Some(Some(length)) => Ok(Framing::Length(length)),
        Some(None) => Err(malformed("its length is no number")),
        None => Ok(Framing::UntilClose),
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_say_status_and_framing() {
        let head = |text: &str| read_head(&mut text.as_bytes()).map(|head| (head.status, head.framing));
        assert_eq!(
            head("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n").unwrap(),
            (200, Framing::Length(12))
        );
        assert_eq!(
            head("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n").unwrap(),
            (404, Framing::Chunked)
        );
        assert_eq!(head("HTTP/1.1 200 OK\r\n\r\n").unwrap(), (200, Framing::UntilClose));
        assert_eq!(head("").unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(head("SSH-2.0-x\r\n\r\n").unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(
            head("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n").unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        assert_eq!(head(&"x".repeat(20_000)).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_header_value_cannot_end_its_line() {
        assert_eq!(header_value("a\r\nx: y"), "ax:y");
    }
}
