//! What a terminal showed, played again: lines that scrolled away, screens that were covered or left, and what is
//! showing at the end. Wraps the crate vt100 (0.18.1) without scrollback: it tells of each row that leaves at the top.

use std::collections::VecDeque;

use vt100::Callbacks;
use vt100::Parser;
use vt100::capture::BasicFormattedCaptureRange;
use vt100::capture::BasicFormattedCaptureState;
use vt100::capture::RowContents;
use vt100::capture::basic_formatted_to_plain;

use super::control::Act;
use super::control::Control;
use super::told::Told;
use crate::emulator::Size;

/// How many bytes are played before the rows that left are put away.
const STEP: usize = 4096;

pub(super) struct Reel {
    parser: Parser<Left>,
    control: Control,
    told: Told,
    /// What the main screen showed when the alternate one came over it.
    covered: Vec<String>,
    /// Lines of the screen that were taken before they settled.
    shown: Shown,
}

/// The rows that have left at the top, of either screen.
#[derive(Default)]
struct Left {
    main: Strip,
    alternate: Strip,
    /// How many blank rows the emulator put on top when it grew, in the place of lines that had left before.
    hollow: usize,
}

/// Rows one after the other; those that were wrapped are joined again.
#[derive(Clone, Default)]
struct Strip {
    text: String,
    state: BasicFormattedCaptureState,
}

impl Strip {
    /// The lines that are complete.
    fn take(&mut self) -> Vec<String> {
        let Some(end) = self.text.rfind('\n') else { return Vec::new() };
        let rest = self.text.split_off(end + 1);
        lines(&std::mem::replace(&mut self.text, rest))
    }
}

impl Callbacks for Left {
    fn on_scroll(&mut self, row: RowContents<'_>, alternate: bool) {
        if !alternate && self.hollow > 0 {
            self.hollow -= 1;
            if is_blank(&row) {
                return;
            }
            self.hollow = 0;
        }
        let Strip { text, state } = if alternate { &mut self.alternate } else { &mut self.main };
        row.write_formatted_basic(text, state).expect("a string takes everything");
    }
}

fn is_blank(row: &RowContents<'_>) -> bool {
    let mut text = String::new();
    row.write_formatted_basic(&mut text, &mut BasicFormattedCaptureState::new())
        .expect("a string takes everything");
    lines(&text).iter().all(String::is_empty)
}

impl Reel {
    pub(super) fn new(size: Size) -> Self {
        Self {
            parser: Parser::new_with_callbacks(size.rows, size.columns, 0, Left::default()),
            control: Control::default(),
            told: Told::default(),
            covered: Vec::new(),
            shown: Shown::default(),
        }
    }

    pub(super) fn resize(&mut self, size: Size) {
        let (rows, columns) = self.parser.screen().size();
        if (rows, columns) == (size.rows, size.columns) {
            return;
        }
        self.parser.set_size(size.rows, size.columns);
        self.put_away();
        let (screen, left) = self.parser.screen_and_callbacks_mut();
        let gained = usize::from(size.rows.get().saturating_sub(rows.get()));
        if !screen.alternate_screen() {
            let blank = screen.rows(0, size.columns.get()).take_while(|row| row.trim().is_empty()).count();
            left.hollow = blank.min(left.hollow + gained);
        }
    }

    pub(super) fn play(&mut self, bytes: &[u8]) {
        for mut step in bytes.chunks(STEP) {
            while let Some((at, act)) = self.control.next(step) {
                let (before, from) = step.split_at(at);
                self.parser.process(before);
                self.put_away();
                self.before(act, from[0]);
                step = &from[1..];
            }
            self.parser.process(step);
            self.put_away();
        }
    }

    /// The lines that have settled since the last call.
    pub(super) fn take_settled(&mut self) -> Vec<String> {
        self.shown.unseen(self.told.take())
    }

    /// What is showing, but for what was taken before. The line on which the cursor stands may not be finished.
    pub(super) fn take_showing(&mut self) -> Vec<String> {
        let (row, _) = self.parser.screen().cursor_position();
        let unfinished = self.parser.screen().rows(0, u16::MAX).nth(usize::from(row)).unwrap_or_default();
        let mut showing = self.showing();
        if let Some(at) = showing.iter().rposition(|line| line.ends_with(unfinished.trim_end()))
            && !unfinished.trim().is_empty()
        {
            showing.remove(at);
        }
        cut_blank_end(&mut showing);
        let unseen = self.shown.unseen(showing.clone());
        self.shown = Shown(showing.into());
        unseen
    }

