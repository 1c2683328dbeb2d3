//! The output of a workspace's attempts: the bytes as printed, or as lines that a person can read.

use crate::use_cases::select::find;
use owt_agents::events::AgentEvent;
use owt_agents::events::Parser;
use owt_agents::events::Start;
use owt_agents::events::ToolOutcome;
use owt_agents::events::TurnOutcome;
use owt_agents::manifest::OutputFormat;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::counting::counted;
use owt_core::job::Job;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::Omitted;
use owt_ports::SessionError;
use owt_ports::StoreError;
use owt_ports::Stream;
use owt_ports::Transcript;

use super::CommonError;
use super::SelectError;
use super::StillThere;
use super::outfit_log::LogSubject;
use super::outfit_log::OutfitLog;
use crate::activity::looked_at;
use crate::engine::Engine;
use crate::workspace_settings::settings_of;

/// Bytes read at a time.
const PAGE: usize = 64 * 1024;
/// How long a follower waits before it looks again although nothing was told: output itself is no journal event.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(250);

/// How a log is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogView {
    /// As lines that a person can read.
    Readable,
    /// As printed.
    Raw,
}

/// Which log.
#[derive(Debug, Clone)]
pub struct LogRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// Whose output.
    pub subject: LogSubject,
    /// The attempt's number from 1; the newest when absent.
    pub attempt: Option<u32>,
    /// How it is shown.
    pub view: LogView,
    /// Whether what comes is waited for.
    pub follow: bool,
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPart {
    /// Readable text, with its line ends.
    Text {
        /// `output`, `error` or `event`.
        stream: &'static str,
        /// The attempt's number.
        attempt: u32,
        /// The text.
        text: String,
    },
    /// Bytes as printed.
    Raw {
        /// `output` or `error`.
        stream: &'static str,
        /// The attempt's number.
        attempt: u32,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The attempt has ended.
    End {
        /// The attempt's number.
        attempt: u32,
        /// How.
        exit: Option<Exit>,
    },
}

/// Why there is no log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// No such attempt.
    #[error("'{name}' has no attempt {wanted}; it has {has}")]
    NoAttempt {
        /// The workspace's name.
        name: String,
        /// As asked.
        wanted: u32,
        /// How many there are.
        has: usize,
    },
    /// Nothing has started yet.
    #[error("'{name}' has not started yet")]
    NotStarted {
        /// The workspace's name.
        name: String,
    },
    /// There is no such log.
    #[error("{what} in '{name}'")]
    NothingRan {
        /// The workspace's name.
        name: String,
        /// What has not happened.
        what: &'static str,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// One attempt's log while it is being read.
struct Reading {
    id: AttemptId,
    number: u32,
    renderer: Renderer,
    offsets: [u64; 2],
}

/// Sends a log to `sink` (which answers whether it wants more), to its end or, when following, to the
/// attempt's end.
///
/// # Errors
/// [`LogError`].
pub fn logs(
    engine: &Engine,
    asker: &Principal,
    request: &LogRequest,
    sink: &mut dyn FnMut(LogPart) -> bool,
    still_there: StillThere<'_>,
) -> Result<(), LogError> {
    let view = find(engine, asker, &request.folder, &request.name, Action::Read)?;
    let name = view.name().to_owned();
    if request.subject != LogSubject::Agent {
        let log = OutfitLog { id: view.id, name: &name, subject: request.subject, view: request.view };
        return log.tell(engine, request.follow, sink, still_there);
    }
    let (_, job) = view.job.as_ref().ok_or_else(|| LogError::NotStarted { name: name.clone() })?;
    let number = request.attempt.unwrap_or(u32::try_from(job.attempts.len()).unwrap_or(u32::MAX));
    let chosen = number.checked_sub(1).and_then(|index| job.attempts.get(index as usize));
    let Some(id) = chosen.copied() else {
        let has = job.attempts.len();
        return Err(match request.attempt {
            Some(wanted) => LogError::NoAttempt { name, wanted, has },
            None => LogError::NotStarted { name },
        });
    };
    let renderer = match request.view {
        LogView::Raw => Renderer::Raw,
        LogView::Readable => renderer(engine, (id, kind_of(engine, id, job)?), job, &view.workspace)?,
    };
    let mut reading = Reading { id, number, renderer, offsets: [0, 0] };
    let follows = request.follow && *asker == Principal::Person;
    let follower = follows.then(|| engine.followers().join(id));
    if follower.is_some() {
        looked_at(engine, asker, &view);
    }
    let told = stream_log(engine, &mut reading, request.follow, sink, still_there);
    if let (Some(follower), Ok(()), true) = (&follower, &told, still_there()) {
        follower.has_read_the_end();
    }
    looked_at(engine, asker, &view);
    told
}

fn stream_log(
    engine: &Engine,
    reading: &mut Reading,
    follow: bool,
    sink: &mut dyn FnMut(LogPart) -> bool,
    still_there: StillThere<'_>,
) -> Result<(), LogError> {
    loop {
        let ended = end_of(engine, reading.id)?;
        if ended.is_some() || !follow || !still_there() {
            if drain(engine, reading, Until::TheEnd, sink)?
                && let Some(exit) = ended
            {
                sink(LogPart::End { attempt: reading.number, exit });
            }
            return Ok(());
        }
        if !drain(engine, reading, Until::Now, sink)? {
            return Ok(());
        }
        await_log(engine, reading.id, still_there)?;
    }
}

fn await_log(engine: &Engine, id: AttemptId, still_there: StillThere<'_>) -> Result<(), StoreError> {
    engine.await_state(LOOK_AGAIN, still_there, || Ok(end_of(engine, id)?.map(|_| ()))).map(|_| ())
}

/// `Some` once the attempt has ended, with how.
fn end_of(engine: &Engine, id: AttemptId) -> Result<Option<Option<Exit>>, StoreError> {
    Ok(engine.records().load::<Attempt>(id)?.and_then(|attempt| match attempt.phase {
        AttemptPhase::Ended { exit, .. } => Some(exit),
        _ => None,
    }))
}

/// How far a log is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// What has settled, or has been showing for a while: more may come.
    Now,
    /// All of it: nothing more is asked for.
    TheEnd,
}

/// Sends what is there; `false` when the sink wants no more.
fn drain(
    engine: &Engine,
    reading: &mut Reading,
    until: Until,
    sink: &mut dyn FnMut(LogPart) -> bool,
) -> Result<bool, LogError> {
    let number = reading.number;
    if let Renderer::Terminal(seen) = &mut reading.renderer {
        return Ok(seen.parts(number, until)?.into_iter().all(sink));
    }
    for (index, stream) in [Stream::Output, Stream::Error].into_iter().enumerate() {
        loop {
            let page = engine.ports().sessions.read_log(reading.id, stream, reading.offsets[index], PAGE)?;
            reading.offsets[index] = page.next;
            if !page.bytes.is_empty() {
                for part in reading.renderer.render(stream, number, page.bytes) {
                    if !sink(part) {
                        return Ok(false);
                    }
                }
            }
            if page.at_end {
                break;
            }
        }
    }
    Ok(until == Until::Now || reading.renderer.finish(number).into_iter().all(sink))
}

/// What kind of session an attempt had; that of one which is not recorded yet is its job's.
fn kind_of(engine: &Engine, id: AttemptId, job: &Job) -> Result<SessionKind, StoreError> {
    Ok(engine.records().load::<Attempt>(id)?.map_or(job.spec.session, |attempt| attempt.spec.session))
}

fn renderer(
    engine: &Engine,
    (id, kind): (AttemptId, SessionKind),
    job: &Job,
    workspace: &owt_core::workspace::Workspace,
) -> Result<Renderer, SessionError> {
    if kind.is_terminal() {
        let transcript = engine.ports().sessions.transcript(id)?;
        return Ok(Renderer::Terminal(Seen { transcript, noted: None }));
    }
    let (ports, home) = (engine.ports(), engine.home());
    let settings = settings_of(ports, home, (job.spec.workspace, workspace.spec.source())).ok();
    let manifest = settings.as_ref().and_then(|settings| settings.catalog.get(&job.spec.agent).ok());
    let format = manifest.and_then(|manifest| manifest.mode(kind)).map(|mode| mode.output);
    Ok(match format {
        None | Some(OutputFormat::Text | OutputFormat::Terminal) => {
            Renderer::Plain { error: Vec::new(), output: Vec::new() }
        }
        Some(format) => Renderer::Events(Box::new(Parser::new(format, Start::Fresh))),
    })
}

/// What a person saw in a terminal.
struct Seen {
    transcript: Box<dyn Transcript>,
    /// What has been said to be missing.
    noted: Option<Omitted>,
}

impl Seen {
    fn parts(&mut self, attempt: u32, until: Until) -> Result<Vec<LogPart>, SessionError> {
        let lines = match until {
            Until::Now => self.transcript.news()?,
            Until::TheEnd => self.transcript.rest()?,
        };
        let mut parts: Vec<LogPart> =
            self.note().map(|note| event_part(attempt, &note)).into_iter().collect();
        let mut text = String::new();
        for line in &lines {
            text.push_str(&inert(line));
            text.push('\n');
            if text.len() >= PAGE {
                parts.push(output_part(attempt, std::mem::take(&mut text)));
            }
        }
        parts.extend((!text.is_empty()).then(|| output_part(attempt, text)));
        Ok(parts)
    }

    /// What is missing and has not been said to be.
    fn note(&mut self) -> Option<String> {
        let omitted = self.transcript.omitted();
        let before = self.noted.replace(omitted).unwrap_or_default();
        match omitted {
            _ if omitted == before => None,
            Omitted { bytes: 0, lines } => {
                let left_out = counted(lines, "line is", "lines are");
                Some(format!("· {left_out} left out here: `--raw` has everything"))
            }
            Omitted { bytes, .. } => {
                let megabytes = bytes.div_ceil(1 << 20);
                Some(format!("· the first {megabytes} MiB are left out: `--raw` has everything"))
            }
        }
    }
}

fn output_part(attempt: u32, text: String) -> LogPart {
    LogPart::Text { stream: stream_name(Stream::Output), attempt, text }
}

/// The last lines of an attempt, as a person reads them.
pub(crate) fn last_lines(
    engine: &Engine,
    id: AttemptId,
    attempt: &Attempt,
    job: Option<&Job>,
    lines: usize,
) -> Vec<String> {
    if attempt.spec.session.is_terminal()
        && let Ok(screen) = engine.ports().sessions.screen(id)
    {
        return tail(screen.rows.iter().map(|row| row.trim_end().to_owned()).collect(), lines);
    }
    let workspace = engine.records().load(attempt.spec.workspace).ok().flatten();
    let (Some(job), Some(workspace)) = (job, workspace) else { return Vec::new() };
    let Ok(renderer) = renderer(engine, (id, attempt.spec.session), job, &workspace) else {
        return Vec::new();
    };
    let mut reading = Reading { id, number: attempt.spec.number, renderer, offsets: [0, 0] };
    let mut text = String::new();
    let mut keep = |part: LogPart| {
        if let LogPart::Text { text: more, .. } = part {
            text.push_str(&more);
        }
        true
    };
    if drain(engine, &mut reading, Until::TheEnd, &mut keep).is_err() {
        return Vec::new();
    }
    tail(text.lines().map(str::to_owned).collect(), lines)
}

fn tail(mut lines: Vec<String>, most: usize) -> Vec<String> {
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    let surplus = lines.len().saturating_sub(most);
    lines.split_off(surplus)
}

/// From bytes to parts.
enum Renderer {
    /// As printed.
    Raw,
    /// As text, line by line, without what would act on a terminal.
    Plain {
        /// The unfinished line of standard output.
        output: Vec<u8>,
        /// The unfinished line of standard error.
        error: Vec<u8>,
    },
    /// As the events that a program's stream tells.
    Events(Box<Parser>),
    /// As it was seen: it reads the log itself.
    Terminal(Seen),
}

impl Renderer {
    fn render(&mut self, stream: Stream, attempt: u32, bytes: Vec<u8>) -> Vec<LogPart> {
        let name = stream_name(stream);
        match (self, stream) {
            (Self::Terminal(_), _) => Vec::new(),
            (Self::Raw, _) => vec![LogPart::Raw { stream: name, attempt, bytes }],
            (Self::Events(parser), Stream::Output) => parser
                .feed(&bytes)
                .iter()
                .filter_map(describe)
                .map(|text| event_part(attempt, &text))
                .collect(),
            (Self::Events(_), Stream::Error) => {
                let text = inert(&String::from_utf8_lossy(&bytes));
                vec![LogPart::Text { stream: name, attempt, text }]
            }
            (Self::Plain { output, error }, _) => {
                let rest = if stream == Stream::Output { output } else { error };
                rest.extend_from_slice(&bytes);
                let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
                let whole: Vec<u8> = rest.drain(..=end).collect();
                vec![LogPart::Text { stream: name, attempt, text: inert(&String::from_utf8_lossy(&whole)) }]
            }
        }
    }

    /// What is left when the log has ended.
    fn finish(&mut self, attempt: u32) -> Vec<LogPart> {
        match self {
            Self::Raw | Self::Terminal(_) => Vec::new(),
            Self::Events(parser) => {
                parser.finish().iter().filter_map(describe).map(|text| event_part(attempt, &text)).collect()
            }
            Self::Plain { output, error } => [(Stream::Output, output), (Stream::Error, error)]
                .into_iter()
                .filter(|(_, rest)| !rest.is_empty())
                .map(|(stream, rest)| {
                    let bytes = std::mem::take(rest);
                    let text = inert(&String::from_utf8_lossy(&bytes));
                    LogPart::Text { stream: stream_name(stream), attempt, text }
                })
                .collect(),
        }
    }
}

fn event_part(attempt: u32, text: &str) -> LogPart {
    LogPart::Text { stream: "event", attempt, text: format!("{}\n", inert(text)) }
}

const fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Output => "output",
        Stream::Error => "error",
    }
}

