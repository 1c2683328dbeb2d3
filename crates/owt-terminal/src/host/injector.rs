//! Putting things before the program, one at a time, at most once each.
//!
//! A line goes into the program's pipe. A paste goes into its terminal, in brackets where it switched them on;
//! when it shows the text and has been still for a moment, the submitting keys follow: with the paste in one read
//! they would be a part of it (Claude Code 2.1.197). Every key is in the
//! journal before its first byte. This room must not know connections; it is told who asked by number.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;
use std::time::Instant;

use crate::host::feed::Feed;
use crate::journal;
use crate::journal::Journal;
use crate::journal::Trace;
use crate::wire::Fault;
use crate::wire::FaultCode;
use crate::wire::WireKey;
use crate::wire::WireOutcome;
use crate::wire::WirePayload;

/// How many injections may wait for the one before them.
const WAITING: usize = 64;

/// How long the program may take to read what it is given.
const TAKING: Duration = Duration::from_secs(30);

/// How long the program must have been still after a paste before it is submitted.
const STILL: Duration = Duration::from_millis(120);

/// How long to wait for that at most; a program that never stops printing (a spinner) gets its keys then.
const SETTLING: Duration = Duration::from_secs(2);

/// How long to wait for the text on the screen at most; a program that hides what is typed gets its keys then.
const SHOWING: Duration = Duration::from_secs(5);

/// How much of the end of a text is looked for on the screen, in characters without white space.
const TELLING: usize = 24;

/// What stands for a long paste: `[Pasted text #1 +9 lines]` (Claude Code 2.1.197), `[Pasted Content 1234 chars]`
/// (Codex 0.169.0).
const PASTED: &str = "[Pasted";

/// Somebody's wish, by the number of the connection that it came from.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) from: u64,
    pub(super) key: WireKey,
    pub(super) payload: WirePayload,
}

/// What came of it, and whom to tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) to: Vec<u64>,
    pub(super) answer: Answer,
}

type Answer = Result<WireOutcome, Fault>;

/// What the injector sees of the session at one moment.
pub(super) struct Scene<'a> {
    pub(super) feed: &'a mut Feed,
    pub(super) journal: &'a mut Journal,
    pub(super) terminal: Option<TerminalFacts>,
    pub(super) rows: &'a dyn Fn() -> Vec<String>,
    pub(super) last_output: Instant,
    pub(super) now: Instant,
}

/// What matters about a terminal program before something is typed into it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TerminalFacts {
    pub(super) bracketed_paste: bool,
    pub(super) line_taken: bool,
}

#[derive(Debug)]
enum Phase {
    /// The text is being taken.
    Text,
    /// The program reacts to it; at its output of this time the text was not shown yet.
    Settling { since: Instant, unshown: Option<Instant> },
    /// The submitting keys are being taken.
    Submit,
}

#[derive(Debug)]
struct Active {
    key: String,
    phase: Phase,
    begun: Instant,
    /// Where all its bytes so far lie in the feed.
    bytes: Range<u64>,
    in_brackets: bool,
    submit: Vec<u8>,
    /// The end of the text, as [`dense`].
    end: String,
    waiters: Vec<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Injector {
    active: Option<Active>,
    waiting: VecDeque<Asked>,
}

impl Injector {
    /// Whether a person's keys have to wait.
    pub(super) const fn is_busy(&self) -> bool {
        self.active.is_some()
    }

    /// Takes a wish; the verdict comes now or from [`Injector::advance`].
    pub(super) fn take(&mut self, asked: Asked) -> Option<Verdict> {
        if self.waiting.len() == WAITING {
            let fault = Fault::new(FaultCode::Busy, "too many injections are waiting");
            return Some(Verdict { to: vec![asked.from], answer: Err(fault) });
        }
        self.waiting.push_back(asked);
        None
    }

