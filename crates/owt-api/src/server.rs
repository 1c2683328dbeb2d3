//! Who answers: the server and its build.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;

/// `GET /v1/handshake`: who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// The server's protocol ([`crate::PROTOCOL`]).
    pub protocol: u32,
    /// The server's program version.
    pub version: String,
    /// Identity of the server's executable file. A client of a later build replaces the server.
    pub build: Build,
    /// Its process id.
    pub pid: u32,
}

/// What a server that a client started says on its standard output: one line of JSON, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "server")]
pub enum Announcement {
    /// Clients are answered, by this server or by another that was faster.
    Ready,
    /// It cannot run.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// Which build of the program: when its executable file was written. Later builds compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Build(
    /// Milliseconds since the Unix epoch; 0 when the file's time is unknown.
    pub i64,
);

/// `GET /v1/server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerStatus {
    /// Its process id.
    pub pid: u32,
    /// Its program version.
    pub version: String,
    /// The path of its socket.
    pub socket: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// Seconds since then.
    pub uptime_s: u64,
    /// Running sessions.
    pub sessions: u32,
}
