//! One connection to a host: handshake, then requests and answers.
//!
//! This room knows the socket; it must not know what the answers mean to the engine.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;

use crate::wire;
use crate::wire::Fault;
use crate::wire::Message;
use crate::wire::Request;

/// How long a host may take for an answer that needs no waiting.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Why a host could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens there, or the connection ended before the answer.
    #[error("the session's host is gone")]
    Gone,
    /// The host says no.
    #[error("{}", .0.message)]
    Refused(Fault),
    /// The host of another attempt, another protocol, or no sense at all.
    #[error("the session's host answered with something else: {0}")]
    Odd(String),
    /// The system.
    #[error("the session's host does not answer: {0}")]
    Io(io::Error),
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Gone,
            _ => Self::Io(error),
        }
    }
}

/// A connection that has shaken hands.
#[derive(Debug)]
pub(crate) struct HostClient {
    stream: BufReader<UnixStream>,
}

/// Ends a connection from another thread.
#[derive(Debug)]
pub(crate) struct Hangup(UnixStream);

impl Hangup {
    pub(crate) fn now(&self) {
        // A connection that has ended already is what is wanted.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl HostClient {
    /// Connects and shakes hands. `expected` is the attempt whose host it must be, where the caller knows it.
    pub(crate) fn connect(socket: &AbsPath, expected: Option<AttemptId>) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(ANSWER_TIME))?;
        stream.set_write_timeout(Some(ANSWER_TIME))?;
        let mut client = Self { stream: BufReader::new(stream) };
        let hello = Request::Hello { protocol: wire::PROTOCOL.to_owned(), version: wire::VERSION };
        match client.ask(&hello)? {
            Message::Welcome { attempt, .. } if expected.is_none_or(|expected| expected == attempt) => {
                Ok(client)
            }
            other => Err(ClientError::Odd(format!("{other:?}"))),
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Message, ClientError> {
        self.stream.get_ref().write_all(&wire::line(request))?;
        match self.next()? {
            Message::Refused { fault } => Err(ClientError::Refused(fault)),
            answer => Ok(answer),
        }
    }

    /// As [`HostClient::ask`], for what takes the host as long as `patience`.
    pub(crate) fn ask_patiently(
        &mut self,
        request: &Request,
        patience: Duration,
    ) -> Result<Message, ClientError> {
        self.stream.get_ref().set_read_timeout(Some(patience))?;
        let answer = self.ask(request);
        self.stream.get_ref().set_read_timeout(Some(ANSWER_TIME))?;
        answer
    }

    /// From now on waits as long as it takes.
    pub(crate) fn wait_forever(&self) -> Result<(), ClientError> {
        Ok(self.stream.get_ref().set_read_timeout(None)?)
    }

    /// The next line of the host.
    pub(crate) fn next(&mut self) -> Result<Message, ClientError> {
        let mut line = Vec::new();
        let limit = u64::try_from(wire::MAX_LINE).expect("16 MiB");
        self.stream.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(ClientError::Gone);
        }
        serde_json::from_slice(&line).map_err(|error| ClientError::Odd(error.to_string()))
    }

    /// A handle that ends this connection from another thread.
    pub(crate) fn hangup(&self) -> io::Result<Hangup> {
        self.stream.get_ref().try_clone().map(Hangup)
    }

    /// The bare socket and what was read beyond the last line.
    pub(crate) fn into_stream(self) -> (UnixStream, Vec<u8>) {
        let rest = self.stream.buffer().to_vec();
        (self.stream.into_inner(), rest)
    }
}
