//! The list of workspaces, followed through servers that come and go. It must not know what is made of it.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use owt_api as api;
use owt_api::WatchChunk;

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
    /// Nobody ever says anything here.
    silence: mpsc::Receiver<()>,
    _silent: mpsc::Sender<()>,
}

impl Default for Pause {
    fn default() -> Self {
        let (silent, silence) = mpsc::channel();
        Self { length: PAUSE, silence, _silent: silent }
    }
}

impl Pause {
    /// Lets it pass; the next is longer.
    pub(super) fn pass(&mut self) {
        // It only ever ends by its length.
        let _ = self.silence.recv_timeout(self.length);
        self.length = (self.length * 2).min(LONGEST_PAUSE);
    }
}

/// Follows until the board is closed, and ends with the process.
pub(super) fn begin(outside: Arc<dyn Outside>, request: api::ListWorkspaces, mouth: Mouth) -> io::Result<()> {
    let follow = move || {
        let mut pause = Pause::default();
        while let Ok((heard, why)) = once(&*outside, &request, &mouth) {
            if mouth.send(Heard::World(Event::Lost(why))).is_err() {
                return;
            }
            if heard {
                pause = Pause::default();
            }
            pause.pass();
        }
    };
    std::thread::Builder::new().name("owt-board-list".to_owned()).spawn(follow).map(drop)
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

/// One watch, by one server: whether it was heard, and why it ended.
fn once(
    outside: &dyn Outside,
    request: &api::ListWorkspaces,
    mouth: &Mouth,
) -> Result<(bool, String), Closed> {
    let client = match outside.client() {
        Ok(client) => client,
        Err(problem) => return Ok((false, told(problem))),
    };
    let mut last: Option<Vec<api::Workspace>> = None;
    let mut broken = None;
    let mut closed = false;
    let watched = client.watch(request, |chunk| {
        match chunk {
            // Nothing has changed, or nothing that can be seen.
            WatchChunk::Same => return ControlFlow::Continue(()),
            WatchChunk::Listed { workspaces } if last.as_ref() == Some(&workspaces) => {
                return ControlFlow::Continue(());
            }
            WatchChunk::Listed { workspaces } => {
                last = Some(workspaces.clone());
                closed = mouth.send(Heard::World(Event::Listed(workspaces))).is_err();
            }
            WatchChunk::Broken { problem } => broken = Some(told(problem)),
        }
        if closed || broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if closed {
        return Err(Closed);
    }
    let why = broken.or_else(|| watched.err().map(|error| error.to_string()));
    Ok((last.is_some(), why.unwrap_or_else(|| "it has ended".to_owned())))
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