    /// Goes on as far as possible.
    pub(super) fn advance(&mut self, scene: &mut Scene<'_>) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        loop {
            if let Some(active) = &mut self.active {
                match active.step(scene) {
                    Step::Wait => break,
                    Step::On => continue,
                    Step::Over(answer) => {
                        let to = std::mem::take(&mut active.waiters);
                        verdicts.push(Verdict { to, answer });
                        self.active = None;
                    }
                }
            }
            match self.waiting.pop_front() {
                None => break,
                Some(asked) => match begin(&asked, scene) {
                    Ok(active) => self.active = Some(active),
                    Err(answer) => verdicts.push(Verdict { to: vec![asked.from], answer }),
                },
            }
        }
        self.join_repeats();
        verdicts
    }

    /// A repeat of what is being written now hears the same verdict.
    fn join_repeats(&mut self) {
        let Some(active) = &mut self.active else { return };
        self.waiting.retain(|asked| {
            let same = journal::key_text(&asked.key.clone().into()) == active.key;
            if same {
                active.waiters.push(asked.from);
            }
            !same
        });
    }

    /// When to look again although nothing happens.
    pub(super) fn next(&self, last_output: Instant) -> Option<Instant> {
        self.active.as_ref().map(|active| active.next(last_output))
    }
}

enum Step {
    Wait,
    On,
    Over(Answer),
}

impl Active {
    fn step(&mut self, scene: &mut Scene<'_>) -> Step {
        scene.feed.flush();
        match self.phase {
            Phase::Text | Phase::Submit if scene.feed.written() < self.bytes.end => self.taking(scene),
            Phase::Text if self.submit.is_empty() => self.done(scene),
            Phase::Text => {
                self.phase = Phase::Settling { since: scene.now, unshown: None };
                Step::On
            }
            Phase::Settling { since, .. } if scene.now < self.settled(since, scene.last_output) => Step::Wait,
            Phase::Settling { since, .. } if scene.now < since + SHOWING && !self.is_shown(scene) => {
                self.phase = Phase::Settling { since, unshown: Some(scene.last_output) };
                Step::Wait
            }
            Phase::Settling { .. } => {
                self.bytes.end = scene.feed.push(&self.submit).end;
                self.begun = scene.now;
                self.phase = Phase::Submit;
                Step::On
            }
            Phase::Submit => self.done(scene),
        }
    }

    fn done(&self, scene: &mut Scene<'_>) -> Step {
        // Should the line not reach the disk, the key stays uncertain for later askers; this one knows.
        let _ = scene.journal.end(&self.key);
        Step::Over(Ok(WireOutcome::Injected))
    }

    fn taking(&self, scene: &mut Scene<'_>) -> Step {
        let closed = scene.feed.is_closed();
        if !closed && scene.now < self.begun + TAKING {
            return Step::Wait;
        }
        scene.feed.abandon();
        if scene.feed.written() <= self.bytes.start {
            // Not one byte went out: another try is free to come.
            let _ = scene.journal.void(&self.key);
            return Step::Over(Err(Fault::new(FaultCode::NoInput, "the program does not read its input")));
        }
        if self.in_brackets && !closed {
            scene.feed.push(PASTE_END);
        }
        Step::Over(Ok(WireOutcome::Uncertain))
    }

    /// When the program counts as having reacted.
    fn settled(&self, taken: Instant, last_output: Instant) -> Instant {
        let latest = taken + SETTLING;
        if last_output < self.begun { latest } else { latest.min(last_output.max(taken) + STILL) }
    }

    fn is_shown(&self, scene: &Scene<'_>) -> bool {
        let screen = dense(&(scene.rows)().concat());
        screen.contains(&self.end) || screen.contains(PASTED)
    }

    fn next(&self, last_output: Instant) -> Instant {
        match self.phase {
            Phase::Text | Phase::Submit => self.begun + TAKING,
            Phase::Settling { since, unshown } if unshown == Some(last_output) => since + SHOWING,
            Phase::Settling { since, .. } => self.settled(since, last_output),
        }
    }
}

const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

