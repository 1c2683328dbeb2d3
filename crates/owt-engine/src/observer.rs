//! Listening to sessions: what they print and show becomes evidence for their attempts.
//!
//! Signals come on the session adapter's threads, in order for each attempt. A program's event stream is read
//! from its beginning after a restart; the same bytes give the same places, so nothing counts twice.

mod children;
mod disbelieved;
mod edits;
mod idle_clocks;
mod interrupting;
mod last_words;
mod looks;
mod open_tools;
mod record;
mod screen_reader;
mod strange_lines;
mod stream_reader;
mod submission;
mod token_ledger;
mod token_totals;
mod transcript_reader;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use owt_agents::Manifest;
use owt_agents::events::AgentEvent;
use owt_agents::events::Start;
use owt_agents::manifest::Mode;
use owt_agents::manifest::OutputFormat;
use owt_agents::manifest::ReadyRule;
use owt_agents::protocol::Answer;
use owt_agents::protocol::Frame;
use owt_agents::protocol::Opening;
use owt_agents::protocol::Protocol;
use owt_agents::protocol::Request;
use owt_agents::screen::classify;
use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::HOLD;
use owt_core::attempt::HooksTell;
use owt_core::attempt::Line;
use owt_core::attempt::Undrawn;
use owt_core::effect::Message;
use owt_core::evidence::Activity;
use owt_core::evidence::Evidence;
use owt_core::evidence::Observation;
use owt_core::evidence::Overruled;
use owt_core::evidence::ReportId;
use owt_core::evidence::Source;
use owt_core::job::Job;
use owt_core::session::SessionKind;
use owt_core::workspace::Workspace;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::Screen;
use owt_ports::SessionError;
use owt_ports::SessionSignal;
use owt_ports::SessionSink;
use owt_ports::StoreError;
use owt_ports::Stream;
use serde_json::Map;
use serde_json::Value;
use tracing::Span;

use crate::before_agent::before_agent;
use crate::dispatcher::Dispatcher;
use crate::effects::session::level;
use crate::entity::Entity;
use crate::home::Home;
use crate::hooks_heard::hooks_tell;
use crate::ports::Ports;
use crate::records::Records;
use crate::subject::session_span;
use crate::viewers::Viewers;
use crate::workspace_settings::settings_of;
use children::Families;
pub use disbelieved::Disbelief;
use disbelieved::Disbelieved;
use edits::Edits;
pub(crate) use edits::edited;
use idle_clocks::IdleClocks;
use open_tools::OpenTools;
use screen_reader::ScreenReader;
use screen_reader::asked_on;
use screen_reader::reading;

pub use open_tools::OpenTool;
pub(crate) use screen_reader::MOST_ASKED;
pub use screen_reader::screen_activity;
pub(crate) use screen_reader::screen_view;
use strange_lines::AllStrangeLines;
pub use strange_lines::StrangeLines;
use stream_reader::StreamReader;
use transcript_reader::TranscriptReader;

/// What one watched session is read with.
struct Watcher {
    /// `None` when the agent is not known any more: then only its end is understood.
    manifest: Option<Manifest>,
    stream: StreamReader,
    screen: ScreenReader,
    /// `None` where its program keeps no record that is read, or tells everything itself.
    transcript: Option<TranscriptReader>,
    /// `None` where it speaks no machine protocol.
    talk: Option<Talk>,
    /// What records of it carry in the log.
    span: Span,
}

impl Watcher {
    /// Whether its program's record holds more than was counted.
    fn is_behind(&self) -> bool {
        self.transcript.as_ref().is_some_and(TranscriptReader::is_behind)
    }
}

/// What a machine protocol is spoken with.
struct Talk {
    protocol: Protocol,
    directory: AbsPath,
    resumes: Option<String>,
    members: Map<String, Value>,
    /// The program's own name of its newest turn.
    turn: Option<String>,
}

/// Those who listen.
pub(crate) struct Observers {
    inner: Arc<Inner>,
}

struct Inner {
    ports: Ports,
    home: Home,
    records: Records,
    dispatcher: Arc<Dispatcher>,
    watchers: Mutex<HashMap<AttemptId, Arc<Mutex<Watcher>>>>,
    idle_clocks: IdleClocks,
    disbelieved: Disbelieved,
    strange: AllStrangeLines,
    strange_reports: AllStrangeLines,
    families: Families,
    tools: OpenTools,
    viewers: Viewers,
}

