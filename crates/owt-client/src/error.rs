//! What can go wrong between a client and its server.

use std::io;
use std::path::PathBuf;

use owt_api::ErrorCode;
use owt_api::Problem;

/// Why no connection came about.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no socket: no server has run here, or it ended in good order.
    #[error("there is no socket at {}", .0.display())]
    Absent(PathBuf),
    /// There is a socket and nobody behind it: the server has died, or is just ending.
    #[error("nobody answers at {}", .0.display())]
    Refused(PathBuf),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ConnectError {
    pub(crate) fn new(path: PathBuf, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::Absent(path),
            io::ErrorKind::ConnectionRefused => Self::Refused(path),
            _ => Self::Io { path, source },
        }
    }
}

impl From<ConnectError> for Problem {
    fn from(error: ConnectError) -> Self {
        let hint = match &error {
            ConnectError::Absent(_) => "start it with: owt serve",
            ConnectError::Refused(_) => "the server has ended; the next command of a person starts it again",
            ConnectError::Io { .. } => "see that the socket's folder is yours: owt server status",
        };
        Self::new(ErrorCode::ServerUnreachable, format!("the server cannot be reached: {error}")).hint(hint)
    }
}

/// Why a request has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server refused, and said why.
    #[error("{0}")]
    Refused(Problem),
    /// The connection ended before the answer was whole. Whether the request was carried out is not known.
    #[error("the server went away: {0}")]
    Gone(#[source] io::Error),
    /// The answer did not come in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The answer cannot be understood.
    #[error("the server's answer cannot be read: {0}")]
    Malformed(String),
}

impl ClientError {
    pub(crate) fn io(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::InvalidData => Self::Malformed(source.to_string()),
            _ => Self::Gone(source),
        }
    }

    /// Whether the same question, if it changes nothing, may be put to the next server.
    pub fn is_worth_asking_again(&self) -> bool {
        match self {
            Self::Gone(_) => true,
            Self::Refused(problem) => problem.code == ErrorCode::ServerUnreachable,
            Self::TimedOut | Self::Malformed(_) => false,
        }
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(problem) => problem,
            ClientError::Gone(_) | ClientError::TimedOut => {
                Self::new(ErrorCode::ServerUnreachable, error.to_string())
                    .hint("what was asked may have been done all the same: look with owt list")
            }
            ClientError::Malformed(_) => Self::new(ErrorCode::ProtocolMismatch, error.to_string())
                .hint("client and server may be of different versions: owt server restart"),
        }
    }
}
