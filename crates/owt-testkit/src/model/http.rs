//! Just enough HTTP/1.1 to serve a model's clients on loopback: one request a connection, then it closes.
//!
//! It must not know what is asked or answered.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;

/// The longest request line or header line, in bytes.
const LINE_CAP: u64 = 64 * 1024;

/// The most header lines of one request.
const HEADER_COUNT_CAP: usize = 200;

/// The longest request body, in bytes: several prompts of a megabyte with their history.
const BODY_CAP: u64 = 64 * 1024 * 1024;

/// What a client asked.
#[derive(Debug)]
pub(super) struct Request {
    /// `GET`, `POST`, ...
    pub(super) method: String,
    /// The path without its query.
    pub(super) path: String,
    /// The body, whole.
    pub(super) body: Vec<u8>,
}

/// Reads one request; `None` when the client closed without asking.
///
/// # Errors
/// When the connection fails, or what it carries is not HTTP or too large.
pub(super) fn read_request(stream: &TcpStream) -> io::Result<Option<Request>> {
    let mut reader = BufReader::new(stream);
    let Some(first) = read_line(&mut reader)? else { return Ok(None) };
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(malformed("request line"));
    };
    let head = Head::read(&mut reader)?;
    if head.expects_continue {
        (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let path = target.split('?').next().unwrap_or_default().to_owned();
    Ok(Some(Request { method: method.to_owned(), path, body: head.body(&mut reader)? }))
}

/// What the header lines say about the body.
#[derive(Default)]
struct Head {
    length: u64,
    is_chunked: bool,
    expects_continue: bool,
}

impl Head {
    fn read(reader: &mut impl BufRead) -> io::Result<Self> {
        let mut head = Self::default();
        for _ in 0..HEADER_COUNT_CAP {
            let line = read_line(reader)?.ok_or_else(|| malformed("header"))?;
            if line.is_empty() {
                return Ok(head);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed("header"))?;
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse().map_err(|_| malformed("content-length"))?,
                "transfer-encoding" => head.is_chunked = value.eq_ignore_ascii_case("chunked"),
                "expect" => head.expects_continue = true,
                _ => {}
            }
        }
        Err(malformed("number of headers"))
    }

    fn body(&self, reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if !self.is_chunked {
            take_exactly(reader, self.length, &mut body)?;
            return Ok(body);
        }
        loop {
            let line = read_line(reader)?.ok_or_else(|| malformed("chunk"))?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = u64::from_str_radix(digits, 16).map_err(|_| malformed("chunk length"))?;
            take_exactly(reader, length, &mut body)?;
            let _end_of_chunk = read_line(reader)?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}

fn take_exactly(reader: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    if body.len() as u64 + length > BODY_CAP {
        return Err(malformed("body length"));
    }
    let read = reader.take(length).read_to_end(body)?;
    if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A line without its end; `None` at the end of the stream.
fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if reader.take(LINE_CAP).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let text = line.strip_suffix('\n').ok_or_else(|| malformed("line length"))?;
    Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed request: {what}"))
}

/// Sends a whole JSON answer.
///
/// # Errors
/// When the client is gone.
pub(super) fn send_json(
    mut stream: &TcpStream,
    status: u16,
    headers: impl IntoIterator<Item = (String, String)>,
    body: &serde_json::Value,
) -> io::Result<()> {
    let body = body.to_string();
    let mut head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body.as_bytes())
}

/// A streamed answer of server-sent events. Dropped without [`EventStream::end`], the client sees a stream that
/// was cut off: the last chunk is missing.
pub(super) struct EventStream<'a> {
    stream: &'a TcpStream,
}

impl<'a> EventStream<'a> {
    /// Sends the head.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) fn begin(mut stream: &'a TcpStream) -> io::Result<Self> {
        stream.write_all(
            b"HTTP/1.1 200 Scripted\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n\
              transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        )?;
        Ok(Self { stream })
    }

    /// Sends one event, named by the `type` of its data; data without a type has no name.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) fn send(&mut self, data: &serde_json::Value) -> io::Result<()> {
        match data["type"].as_str() {
            Some(name) => self.send_event(&format!("event: {name}\ndata: {data}\n\n")),
            None => self.send_text(&data.to_string()),
        }
    }

    /// Sends one event without a name.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) fn send_text(&mut self, data: &str) -> io::Result<()> {
        self.send_event(&format!("data: {data}\n\n"))
    }

    fn send_event(&mut self, event: &str) -> io::Result<()> {
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        self.stream.write_all(chunk.as_bytes())
    }

    /// Ends the stream as it should end.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) fn end(self) -> io::Result<()> {
        let mut stream = self.stream;
        stream.write_all(b"0\r\n\r\n")
    }
}
