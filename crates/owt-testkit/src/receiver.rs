//! Somebody who is told over HTTP: a listener on loopback that answers as it is asked to and keeps what came.
#![expect(
    clippy::unwrap_used,
    reason = "a test's way of failing is to panic; what the system refuses here is no finding"
)]

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its first line.
    pub line: String,
    /// Its headers, the names in small letters.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The listener. Its thread ends with the test's process.
pub struct Receiver {
    /// Its address.
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// One that answers each request so (a status line and headers), and closes.
    ///
    /// # Panics
    /// Where loopback has no port to give.
    pub fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let kept = received.clone();
        let serve = move || {
            for stream in listener.incoming().flatten() {
                let (request, mut stream) = read(stream);
                kept.lock().unwrap().push(request);
                let answer = format!("{answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes());
            }
        };
        std::thread::Builder::new().name("receiver".to_owned()).spawn(serve).unwrap();
        Self { url, received }
    }

    /// What came so far.
    ///
    /// # Panics
    /// When its thread has panicked.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

pub(crate) fn read(stream: TcpStream) -> (Received, TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let line = next();
    let mut headers = Vec::new();
    loop {
        let header = next();
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse().unwrap());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    let received = Received { line, headers, body: String::from_utf8(body).unwrap() };
    (received, reader.into_inner())
}
