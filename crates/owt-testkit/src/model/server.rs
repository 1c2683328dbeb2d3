//! The server: listens on loopback, gives each connection a thread, stops when it is dropped.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;

use super::exchange;
use super::http;
use super::log::Log;
use super::log::LoggedRequest;
use super::script::Scenarios;

/// The most connections at one time; another one is told that the server is busy.
const CONNECTION_CAP: usize = 64;

/// How a server is set up.
#[derive(Debug, Clone, Default)]
pub struct ModelConfig {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// A file to whose end each request is logged.
    pub log_file: Option<PathBuf>,
    /// What can be played by name.
    pub scenarios: Scenarios,
}

/// A running server; dropping it closes every connection and waits for its threads.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl ModelServer {
    /// Starts a server on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken, the log file cannot be opened, or no thread can be had.
    pub fn start(config: ModelConfig) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            scenarios: config.scenarios,
            started: Instant::now(),
            log: Mutex::new(Log::open(config.log_file.as_deref())?),
            logged: Condvar::new(),
            connections: Mutex::new(Connections::default()),
            stopping: Condvar::new(),
        });
        let acceptor = thread::Builder::new().name("model-accept".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        })?;
        Ok(Self { address, shared, acceptor: Some(acceptor) })
    }

    /// Where it is reached: `http://127.0.0.1:PORT`. Anthropic clients take it as it is, OpenAI ones with `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, oldest first.
    pub fn log(&self) -> Vec<LoggedRequest> {
        locked(&self.shared.log).entries().to_vec()
    }

    /// Waits until the requests, and when the last word of each answer was sent (by the request's number), are so;
    /// whether they came to be in this time.
    pub fn wait_until(
        &self,
        limit: Duration,
        mut are_so: impl FnMut(&[LoggedRequest], &BTreeMap<u64, Instant>) -> bool,
    ) -> bool {
        let log = locked(&self.shared.log);
        let waited =
            self.shared.logged.wait_timeout_while(log, limit, |log| !are_so(log.entries(), log.ended()));
        let (log, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(log);
        !timeout.timed_out()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.shared.stop();
        // The acceptor sits in accept(): a connection of our own wakes it. When that fails it is awake already.
        let _woken = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ended = acceptor.join();
        }
    }
}

/// What the threads share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) scenarios: Scenarios,
    started: Instant,
    log: Mutex<Log>,
    logged: Condvar,
    connections: Mutex<Connections>,
    stopping: Condvar,
}

#[derive(Debug, Default)]
struct Connections {
    is_stopped: bool,
    next: u64,
    open: HashMap<u64, TcpStream>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    TimeIsUp,
    Stopped,
}

impl Waited {
    pub(super) fn is_stopped(self) -> bool {
        self == Self::Stopped
    }
}

impl Shared {
    /// Numbers and logs a request that is made from its number, its time and the log before it.
    pub(super) fn log(&self, make: impl FnOnce(u64, u64, &Log) -> LoggedRequest) -> io::Result<u64> {
        let mut log = locked(&self.log);
        let sequence = log.entries().len() as u64 + 1;
        let at_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let entry = make(sequence, at_ms, &log);
        log.add(entry)?;
        self.logged.notify_all();
        Ok(sequence)
    }

    /// Notes that nothing more is said about a request.
    pub(super) fn end(&self, sequence: u64) {
        locked(&self.log).end(sequence);
        self.logged.notify_all();
    }

    /// Waits; a server that stops does not wait on.
    pub(super) fn wait(&self, time: Duration) -> Waited {
        let connections = locked(&self.connections);
        let waited =
            self.stopping.wait_timeout_while(connections, time, |connections| !connections.is_stopped);
        let (connections, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if connections.is_stopped { Waited::Stopped } else { Waited::TimeIsUp }
    }

    fn stop(&self) {
        let mut connections = locked(&self.connections);
        connections.is_stopped = true;
        for stream in connections.open.values() {
            let _gone_already = stream.shutdown(Shutdown::Both);
        }
        self.stopping.notify_all();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        threads.retain(|thread| !thread.is_finished());
        match Connection::open(stream, shared) {
            Opened::Accepted(connection) => {
                let name = format!("model-{}", connection.number);
                threads.extend(thread::Builder::new().name(name).spawn(move || connection.serve()));
            }
            Opened::Refused => {}
            Opened::Stopped => break,
        }
    }
    for thread in threads {
        let _ended = thread.join();
    }
}

enum Opened {
    Accepted(Connection),
    Refused,
    Stopped,
}

struct Connection {
    number: u64,
    stream: TcpStream,
    shared: Arc<Shared>,
}

impl Connection {
    fn open(stream: TcpStream, shared: &Arc<Shared>) -> Opened {
        let mut connections = locked(&shared.connections);
        if connections.is_stopped {
            return Opened::Stopped;
        }
        if connections.open.len() >= CONNECTION_CAP {
            drop(connections);
            let _gone =
                http::send_json(&stream, 503, [], &json!({"error": {"message": "too many connections"}}));
            return Opened::Refused;
        }
        let Ok(second) = stream.try_clone() else { return Opened::Refused };
        let number = connections.next;
        connections.next += 1;
        connections.open.insert(number, second);
        Opened::Accepted(Self { number, stream, shared: Arc::clone(shared) })
    }

    /// A client that went away is no error of ours: agents are killed in the middle of answers.
    fn serve(self) {
        let _gone = exchange::serve(&self.stream, &self.shared);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        locked(&self.shared.connections).open.remove(&self.number);
        let _gone_already = self.stream.shutdown(Shutdown::Both);
    }
}