fn begin(asked: &Asked, scene: &mut Scene<'_>) -> Result<Active, Answer> {
    let key = journal::key_text(&asked.key.clone().into());
    match scene.journal.trace(&key) {
        Some(Trace::Done) => return Err(Ok(WireOutcome::AlreadyInjected)),
        Some(Trace::Begun) => return Err(Ok(WireOutcome::Uncertain)),
        None => {}
    }
    if scene.feed.is_closed() {
        return Err(Err(Fault::new(FaultCode::NoInput, "the program reads nothing from us")));
    }
    let Keys { text, submit, in_brackets } = keys_for(&asked.payload, scene.terminal)?;
    let end = asked.payload.end();
    scene.journal.begin(&key).map_err(|error| Err(Fault::new(FaultCode::Storage, error.to_string())))?;
    let bytes = scene.feed.push(&text);
    let (phase, begun) = (Phase::Text, scene.now);
    Ok(Active { key, phase, begun, bytes, in_brackets, submit, end, waiters: vec![asked.from] })
}

impl WirePayload {
    /// The last characters of a pasted text, as they are looked for on the screen.
    fn end(&self) -> String {
        let Self::Paste { text, .. } = self else { return String::new() };
        let text = dense(text);
        let from = text.char_indices().rev().nth(TELLING - 1).map_or(0, |(at, _)| at);
        text[from..].to_owned()
    }
}

/// A text without white space and the lines that programs draw around it (U+2500 to U+257F): what is left is the
/// same however it was wrapped.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !('\u{2500}'..='\u{257f}').contains(c)).collect()
}

/// What is written for a payload.
struct Keys {
    text: Vec<u8>,
    submit: Vec<u8>,
    in_brackets: bool,
}

/// What is written for a payload, or why nothing is.
fn keys_for(payload: &WirePayload, terminal: Option<TerminalFacts>) -> Result<Keys, Answer> {
    match (payload, terminal) {
        (WirePayload::Line(line), None) => line_keys(line).map_err(Err),
        (WirePayload::Paste { text, submit }, Some(facts)) => paste_keys(text, submit, facts),
        (WirePayload::Keys(keys), Some(_)) => Ok(keys_alone(keys.as_bytes().to_vec())),
        (WirePayload::Line(_), Some(_)) => Err(Err(bad("a terminal program takes no protocol lines"))),
        (WirePayload::Paste { .. } | WirePayload::Keys(_), None) => {
            Err(Err(bad("a program without a terminal takes no keys")))
        }
    }
}

fn line_keys(line: &str) -> Result<Keys, Fault> {
    if line.contains(['\n', '\r']) {
        return Err(bad("a protocol line holds no line end"));
    }
    Ok(Keys { text: [line.as_bytes(), b"\n"].concat(), submit: Vec::new(), in_brackets: false })
}

fn paste_keys(text: &str, submit: &str, facts: TerminalFacts) -> Result<Keys, Answer> {
    let submit = submit.as_bytes().to_vec();
    match facts {
        _ if !is_inert(text) => Err(Err(bad("text for a terminal holds no control characters"))),
        TerminalFacts { line_taken: true, .. } => Err(Ok(WireOutcome::LineTaken)),
        // Keys alone: an empty paste is something else to some programs (Claude Code looks for a picture).
        _ if text.is_empty() => Ok(keys_alone(submit)),
        TerminalFacts { bracketed_paste: true, .. } => {
            // As terminals do it: a line end inside a paste is a carriage return (xterm, VTE, tmux paste-buffer).
            let text = [PASTE_BEGIN, text.replace('\n', "\r").as_bytes(), PASTE_END].concat();
            Ok(Keys { text, submit, in_brackets: true })
        }
        _ if text.contains('\n') => Err(Ok(WireOutcome::NeedsBracketedPaste)),
        _ => Ok(Keys { text: text.as_bytes().to_vec(), submit, in_brackets: false }),
    }
}

fn keys_alone(keys: Vec<u8>) -> Keys {
    Keys { text: keys, submit: Vec::new(), in_brackets: false }
}

fn bad(why: &str) -> Fault {
    Fault::new(FaultCode::BadRequest, why)
}

/// Whether nothing in a text acts on a terminal: no control character but newline and tab.
fn is_inert(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control())
}

#[cfg(test)]
mod tests {
    use std::io::PipeReader;
    use std::io::Read;
    use std::sync::Arc;

    use owt_core::AbsPath;
    use owt_core::DeliveryId;

    use super::*;

