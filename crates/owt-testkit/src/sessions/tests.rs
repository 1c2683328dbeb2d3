//! The fake keeps the contract, and its world does what a simulator asks of it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionInput;
use owt_ports::WindowPlan;

use super::*;
use crate::clock::VirtualClock;
use crate::sessions_conformance::CHECKS;
use crate::sessions_conformance::Listener;
use crate::sessions_conformance::Script;
use crate::sessions_conformance::SessionsHarness;

/// A program as the suite's scripts want it; the script is the program's name.
struct Scripted {
    script: String,
    terminal: bool,
    text: String,
}

impl Scripted {
    fn say(&mut self, text: &str, bracketed_paste: bool) -> Vec<Act> {
        self.text.push_str(text);
        let screen = Screen { rows: vec![self.text.clone()], bracketed_paste, ..Screen::default() };
        let print = Act::Print(Stream::Output, text.as_bytes().to_vec());
        if self.terminal { vec![print, Act::Show(screen)] } else { vec![print] }
    }
}

impl FakeProgram for Scripted {
    fn started(&mut self, plan: &SessionPlan) -> Vec<Act> {
        match (self.script.as_str(), &plan.stdin) {
            ("Say", _) => {
                let mut acts = self.say("hello wörld", false);
                acts.push(Act::End(Exit::Code { code: 3 }));
                acts
            }
            ("Repeat", SessionInput::File { path, .. }) => {
                let mut acts = self.say(&std::fs::read_to_string(path).unwrap(), false);
                acts.push(Act::End(Exit::Code { code: 0 }));
                acts
            }
            ("Repeat", _) => self.say("ready", true),
            _ => self.say("ready", false),
        }
    }

    fn given(&mut self, payload: &Payload) -> Vec<Act> {
        match payload {
            Payload::Line(line) if line == "quit" => vec![Act::End(Exit::Code { code: 0 })],
            Payload::Line(text) | Payload::Paste { text, .. } | Payload::Keys(text) => self.say(text, true),
        }
    }
}

fn casting() -> Casting {
    Arc::new(|plan| {
        let script = plan.argv[0].trim_start_matches("/fake/").to_owned();
        if script == "Missing" {
            return Err(2);
        }
        let terminal = plan.kind.is_terminal();
        Ok(Box::new(Scripted { script, terminal, text: String::new() }))
    })
}

struct Harness {
    clock: VirtualClock,
    fake: FakeSessions,
    minted: AtomicU64,
    folder: tempfile::TempDir,
}

impl Harness {
    fn new() -> Self {
        let clock = VirtualClock::default();
        let fake = FakeSessions::new(Arc::new(clock.clone()), CrashPlan::never(), casting());
        Self { clock, fake, minted: AtomicU64::new(0), folder: tempfile::tempdir().unwrap() }
    }
}

impl SessionsHarness for Harness {
    fn sessions(&self) -> Arc<dyn Sessions> {
        // A second server beside the first, not after it: the first keeps its sinks.
        Arc::new(self.fake.clone())
    }

    fn kinds(&self) -> Vec<SessionKind> {
        vec![SessionKind::Headless, SessionKind::Structured, SessionKind::Tmux, SessionKind::Pty]
    }

    fn fresh_bits(&self) -> u128 {
        u128::from(self.minted.fetch_add(1, Ordering::SeqCst))
    }

    fn argv(&self, _kind: SessionKind, script: Script) -> Vec<String> {
        vec![format!("/fake/{script:?}")]
    }

    fn file(&self, content: &str) -> AbsPath {
        let path = self.folder.path().join(self.fresh_bits().to_string());
        std::fs::write(&path, content).unwrap();
        AbsPath::new(path).unwrap()
    }

    fn directory(&self) -> AbsPath {
        AbsPath::new(self.folder.path()).unwrap()
    }

    fn kill_host(&self, attempt: AttemptId) {
        self.fake.kill_host(attempt);
    }

    fn let_time_pass(&self) {
        self.clock.advance(Duration::from_secs(3600));
        self.fake.pass_time();
    }

    fn person_types(&self, attempt: AttemptId) {
        self.fake.person_types(attempt);
    }
}

#[test]
fn the_fake_conforms() {
    let harness = Harness::new();
    for check in CHECKS {
        println!("{}", check.name);
        (check.run)(&harness);
    }
}

fn plan(harness: &Harness) -> SessionPlan {
    SessionPlan {
        attempt: AttemptId::from_bits(harness.fresh_bits()),
        kind: SessionKind::Structured,
        argv: harness.argv(SessionKind::Structured, Script::Repeat),
        environment: [].into(),
        directory: harness.directory(),
        stdin: SessionInput::Open,
        limits: SessionLimits { wall: None, idle: None },
        title: String::new(),
        window: WindowPlan::default(),
    }
}

fn line(name: &str) -> Injection {
    Injection { key: InjectionKey::Frame(name.to_owned()), payload: Payload::Line(name.to_owned()) }
}

#[test]
fn a_torn_injection_is_uncertain_for_ever_and_was_not_counted() {
    let harness = Harness::new();
    let plan = plan(&harness);
    harness.fake.launch(&plan).unwrap();
    harness.fake.tear_next_injection(plan.attempt);
    for _ in 0..2 {
        let torn = harness.fake.inject(plan.attempt, &line("r1"));
        assert_eq!(torn, Ok(InjectionOutcome::Uncertain));
    }
    assert_eq!(harness.fake.probe(plan.attempt), Ok(SessionPresence::Lost));
    assert_eq!(harness.fake.injected(plan.attempt), []);
}

#[test]
fn a_crash_after_the_launch_leaves_a_session_that_the_next_server_finds() {
    let clock = VirtualClock::default();
    let crash = CrashPlan::at(2);
    let fake = FakeSessions::new(Arc::new(clock), crash, everybody_idle());
    let harness = Harness::new();
    let plan = plan(&harness);
    assert_eq!(fake.launch(&plan), Err(SessionError::Crashed));
    let next = fake.reopened(CrashPlan::never());
    assert!(matches!(next.launch(&plan), Ok(SessionPresence::Running { .. })));
    assert_eq!(next.starts(), [plan.attempt]);
}

#[test]
fn the_next_server_is_told_and_the_dead_one_is_not() {
    let harness = Harness::new();
    let plan = plan(&harness);
    harness.fake.launch(&plan).unwrap();
    let (old, new) = (Arc::new(Listener::default()), Arc::new(Listener::default()));
    harness.fake.watch(plan.attempt, 0, Arc::clone(&old) as _).unwrap();
    let before = old.signals().len();
    let next = harness.fake.reopened(CrashPlan::never());
    next.watch(plan.attempt, 0, Arc::clone(&new) as _).unwrap();
    next.act(
        plan.attempt,
        vec![Act::Print(Stream::Error, b"oops".to_vec()), Act::End(Exit::Signal { signal: 9 })],
    );
    assert_eq!(new.await_end(), Exit::Signal { signal: 9 });
    assert_eq!(new.text(Stream::Error), "oops");
    assert_eq!(old.signals().len(), before);
}

#[test]
fn without_tmux_only_terminals_are_refused() {
    let harness = Harness::new();
    harness.fake.set_tmux(Tmux::Missing);
    assert!(matches!(harness.fake.require(SessionKind::Tmux, ""), Err(SessionError::Unusable(_))));
    assert_eq!(harness.fake.require(SessionKind::Headless, ""), Ok(()));
    assert_eq!(harness.fake.require(SessionKind::Pty, ""), Ok(()));
}
