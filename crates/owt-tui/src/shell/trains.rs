//! Trains, followed to their end through servers that come and go. It must not know what is made of it.

use std::ops::ControlFlow;
use std::sync::Arc;

use owt_api as api;
use owt_api::TrainChunk;

use crate::Event;
use crate::shell::Heard;
use crate::shell::Mouth;
use crate::shell::Outside;
use crate::shell::watch::Pause;

/// Follows one in a thread that ends with it, or with the board.
pub(super) fn follow(outside: Arc<dyn Outside>, mouth: Mouth, train: String) -> std::io::Result<()> {
    let follow = move || {
        let mut pause = Pause::default();
        let tell = |told| mouth.send(Heard::World(Event::Rode(train.clone(), Box::new(told)))).is_ok();
        loop {
            match once(&*outside, &train, &mut |told| tell(Ok(told))) {
                Watched::Over => return,
                Watched::Refused(problem) => {
                    // It was the last word either way.
                    let _ = tell(Err(problem));
                    return;
                }
                Watched::Broken { heard } => {
                    if heard {
                        pause = Pause::default();
                    }
                    pause.pass();
                }
            }
        }
    };
    std::thread::Builder::new().name("owt-board-train".to_owned()).spawn(follow).map(drop)
}

/// How a watch ended.
enum Watched {
    /// The train has ended, or the board is closed.
    Over,
    /// Nobody can tell.
    Refused(api::Problem),
    /// The server went away; whether it had said anything.
    Broken { heard: bool },
}

/// One watch, by one server.
fn once(outside: &dyn Outside, train: &str, tell: &mut dyn FnMut(api::ShippedQueue) -> bool) -> Watched {
    let Ok(client) = outside.client() else { return Watched::Broken { heard: false } };
    let mut end = None;
    let mut heard = false;
    let watched = client.watch_train(&api::WatchTrain { train: train.to_owned() }, |chunk| {
        match chunk {
            TrainChunk::Told { train } => {
                heard = true;
                let has_ended = train.state == api::TrainState::Ended;
                if !tell(*train) || has_ended {
                    end = Some(Watched::Over);
                }
            }
            TrainChunk::Broken { problem } => end = Some(Watched::Refused(problem)),
        }
        if end.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match (end, watched) {
        (Some(end), _) => end,
        (None, Err(error)) if !error.is_worth_asking_again() => Watched::Refused(error.into()),
        (None, _) => Watched::Broken { heard },
    }
}