    struct Stage {
        _folder: tempfile::TempDir,
        journal: Journal,
        feed: Feed,
        reader: PipeReader,
        injector: Injector,
        start: Instant,
        last_output: Instant,
        terminal: Option<TerminalFacts>,
        screen: &'static str,
    }

    const TERMINAL: TerminalFacts = TerminalFacts { bracketed_paste: true, line_taken: false };

    impl Stage {
        fn new(terminal: Option<TerminalFacts>) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let journal = Journal::open(&AbsPath::new(folder.path().join("j")).unwrap()).unwrap();
            let (reader, writer) = std::io::pipe().unwrap();
            for fd in [rustix::fd::AsFd::as_fd(&reader), rustix::fd::AsFd::as_fd(&writer)] {
                rustix::io::ioctl_fionbio(fd, true).unwrap();
            }
            let feed = Feed::into_fd(Arc::new(writer.into()));
            let start = Instant::now() + Duration::from_secs(1);
            let last_output = start - Duration::from_secs(1);
            let injector = Injector::default();
            let screen = "";
            Self { _folder: folder, journal, feed, reader, injector, start, last_output, terminal, screen }
        }

        fn ask(&mut self, from: u64, payload: WirePayload) -> Vec<Verdict> {
            let key = WireKey::Delivery(DeliveryId::from_bits(1));
            let early = self.injector.take(Asked { from, key, payload });
            early.into_iter().chain(self.at(Duration::ZERO)).collect()
        }

        fn at(&mut self, after: Duration) -> Vec<Verdict> {
            let Self { feed, journal, terminal, last_output, .. } = self;
            let now = self.start + after;
            let (terminal, last_output, rows) = (*terminal, *last_output, || vec![self.screen.to_owned()]);
            let mut scene = Scene { feed, journal, terminal, rows: &rows, last_output, now };
            self.injector.advance(&mut scene)
        }