impl Observers {
    /// Nobody is listened to yet.
    pub(crate) fn new(
        ports: Ports,
        home: Home,
        (records, dispatcher): (Records, Arc<Dispatcher>),
        viewers: Viewers,
    ) -> Self {
        let watchers = Mutex::new(HashMap::new());
        Self {
            inner: Arc::new(Inner {
                ports,
                home,
                records,
                dispatcher,
                watchers,
                idle_clocks: IdleClocks::default(),
                disbelieved: Disbelieved::default(),
                strange: AllStrangeLines::default(),
                strange_reports: AllStrangeLines::default(),
                families: Families::default(),
                tools: OpenTools::default(),
                viewers,
            }),
        }
    }

    /// Begins to listen to an attempt's session; one that is listened to already is left.
    pub(crate) fn watch(&self, id: AttemptId) -> Result<(), StoreError> {
        let Some((watcher, kind)) = self.inner.watcher(id)? else {
            return Ok(());
        };
        {
            let mut watchers = self.inner.lock();
            if watchers.contains_key(&id) {
                return Ok(());
            }
            watchers.insert(id, Arc::new(Mutex::new(watcher)));
            self.inner.idle_clocks.forget(id);
        }
        // A terminal's bytes are read as a picture, not as a stream: only what comes from now on matters.
        let from = if kind.is_terminal() { u64::MAX } else { 0 };
        if let Err(error) = self.inner.ports.sessions.watch(id, from, self.inner.clone()) {
            self.inner.lock().remove(&id);
            if error == SessionError::Crashed {
                return Err(StoreError::Crashed);
            }
            tracing::warn!(attempt = %id, %error, "the session cannot be listened to");
        }
        self.inner.look_again_at_children(id)
    }

    /// Whether an attempt's session is listened to.
    pub(crate) fn is_watching(&self, id: AttemptId) -> bool {
        self.inner.lock().contains_key(&id)
    }

    /// Looks at a terminal again: a picture is told when it changes, and one that was not believed (too soon after a
    /// message, too soon after a print) may not change any more.
    pub(crate) fn look_again(&self, id: AttemptId) -> Result<(), StoreError> {
        let Some(watcher) = self.inner.lock().get(&id).cloned() else { return Ok(()) };
        let screen = match self.inner.ports.sessions.screen(id) {
            Ok(screen) => screen,
            Err(SessionError::Crashed) => return Err(StoreError::Crashed),
            // Whatever became of the session is told by its last signal.
            Err(_) => return Ok(()),
        };
        let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
        self.inner.screen(id, &mut watcher, &screen)
    }

    /// The program's own name of the newest turn of a session, where it has one.
    pub(crate) fn turn_of(&self, id: AttemptId) -> Option<String> {
        let watcher = self.inner.lock().get(&id).cloned()?;
        let watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
        watcher.talk.as_ref()?.turn.clone()
    }

    /// The tools that an agent uses now, as far as its event stream or its hooks tell.
    pub(crate) fn tools(&self, id: AttemptId) -> Vec<OpenTool> {
        self.inner.tools.of(id)
    }

    /// A hook told that a tool is being used.
    pub(crate) fn tool_opened(&self, id: AttemptId, tool: OpenTool) {
        self.inner.tools.open(id, tool);
    }

    /// A hook told that the use of a tool is over.
    pub(crate) fn tool_closed(&self, id: AttemptId, call: &str) {
        self.inner.tools.close(id, call);
    }

    /// What of its stream was not understood since this server has listened.
    pub(crate) fn strange_lines(&self, id: AttemptId) -> Option<StrangeLines> {
        self.inner.strange.of(id)
    }

    /// What its hooks have told and nobody understood since this server has listened.
    pub(crate) fn strange_reports(&self, id: AttemptId) -> Option<StrangeLines> {
        self.inner.strange_reports.of(id)
    }

    /// A hook told what nobody understands.
    pub(crate) fn strange_report(&self, id: AttemptId, what: String, payload: &str) {
        self.inner.strange_reports.hear_report(id, what, payload);
    }

    /// What was seen of a running session and not believed, oldest first.
    pub(crate) fn disbelieved(&self, id: AttemptId) -> Vec<Disbelief> {
        self.inner.disbelieved.of(id)
    }

    /// A hook told that a turn is over, and not how: what the program's own record says of it comes first.
    pub(crate) fn end_by_record(&self, id: AttemptId) -> Result<(), StoreError> {
        let Some(watcher) = self.inner.lock().get(&id).cloned() else { return Ok(()) };
        let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
        self.inner.read_transcript(id, &mut watcher)?;
        self.inner.tell_failure(id, &mut watcher)
    }

