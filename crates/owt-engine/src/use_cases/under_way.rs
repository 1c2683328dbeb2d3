//! What somebody waits for, as a value that never waits itself: whenever something has changed it is looked at, and goes on as far as
//! it can. A thread waits with it, or whoever has other things to do meanwhile looks now and then. Dropped, nobody waits any more:
//! what was begun ends by itself, and nothing more is begun.

use std::time::Duration;
use std::time::Instant;

use owt_core::RequestId;
use owt_ports::StoreError;
use owt_ports::StreamId;

use super::StillThere;
use crate::engine::Engine;

/// A moment until which something is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    pub(super) fn is_over(self) -> bool {
        self.left().is_zero()
    }

    fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// Something that somebody waits for.
pub(super) trait UnderWay {
    /// What comes of it.
    type End;
    /// Why it is not waited for any more.
    type Error;

    /// Goes on as far as it can; `None`: it waits for something.
    fn look(&mut self, still_there: StillThere<'_>) -> Result<Option<Self::End>, Self::Error>;

    /// When it is to be looked at again at the latest.
    fn deadline(&self) -> Deadline;
}

/// Waits for its end.
pub(super) fn awaited<W: UnderWay>(
    engine: &Engine,
    mut way: W,
    still_there: StillThere<'_>,
) -> Result<W::End, W::Error> {
    loop {
        let seen = engine.beats();
        if let Some(end) = way.look(still_there)? {
            return Ok(end);
        }
        engine.await_beat(seen, way.deadline().left(), &|| true);
    }
}

/// What a request has asked of a stream, looked at once.
pub(super) enum Looked<T> {
    /// It has ended.
    Ended(T),
    /// It has not.
    NotYet,
    /// It has not, and time is up.
    TooSlow,
}

/// The end of what a request has asked of a stream, if it has one by now; or why something of it waits for better times.
pub(super) fn looked<T>(
    engine: &Engine,
    (stream, request): (&StreamId, RequestId),
    until: Deadline,
    end: Option<T>,
) -> Result<Looked<T>, StoreError> {
    match (end, engine.trouble_of(stream, request)) {
        (Some(end), _) => Ok(Looked::Ended(end)),
        (None, Some(trouble)) => Err(trouble),
        (None, None) if until.is_over() => Ok(Looked::TooSlow),
        (None, None) => Ok(Looked::NotYet),
    }
}