/// An event as a line for people; `None` for those that say nothing to them.
fn describe(event: &AgentEvent) -> Option<String> {
    match event {
        AgentEvent::SessionStarted { model, .. } => Some(format!(
            "· session started{}",
            model.as_ref().map_or_else(String::new, |m| format!(" ({m})"))
        )),
        AgentEvent::MessageText { text, .. } => {
            let text = text.trim_end();
            (!text.is_empty()).then(|| text.to_owned())
        }
        AgentEvent::ToolCall { tool, summary, .. } => Some(format!("→ {tool}: {summary}")),
        AgentEvent::ToolResult { outcome: ToolOutcome::Failed, summary, .. } => Some(format!("✗ {summary}")),
        AgentEvent::PermissionRequest { tool, summary, .. } => {
            Some(format!("? may it use {tool}: {summary}"))
        }
        AgentEvent::Question { questions, .. } => Some(
            questions.iter().map(|asked| format!("? {}", asked.in_words())).collect::<Vec<_>>().join("\n"),
        ),
        AgentEvent::TurnEnded { outcome: TurnOutcome::Completed, .. } => Some("· turn ended".to_owned()),
        AgentEvent::TurnEnded { outcome: TurnOutcome::Interrupted, .. } => {
            Some("· turn interrupted".to_owned())
        }
        AgentEvent::TurnEnded { outcome: TurnOutcome::Failed(_), text, .. } => {
            Some(format!("✗ turn failed: {}", text.as_deref().unwrap_or("no reason given")))
        }
        AgentEvent::Retrying { delay_ms, .. } => Some(match delay_ms {
            Some(delay) => format!("… the provider failed; trying again in {:.1} s", *delay as f64 / 1000.0),
            None => "… the provider failed; trying again".to_owned(),
        }),
        AgentEvent::RateLimited { .. } => Some("… rate limited".to_owned()),
        AgentEvent::Error { message, .. } => Some(format!("✗ {message}")),
        AgentEvent::Notice { message } => Some(format!("· {message}")),
        AgentEvent::Unknown { line, .. } => Some(format!("  {line}")),
        _ => None,
    }
}