        fn got(&mut self) -> String {
            let mut bytes = vec![0; 1 << 20];
            let count = self.reader.read(&mut bytes).unwrap_or(0);
            String::from_utf8(bytes[..count].to_vec()).unwrap()
        }
    }

    fn paste(text: &str) -> WirePayload {
        WirePayload::Paste { text: text.to_owned(), submit: "\r".to_owned() }
    }

    fn said(to: &[u64], outcome: WireOutcome) -> Vec<Verdict> {
        vec![Verdict { to: to.to_vec(), answer: Ok(outcome) }]
    }

    #[test]
    fn a_paste_is_submitted_once_the_program_has_reacted_and_been_still() {
        let mut stage = Stage::new(Some(TERMINAL));
        assert_eq!(stage.ask(1, paste("a\nb")), []);
        assert_eq!(stage.got(), "\x1b[200~a\rb\x1b[201~");
        stage.last_output = stage.start + Duration::from_millis(40);
        stage.screen = "> a│ │ b";
        assert_eq!(stage.at(Duration::from_millis(150)), []);
        assert_eq!(stage.got(), "");
        assert_eq!(stage.at(Duration::from_millis(160)), said(&[1], WireOutcome::Injected));
        assert_eq!(stage.got(), "\r");
        assert_eq!(stage.ask(2, paste("a\nb")), said(&[2], WireOutcome::AlreadyInjected));
    }

    #[test]
    fn a_program_that_has_not_drawn_the_text_yet_is_not_submitted_to() {
        let mut stage = Stage::new(Some(TERMINAL));
        stage.ask(1, paste("a long text"));
        stage.screen = "> ";
        stage.last_output = stage.start + Duration::from_millis(40);
        assert_eq!(stage.at(Duration::from_secs(3)), []);
        assert_eq!(stage.injector.next(stage.last_output), Some(stage.start + SHOWING));
        (stage.screen, stage.last_output) = ("> a long", stage.start + Duration::from_millis(3000));
        assert_eq!(stage.at(Duration::from_millis(3150)), []);
        (stage.screen, stage.last_output) = ("> a long text", stage.start + Duration::from_millis(3200));
        assert_eq!(stage.at(Duration::from_millis(3320)), said(&[1], WireOutcome::Injected));
    }

    #[test]
    fn a_program_that_never_reacts_or_never_rests_is_submitted_to_all_the_same() {
        for printing in [false, true] {
            let mut stage = Stage::new(Some(TERMINAL));
            stage.ask(1, paste("a"));
            for tenth in 1..50u64 {
                if printing {
                    stage.last_output = stage.start + Duration::from_millis(100 * tenth);
                }
                assert_eq!(stage.at(Duration::from_millis(100 * tenth)), []);
            }
            assert_eq!(stage.at(SHOWING), said(&[1], WireOutcome::Injected));
        }
    }

    #[test]
    fn a_repeat_during_the_paste_hears_the_same_and_nothing_is_written_twice() {
        let mut stage = Stage::new(Some(TERMINAL));
        stage.ask(1, paste("a"));
        assert_eq!(stage.ask(2, paste("a")), []);
        stage.screen = "a";
        assert_eq!(stage.at(SETTLING), said(&[1, 2], WireOutcome::Injected));
        assert_eq!(stage.got(), "\x1b[200~a\x1b[201~\r");
    }

    #[test]
    fn keys_without_a_text_come_without_a_paste() {
        let mut stage = Stage::new(Some(TERMINAL));
        assert_eq!(stage.ask(1, paste("")), said(&[1], WireOutcome::Injected));
        assert_eq!(stage.got(), "\r");
    }

    #[test]
    fn keys_that_a_person_asked_for_are_pressed_whoever_has_the_line() {
        let mut stage = Stage::new(Some(TerminalFacts { line_taken: true, ..TERMINAL }));
        let keys = WirePayload::Keys("\x1b".to_owned());
        assert_eq!(stage.ask(1, keys), said(&[1], WireOutcome::Injected));
        assert_eq!(stage.got(), "\x1b");
    }

    #[test]
    fn what_must_not_be_typed_is_refused_before_a_byte() {
        let plain = TerminalFacts { bracketed_paste: false, ..TERMINAL };
        let taken = TerminalFacts { line_taken: true, ..TERMINAL };
        for (terminal, text, outcome) in
            [(plain, "a\nb", WireOutcome::NeedsBracketedPaste), (taken, "a", WireOutcome::LineTaken)]
        {
            let mut stage = Stage::new(Some(terminal));
            assert_eq!(stage.ask(1, paste(text)), said(&[1], outcome));
            assert_eq!((stage.got(), stage.journal.trace("x")), (String::new(), None));
            stage.terminal = Some(TERMINAL);
            assert_eq!(stage.ask(1, paste(text)), []);
        }
        let mut stage = Stage::new(Some(TERMINAL));
        let verdicts = stage.ask(1, paste("a\x1b[201~b"));
        assert!(matches!(&verdicts[0].answer, Err(fault) if fault.code == FaultCode::BadRequest));
        assert_eq!(stage.got(), "");
    }

    #[test]
    fn a_begin_without_an_end_is_uncertain_for_ever() {
        let mut stage = Stage::new(None);
        stage.journal.begin(&format!("delivery:{}", DeliveryId::from_bits(1))).unwrap();
        assert_eq!(stage.ask(1, WirePayload::Line("{}".to_owned())), said(&[1], WireOutcome::Uncertain));
        assert_eq!(stage.got(), "");
    }

    #[test]
    fn a_program_that_stops_reading_midway_leaves_uncertainty_and_one_that_never_read_does_not() {
        let mut stage = Stage::new(None);
        assert_eq!(stage.ask(1, WirePayload::Line("x".repeat(1 << 20))), []);
        assert_eq!(stage.at(TAKING), said(&[1], WireOutcome::Uncertain));

        let mut stage = Stage::new(None);
        let fill = "y".repeat(1 << 20);
        stage.feed.push(fill.as_bytes());
        assert_eq!(stage.ask(1, WirePayload::Line("{}".to_owned())), []);
        let verdicts = stage.at(TAKING);
        assert!(matches!(&verdicts[0].answer, Err(fault) if fault.code == FaultCode::NoInput));
        while !stage.got().is_empty() {}
        let line = WirePayload::Line("{}".to_owned());
        assert_eq!(stage.ask(2, line), said(&[2], WireOutcome::Injected));
        assert_eq!(stage.got(), "{}\n");
    }
}
