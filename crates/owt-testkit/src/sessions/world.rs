//! The world of fake sessions: what hosts would know, and what they would tell.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::offspring::Offspring;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::Clock;
use owt_ports::IdleClock;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::LogPage;
use owt_ports::Payload;
use owt_ports::Screen;
use owt_ports::SessionError;
use owt_ports::SessionInput;
use owt_ports::SessionPlan;
use owt_ports::SessionPresence;
use owt_ports::SessionSignal;
use owt_ports::SessionSink;
use owt_ports::Stream;

use super::Act;
use super::Casting;
use super::FakeProgram;
use super::News;
use super::Tmux;

#[derive(Clone)]
pub(super) struct World {
    clock: Arc<dyn Clock>,
    casting: Casting,
    state: Arc<Mutex<State>>,
}

struct State {
    sessions: BTreeMap<AttemptId, Session>,
    starts: Vec<AttemptId>,
    news: VecDeque<News>,
    telling: bool,
    tmux: Tmux,
    closed_windows: BTreeSet<String>,
    rung: Vec<String>,
    onlookers: Vec<AttemptId>,
}

fn window_name(attempt: AttemptId) -> String {
    format!("owt-{attempt}")
}

/// What a journal knows of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    Begun,
    Done,
}

struct Session {
    plan: SessionPlan,
    presence: SessionPresence,
    program: Box<dyn FakeProgram>,
    output: Vec<u8>,
    error: Vec<u8>,
    screen: Screen,
    traces: HashMap<InjectionKey, Trace>,
    injected: Vec<Injection>,
    sink: Option<Arc<dyn SessionSink>>,
    /// The last moment at which it was at work; `None` while it waits for somebody.
    at_work: Option<Timestamp>,
    printed_at: Option<Timestamp>,
    line_taken: bool,
    torn: bool,
    family: Vec<Offspring>,
    /// When the watching sink wants to look again, or with the end of which processes.
    look_at: Option<(Timestamp, Vec<u32>)>,
}

