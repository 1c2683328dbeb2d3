//! Sessions: where attempts live.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::Timestamp;
use owt_core::look::Run;
use owt_core::offspring::Offspring;
use owt_core::pane::AltKeys;
use owt_core::pane::Pane;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;

/// Why a session operation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// No session of this attempt answers.
    #[error("no session of {0} is running")]
    NotRunning(AttemptId),
    /// tmux is missing or older than we need.
    #[error("{0}")]
    Unusable(String),
    /// A socket path would be longer than the system allows (107 bytes on Linux, 103 on macOS).
    #[error("the socket path {path} is longer than {limit} bytes")]
    SocketPathTooLong {
        /// The path.
        path: AbsPath,
        /// The limit in bytes.
        limit: usize,
    },
    /// The disk is full.
    #[error("no space left on the disk of {0}")]
    NoSpace(AbsPath),
    /// Anything else.
    #[error("{operation}: {message}")]
    Failed {
        /// What was tried.
        operation: String,
        /// What was said.
        message: String,
    },
    /// The process died at this point (only the simulator says this).
    #[error("crashed")]
    Crashed,
}

/// Everything a host needs to start a program. Written to a 0600 launch file; it may carry secrets of the
/// person's environment and is never journalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPlan {
    /// The attempt that the session belongs to; launching the same attempt twice starts one session.
    pub attempt: AttemptId,
    /// How it lives.
    pub kind: SessionKind,
    /// Program (absolute path) and arguments.
    pub argv: Vec<String>,
    /// The whole environment of the program; nothing else is inherited.
    pub environment: BTreeMap<String, String>,
    /// Its working directory.
    pub directory: AbsPath,
    /// What it reads on standard input.
    pub stdin: SessionInput,
    /// Our own limits.
    pub limits: SessionLimits,
    /// A title for the terminal's window: our own words, no control characters.
    pub title: String,
    /// What stands beside it, where its kind of session has a window for that.
    pub window: WindowPlan,
}

/// What stands beside a session's program in its window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WindowPlan {
    /// The panes. They end with the session.
    pub panes: Vec<Pane>,
    /// Their environment, and that of what a person opens over the window: the person's, without the credential of the
    /// session.
    pub environment: BTreeMap<String, String>,
    /// Whose Alt with a letter is.
    pub alt_keys: AltKeys,
}

/// What a session's program reads on standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionInput {
    /// Nothing (`/dev/null`).
    Nothing,
    /// This file, then end of file. The file carries this delivery, if any.
    File {
        /// A 0600 file.
        path: AbsPath,
        /// The delivery that the file carries.
        delivery: Option<DeliveryId>,
    },
    /// Kept open for a machine protocol: frames arrive through [`Sessions::inject`].
    Open,
    /// A terminal.
    Terminal,
}

/// What was found when asking for an attempt's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionPresence {
    /// Its host answers.
    Running {
        /// The host's process id: every process below it belongs to the attempt.
        host_pid: u32,
        /// The program's process id.
        program_pid: u32,
        /// When the program was started.
        started_at: Timestamp,
    },
    /// It ended and its host wrote down how.
    Ended {
        /// How.
        exit: Exit,
        /// When.
        at: Timestamp,
    },
    /// There are traces of a start, but no host and no written end (a crash, a kill -9, a reboot).
    Lost,
    /// No trace of this attempt.
    Never,
}

/// Something to put before an agent's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    /// The delivery it carries; the host does nothing when it has carried this delivery before.
    /// `None` for answers to protocol requests and control frames, which are keyed by `key`.
    pub key: InjectionKey,
    /// What exactly.
    pub payload: Payload,
}

/// What makes an injection unique within its attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum InjectionKey {
    /// A delivery.
    Delivery(DeliveryId),
    /// A protocol frame of ours (`initialize`, the answer to request `r7`, ...).
    Frame(String),
}

/// What is put before an agent's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// One protocol line for standard input (JSON without a newline; the host adds it).
    Line(String),
    /// Text for a terminal program: already free of control characters other than newline and tab.
    /// Pasted in brackets where the program switched that on; then `submit` is pressed.
    Paste {
        /// The text.
        text: String,
        /// The keys that submit it (`"\r"`).
        submit: String,
    },
    /// Keys that a person asked for, pressed whoever has the line.
    Keys(String),
}

/// What came of an injection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectionOutcome {
    /// The bytes went to the program now.
    Injected,
    /// They went to it before (a repeat of the same key).
    AlreadyInjected,
    /// Writing began and its end was not recorded (the host crashed between): nobody knows.
    Uncertain,
    /// Refused before a byte was written: the program has no bracketed paste and the text has several lines.
    NeedsBracketedPaste,
    /// Refused before a byte was written: a person typed in that terminal a moment ago and has the line.
    LineTaken,
}

