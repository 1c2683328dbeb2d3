//! From nothing to a server that one can work with: connect, compare, replace, start.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use owt_api::ErrorCode;
use owt_api::Handshake;
use owt_api::Problem;

use crate::Client;
use crate::ClientError;
use crate::ConnectError;
use crate::Identity;
use crate::Own;
use crate::Starter;
use crate::Verdict;
use crate::judge;
use crate::start;
use crate::start::Turn;

/// How long it may take to have a server.
const LIMIT: Duration = Duration::from_secs(10);

/// How long a server may take to say who it is. It needs no disk for that.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// How to get at the server of one home.
pub struct Reach<'a> {
    /// Its socket.
    pub socket: PathBuf,
    /// The lock that lets one client at a time start it.
    pub start_lock: PathBuf,
    /// Who asks.
    pub identity: Identity,
    /// What we are.
    pub own: Own,
    /// Starts a server; `None` where that is not ours to do (inside an agent's session, whose end would take the
    /// server with it).
    pub starter: Option<&'a (dyn Starter + Sync)>,
}

enum Found {
    Usable(Client),
    Nobody(ConnectError),
    Older,
}

impl Reach<'_> {
    /// A client of a server to work with, started or replaced if need be.
    ///
    /// # Errors
    /// `server_unreachable`, `protocol_mismatch`, or whatever kept a new server from starting.
    pub fn connect(&self) -> Result<Client, Problem> {
        let nobody = match self.look()? {
            Found::Usable(client) => return Ok(client),
            Found::Nobody(error) => Some(error),
            Found::Older => None,
        };
        let Some(starter) = self.starter else {
            return Err(nobody.map_or_else(replaced_by_person, Problem::from));
        };
        let deadline = Instant::now() + LIMIT;
        let _turn = Turn::take(&self.start_lock, deadline)?;
        // Somebody may have started it while we waited for our turn.
        if let Found::Usable(client) = self.look()? {
            return Ok(client);
        }
        loop {
            tracing::info!("starting a server");
            start::start(starter, deadline)?;
            match self.look()? {
                Found::Usable(client) => return Ok(client),
                // The older one still answered when the new one looked: it is on its way out.
                Found::Older | Found::Nobody(_) if Instant::now() < deadline => {}
                Found::Nobody(error) => return Err(error.into()),
                Found::Older => {
                    return Err(Problem::new(ErrorCode::ProtocolMismatch, "an older server is in the way")
                        .hint("stop it with: owt server stop"));
                }
            }
        }
    }

    /// A client of the server that answers now, of whatever build; `None` when none does.
    ///
    /// # Errors
    /// `server_unreachable` when the socket cannot be used; `protocol_mismatch` for a newer server.
    pub fn connect_running(&self) -> Result<Option<(Client, Handshake)>, Problem> {
        self.connect_running_within(HANDSHAKE_LIMIT)
    }

    /// The same; a server that says nothing for `limit` counts as one that cannot be used.
    ///
    /// # Errors
    /// As [`Self::connect_running`].
    pub fn connect_running_within(&self, limit: Duration) -> Result<Option<(Client, Handshake)>, Problem> {
        match self.shake_within(limit)? {
            Ok((client, theirs)) if judge(&self.own, &theirs) == Verdict::Newer => {
                drop(client);
                Err(newer(&self.own, &theirs))
            }
            Ok(found) => Ok(Some(found)),
            Err(_nobody) => Ok(None),
        }
    }

    fn look(&self) -> Result<Found, Problem> {
        let (mut client, theirs) = match self.shake()? {
            Ok(found) => found,
            Err(nobody) => return Ok(Found::Nobody(nobody)),
        };
        match judge(&self.own, &theirs) {
            Verdict::Use => Ok(Found::Usable(client)),
            Verdict::Newer => Err(newer(&self.own, &theirs)),
            // Not ours to replace, and it understands us.
            Verdict::Replace if self.starter.is_none() && theirs.protocol == self.own.protocol => {
                Ok(Found::Usable(client))
            }
            Verdict::Replace if self.starter.is_none() => Ok(Found::Older),
            Verdict::Replace => {
                tracing::info!(pid = theirs.pid, version = theirs.version, "replacing an older server");
                match client.stop_server() {
                    // One that went away is as good as one that agreed.
                    Ok(()) | Err(ClientError::Gone(_)) => Ok(Found::Older),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    /// Connects and asks who answers. A server that goes away meanwhile counts as none.
    fn shake(&self) -> Result<Result<(Client, Handshake), ConnectError>, Problem> {
        self.shake_within(HANDSHAKE_LIMIT)
    }

    fn shake_within(&self, limit: Duration) -> Result<Result<(Client, Handshake), ConnectError>, Problem> {
        let mut client = match Client::connect(&self.socket, &self.identity) {
            Ok(client) => client,
            Err(error @ (ConnectError::Absent(_) | ConnectError::Refused(_))) => return Ok(Err(error)),
            Err(error) => return Err(error.into()),
        };
        client.set_patience(Some(limit))?;
        match client.handshake() {
            Ok(theirs) => {
                tracing::info!(pid = theirs.pid, version = theirs.version, "connected");
                client.set_patience(None)?;
                Ok(Ok((client, theirs)))
            }
            Err(ClientError::Gone(_)) => Ok(Err(ConnectError::Refused(self.socket.clone()))),
            Err(ClientError::TimedOut) => Err(silent(&self.socket, limit)),
            Err(error) => Err(error.into()),
        }
    }
}

/// It takes connections and says nothing: it is stopped, or stuck. It may hold work, so it is not ours to end.
fn silent(socket: &Path, limit: Duration) -> Problem {
    let message = format!("the server at {} has said nothing for {limit:?}", socket.display());
    Problem::new(ErrorCode::ServerUnreachable, message)
        .hint("nothing was asked of it; if it stays silent, end its process (`owt serve`), and the next command starts another")
}

fn newer(own: &Own, theirs: &Handshake) -> Problem {
    Problem::new(
        ErrorCode::ProtocolMismatch,
        format!(
            "the server is newer: owt {} with protocol {}; this is owt {} with protocol {}",
            theirs.version, theirs.protocol, own.version, own.protocol
        ),
    )
    .hint("use the newer owt")
}

fn replaced_by_person() -> Problem {
    Problem::new(ErrorCode::ProtocolMismatch, "the server is of an older version")
        .hint("the next command of a person outside the session replaces it")
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use owt_api::Build;

    use super::*;

    #[test]
    fn a_server_that_says_nothing_was_asked_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("server.sock");
        // The system takes the connection; nobody ever reads from it.
        let _silent = UnixListener::bind(&socket).unwrap();
        let reach = Reach {
            socket,
            start_lock: folder.path().join("start.lock"),
            identity: Identity { token: None, request_id: "req_test".to_owned() },
            own: Own { protocol: 1, version: "1.0.0".to_owned(), build: Build(1) },
            starter: None,
        };
        let problem = reach.shake_within(Duration::from_millis(20)).unwrap_err();
        assert_eq!(problem.code, ErrorCode::ServerUnreachable);
        assert!(problem.message.ends_with("has said nothing for 20ms"), "{}", problem.message);
        assert!(problem.hint.is_some_and(|hint| hint.starts_with("nothing was asked of it")));
    }
}
