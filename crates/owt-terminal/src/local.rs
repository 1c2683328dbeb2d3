//! The port [`Sessions`] on this machine: hosts, and tmux as their window.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::offspring::Offspring;
use owt_core::pane::Pane;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::AttachPlan;
use owt_ports::IdleClock;
use owt_ports::Injection;
use owt_ports::InjectionOutcome;
use owt_ports::LogPage;
use owt_ports::Screen;
use owt_ports::SessionError;
use owt_ports::SessionPlan;
use owt_ports::SessionPresence;
use owt_ports::SessionSink;
use owt_ports::Sessions;
use owt_ports::Stream;
use owt_ports::Transcript;
use owt_process::Escalation;

use crate::client::ClientError;
use crate::clock;
use crate::journal;
use crate::journal::Trace;
use crate::launch_file::HostTuning;
use crate::launch_file::LaunchFile;
use crate::launcher;
use crate::log_reader;
use crate::offspring;
use crate::private;
use crate::private::failure;
use crate::site::Site;
use crate::site::unanswered;
use crate::strays;
use crate::tmux::Tmux;
use crate::tmux::Window;
use crate::transcript::LogTranscript;
use crate::watch::Watches;
use crate::wire::FaultCode;
use crate::wire::Message;
use crate::wire::Request;

/// How long an injection may take: those that wait before it, its own text, the program's reaction.
const INJECTION_TIME: Duration = Duration::from_secs(120);

/// How long recording an end may take beyond the graces.
const END_TIME: Duration = Duration::from_secs(20);

/// Where sessions live and what they need.
#[derive(Debug, Clone)]
pub struct SessionPaths {
    /// Sockets; short, and of this boot: `$XDG_RUNTIME_DIR/owt-...`. Made with mode 0700.
    pub runtime_dir: AbsPath,
    /// One folder an attempt: logs, records, launch files. Made with mode 0700.
    pub attempts_dir: AbsPath,
    /// The program with the hidden commands `host --launch FILE`, `host-attach SOCKET` and `hook`.
    pub owt_program: AbsPath,
    /// tmux, where it is known; elsewhere it is found when it is required.
    pub tmux_program: Option<AbsPath>,
}

/// Sessions of this machine. Holds nothing that matters: everything is asked from hosts and their files, so that
/// any number of these, one after the other or at once, see the same.
#[derive(Debug)]
pub struct LocalSessions {
    paths: SessionPaths,
    tuning: HostTuning,
    tmux: Tmux,
    watches: Watches,
}

impl LocalSessions {
    /// Sessions below these paths. Nothing is made or looked at yet.
    pub fn new(paths: SessionPaths, tuning: HostTuning) -> Self {
        let tmux = Tmux::new(paths.tmux_program.clone(), paths.runtime_dir.clone());
        Self { paths, tuning, tmux, watches: Watches::default() }
    }