/// A session's output stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output; for a terminal everything that was printed.
    Output,
    /// Standard error of a headless or structured session.
    Error,
}

/// What a watched session tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionSignal {
    /// Bytes were printed; `offset` is where they start in that stream's log.
    Output {
        /// Which stream.
        stream: Stream,
        /// Byte offset in the stream's log.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The terminal's picture has changed and has been still for a moment.
    Screen(Screen),
    /// The moment has come for which [`Sessions::look_again`] was asked.
    LookAgain,
    /// The program ended.
    Ended {
        /// How.
        exit: Exit,
        /// When.
        at: Timestamp,
    },
    /// The host is gone without a written end.
    Lost,
}

/// What a program shows of its progress in its terminal's window or tab (OSC 9;4, ConEmu's sequence; Windows Terminal, Ghostty
/// and iTerm2 show it too).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Nothing, or it has taken it away.
    #[default]
    Nothing,
    /// That it works, with or without saying how far.
    Busy,
    /// That it has failed.
    Failed,
    /// That it is held up.
    Paused,
}

impl Progress {
    /// Its word in screen rules; empty where nothing is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::Paused => "paused",
        }
    }
}

/// A terminal's picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Screen {
    /// One entry a row, trailing blanks cut.
    pub rows: Vec<String>,
    /// The window title that the program set.
    pub title: String,
    /// Whether the program switched bracketed paste on.
    pub bracketed_paste: bool,
    /// Whether the program uses the alternate screen.
    pub alternate: bool,
    /// Cursor row and column, zero-based.
    pub cursor: (u16, u16),
    /// What the program shows of its progress.
    pub progress: Progress,
    /// How each row looks, from its first character on: told where the picture is asked for ([`Sessions::screen`]), not with
    /// each change. Of a plain row there is nothing, nor of rows that nobody knows.
    pub looks: Vec<Vec<Run>>,
}

/// Receives what a watched session tells, in order. Called from the adapter's thread: must not block long.
pub trait SessionSink: Send + Sync {
    /// One signal of `attempt`.
    fn signal(&self, attempt: AttemptId, signal: SessionSignal);
}

/// How a person's terminal is handed to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachPlan {
    /// Program and arguments to execute in the person's terminal, when it is outside any tmux.
    pub argv: Vec<String>,
    /// Variables to remove from the environment first (`TMUX`, when leaving another server).
    pub unset: Vec<String>,
}

/// Part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where the next page starts.
    pub next: u64,
    /// Whether the log ends here for now.
    pub at_end: bool,
}

/// What a transcript leaves out of a log, because it is too long to be drawn again as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Omitted {
    /// The bytes at its beginning that are not looked at.
    pub bytes: u64,
    /// Lines that settled and were dropped, since too many waited.
    pub lines: u64,
}

/// A terminal session's output as a person saw it: lines without control characters, none twice because it was
/// drawn again. Reads the log from its beginning on, or from as far back as is reasonable.
pub trait Transcript: Send {
    /// Takes in what was printed since the last call; the lines that have scrolled away, and screens that are gone.
    /// When nothing was printed since, what is showing, too: each line once, but for the one with the cursor.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn news(&mut self) -> Result<Vec<String>, SessionError>;

    /// The same, and what is showing: everything that was not told yet. The last call.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn rest(&mut self) -> Result<Vec<String>, SessionError>;

    /// What is missing.
    fn omitted(&self) -> Omitted;
}

/// Whether silence of a program counts towards its idle limit. A session begins with a running clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdleClock {
    /// It is at work: silence that lasts means that something is wrong.
    Running,
    /// It waits for a person or for its next message.
    Paused,
}

/// Sessions as the engine sees them.
pub trait Sessions: Send + Sync {
    /// Starts a session; one that runs or has run for this attempt is left as it is (success).
    /// Returns when the host answers and has started the program (or recorded that it could not).
    ///
    /// # Errors
    /// [`SessionError::Unusable`], [`SessionError::SocketPathTooLong`], [`SessionError::NoSpace`], ...
    fn launch(&self, plan: &SessionPlan) -> Result<SessionPresence, SessionError>;

    /// What has become of an attempt's session. A launch that was broken off before a host took it up never
    /// happened: the program was not started, and a later launch may start it.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn probe(&self, attempt: AttemptId) -> Result<SessionPresence, SessionError>;

    /// Whether sessions of this kind can be had here (tmux present and new enough). What was not known is looked for on
    /// this search path (the `PATH` of the person who asks; empty where nobody does) and is known from then on.
    ///
    /// # Errors
    /// [`SessionError::Unusable`] with what to install; [`SessionError::SocketPathTooLong`].
    fn require(&self, kind: SessionKind, search_path: &str) -> Result<(), SessionError>;