    /// A session is gone, and nobody has listened: what its agent's record says comes before that is told.
    pub(crate) fn read_rest(&self, id: AttemptId) -> Result<(), StoreError> {
        match self.inner.watcher(id)? {
            Some((mut watcher, _)) => self.inner.read_rest(id, &mut watcher),
            None => Ok(()),
        }
    }

    /// Takes in something that was seen elsewhere (a person's answer).
    pub(crate) fn report(
        &self,
        id: AttemptId,
        evidence: Evidence,
        request: RequestId,
    ) -> Result<(), StoreError> {
        self.inner.tell(id, AttemptInput::Seen { evidence }, request)
    }

    /// Takes in what a hook reported, in whole and once.
    pub(crate) fn report_of_hook(
        &self,
        id: AttemptId,
        report: ReportId,
        seen: Vec<Evidence>,
        request: RequestId,
    ) -> Result<(), StoreError> {
        self.inner.tell(id, AttemptInput::Reported { report, seen }, request)
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AttemptId, Arc<Mutex<Watcher>>>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watcher(&self, id: AttemptId) -> Result<Option<(Watcher, SessionKind)>, StoreError> {
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(None) };
        let Some(job) = self.records.load::<Job>(attempt.spec.job)? else { return Ok(None) };
        let workspace = self.records.load::<Workspace>(attempt.spec.workspace)?;
        let root = workspace.as_ref().and_then(|w| w.spec.source());
        let kind = attempt.spec.session;
        let manifest = match settings_of(&self.ports, &self.home, (attempt.spec.workspace, root)) {
            Ok(settings) => settings.catalog.get(&job.spec.agent).ok().cloned(),
            Err(error) => {
                tracing::warn!(%error, "the configuration is broken: sessions are listened to when it is mended");
                return Ok(None);
            }
        };
        let mode = manifest.as_ref().and_then(|manifest| manifest.mode(kind));
        let output = mode.map_or(OutputFormat::Terminal, |mode| mode.output);
        let ready = mode.map_or(ReadyRule::Start, |mode| mode.ready);
        let start = match attempt.spec.resumes {
            Some(_) => Start::Resumed(None),
            None => Start::Fresh,
        };
        let folder = workspace.as_ref().map(|workspace| workspace.spec.path.clone());
        let members = mode.map(|mode| opening_of(mode, &job)).unwrap_or_default();
        let protocol = Protocol::of(output).filter(|_| kind == SessionKind::Structured);
        let talk = protocol.zip(workspace.clone()).map(|(protocol, workspace)| Talk {
            protocol,
            directory: workspace.spec.path,
            resumes: attempt.spec.resumes,
            members,
            turn: None,
        });
        let transcript = self.transcript(
            kind,
            manifest.as_ref(),
            workspace.as_ref().map(|it| (attempt.spec.workspace, it)),
        )?;
        let edits = Edits::within(folder);
        let (stream, screen) = (StreamReader::new(output, kind, start, edits), ScreenReader::new(ready));
        let span = session_span(&self.records, &Attempt::stream(id));
        Ok(Some((Watcher { manifest, stream, screen, transcript, talk, span }, kind)))
    }

    fn request(&self) -> RequestId {
        RequestId::from_bits(self.ports.entropy.id_bits())
    }