    /// Ends every process that a host which was killed left behind; returns how many there were. [`Sessions::stop`]
    /// does this for a lost session.
    ///
    /// # Errors
    /// [`SessionError::Failed`] while the attempt's host lives, or when a process cannot be ended.
    pub fn end_strays(&self, attempt: AttemptId) -> Result<usize, SessionError> {
        let site = self.site(attempt)?;
        let failed =
            |message: String| SessionError::Failed { operation: "ending strays".to_owned(), message };
        match site.host_lives() {
            Ok(false) => strays::end(attempt, &self.patience()).map_err(|error| failed(error.to_string())),
            Ok(true) => Err(failed(format!("the session of {attempt} still runs"))),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// The attempts whose hosts live, with the hosts' process ids, as the kernel knows the holders of their locks: no
    /// host and no journal is asked.
    ///
    /// # Errors
    /// When a folder or a lock cannot be looked at: who lives is not known then.
    pub fn living_hosts(&self) -> Result<Vec<(AttemptId, u32)>, SessionError> {
        let mut living = Vec::new();
        for attempt in self.known()? {
            let site = self.site(attempt)?;
            let host = site.host_pid();
            let host =
                host.map_err(|error| failure("looking for the host", &site.files.host_lock(), &error))?;
            living.extend(host.map(|pid| (attempt, pid)));
        }
        Ok(living)
    }

    fn site(&self, attempt: AttemptId) -> Result<Site, SessionError> {
        Site::new(&self.paths.runtime_dir, &self.paths.attempts_dir, attempt)
    }

    const fn patience(&self) -> Escalation {
        let HostTuning { interrupt_grace, terminate_grace, .. } = self.tuning;
        Escalation { interrupt: interrupt_grace, terminate: terminate_grace, kill: Duration::from_secs(2) }
    }

    fn start(&self, site: &Site, plan: &SessionPlan) -> Result<(), SessionError> {
        match plan.kind {
            SessionKind::Headless | SessionKind::Structured | SessionKind::Pty => {
                launcher::spawn_detached(&self.paths.owt_program, site)
            }
            SessionKind::Tmux => {
                let mut argv = vec![self.paths.owt_program.to_string()];
                argv.extend(launcher::host_arguments(site));
                let (launch, program) = (site.files.launch(), &self.paths.owt_program);
                let launch = opens(&plan.window.environment).then_some(&launch);
                let window = Window { title: &plan.title, launch, program, alt_keys: plan.window.alt_keys };
                self.tmux.open(plan.attempt, &window, &argv)
            }
        }
    }

    /// Puts the panes beside the agent. Without them the agent works all the same.
    fn furnish(&self, site: &Site, panes: &[Pane]) {
        if panes.is_empty() {
            return;
        }
        let argv = |number: usize| {
            let file = site.files.launch();
            let (owt, number) = (self.paths.owt_program.as_str(), number.to_string());
            [owt, "pane", "--launch", file.as_str(), &number].map(str::to_owned).to_vec()
        };
        if let Err(error) = self.tmux.furnish(site.attempt, panes, argv) {
            tracing::warn!(attempt = %site.attempt, %error, "a window has fewer panes than its layout");
        }
    }

    /// How an attempt was launched.
    fn launched(&self, site: &Site) -> Result<LaunchFile, SessionError> {
        let path = site.files.launch();
        LaunchFile::read(&path).map_err(|error| failure("reading the launch file", &path, &error))
    }

    /// What the journal says when no host answers.
    fn injected_before(&self, site: &Site, injection: &Injection) -> Result<InjectionOutcome, SessionError> {
        let path = site.files.journal();
        match journal::recorded(&path, &injection.key) {
            Ok(Some(Trace::Done)) => Ok(InjectionOutcome::AlreadyInjected),
            Ok(Some(Trace::Begun)) => Ok(InjectionOutcome::Uncertain),
            Ok(None) => Err(SessionError::NotRunning(site.attempt)),
            Err(error) => Err(failure("reading the journal", &path, &error)),
        }
    }
}

impl Sessions for LocalSessions {
    fn launch(&self, plan: &SessionPlan) -> Result<SessionPresence, SessionError> {
        let site = self.site(plan.attempt)?;
        for folder in [&self.paths.runtime_dir, &self.paths.attempts_dir, site.files.folder()] {
            private::make_folder(folder)
                .map_err(|error| failure("making a private folder", folder, &error))?;
        }
        let turn = site.launch_turn()?;
        match site.presence_in_turn(&turn)? {
            SessionPresence::Never => {}
            been => return Ok(been),
        }
        self.require(plan.kind, "")?;
        let path = site.files.launch();
        let file = LaunchFile::new(plan, site.socket.clone(), self.tuning).map_err(|error| {
            SessionError::Failed { operation: "reading the plan".to_owned(), message: error.to_string() }
        })?;
        file.write(&path).map_err(|error| failure("writing the launch file", &path, &error))?;
        let presence = launcher::start(&site, &turn, || self.start(&site, plan)).inspect_err(|_| {
            // A start that failed never happened; the launch file holds secrets. Should this fail too, the next
            // probe withdraws it.
            let _ = site.presence_in_turn(&turn);
        })?;
        if plan.kind == SessionKind::Tmux && matches!(presence, SessionPresence::Running { .. }) {
            self.furnish(&site, &plan.window.panes);
        }
        Ok(presence)
    }

    fn probe(&self, attempt: AttemptId) -> Result<SessionPresence, SessionError> {
        let site = self.site(attempt)?;
        if site.has_trace() { site.presence() } else { Ok(SessionPresence::Never) }
    }

    fn require(&self, kind: SessionKind, search_path: &str) -> Result<(), SessionError> {
        self.site(AttemptId::from_bits(0))?;
        if kind == SessionKind::Tmux { self.tmux.require(search_path) } else { Ok(()) }
    }

    fn inject(&self, attempt: AttemptId, injection: &Injection) -> Result<InjectionOutcome, SessionError> {
        let site = self.site(attempt)?;
        let request = Request::Inject { key: (&injection.key).into(), payload: (&injection.payload).into() };
        match site.host().and_then(|mut host| host.ask_patiently(&request, INJECTION_TIME)) {
            Ok(Message::Injection { outcome }) => Ok(outcome.into()),
            // The host ended, perhaps in the middle of it: the journal knows.
            Ok(Message::Ended { .. }) | Err(ClientError::Gone) => self.injected_before(&site, injection),
            Err(ClientError::Refused(fault)) if fault.code == FaultCode::Ending => {
                self.injected_before(&site, injection)
            }
            other => Err(unanswered(other)),
        }
    }

    fn stop(&self, attempt: AttemptId, reason: EndReason) -> Result<SessionPresence, SessionError> {
        let site = self.site(attempt)?;
        let patience = self.tuning.interrupt_grace + self.tuning.terminate_grace + END_TIME;
        let request = Request::Stop { reason };
        match site.host().and_then(|mut host| host.ask_patiently(&request, patience)) {
            Ok(Message::Ended { exit, at }) => return Ok(SessionPresence::Ended { exit, at }),
            Err(ClientError::Gone) => {}
            other => return Err(unanswered(other)),
        }
        let presence = self.probe(attempt)?;
        match presence {
            SessionPresence::Lost => {
                let path = site.files.launch();
                private::remove(&path).map_err(|error| failure("removing the launch file", &path, &error))?;
                self.end_strays(attempt).map(|_| presence)
            }
            // It was between two states when we came.
            SessionPresence::Running { .. } => self.stop(attempt, reason),
            SessionPresence::Ended { .. } | SessionPresence::Never => Ok(presence),
        }
    }

    fn set_idle_clock(&self, attempt: AttemptId, clock: IdleClock) -> Result<(), SessionError> {
        let request = Request::IdleClock { paused: clock == IdleClock::Paused };
        match self.site(attempt)?.host().and_then(|mut host| host.ask(&request)) {
            Ok(Message::Running { .. }) => Ok(()),
            Ok(Message::Ended { .. }) | Err(ClientError::Gone) => Err(SessionError::NotRunning(attempt)),
            other => Err(unanswered(other)),
        }
    }

    fn watch(&self, attempt: AttemptId, from: u64, sink: Arc<dyn SessionSink>) -> Result<(), SessionError> {
        let site = self.site(attempt)?;
        if self.probe(attempt)? == SessionPresence::Never {
            let message = format!("there is no trace of {attempt}");
            return Err(SessionError::Failed { operation: "watching a session".to_owned(), message });
        }
        self.watches.begin(site, from, sink)
    }

    fn screen(&self, attempt: AttemptId) -> Result<Screen, SessionError> {
        let site = self.site(attempt)?;
        match site.host().and_then(|mut host| host.ask(&Request::Screen)) {
            Ok(Message::Screen { screen, looks }) => Ok(Screen { looks, ..screen.into() }),
            Err(ClientError::Gone) => Err(SessionError::NotRunning(attempt)),
            Err(ClientError::Refused(fault)) if fault.code == FaultCode::NoTerminal => {
                Err(SessionError::Unusable(fault.message))
            }
            other => Err(unanswered(other)),
        }
    }

    fn offspring(&self, attempt: AttemptId) -> Result<Vec<Offspring>, SessionError> {
        match self.probe(attempt)? {
            SessionPresence::Running { host_pid, program_pid, .. } => {
                let found = offspring::below((host_pid, program_pid), &self.paths.owt_program, clock::now());
                let operation = "looking at the processes of a session".to_owned();
                found.map_err(|error| SessionError::Failed { operation, message: error.to_string() })
            }
            _ => Err(SessionError::NotRunning(attempt)),
        }
    }

    fn look_again(&self, attempt: AttemptId, after: Duration, processes: &[u32]) -> Result<(), SessionError> {
        self.watches.look_again(attempt, after, processes)
    }

    fn read_log(
        &self,
        attempt: AttemptId,
        stream: Stream,
        offset: u64,
        limit: usize,
    ) -> Result<LogPage, SessionError> {
        let path = self.site(attempt)?.files.log(stream);
        log_reader::page(&path, offset, limit).map_err(|error| failure("reading a log", &path, &error))
    }

    fn printed_at(&self, attempt: AttemptId) -> Result<Option<Timestamp>, SessionError> {
        let files = self.site(attempt)?.files;
        let newest = [Stream::Output, Stream::Error].map(|stream| {
            let path = files.log(stream);
            log_reader::grew_at(&path).map_err(|error| failure("looking at a log", &path, &error))
        });
        let [output, error] = newest;
        Ok(output?.max(error?))
    }

    fn onlookers(&self, attempt: AttemptId) -> Result<usize, SessionError> {
        let site = self.site(attempt)?;
        // An older host does not know, and one that ends meanwhile shows nothing any more.
        match site.host().and_then(|mut host| host.ask(&Request::Onlookers)) {
            Ok(Message::Onlookers { terminals }) => Ok(terminals + self.tmux.onlookers(attempt)?),
            Ok(_) | Err(_) => self.tmux.onlookers(attempt),
        }
    }

    fn ring(&self, line: &str) -> Result<usize, SessionError> {
        let mut rung = self.tmux.ring(line)?;
        for (attempt, _) in self.living_hosts()? {
            let site = self.site(attempt)?;
            let request = Request::Ring { line: line.to_owned() };
            // An older host does not know how, and one that ends meanwhile shows nothing any more.
            if let Ok(Message::Rang { terminals }) = site.host().and_then(|mut host| host.ask(&request)) {
                rung += terminals;
            }
        }
        Ok(rung)
    }

    fn transcript(&self, attempt: AttemptId) -> Result<Box<dyn Transcript>, SessionError> {
        Ok(Box::new(LogTranscript::open(&self.site(attempt)?.files)?))
    }

    fn attach_plan(&self, attempt: AttemptId, inside: Option<&str>) -> Result<AttachPlan, SessionError> {
        let site = self.site(attempt)?;
        if !matches!(self.probe(attempt)?, SessionPresence::Running { .. }) {
            return Err(SessionError::NotRunning(attempt));
        }
        let LaunchFile { kind, title, panes, alt_keys, pane_environment, .. } = self.launched(&site)?;
        if !kind.is_terminal() {
            return Err(SessionError::Unusable(format!("a {} session has no terminal", kind.as_str())));
        }
        if kind == SessionKind::Pty {
            // The person's terminal shows it by itself, inside any tmux as outside.
            let words = [self.paths.owt_program.as_str(), "host-attach", "--person", site.socket.as_str()];
            return Ok(AttachPlan { argv: words.map(str::to_owned).to_vec(), unset: Vec::new() });
        }
        self.tmux.require("")?;
        if !self.tmux.shows_agent(attempt)? {
            // tmux, its session or the pane was ended; the agent was not. A fresh pane shows it again.
            let words = [self.paths.owt_program.as_str(), "host-attach", site.socket.as_str()];
            let words = words.map(str::to_owned);
            let (launch, program) = (site.files.launch(), &self.paths.owt_program);
            let launch = opens(&pane_environment).then_some(&launch);
            let window = Window { title: &title, launch, program, alt_keys };
            match self.tmux.has(attempt)? {
                true => self.tmux.show_agent(attempt, &words)?,
                false => self.tmux.open(attempt, &window, &words)?,
            }
        }
        self.furnish(&site, &panes);
        self.tmux.attach_plan(attempt, inside)
    }

    fn forget(&self, attempt: AttemptId) -> Result<(), SessionError> {
        let site = self.site(attempt)?;
        if matches!(self.probe(attempt)?, SessionPresence::Running { .. }) {
            let message = format!("the session of {attempt} still runs");
            return Err(SessionError::Failed { operation: "forgetting a session".to_owned(), message });
        }
        self.watches.end(attempt);
        for path in site.files.all().into_iter().chain([site.socket.clone()]) {
            private::remove(&path).map_err(|error| failure("forgetting a session", &path, &error))?;
        }
        // What others keep in the folder (prompts) is theirs to remove, and the folder goes with the last of it.
        let _ = std::fs::remove_dir(site.files.folder());
        Ok(())
    }

    fn known(&self) -> Result<Vec<AttemptId>, SessionError> {
        let folder = &self.paths.attempts_dir;
        let failed = |error: io::Error| failure("listing attempts", folder, &error);
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            // Nor is there one below something that is no folder.
            Err(error)
                if error.kind() == io::ErrorKind::NotADirectory
                    && std::fs::symlink_metadata(folder).is_err() =>
            {
                return Ok(Vec::new());
            }
            other => other.map_err(failed)?,
        };
        let mut known = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let Some(attempt) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if self.site(attempt)?.has_trace() {
                known.push(attempt);
            }
        }
        known.sort_unstable();
        Ok(known)
    }

    fn stray_windows(&self, kept: &[AttemptId]) -> Result<Vec<String>, SessionError> {
        self.tmux.strays(kept)
    }

    fn close_window(&self, name: &str) -> Result<(), SessionError> {
        self.tmux.close(name)
    }
}

/// Whether a person may open something over a session's window: where nothing says as whom, nothing opens.
fn opens(window_environment: &BTreeMap<String, String>) -> bool {
    !window_environment.is_empty()
}