    /// What has settled, and what is showing.
    pub(super) fn take_everything(&mut self) -> Vec<String> {
        self.tell_showing();
        let mut lines = self.take_settled();
        cut_blank_end(&mut lines);
        lines
    }

    /// How many settled lines were dropped because nobody took them.
    pub(super) const fn dropped(&self) -> u64 {
        self.told.dropped()
    }

    /// Does what `last`, the end of a sequence, is about to do; what vanishes by it is told before.
    fn before(&mut self, act: Act, last: u8) {
        let was_alternate = self.parser.screen().alternate_screen();
        match act {
            Act::EnterAlternate if !was_alternate => self.covered = self.tell_showing(),
            Act::LeaveAlternate if was_alternate => {
                self.tell_showing();
                self.told.uncovered(&self.covered);
            }
            Act::ForgetHistory if !was_alternate => {
                let Strip { text, .. } = std::mem::take(&mut self.parser.callbacks_mut().main);
                if !text.is_empty() {
                    lines(&text).into_iter().for_each(|line| self.told.tell(line));
                }
                self.told.cleared();
            }
            Act::EnterAlternate | Act::LeaveAlternate | Act::ForgetHistory => {}
        }
        self.parser.process(&[last]);
    }

    /// Tells what is showing, and returns it. What is left of lines that had begun to leave belongs to it.
    fn tell_showing(&mut self) -> Vec<String> {
        let lines = self.showing();
        let (screen, left) = self.parser.screen_and_callbacks_mut();
        match screen.alternate_screen() {
            true => left.alternate = Strip::default(),
            false => (left.main, left.hollow) = (Strip::default(), 0),
        }
        lines.iter().for_each(|line| self.told.tell(line.clone()));
        lines
    }

    fn showing(&self) -> Vec<String> {
        let (screen, left) = (self.parser.screen(), self.parser.callbacks());
        let (strip, hollow) = match screen.alternate_screen() {
            true => (&left.alternate, 0),
            false => (&left.main, left.hollow),
        };
        let Strip { mut text, mut state } = strip.clone();
        let from = usize::from(!text.is_empty());
        let everything = BasicFormattedCaptureRange::Full(&mut state);
        screen.write_contents_formatted_basic(&mut text, everything).expect("a string takes everything");
        let mut lines = lines(&text);
        let blank = lines.iter().skip(from).take(hollow).take_while(|line| line.is_empty()).count();
        lines.drain(from..from + blank);
        cut_blank_end(&mut lines);
        lines
    }

    /// Tells the lines that have left.
    fn put_away(&mut self) {
        let Left { main, alternate, .. } = self.parser.callbacks_mut();
        [main.take(), alternate.take()].into_iter().flatten().for_each(|line| self.told.tell(line));
    }
}

/// Lines that were taken while they were showing, in their order: they settle, and are shown again, in the same one.
#[derive(Default)]
struct Shown(VecDeque<String>);

impl Shown {
    /// Those of these lines that were not taken before.
    fn unseen(&mut self, lines: Vec<String>) -> Vec<String> {
        lines.into_iter().filter(|line| !self.was_seen(line)).collect()
    }

    /// Blank lines are alike everywhere: only the next one can be the same.
    fn was_seen(&mut self, line: &str) -> bool {
        let reach = if line.is_empty() { 1 } else { self.0.len() };
        let Some(at) = self.0.iter().take(reach).position(|shown| shown == line) else { return false };
        drop(self.0.drain(..=at));
        true
    }
}

fn cut_blank_end(lines: &mut Vec<String>) {
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
}

/// The lines of a capture, without colours and without blanks at their ends.
fn lines(captured: &str) -> Vec<String> {
    let plain: String = basic_formatted_to_plain(captured).collect();
    plain.strip_suffix('\n').unwrap_or(&plain).split('\n').map(|line| line.trim_end().to_owned()).collect()
}