    fn tell(&self, id: AttemptId, input: AttemptInput, request: RequestId) -> Result<(), StoreError> {
        let before = self.records.load::<Attempt>(id)?;
        let now = self.ports.clock.now();
        if let Some(before) = &before {
            self.disbelieved.note(id, before, &input, now);
            // Before it is called at rest: for no moment is it, while what it has started works on.
            if !before.is_at_rest() && before.rests_after(&input, now) {
                self.look_at_children(id, before, request)?;
            }
        }
        self.dispatcher.dispatch(Message::Attempt { id, input }, request)?;
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(()) };
        if attempt.is_at_rest() {
            self.tools.close_all(id);
        }
        if before.is_some_and(|before| !before.is_at_rest()) {
            self.follow_children(id, &attempt)?;
        }
        self.idle_clocks.follow(&*self.ports.sessions, id, &attempt)
    }

    /// Tells what nobody asked for.
    fn tell_seen(&self, id: AttemptId, input: AttemptInput) -> Result<(), StoreError> {
        self.tell(id, input, self.request())
    }

    fn tell_all(&self, id: AttemptId, seen: Vec<Evidence>) -> Result<(), StoreError> {
        seen.into_iter().try_for_each(|evidence| self.tell_seen(id, AttemptInput::Seen { evidence }))
    }

    fn output(&self, id: AttemptId, watcher: &mut Watcher, bytes: &[u8]) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        watcher.screen.printed(self.ports.clock.moment());
        let events = watcher.stream.feed(bytes);
        if events.is_empty() {
            return Ok(());
        }
        // Only what says that a message was read asks which one it may be.
        let reads =
            |event: &AgentEvent| matches!(event, AgentEvent::TurnStarted | AgentEvent::PromptEchoed { .. });
        let before = if events.iter().any(reads) { before_agent(&self.records, id)? } else { Vec::new() };
        for event in events {
            if let (AgentEvent::TurnNamed { turn }, Some(talk)) = (&event, &mut watcher.talk) {
                talk.turn = Some(turn.clone());
            }
            self.reply(id, watcher, &event);
            self.tools.hear(id, &event, now);
            self.strange.hear(id, &event);
            let seen = watcher.stream.understand(&event, &before, now);
            self.tell_all(id, seen)?;
        }
        Ok(())
    }

    fn screen(&self, id: AttemptId, watcher: &mut Watcher, screen: &Screen) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        let keeps_record = watcher.transcript.is_some();
        let Watcher { manifest: Some(manifest), screen: reader, .. } = watcher else { return Ok(()) };
        // A terminal that draws all the time is judged twice a second: once each time.
        let view = screen_view(screen);
        let verdict = classify(manifest, &view);
        self.interrupt_again(id, manifest, &view)?;
        if let Some(draft) = &verdict.draft {
            self.submit_what_stands(id, manifest, draft, now)?;
            self.clear_what_came_back(id, manifest, verdict.state, draft)?;
        }
        let Some((activity, held)) = reader.read(&verdict, screen, self.ports.clock.moment()) else {
            return Ok(());
        };
        let rests_over_draft = verdict.draft.is_some() && activity == Activity::Idle;
        let observation = Observation::Doing { activity };
        let held_ms = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
        let (reading, about) = (reading(&verdict), asked_on(&verdict));
        let evidence =
            Evidence { held_ms, reading, about, ..Evidence::now(observation, Source::Screen, now) };
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(()) };
        if rests_over_draft && !may_rest_with_draft(&attempt) {
            return Ok(());
        }
        let tells_readings = keeps_record || hooks_tell(manifest) == Some(HooksTell::Beginnings);
        if evidence.observation == AT_REST
            && tells_readings
            && let Some(left) = attempt.awaits_reading(now)
        {
            self.disbelieved.keep(id, vec![(evidence, Overruled::NotRead)]);
            return self.remind(id, left, &[]);
        }
        if evidence.observation == AT_REST && attempt.is_running() && attempt.weigh(&evidence, now).is_ok() {
            self.tell_failure(id, watcher)?;
        }
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(()) };
        let overruled = attempt.is_running().then(|| attempt.weigh(&evidence, now).err()).flatten();
        if overruled == Some(Overruled::Known) {
            return self.idle_clocks.follow(&*self.ports.sessions, id, &attempt);
        }
        self.tell_seen(id, AttemptInput::Seen { evidence })?;
        match overruled {
            Some(Overruled::ScreenNotHeld) => self.remind(id, HOLD.saturating_sub(held), &[]),
            Some(Overruled::NothingDrawn) => {
                self.remind(id, Undrawn::of(&attempt).map_or(Duration::ZERO, |it| it.left(now)), &[])
            }
            _ => Ok(()),
        }
    }

    /// Asks to be reminded to look again.
    fn remind(&self, id: AttemptId, after: Duration, processes: &[u32]) -> Result<(), StoreError> {
        match self.ports.sessions.look_again(id, after, processes) {
            Err(SessionError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                tracing::warn!(attempt = %id, %error, "nobody will say when to look again");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// The moment to look again has come: at the screen of one that is at work, at the programs of one at rest.
    fn look_now(&self, id: AttemptId, watcher: &mut Watcher) -> Result<(), StoreError> {
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(()) };
        if watcher.is_behind() {
            self.read_transcript(id, watcher)?;
        }
        if attempt.is_at_rest() {
            return self.look_again_at_children(id);
        }
        self.read_transcript(id, watcher)?;
        match self.ports.sessions.screen(id) {
            Ok(screen) => self.screen(id, watcher, &screen),
            Err(SessionError::Crashed) => Err(StoreError::Crashed),
            // Whatever became of the session is told by its last signal.
            Err(_) => Ok(()),
        }
    }

    /// Says what the protocol wants said: what opens the conversation, and that nobody here can answer a request, which
    /// would wait for ever. When the stream is read again all of it is said again, and the host knows each frame by its
    /// key.
    fn reply(&self, id: AttemptId, watcher: &Watcher, event: &AgentEvent) {
        let Some(talk) = &watcher.talk else { return };
        let refusal = StreamReader::unanswerable(event).map(|request| Frame {
            key: format!("answer-{request}"),
            line: talk.protocol.answer(&Request { request, input: &Value::Null }, &Answer::Unsupported),
        });
        let resumes = talk.resumes.as_deref();
        let opening = Opening { directory: &talk.directory, resumes, members: &talk.members };
        for frame in talk.protocol.follow_up(event, &opening).into_iter().chain(refusal) {
            let injection =
                Injection { key: InjectionKey::Frame(frame.key), payload: Payload::Line(frame.line) };
            if let Err(error) = self.ports.sessions.inject(id, &injection) {
                tracing::debug!(attempt = %id, %error, "a frame of the protocol was not taken");
            }
        }
    }

    fn ended(
        &self,
        id: AttemptId,
        watcher: &mut Watcher,
        exit: owt_core::session::Exit,
        at: owt_core::Timestamp,
    ) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        let before = before_agent(&self.records, id)?;
        self.await_record(watcher)?;
        self.read_rest(id, watcher)?;
        let last = watcher.stream.finish(exit, &before, now);
        self.tell_all(id, last)?;
        self.tell_seen(id, AttemptInput::Ended { exit, at })
    }

    /// What the record of a session that is gone has to say, before its end is told.
    fn read_rest(&self, id: AttemptId, watcher: &mut Watcher) -> Result<(), StoreError> {
        self.read_transcript(id, watcher)?;
        self.count_rest(id, watcher)?;
        self.doubt_unrecorded(id, watcher)
    }

    fn take(
        &self,
        attempt: AttemptId,
        watcher: &mut Watcher,
        signal: SessionSignal,
    ) -> Result<(), StoreError> {
        match signal {
            SessionSignal::Output { stream: Stream::Output, bytes, .. } => {
                self.output(attempt, watcher, &bytes)
            }
            SessionSignal::Output { .. } => Ok(()),
            SessionSignal::Screen(screen) => {
                self.read_transcript(attempt, watcher)?;
                self.screen(attempt, watcher, &screen)
            }
            SessionSignal::LookAgain => self.look_now(attempt, watcher),
            SessionSignal::Ended { exit, at } => self.ended(attempt, watcher, exit, at),
            SessionSignal::Lost => {
                self.read_rest(attempt, watcher)?;
                self.tell_seen(attempt, AttemptInput::Lost)
            }
        }
    }
}