/// Text that does nothing to the terminal it is printed on: escape sequences and controls are taken out. Steps of
/// the cursor become white space, since programs use them in its place (Claude Code 2.1.197 between words).
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => match moved(&mut chars) {
                Moved::Nowhere => {}
                Moved::Right(columns) => out.extend(std::iter::repeat_n(' ', columns)),
                Moved::Away if out.is_empty() || out.ends_with('\n') => {}
                Moved::Away => out.push('\n'),
            },
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// What an escape sequence does to the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Nowhere,
    /// By so many columns in its row.
    Right(usize),
    /// To another row.
    Away,
}

/// Widest step that is drawn.
const MAX_COLUMNS: usize = 200;

/// Reads the rest of an escape sequence (ECMA-48 sections 5.3, 5.4, 5.6; 8.3.18 to 8.3.21 for the cursor).
fn moved(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Moved {
    if chars.next_if_eq(&'[').is_none() {
        skip_escape(chars);
        return Moved::Nowhere;
    }
    let mut parameters = String::new();
    let last = chars.by_ref().find(|c| {
        let is_last = ('@'..='~').contains(c);
        if !is_last {
            parameters.push(*c);
        }
        is_last
    });
    match last {
        Some('C') => Moved::Right(parameters.parse().unwrap_or(1).clamp(1, MAX_COLUMNS)),
        Some('B' | 'E' | 'H' | 'f') => Moved::Away,
        _ => Moved::Nowhere,
    }
}

/// Skips the rest of an escape sequence that is no control sequence.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while let Some(c) = chars.next() {
                match c {
                    '\x07' => break,
                    '\x1b' => {
                        let _ = chars.next_if_eq(&'\\');
                        break;
                    }
                    _ => {}
                }
            }
        }
        Some('(' | ')' | '#' | '%' | ' ') => {
            let _ = chars.next();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_are_taken_out() {
        assert_eq!(inert("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\x1b]8;;u\x1b\\y\rz"), "red xyz");
    }

    #[test]
    fn steps_of_the_cursor_are_white_space() {
        assert_eq!(inert("a\x1b[Cb\x1b[0Cc\x1b[99999Cd").len(), 4 + 2 + MAX_COLUMNS);
        assert_eq!(inert("\x1b[Hone\x1b[3Ctwo\x1b[5;9Hthree\n\x1b[Bfour"), "one   two\nthree\nfour");
    }

    proptest! {
        #[test]
        fn nothing_that_acts_on_a_terminal_is_left(text in "(.|\n|\x1b|\\[|\\]|\x07|\u{9b})*") {
            prop_assert!(inert(&text).chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
        }
    }
}