    /// Puts something before the program, at most once per key. Of a key that was tried before its outcome is
    /// told, also when the session has ended or is lost.
    ///
    /// # Errors
    /// [`SessionError::NotRunning`]: nothing was written. [`SessionError::Failed`]: the program takes no such
    /// payload, or stopped reading before its first byte; nothing was written either.
    fn inject(&self, attempt: AttemptId, injection: &Injection) -> Result<InjectionOutcome, SessionError>;

    /// Ends a session: interrupt, terminate, kill, each with time to obey; descendants included. One that has
    /// ended is success. Returns when the end is recorded. Of a lost session every process that its host left
    /// behind is ended; it stays lost.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn stop(&self, attempt: AttemptId, reason: EndReason) -> Result<SessionPresence, SessionError>;

    /// Says whether the idle limit of a running session counts from now on. Whatever is injected lets it count again.
    ///
    /// # Errors
    /// [`SessionError::NotRunning`].
    fn set_idle_clock(&self, attempt: AttemptId, clock: IdleClock) -> Result<(), SessionError>;

    /// Begins telling `sink` about a session: all output from `from` on (of the error log everything), then
    /// live; of a running terminal also its picture as it is, when it has changed, and a few times in the seconds
    /// after something was submitted to it (a program that overlooked the key draws nothing). A second call for the same attempt replaces the
    /// first. The last signal is always `Ended` or `Lost`.
    ///
    /// # Errors
    /// [`SessionError::Failed`] when there is no trace of the attempt.
    fn watch(&self, attempt: AttemptId, from: u64, sink: Arc<dyn SessionSink>) -> Result<(), SessionError>;

    /// The terminal's picture now.
    ///
    /// # Errors
    /// [`SessionError::NotRunning`]; [`SessionError::Unusable`] for sessions without a terminal.
    fn screen(&self, attempt: AttemptId) -> Result<Screen, SessionError>;

    /// The programs that live now below a running session's own.
    ///
    /// # Errors
    /// [`SessionError::NotRunning`]; failures of the system itself.
    fn offspring(&self, attempt: AttemptId) -> Result<Vec<Offspring>, SessionError>;

    /// Tells whoever watches the session once, with [`SessionSignal::LookAgain`], when this time has passed or one of
    /// these processes has ended (where the system tells that: Linux). A later call takes the place of an earlier one.
    /// Nothing follows for a session that nobody watches.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn look_again(&self, attempt: AttemptId, after: Duration, processes: &[u32]) -> Result<(), SessionError>;

    /// A part of a log, at most `limit` bytes from `offset` on. Works after the end too.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn read_log(
        &self,
        attempt: AttemptId,
        stream: Stream,
        offset: u64,
        limit: usize,
    ) -> Result<LogPage, SessionError>;

    /// When a session's program printed last; `None` where it has printed nothing, or left no trace. Works after the
    /// end too.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn printed_at(&self, attempt: AttemptId) -> Result<Option<Timestamp>, SessionError>;

    /// At how many terminals a person looks at a session now. A session of which nobody can say has none.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn onlookers(&self, attempt: AttemptId) -> Result<usize, SessionError>;

    /// Rings the bell of every terminal at which a person looks at a session of ours now, and shows this line there where
    /// the terminal can (OSC 9). Returns at how many. What the line holds of control characters is left out.
    ///
    /// # Errors
    /// Only failures of the system itself; a terminal that takes nothing is left out.
    fn ring(&self, line: &str) -> Result<usize, SessionError>;

    /// A terminal session's output as a person saw it. Works after the end too; without a trace it is empty.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn transcript(&self, attempt: AttemptId) -> Result<Box<dyn Transcript>, SessionError>;

    /// How a person's terminal is handed over; `inside` is the caller's `TMUX` variable, if set.
    ///
    /// # Errors
    /// [`SessionError::NotRunning`], [`SessionError::Unusable`] for sessions without a terminal.
    fn attach_plan(&self, attempt: AttemptId, inside: Option<&str>) -> Result<AttachPlan, SessionError>;

    /// Removes what is kept of an ended session (logs, launch file, socket).
    ///
    /// # Errors
    /// [`SessionError::Failed`] while it still runs.
    fn forget(&self, attempt: AttemptId) -> Result<(), SessionError>;

    /// The attempts that have left any trace, running or not.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn known(&self) -> Result<Vec<AttemptId>, SessionError>;

    /// The windows of our own terminal server that belong to none of these attempts, by name. A window that a person made
    /// there under a name of their own is not among them.
    ///
    /// # Errors
    /// Only failures of the system itself; no server is no window.
    fn stray_windows(&self, kept: &[AttemptId]) -> Result<Vec<String>, SessionError>;

    /// Closes a stray window. A host outlives the window that shows it, and gets another when somebody attaches. Gone
    /// already: success.
    ///
    /// # Errors
    /// Only failures of the system itself.
    fn close_window(&self, name: &str) -> Result<(), SessionError>;
}
