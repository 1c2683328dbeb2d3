//! What the rules said of pictures, by what was so.

use std::fmt;

use owt_agents::Manifest;
use owt_agents::screen::ScreenState;
use owt_agents::screen::Verdict;
use owt_agents::screen::classify;

use super::recordings::Change;
use super::recordings::Part;
use super::recordings::Picture;
use super::recordings::Recording;

/// A program may take so long to draw what it knows, in milliseconds: until then its old picture stands.
const TO_DRAW: u64 = 500;

/// Those that draw later: an answer that has arrived whole is still shown as arriving.
const LATE: [(&str, u64); 3] = [("droid", 2000), ("gemini", 1500), ("opencode", 2500)];

/// A program may know a thing so long before the last word of the model's answer is sent.
const AHEAD: u64 = 250;

/// The states in the order of the table.
pub(crate) const STATES: [(ScreenState, &str); 8] = [
    (ScreenState::Ready, "ready"),
    (ScreenState::Working, "working"),
    (ScreenState::Retrying, "retrying"),
    (ScreenState::Dialog, "dialog"),
    (ScreenState::Permission, "permission"),
    (ScreenState::Question, "question"),
    (ScreenState::Error, "error"),
    (ScreenState::Exited, "exited"),
];

/// Right ones of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) right: usize,
    pub(crate) all: usize,
}

impl Score {
    fn count(&mut self, is_right: bool) {
        self.all += 1;
        self.right += usize::from(is_right);
    }

    /// Rounded down; all of nothing is all.
    pub(crate) fn per_mille(self) -> usize {
        (self.right * 1000).checked_div(self.all).unwrap_or(1000)
    }
}

/// A picture that the rules are wrong about.
pub(crate) struct Miss<'a> {
    picture: &'a Picture,
    verdict: Verdict<'a>,
}

impl fmt::Display for Miss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { picture, verdict } = self;
        writeln!(f, "==== {}: it was {:?}", picture.session, picture.state)?;
        writeln!(f, "==== ({:?}, {:?})", picture.since, picture.until)?;
        writeln!(f, "==== taken for {:?} by {:?}: {:?}", verdict.state, verdict.rule, verdict.evidence)?;
        writeln!(f, "title: {}\n{}", picture.view.title(), picture.view.rows().join("\n"))
    }
}

/// The verdicts on one agent's recordings.
pub(crate) struct Matrix<'a> {
    pub(crate) recording: &'a Recording,
    manifest: &'a Manifest,
    /// By what was so and what was said; the last column is a picture that no rule holds for.
    pub(crate) cells: [[usize; STATES.len() + 1]; STATES.len()],
    /// The same numbers of the midst of a change, where the state before or after it is right too.
    pub(crate) in_change: [Score; STATES.len()],
    pub(crate) seen: Score,
    pub(crate) set_aside: Score,
    misses: Vec<Miss<'a>>,
}

impl<'a> Matrix<'a> {
    /// What the rules are wrong about and may be written by.
    pub(crate) fn lessons(&self) -> impl Iterator<Item = &Miss<'a>> {
        self.misses.iter().filter(|miss| miss.picture.part == Part::Seen)
    }

    /// Judges every picture.
    pub(crate) fn of(recording: &'a Recording, manifest: &'a Manifest) -> Self {
        let mut matrix = Self {
            recording,
            manifest,
            cells: [[0; STATES.len() + 1]; STATES.len()],
            in_change: [Score::default(); STATES.len()],
            seen: Score::default(),
            set_aside: Score::default(),
            misses: Vec::new(),
        };
        recording.pictures.iter().for_each(|picture| matrix.judge(picture));
        matrix
    }

    fn judge(&mut self, picture: &'a Picture) {
        // Some leave their screen as it was: that they have ended is known from the process alone.
        if picture.state == ScreenState::Exited && !self.manifest.screen.can_tell(picture.state) {
            return;
        }
        let verdict = classify(self.manifest, &picture.view);
        let expected = self.shown_as(picture.state);
        let row = index(expected);
        let other = [(picture.since, self.to_draw()), (picture.until, AHEAD)];
        let near =
            other.iter().filter_map(|(change, limit)| self.beyond(*change, *limit)).collect::<Vec<_>>();
        let refused = near.iter().any(|state| asks(*state)).then_some(ScreenState::Working);
        let is_left = expected == ScreenState::Error || near.contains(&ScreenState::Error);
        let left = (is_left && verdict.draft.is_some()).then_some(ScreenState::Ready);
        let right =
            |said| [expected].iter().chain(&near).chain(&refused).chain(&left).any(|so| is_same(*so, said));
        let is_right = verdict.state.is_some_and(right);
        if near.is_empty() {
            let said = verdict.state.map_or(STATES.len(), index);
            self.cells[row][said] += 1;
        } else {
            self.in_change[row].count(is_right);
        }
        match picture.part {
            Part::Seen => self.seen.count(is_right),
            Part::SetAside => self.set_aside.count(is_right),
        }
        if !is_right {
            self.misses.push(Miss { picture, verdict });
        }
    }

    /// What a program that does not show a state shows instead.
    fn shown_as(&self, state: ScreenState) -> ScreenState {
        match state {
            ScreenState::Error if !self.manifest.screen.can_tell(state) => ScreenState::Ready,
            _ => state,
        }
    }

    /// How long this program's old picture may stand, in milliseconds.
    pub(crate) fn to_draw(&self) -> u64 {
        LATE.iter().find(|(agent, _)| *agent == self.recording.agent).map_or(TO_DRAW, |(_, late)| *late)
    }

    /// What lies beyond a change that is nearer than this.
    fn beyond(&self, change: Change, limit: u64) -> Option<ScreenState> {
        change.state.filter(|_| change.milliseconds < limit).map(|state| self.shown_as(state))
    }
}

/// Whether it waits for a person then; what it was refused is worked off before it is ready.
fn asks(state: ScreenState) -> bool {
    matches!(state, ScreenState::Permission | ScreenState::Question)
}

/// What is tried again is also work, and has the same status.
fn is_same(so: ScreenState, said: ScreenState) -> bool {
    let is_work = |state| matches!(state, ScreenState::Working | ScreenState::Retrying);
    so == said || is_work(so) && is_work(said)
}

fn index(state: ScreenState) -> usize {
    STATES.iter().position(|(known, _)| *known == state).expect("every state is in the table")
}
