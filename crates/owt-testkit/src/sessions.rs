//! Sessions in memory: the contract of hosts and tmux, in a world that a test or the simulator moves.
//!
//! What a program does is given by a [`Casting`]; time passes when [`FakeSessions::pass_time`] is called. The world
//! outlives a simulated crash of the server ([`FakeSessions::reopened`]), as hosts do.

mod program;
mod transcript;
mod world;

use std::sync::Arc;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::offspring::Offspring;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::AttachPlan;
use owt_ports::Clock;
use owt_ports::IdleClock;
use owt_ports::Injection;
use owt_ports::InjectionOutcome;
use owt_ports::LogPage;
use owt_ports::Screen;
use owt_ports::SessionError;
use owt_ports::SessionPlan;
use owt_ports::SessionPresence;
use owt_ports::SessionSignal;
use owt_ports::SessionSink;
use owt_ports::Sessions;
use owt_ports::Stream;
use owt_ports::Transcript;

use crate::crash::CrashPlan;
use crate::crash::Crashed;

pub use program::Act;
pub use program::Casting;
pub use program::FakeProgram;
pub use program::Idle;
pub use program::everybody_idle;
use transcript::FakeTranscript;
use world::World;

impl From<Crashed> for SessionError {
    fn from(Crashed: Crashed) -> Self {
        Self::Crashed
    }
}

/// [`Sessions`] in memory; clones are the same server in the same world.
#[derive(Clone)]
pub struct FakeSessions {
    crash: CrashPlan,
    world: World,
}

impl FakeSessions {
    /// An empty world with tmux, whose programs are chosen by `casting`, and whose calls die as `crash` says.
    pub fn new(clock: Arc<dyn Clock>, crash: CrashPlan, casting: Casting) -> Self {
        Self { crash, world: World::new(clock, casting) }
    }

    /// The same world as the next server finds it: nobody is watched.
    pub fn reopened(&self, crash: CrashPlan) -> Self {
        self.world.forget_sinks();
        Self { crash, world: self.world.clone() }
    }

    /// Lets a running program do something by itself.
    ///
    /// # Panics
    /// When the attempt does not run.
    pub fn act(&self, attempt: AttemptId, acts: Vec<Act>) {
        self.world.act(attempt, acts);
    }

    /// `kill -9` of an attempt's host. A session that has ended stays as it is.
    pub fn kill_host(&self, attempt: AttemptId) {
        self.world.kill_host(attempt);
    }

    /// `kill -9` of an attempt's host in the middle of its next injection.
    pub fn tear_next_injection(&self, attempt: AttemptId) {
        self.world.tear_next_injection(attempt);
    }

    /// A person types into the session's terminal, and has the line until they enter it.
    pub fn person_types(&self, attempt: AttemptId) {
        self.world.person_types(attempt, true);
    }

    /// The person enters their line.
    pub fn person_enters(&self, attempt: AttemptId) {
        self.world.person_types(attempt, false);
    }

    /// Ends every session whose limit is reached by the clock, and reminds those who wanted to look again by now.
    pub fn pass_time(&self) {
        self.world.pass_time();
    }

    /// Whether tmux is installed from now on.
    pub fn set_tmux(&self, tmux: Tmux) {
        self.world.set_tmux(tmux);
    }

    /// Everything that was put before an attempt's program, in order.
    pub fn injected(&self, attempt: AttemptId) -> Vec<Injection> {
        self.world.injected(attempt)
    }

    /// How an attempt was launched.
    pub fn plan(&self, attempt: AttemptId) -> Option<SessionPlan> {
        self.world.plan(attempt)
    }

    /// A person sits down at a terminal that shows this session, and stays.
    pub fn look_on(&self, attempt: AttemptId) {
        self.world.look_on(attempt);
    }

    /// Every line with which a bell was rung.
    pub fn rung(&self) -> Vec<String> {
        self.world.rung()
    }

    /// Every attempt whose program was ever started, in order: none may be there twice.
    pub fn starts(&self) -> Vec<AttemptId> {
        self.world.starts()
    }

    /// One whole call: a point, the effect, what it makes the world tell, another point.
    fn call<T>(
        &self,
        name: &'static str,
        effect: impl FnOnce(&World) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        self.crash.point_before(name)?;
        let answer = effect(&self.world);
        self.world.tell();
        let answer = answer?;
        self.crash.point_after(name)?;
        Ok(answer)
    }
}

/// Whether a machine has tmux.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tmux {
    /// New enough.
    Installed,
    /// Not there.
    Missing,
}

impl Sessions for FakeSessions {
    fn launch(&self, plan: &SessionPlan) -> Result<SessionPresence, SessionError> {
        self.call("sessions.launch", |world| world.launch(plan))
    }

