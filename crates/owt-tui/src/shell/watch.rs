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

/// Follows until the board is closed, and ends with the process.
pub(super) fn begin(outside: Arc<dyn Outside>, request: api::ListWorkspaces, mouth: Mouth) -> io::Result<()> {
    let follow = move || {
        let mut pause = PAUSE;
        // Nobody ever says anything here: it is a pause.
        let (_silent, silence) = mpsc::channel::<()>();
        while let Ok((heard, why)) = once(&*outside, &request, &mouth) {
            if mouth.send(Heard::World(Event::Lost(why))).is_err() {
                return;
            }
            pause = if heard { PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            let _ = silence.recv_timeout(pause);
        }
    };
    std::thread::Builder::new().name("owt-board-list".to_owned()).spawn(follow).map(drop)
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
        Err(problem) => return Ok((false, problem.message)),
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
            WatchChunk::Broken { problem } => broken = Some(problem.message),
        }
        if closed || broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if closed {
        return Err(Closed);
    }
    let why = broken.or_else(|| watched.err().map(|error| error.to_string()));
    Ok((last.is_some(), why.unwrap_or_else(|| "it has ended".to_owned())))
}
