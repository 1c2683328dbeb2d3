//! The list of workspaces, followed through servers that come and go. It must not know what is made of it.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use owt_api as api;
use owt_api::WatchChunk;
use owt_client::ClientError;

use crate::Event;
use crate::shell::Heard;
use crate::shell::Mouth;
use crate::shell::Outside;

/// Between two servers: whoever restarts one is given the time, and one that never comes is not asked for all the time.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The time between two servers.
pub(super) struct Pause {
    length: Duration,
    /// Who rings ends it.
    rung: mpsc::Receiver<()>,
    /// Where nobody rings, so that this is not taken for an end.
    _silent: Option<Bell>,
}

/// Ends a pause.
pub(super) struct Bell(mpsc::Sender<()>);

impl Bell {
    pub(super) fn ring(&self) {
        // Where nobody listens the board is closed.
        let _ = self.0.send(());
    }
}

impl Default for Pause {
    fn default() -> Self {
        let (pause, bell) = Self::with_bell();
        Self { _silent: Some(bell), ..pause }
    }
}

impl Pause {
    fn with_bell() -> (Self, Bell) {
        let (bell, rung) = mpsc::channel();
        (Self { length: PAUSE, rung, _silent: None }, Bell(bell))
    }

    /// Lets it pass; the next is longer. Whether somebody rang.
    pub(super) fn pass(&mut self) -> bool {
        let is_rung = self.rung.recv_timeout(self.length).is_ok();
        self.length = (self.length * 2).min(LONGEST_PAUSE);
        is_rung
    }

    fn begin_anew(&mut self) {
        self.length = PAUSE;
    }
}

/// What is done where no server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absent {
    /// One is started.
    Start,
    /// The person has stopped it: it is waited for.
    Wait,
}

/// How a watch ended.
enum Ended {
    /// Nobody said that it would.
    Lost { heard: bool, why: String },
    /// The server was told to.
    Stopped,
}

/// Follows until the board is closed, and ends with the process. A server that was stopped is started again by the bell.
pub(super) fn begin(
    outside: Arc<dyn Outside>,
    request: api::ListWorkspaces,
    mouth: Mouth,
) -> io::Result<Bell> {
    let (mut pause, bell) = Pause::with_bell();
    let follow = move || {
        let mut absent = Absent::Start;
        while let Ok(ended) = once(&*outside, &request, &mouth, absent) {
            let event = match ended {
                Ended::Lost { heard, why } => {
                    if heard {
                        absent = Absent::Start;
                        pause.begin_anew();
                    }
                    Event::Lost(why)
                }
                Ended::Stopped => {
                    if absent == Absent::Start {
                        pause.begin_anew();
                    }
                    absent = Absent::Wait;
                    Event::Stopped
                }
            };
            if mouth.send(Heard::World(event)).is_err() {
                return;
            }
            if pause.pass() {
                absent = Absent::Start;
            }
        }
    };
    std::thread::Builder::new().name("owt-board-list".to_owned()).spawn(follow)?;
    Ok(bell)
}

/// What went wrong, and what is to be done: a server of another version is not there again by itself.
fn told(problem: api::Problem) -> String {
    match problem.hint {
        Some(hint) => format!("{} · {hint}", problem.message),
        None => problem.message,
    }
}

/// The board is closed.
struct Closed;

/// One watch, by one server.
fn once(
    outside: &dyn Outside,
    request: &api::ListWorkspaces,
    mouth: &Mouth,
    absent: Absent,
) -> Result<Ended, Closed> {
    let client = match absent {
        Absent::Start => outside.client().map(Some),
        Absent::Wait => outside.running(),
    };
    let client = match client {
        Ok(Some(client)) => client,
        Ok(None) => return Ok(Ended::Stopped),
        Err(problem) => return Ok(Ended::Lost { heard: false, why: told(problem) }),
    };
    let mut last: Option<Vec<api::Workspace>> = None;
    let mut happened = Vec::new();
    let mut broken = None;
    let mut closed = false;
    let watched = client.watch(request, |chunk| {
        match chunk {
            // Nothing has changed, or nothing that can be seen.
            WatchChunk::Same => return ControlFlow::Continue(()),
            WatchChunk::Listed { workspaces, happenings } => {
                let mut tell = |event| closed |= mouth.send(Heard::World(event)).is_err();
                if last.as_ref() != Some(&workspaces) {
                    last = Some(workspaces.clone());
                    tell(Event::Listed(workspaces));
                }
                if happened != happenings {
                    happened.clone_from(&happenings);
                    tell(Event::Happened(happenings));
                }
            }
            WatchChunk::Broken { problem } => broken = Some(problem),
        }
        if closed || broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if closed {
        return Err(Closed);
    }
    Ok(ended(last.is_some(), broken, watched.err()))
}

fn ended(heard: bool, broken: Option<api::Problem>, failed: Option<ClientError>) -> Ended {
    let said = match (broken, failed) {
        (Some(problem), _) | (None, Some(ClientError::Refused(problem))) => problem,
        (None, Some(error)) => return Ended::Lost { heard, why: error.to_string() },
        (None, None) => return Ended::Lost { heard, why: "it has ended".to_owned() },
    };
    match said.code {
        // So a server says that it was told to stop.
        api::ErrorCode::ServerUnreachable => Ended::Stopped,
        _ => Ended::Lost { heard, why: told(said) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_server_of_another_version_it_is_said_what_to_do() {
        let problem =
            api::Problem::new(api::ErrorCode::ProtocolMismatch, "the server is of an older version");
        let problem = problem.hint("owt server restart");
        assert_eq!(told(problem), "the server is of an older version · owt server restart");
        assert_eq!(told(api::Problem::new(api::ErrorCode::Internal, "it broke")), "it broke");
    }
}