    fn probe(&self, attempt: AttemptId) -> Result<SessionPresence, SessionError> {
        self.call("sessions.probe", |world| Ok(world.presence(attempt)))
    }

    fn require(&self, kind: SessionKind, _search_path: &str) -> Result<(), SessionError> {
        self.call("sessions.require", |world| world.require(kind))
    }

    fn inject(&self, attempt: AttemptId, injection: &Injection) -> Result<InjectionOutcome, SessionError> {
        self.call("sessions.inject", |world| world.inject(attempt, injection))
    }

    fn stop(&self, attempt: AttemptId, reason: EndReason) -> Result<SessionPresence, SessionError> {
        self.call("sessions.stop", |world| {
            world.end(attempt, Exit::Ended { reason });
            Ok(world.presence(attempt))
        })
    }

    fn set_idle_clock(&self, attempt: AttemptId, clock: IdleClock) -> Result<(), SessionError> {
        self.call("sessions.set_idle_clock", |world| world.set_idle_clock(attempt, clock))
    }

    fn watch(&self, attempt: AttemptId, from: u64, sink: Arc<dyn SessionSink>) -> Result<(), SessionError> {
        self.call("sessions.watch", |world| world.watch(attempt, from, sink))
    }

    fn screen(&self, attempt: AttemptId) -> Result<Screen, SessionError> {
        self.call("sessions.screen", |world| world.screen(attempt))
    }

    fn offspring(&self, attempt: AttemptId) -> Result<Vec<Offspring>, SessionError> {
        self.call("sessions.offspring", |world| world.offspring(attempt))
    }

    fn look_again(&self, attempt: AttemptId, after: Duration, processes: &[u32]) -> Result<(), SessionError> {
        self.call("sessions.look_again", |world| {
            world.look_again(attempt, after, processes);
            Ok(())
        })
    }

    fn read_log(
        &self,
        attempt: AttemptId,
        stream: Stream,
        offset: u64,
        limit: usize,
    ) -> Result<LogPage, SessionError> {
        self.call("sessions.read_log", |world| Ok(world.read_log(attempt, stream, offset, limit)))
    }

    fn printed_at(&self, attempt: AttemptId) -> Result<Option<Timestamp>, SessionError> {
        self.call("sessions.printed_at", |world| Ok(world.printed_at(attempt)))
    }

    fn onlookers(&self, attempt: AttemptId) -> Result<usize, SessionError> {
        self.call("sessions.onlookers", |world| Ok(world.onlookers(attempt)))
    }

    fn ring(&self, line: &str) -> Result<usize, SessionError> {
        self.call("sessions.ring", |world| Ok(world.ring(line)))
    }

    fn transcript(&self, attempt: AttemptId) -> Result<Box<dyn Transcript>, SessionError> {
        self.call("sessions.transcript", |world| {
            let transcript: Box<dyn Transcript> = Box::new(FakeTranscript::new(world.clone(), attempt));
            Ok(transcript)
        })
    }

    fn attach_plan(&self, attempt: AttemptId, inside: Option<&str>) -> Result<AttachPlan, SessionError> {
        self.call("sessions.attach_plan", |world| {
            world.screen(attempt)?;
            if world.plan(attempt).is_some_and(|plan| plan.kind == SessionKind::Pty) {
                let argv = ["/fake/owt", "host-attach", &attempt.to_string()].map(str::to_owned).to_vec();
                return Ok(AttachPlan { argv, unset: Vec::new() });
            }
            let argv =
                ["/fake/tmux", "attach-session", "-t", &attempt.to_string()].map(str::to_owned).to_vec();
            Ok(AttachPlan { argv, unset: inside.map(|_| "TMUX".to_owned()).into_iter().collect() })
        })
    }

    fn forget(&self, attempt: AttemptId) -> Result<(), SessionError> {
        self.call("sessions.forget", |world| world.forget(attempt))
    }

    fn known(&self) -> Result<Vec<AttemptId>, SessionError> {
        self.call("sessions.known", |world| Ok(world.known()))
    }

    fn stray_windows(&self, kept: &[AttemptId]) -> Result<Vec<String>, SessionError> {
        self.call("sessions.stray_windows", |world| Ok(world.stray_windows(kept)))
    }

    fn close_window(&self, name: &str) -> Result<(), SessionError> {
        self.call("sessions.close_window", |world| {
            world.close_window(name);
            Ok(())
        })
    }
}

/// What the world has to tell somebody.
struct News {
    attempt: AttemptId,
    sink: Arc<dyn SessionSink>,
    signal: SessionSignal,
}

#[cfg(test)]
mod tests;
