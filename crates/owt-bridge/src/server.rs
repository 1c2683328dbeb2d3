//! The program as a server: one address on loopback, and the password that only the two of us know.

use std::io::BufReader;
use std::io::Read;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::Body;
use ureq::http;

use crate::events::Events;
use crate::lines::MAX_LINE_BYTES;
use crate::request::Request;

/// The stream of a server's events.
pub(crate) type EventStream = Events<BufReader<Box<dyn Read + Send>>>;

/// Why there was no answer. Never says the address: the password stands in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// Not in time.
    #[error("there was no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// The connection.
    #[error("the connection failed: {0}")]
    Connection(std::io::ErrorKind),
    /// More than is read.
    #[error("the answer is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// It is no stream of events.
    #[error("it answered {0} where its events were expected")]
    NoEvents(u16),
    /// Anything else that HTTP knows.
    #[error("it could not be asked")]
    Protocol,
}

/// Asks a program that listens on loopback.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// With a limit for each answer.
    asking: Agent,
    /// Without one for what follows on the head of the answer.
    following: Agent,
    /// Everything before the path.
    base: String,
    patience: Duration,
}

impl Server {
    /// Neither a proxy of the environment nor another place that an answer names is ever asked.
    pub(crate) fn new(port: u16, (user, password): (&str, &str), patience: Duration) -> Self {
        let configuration = || {
            Agent::config_builder()
                .proxy(None)
                .max_redirects(0)
                .http_status_as_error(false)
                .timeout_connect(Some(patience))
                .timeout_recv_response(Some(patience))
                .user_agent(concat!("owt/", env!("CARGO_PKG_VERSION")))
        };
        Self {
            asking: configuration().timeout_global(Some(patience)).build().into(),
            following: configuration().build().into(),
            base: format!("http://{user}:{password}@127.0.0.1:{port}"),
            patience,
        }
    }

    /// Status and body of the answer; a body that is no JSON is a text, and none is `null`.
    pub(crate) fn ask(&self, request: &Request) -> Result<(u16, Value), NoAnswer> {
        let answered = match &request.body {
            Some(body) => self.asking.run(
                self.head(request.method.as_str(), &request.path)
                    .header("content-type", "application/json")
                    .body(body.to_string())
                    .map_err(|_| NoAnswer::Protocol)?,
            ),
            None => self.asking.run(
                self.head(request.method.as_str(), &request.path).body(()).map_err(|_| NoAnswer::Protocol)?,
            ),
        };
        let mut answer = answered.map_err(|error| self.failed(&error))?;
        let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let body = answer.body_mut().with_config().limit(limit).read_to_vec();
        Ok((answer.status().as_u16(), value_of(&body.map_err(|error| self.failed(&error))?)))
    }

    /// The stream of its events, from now on.
    pub(crate) fn follow(&self, path: &str) -> Result<EventStream, NoAnswer> {
        let head = self.head("GET", path).header("accept", "text/event-stream");
        let request = head.body(()).map_err(|_| NoAnswer::Protocol)?;
        let answer: http::Response<Body> =
            self.following.run(request).map_err(|error| self.failed(&error))?;
        match answer.status().as_u16() {
            200 => {
                let body: Box<dyn Read + Send> = Box::new(answer.into_body().into_reader());
                Ok(Events::of(BufReader::new(body)))
            }
            status => Err(NoAnswer::NoEvents(status)),
        }
    }

    fn head(&self, method: &str, path: &str) -> http::request::Builder {
        http::Request::builder().method(method).uri(format!("{}{path}", self.base))
    }

    fn failed(&self, error: &ureq::Error) -> NoAnswer {
        match error {
            ureq::Error::Timeout(_) => NoAnswer::Late(self.patience),
            ureq::Error::BodyExceedsLimit(_) => NoAnswer::TooLong,
            ureq::Error::Io(error) => NoAnswer::Connection(error.kind()),
            ureq::Error::ConnectionFailed => NoAnswer::Connection(std::io::ErrorKind::ConnectionRefused),
            _ => NoAnswer::Protocol,
        }
    }
}

fn value_of(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}