const AT_REST: Observation = Observation::Doing { activity: Activity::Idle };

/// Whether an agent with a text in its prompt box may have come to rest just now: one at work, whose message has been seen
/// to be read. After Esc in Claude Code the prompt stands in the box again. Over a draft nothing is offered, and a message
/// of ours that is just being entered is no rest.
fn may_rest_with_draft(attempt: &Attempt) -> bool {
    let is_entered =
        !matches!(attempt.line, Line::Given { .. } | Line::Taken { read: None, worked: false, .. });
    !attempt.is_at_rest() && is_entered
}

/// A job that only plans has its whole stance on the command line.
fn opening_of(mode: &Mode, job: &Job) -> Map<String, Value> {
    match job.spec.plan_mode {
        true => Map::new(),
        false => mode.permissions.opening(level(job.spec.permissions)),
    }
}

impl SessionSink for Inner {
    fn signal(&self, attempt: AttemptId, signal: SessionSignal) {
        let Some(watcher) = self.lock().get(&attempt).cloned() else { return };
        let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let _inside = watcher.span.clone().entered();
        let last = matches!(signal, SessionSignal::Ended { .. } | SessionSignal::Lost);
        let taken = self.take(attempt, &mut watcher, signal);
        if let Err(error) = &taken {
            // Listened to anew (by the reconciler) everything is told again, and what counted does not count twice.
            tracing::error!(%attempt, %error, "what was seen could not be recorded");
        }
        if last || taken.is_err() {
            self.disbelieved.forget(attempt);
            self.families.forget(attempt);
            self.tools.close_all(attempt);
            self.lock().remove(&attempt);
        }
        // What they look at next is at least as new as what was recorded of it.
        self.viewers.tell(attempt);
    }
}
