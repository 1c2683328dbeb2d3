//! A client that sends one request and keeps every byte of the answer.

use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpStream;

use serde_json::Value;

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    /// Whether a chunked body had its last chunk, or a plain one its full length.
    pub(crate) is_whole: bool,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The data of its server-sent events.
    pub(crate) fn events(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap()).collect()
    }
}

pub(crate) fn post(base_url: &str, path: &str, body: &Value) -> Answer {
    let mut stream = send(base_url, path, body);
    let mut bytes = String::new();
    stream.read_to_string(&mut bytes).unwrap();
    let (head, body) = bytes.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let (body, is_whole) = if head.contains("transfer-encoding: chunked") {
        unchunked(body)
    } else {
        (body.to_owned(), head.contains(&format!("content-length: {}", body.len())))
    };
    Answer { status, head: head.to_owned(), body, is_whole }
}

pub(crate) fn send(base_url: &str, path: &str, body: &Value) -> TcpStream {
    let address = base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    let length = body.len();
    write!(stream, "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    stream
}

fn unchunked(mut body: &str) -> (String, bool) {
    let mut out = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return (out, true);
        }
        out.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
    (out, false)
}
