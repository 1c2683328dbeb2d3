//! What a program was doing, and when, as it is known without looking at its screen: by the requests that reached the
//! model, by how the model answered, and by the keys that were typed.

use std::time::Duration;
use std::time::Instant;

/// What a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It waits for a prompt.
    Ready,
    /// It has a prompt, or an answer to its question, and is about it.
    Working,
    /// The model's provider refused, and the program asks again.
    Retrying,
    /// It asks something before it begins.
    Dialog,
    /// A tool call waits for a yes.
    Permission,
    /// A question of the model's waits for an answer.
    Question,
    /// Its provider refused, and it does not ask again.
    Error,
    /// It has ended.
    Exited,
}

impl State {
    /// As rules name it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Working => "working",
            Self::Retrying => "retrying",
            Self::Dialog => "dialog",
            Self::Permission => "permission",
            Self::Question => "question",
            Self::Error => "error",
            Self::Exited => "exited",
        }
    }
}

/// From when on something holds.
#[derive(Debug, Clone, Copy)]
struct Mark {
    from: Instant,
    /// When the program must have known of it: a prompt is typed some time before the model is asked.
    known: Instant,
    /// `None` where nothing tells what it does: while it starts and ends.
    state: Option<State>,
}

/// What held when.
#[derive(Debug)]
pub(crate) struct Timeline {
    marks: Vec<Mark>,
}

/// A time, and what held then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) state: State,
    /// How long it held, and what held before.
    pub(crate) since: (Duration, Option<State>),
    /// How long it went on, and what held then.
    pub(crate) until: (Duration, Option<State>),
}

/// Longer than any change takes to be seen.
const LONG: Duration = Duration::from_secs(10);

impl Timeline {
    pub(crate) fn begin(now: Instant) -> Self {
        Self { marks: vec![Mark { from: now, known: now, state: None }] }
    }

    /// From `from` on it is so.
    pub(crate) fn mark(&mut self, from: Instant, state: State) {
        self.push(Mark { from, known: from, state: Some(state) });
    }

    /// From now on nothing tells what it does.
    pub(crate) fn lose_sight(&mut self, from: Instant) {
        self.push(Mark { from, known: from, state: None });
    }

    /// What it showed for this long was this: it stood still and waited, as what was typed next has proved.
    pub(crate) fn has_been(&mut self, for_so_long: Duration, state: State) {
        let from = Instant::now() - for_so_long;
        self.push(Mark { from, known: from - LONG, state: Some(state) });
    }

    /// The last mark is known to the program only now.
    pub(crate) fn known_now(&mut self) {
        if let Some(last) = self.marks.last_mut() {
            last.known = Instant::now();
        }
    }

    /// The last mark did not come about before now.
    pub(crate) fn was_only_now(&mut self) {
        if let Some(last) = self.marks.last_mut() {
            (last.from, last.known) = (Instant::now(), Instant::now());
        }
    }

    /// The last mark turned out to mean this.
    pub(crate) fn was_really(&mut self, state: State) {
        if let Some(last) = self.marks.last_mut() {
            last.state = Some(state);
        }
    }

    fn push(&mut self, mark: Mark) {
        let before = self.marks.last().is_none_or(|last| last.from <= mark.from);
        assert!(before, "marks are set in their order");
        self.marks.push(mark);
    }

    /// For a picture that stood from `drawn` to `gone`: one sample for each state that held meanwhile, at the moment
    /// farthest from any change.
    pub(crate) fn samples(&self, drawn: Instant, gone: Instant) -> Vec<(usize, Sample)> {
        let sample = |index: usize| {
            let mark = self.marks[index];
            let next = self.marks.get(index + 1);
            let end = next.map_or(gone + LONG, |next| next.from);
            let (first, last) = (drawn.max(mark.from), gone.min(end));
            let state = mark.state.filter(|_| first < last)?;
            let middle = mark.known + end.saturating_duration_since(mark.known) / 2;
            let at = middle.clamp(first, last);
            let before = index.checked_sub(1).and_then(|before| self.marks[before].state);
            Some((
                index,
                Sample {
                    state,
                    since: (at.saturating_duration_since(mark.known), before),
                    until: (end - at, next.and_then(|next| next.state)),
                },
            ))
        };
        (0..self.marks.len()).filter_map(sample).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_judged_where_it_is_farthest_from_a_change() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut timeline = Timeline::begin(start);
        timeline.mark(at(1000), State::Ready);
        timeline.mark(at(3000), State::Working);
        timeline.mark(at(5000), State::Permission);
        let of = |drawn: u64, gone: u64| {
            let found = timeline.samples(at(drawn), at(gone)).into_iter();
            found
                .map(|(_, sample)| (sample.state, sample.since.0.as_millis(), sample.until.0.as_millis()))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(0, 900), []);
        assert_eq!(of(1100, 2900), [(State::Ready, 1000, 1000)]);
        assert_eq!(of(3100, 3200), [(State::Working, 200, 1800)]);
        assert_eq!(of(2900, 3300), [(State::Ready, 1900, 100), (State::Working, 300, 1700)]);
    }
}