impl World {
    pub(super) fn new(clock: Arc<dyn Clock>, casting: Casting) -> Self {
        let state = State {
            sessions: BTreeMap::new(),
            starts: Vec::new(),
            news: VecDeque::new(),
            telling: false,
            tmux: Tmux::Installed,
            closed_windows: BTreeSet::new(),
            rung: Vec::new(),
            onlookers: Vec::new(),
        };
        Self { clock, casting, state: Arc::new(Mutex::new(state)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out what there is to tell, in order, whoever calls; a sink may call back.
    pub(super) fn tell(&self) {
        if std::mem::replace(&mut self.lock().telling, true) {
            return;
        }
        loop {
            let mut state = self.lock();
            let Some(News { attempt, sink, signal }) = state.news.pop_front() else {
                state.telling = false;
                return;
            };
            drop(state);
            sink.signal(attempt, signal);
        }
    }

    pub(super) fn launch(&self, plan: &SessionPlan) -> Result<SessionPresence, SessionError> {
        let mut state = self.lock();
        if let Some(session) = state.sessions.get(&plan.attempt) {
            return Ok(session.presence.clone());
        }
        state.require(plan.kind)?;
        check(plan)?;
        let now = self.clock.now();
        let (presence, program) = match (self.casting)(plan) {
            Err(errno) => (SessionPresence::Ended { exit: Exit::NotStarted { errno }, at: now }, None),
            Ok(program) => {
                state.starts.push(plan.attempt);
                let host_pid = 10_000 + 2 * u32::try_from(state.starts.len()).unwrap_or(0);
                let program_pid = host_pid + 1;
                (SessionPresence::Running { host_pid, program_pid, started_at: now }, Some(program))
            }
        };
        let mut session = Session::new(plan, presence, now);
        if let Some(mut program) = program {
            session.deliver_stdin();
            let acts = program.started(plan);
            session.program = program;
            state.sessions.insert(plan.attempt, session);
            state.act(plan.attempt, acts, now);
        } else {
            state.sessions.insert(plan.attempt, session);
        }
        Ok(state.presence(plan.attempt))
    }

    pub(super) fn presence(&self, attempt: AttemptId) -> SessionPresence {
        self.lock().presence(attempt)
    }

    pub(super) fn require(&self, kind: SessionKind) -> Result<(), SessionError> {
        self.lock().require(kind)
    }

    pub(super) fn set_tmux(&self, tmux: Tmux) {
        self.lock().tmux = tmux;
    }

    pub(super) fn inject(
        &self,
        attempt: AttemptId,
        injection: &Injection,
    ) -> Result<InjectionOutcome, SessionError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let session = state.sessions.get_mut(&attempt).ok_or(SessionError::NotRunning(attempt))?;
        match session.traces.get(&injection.key) {
            Some(Trace::Done) => return Ok(InjectionOutcome::AlreadyInjected),
            Some(Trace::Begun) => return Ok(InjectionOutcome::Uncertain),
            None if !session.is_running() => return Err(SessionError::NotRunning(attempt)),
            None => {}
        }
        if let Some(refusal) = session.refusal(&injection.payload)? {
            return Ok(refusal);
        }
        if session.torn {
            session.traces.insert(injection.key.clone(), Trace::Begun);
            state.lose(attempt);
            return Ok(InjectionOutcome::Uncertain);
        }
        session.traces.insert(injection.key.clone(), Trace::Done);
        session.injected.push(injection.clone());
        session.at_work = Some(now);
        let acts = session.program.given(&injection.payload);
        state.act(attempt, acts, now);
        Ok(InjectionOutcome::Injected)
    }

    pub(super) fn set_idle_clock(&self, attempt: AttemptId, clock: IdleClock) -> Result<(), SessionError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let running = state.sessions.get_mut(&attempt).filter(|session| session.is_running());
        let session = running.ok_or(SessionError::NotRunning(attempt))?;
        session.at_work = (clock == IdleClock::Running).then_some(now);
        Ok(())
    }

    pub(super) fn act(&self, attempt: AttemptId, acts: Vec<Act>) {
        let now = self.clock.now();
        let mut state = self.lock();
        let runs = state.sessions.get(&attempt).is_some_and(Session::is_running);
        assert!(runs, "{attempt} does not run, so its program does nothing");
        state.act(attempt, acts, now);
        drop(state);
        self.tell();
    }

    pub(super) fn end(&self, attempt: AttemptId, exit: Exit) {
        let now = self.clock.now();
        self.lock().end(attempt, exit, now);
    }

    pub(super) fn kill_host(&self, attempt: AttemptId) {
        self.lock().lose(attempt);
        self.tell();
    }

    pub(super) fn tear_next_injection(&self, attempt: AttemptId) {
        if let Some(session) = self.lock().sessions.get_mut(&attempt) {
            session.torn = true;
        }
    }

    pub(super) fn person_types(&self, attempt: AttemptId, unfinished: bool) {
        if let Some(session) = self.lock().sessions.get_mut(&attempt) {
            session.line_taken = unfinished;
        }
    }

    pub(super) fn pass_time(&self) {
        let now = self.clock.now();
        let mut state = self.lock();
        let reached: Vec<_> = state
            .sessions
            .values()
            .filter_map(|one| Some((one.plan.attempt, one.limit_reached(now)?)))
            .collect();
        for (attempt, reason) in reached {
            state.end(attempt, Exit::Ended { reason }, now);
        }
        state.remind(now);
        drop(state);
        self.tell();
    }

    pub(super) fn watch(
        &self,
        attempt: AttemptId,
        from: u64,
        sink: Arc<dyn SessionSink>,
    ) -> Result<(), SessionError> {
        let mut state = self.lock();
        let State { sessions, news, .. } = &mut *state;
        let Some(session) = sessions.get_mut(&attempt) else {
            return Err(failed("watching a session", &format!("there is no trace of {attempt}")));
        };
        news.retain(|one| one.attempt != attempt);
        let mut tell = |signal| news.push_back(News { attempt, sink: Arc::clone(&sink), signal });
        for (stream, from) in [(Stream::Output, from), (Stream::Error, 0)] {
            let page = session.page(stream, from, usize::MAX);
            if !page.bytes.is_empty() {
                tell(SessionSignal::Output { stream, offset: from, bytes: page.bytes });
            }
        }
        match session.presence {
            SessionPresence::Running { .. } => {
                if session.plan.kind.is_terminal() {
                    tell(SessionSignal::Screen(session.screen.clone()));
                }
                session.sink = Some(sink);
            }
            SessionPresence::Ended { exit, at } => tell(SessionSignal::Ended { exit, at }),
            SessionPresence::Lost | SessionPresence::Never => tell(SessionSignal::Lost),
        }
        Ok(())
    }

    pub(super) fn screen(&self, attempt: AttemptId) -> Result<Screen, SessionError> {
        let state = self.lock();
        let running = state.sessions.get(&attempt).filter(|session| session.is_running());
        let session = running.ok_or(SessionError::NotRunning(attempt))?;
        if session.plan.kind.is_terminal() {
            Ok(session.screen.clone())
        } else {
            Err(SessionError::Unusable("this session has no terminal".to_owned()))
        }
    }

    pub(super) fn offspring(&self, attempt: AttemptId) -> Result<Vec<Offspring>, SessionError> {
        let state = self.lock();
        let running = state.sessions.get(&attempt).filter(|session| session.is_running());
        running.map(|session| session.family.clone()).ok_or(SessionError::NotRunning(attempt))
    }

    pub(super) fn look_again(&self, attempt: AttemptId, after: Duration, processes: &[u32]) {
        let at = self.clock.now().plus(after);
        let mut state = self.lock();
        let watched = |one: &&mut Session| one.is_running() && one.sink.is_some();
        if let Some(session) = state.sessions.get_mut(&attempt).filter(watched) {
            session.look_at = Some((at, processes.to_vec()));
        }
    }

    pub(super) fn read_log(&self, attempt: AttemptId, stream: Stream, offset: u64, limit: usize) -> LogPage {
        match self.lock().sessions.get(&attempt) {
            Some(session) => session.page(stream, offset, limit),
            None => LogPage { bytes: Vec::new(), next: offset, at_end: true },
        }
    }

    pub(super) fn printed_at(&self, attempt: AttemptId) -> Option<Timestamp> {
        self.lock().sessions.get(&attempt)?.printed_at
    }

    /// Nobody looks at a fake terminal; what it would have been told is kept.
    pub(super) fn ring(&self, line: &str) -> usize {
        self.lock().rung.push(line.to_owned());
        0
    }

    pub(super) fn look_on(&self, attempt: AttemptId) {
        self.lock().onlookers.push(attempt);
    }

    pub(super) fn onlookers(&self, attempt: AttemptId) -> usize {
        self.lock().onlookers.iter().filter(|on| **on == attempt).count()
    }

    pub(super) fn rung(&self) -> Vec<String> {
        self.lock().rung.clone()
    }

    pub(super) fn forget(&self, attempt: AttemptId) -> Result<(), SessionError> {
        let mut state = self.lock();
        if state.sessions.get(&attempt).is_some_and(Session::is_running) {
            return Err(failed("forgetting a session", "it still runs"));
        }
        state.sessions.remove(&attempt);
        Ok(())
    }

    pub(super) fn known(&self) -> Vec<AttemptId> {
        self.lock().sessions.keys().copied().collect()
    }

    /// Each running terminal in tmux has one, and it goes with it.
    pub(super) fn stray_windows(&self, kept: &[AttemptId]) -> Vec<String> {
        let state = self.lock();
        let running = state
            .sessions
            .iter()
            .filter(|(_, session)| session.plan.kind == SessionKind::Tmux && session.is_running());
        let strays = running.map(|(id, _)| *id).filter(|id| !kept.contains(id)).map(window_name);
        strays.filter(|name| !state.closed_windows.contains(name)).collect()
    }

    pub(super) fn close_window(&self, name: &str) {
        self.lock().closed_windows.insert(name.to_owned());
    }

    pub(super) fn forget_sinks(&self) {
        let mut state = self.lock();
        state.news.clear();
        for session in state.sessions.values_mut() {
            session.sink = None;
            session.look_at = None;
        }
    }

    pub(super) fn injected(&self, attempt: AttemptId) -> Vec<Injection> {
        self.lock().sessions.get(&attempt).map(|session| session.injected.clone()).unwrap_or_default()
    }

    pub(super) fn plan(&self, attempt: AttemptId) -> Option<SessionPlan> {
        self.lock().sessions.get(&attempt).map(|session| session.plan.clone())
    }

    pub(super) fn starts(&self) -> Vec<AttemptId> {
        self.lock().starts.clone()
    }
}

impl State {
    fn require(&self, kind: SessionKind) -> Result<(), SessionError> {
        match self.tmux {
            Tmux::Missing if kind == SessionKind::Tmux => {
                Err(SessionError::Unusable("tmux is not installed: install it".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn presence(&self, attempt: AttemptId) -> SessionPresence {
        self.sessions.get(&attempt).map_or(SessionPresence::Never, |session| session.presence.clone())
    }

    fn act(&mut self, attempt: AttemptId, acts: Vec<Act>, now: Timestamp) {
        for act in acts {
            match act {
                Act::Print(stream, bytes) => {
                    let Some(session) = self.sessions.get_mut(&attempt) else { return };
                    let offset = session.print(stream, &bytes, now);
                    self.tell_of(attempt, SessionSignal::Output { stream, offset, bytes });
                }
                Act::Show(screen) => {
                    let Some(session) = self.sessions.get_mut(&attempt) else { return };
                    session.screen = screen.clone();
                    self.tell_of(attempt, SessionSignal::Screen(screen));
                }
                Act::Family(family) => self.change_family(attempt, family),
                Act::End(exit) => self.end(attempt, exit, now),
            }
        }
    }

    fn remind(&mut self, now: Timestamp) {
        let is_due = |session: &Session| session.look_at.as_ref().is_some_and(|(at, _)| *at <= now);
        let due: Vec<AttemptId> =
            self.sessions.values().filter(|one| is_due(one)).map(|one| one.plan.attempt).collect();
        for attempt in due {
            if let Some(session) = self.sessions.get_mut(&attempt) {
                session.look_at = None;
            }
            self.tell_of(attempt, SessionSignal::LookAgain);
        }
    }

    fn change_family(&mut self, attempt: AttemptId, family: Vec<Offspring>) {
        let Some(session) = self.sessions.get_mut(&attempt) else { return };
        session.family = family;
        let lives = |pid: &u32| session.family.iter().any(|one| one.pid == *pid);
        if session.look_at.as_ref().is_some_and(|(_, processes)| !processes.iter().all(lives)) {
            session.look_at = None;
            self.tell_of(attempt, SessionSignal::LookAgain);
        }
    }

    fn end(&mut self, attempt: AttemptId, exit: Exit, now: Timestamp) {
        if let Some(session) = self.sessions.get_mut(&attempt).filter(|session| session.is_running()) {
            session.presence = SessionPresence::Ended { exit, at: now };
            self.tell_of(attempt, SessionSignal::Ended { exit, at: now });
        }
    }

    fn lose(&mut self, attempt: AttemptId) {
        if let Some(session) = self.sessions.get_mut(&attempt).filter(|session| session.is_running()) {
            session.presence = SessionPresence::Lost;
            self.tell_of(attempt, SessionSignal::Lost);
        }
    }

    fn tell_of(&mut self, attempt: AttemptId, signal: SessionSignal) {
        let sink = self.sessions.get(&attempt).and_then(|session| session.sink.clone());
        self.news.extend(sink.map(|sink| News { attempt, sink, signal }));
    }
}

impl Session {
    fn new(plan: &SessionPlan, presence: SessionPresence, now: Timestamp) -> Self {
        Self {
            plan: plan.clone(),
            presence,
            program: Box::new(super::Idle),
            output: Vec::new(),
            error: Vec::new(),
            screen: Screen::default(),
            traces: HashMap::new(),
            injected: Vec::new(),
            sink: None,
            at_work: Some(now),
            printed_at: None,
            line_taken: false,
            torn: false,
            family: Vec::new(),
            look_at: None,
        }
    }

    const fn is_running(&self) -> bool {
        matches!(self.presence, SessionPresence::Running { .. })
    }

    /// A file on standard input that carries a delivery counts as injected.
    fn deliver_stdin(&mut self) {
        if let SessionInput::File { delivery: Some(delivery), .. } = self.plan.stdin {
            self.traces.insert(InjectionKey::Delivery(delivery), Trace::Done);
        }
    }

    fn print(&mut self, stream: Stream, bytes: &[u8], now: Timestamp) -> u64 {
        self.at_work = self.at_work.map(|_| now);
        self.printed_at = Some(now);
        let log = match stream {
            Stream::Output => &mut self.output,
            Stream::Error => &mut self.error,
        };
        let offset = log.len() as u64;
        log.extend_from_slice(bytes);
        offset
    }

    fn page(&self, stream: Stream, offset: u64, limit: usize) -> LogPage {
        let log = match stream {
            Stream::Output => &self.output,
            Stream::Error => &self.error,
        };
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(log.len());
        let end = start.saturating_add(limit).min(log.len());
        let next = if start == end { offset } else { end as u64 };
        LogPage { bytes: log[start..end].to_vec(), next, at_end: end == log.len() }
    }

    /// Why a payload is not written, if it is not.
    fn refusal(&self, payload: &Payload) -> Result<Option<InjectionOutcome>, SessionError> {
        let terminal = self.plan.kind.is_terminal();
        let reads = self.plan.stdin == SessionInput::Open || terminal;
        let inert = |text: &str| text.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control());
        match payload {
            Payload::Line(line) if terminal || !reads || line.contains(['\n', '\r']) => {
                Err(failed("injecting", "not a line for this program"))
            }
            Payload::Line(_) => Ok(None),
            Payload::Keys(_) if !terminal => Err(failed("injecting", "not keys for this program")),
            Payload::Keys(_) => Ok(None),
            Payload::Paste { text, .. } if !terminal || !inert(text) => {
                Err(failed("injecting", "not a text for this program"))
            }
            Payload::Paste { .. } if self.line_taken => Ok(Some(InjectionOutcome::LineTaken)),
            Payload::Paste { text, .. } if text.contains('\n') && !self.screen.bracketed_paste => {
                Ok(Some(InjectionOutcome::NeedsBracketedPaste))
            }
            Payload::Paste { .. } => Ok(None),
        }
    }

    fn limit_reached(&self, now: Timestamp) -> Option<EndReason> {
        let SessionPresence::Running { started_at, .. } = self.presence else { return None };
        let limits = self.plan.limits;
        if limits.wall.is_some_and(|wall| now.since(started_at) >= wall) {
            return Some(EndReason::WallLimit);
        }
        let silent = self.at_work.map(|since| now.since(since));
        let idle = limits.idle.is_some_and(|idle| silent.is_some_and(|silent| silent >= idle));
        idle.then_some(EndReason::IdleLimit)
    }
}

fn check(plan: &SessionPlan) -> Result<(), SessionError> {
    let absolute = plan.argv.first().is_some_and(|program| program.starts_with('/'));
    let fits = matches!(
        (plan.kind, &plan.stdin),
        (SessionKind::Headless, SessionInput::Nothing | SessionInput::File { .. })
            | (SessionKind::Structured, SessionInput::Open)
            | (SessionKind::Tmux | SessionKind::Pty, SessionInput::Terminal)
    );
    if absolute && fits { Ok(()) } else { Err(failed("reading the plan", "it cannot be started")) }
}

fn failed(operation: &str, message: &str) -> SessionError {
    SessionError::Failed { operation: operation.to_owned(), message: message.to_owned() }
}
