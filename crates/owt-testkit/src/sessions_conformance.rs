//! What every kind of session must do, real or fake: the one suite for [`Sessions`].
//!
//! A check sees nothing but the port and a [`SessionsHarness`], and uses attempts of its own, so that checks may
//! share a world. It waits for what is told, never for time.
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

mod injections;
mod lifecycle;
mod listener;
mod losses;
mod terminals;

use std::sync::Arc;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;
use owt_ports::SessionInput;
use owt_ports::SessionPlan;
use owt_ports::Sessions;
use owt_ports::WindowPlan;

pub use listener::Listener;

/// A world of sessions under test.
pub trait SessionsHarness: Sync {
    /// The port, as a server that has just started has it: a new adapter on the same world.
    fn sessions(&self) -> Arc<dyn Sessions>;

    /// The kinds that can be had here.
    fn kinds(&self) -> Vec<SessionKind>;

    /// A number that was never given out.
    fn fresh_bits(&self) -> u128;

    /// The argv of a program that behaves so in a session of this kind.
    fn argv(&self, kind: SessionKind, script: Script) -> Vec<String>;

    /// A private file with this content.
    fn file(&self, content: &str) -> AbsPath;

    /// A folder that exists.
    fn directory(&self) -> AbsPath;

    /// Ends an attempt's host without a chance to write anything down, and waits until it is gone.
    fn kill_host(&self, attempt: AttemptId);

    /// Lets the limits of a running session be reached. Where time passes by itself there is nothing to do.
    fn let_time_pass(&self);

    /// A person types into an attempt's terminal and does not press enter.
    fn person_types(&self, attempt: AttemptId);
}

/// How a program behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Prints `hello wörld` and ends with code 3.
    Say,
    /// Prints `ready` and waits for ever; obeys an interrupt.
    Wait,
    /// Prints `ready` and waits for ever; obeys nothing.
    Stubborn,
    /// Prints `ready`, then everything it is given, whole lines or pastes at once; ends with code 0 at `quit`.
    /// A terminal program switches bracketed paste on.
    Repeat,
    /// A terminal program without bracketed paste: prints `ready` and waits for ever.
    Plain,
    /// There is no such program.
    Missing,
}

/// One named demand.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Panics when it does not. Demands on one kind of session do nothing where the harness has none.
    pub run: fn(&dyn SessionsHarness),
}

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All demands.
        pub const CHECKS: &[Check] = &[$($(Check { name: stringify!($name), run: $module::$name }),+),+];
    };
}

checks! {
    lifecycle: an_attempt_without_a_trace_is_never, a_program_that_ends_is_recorded_and_replayed,
        what_was_printed_last_has_its_time,
        a_second_launch_changes_nothing, two_launchers_at_once_start_one_program, a_missing_program_is_recorded,
        a_plan_that_fits_no_kind_is_refused_without_a_trace, stopping_is_recorded_with_its_reason,
        a_program_that_obeys_nothing_is_ended, the_wall_clock_limit_ends_a_session,
        the_idle_limit_ends_a_session, silence_counts_only_while_the_idle_clock_runs,
        a_watch_begins_where_it_is_told, a_second_watch_replaces_the_first,
        a_server_that_comes_later_sees_the_same, forgetting_leaves_nothing, a_running_session_is_not_forgotten,
        who_wants_to_look_again_is_reminded_once, what_does_not_run_has_no_offspring;
    injections: a_line_goes_in_once, an_end_does_not_undo_what_was_injected, a_file_on_stdin_is_its_delivery,
        keys_of_two_kinds_never_meet, what_does_not_fit_the_program_is_refused_and_may_come_again;
    terminals: a_paste_goes_in_once_and_is_submitted, several_lines_need_bracketed_paste,
        a_person_at_the_keys_has_the_line, control_characters_never_reach_a_terminal,
        a_screen_shows_what_was_printed, a_transcript_has_each_line_once, a_session_without_a_terminal_has_no_screen,
        a_window_without_its_attempt_is_stray;
    losses: a_killed_host_is_lost_and_never_started_again;
}

/// What the checks share: a plan, made and launched.
struct Scene<'a> {
    harness: &'a dyn SessionsHarness,
    sessions: Arc<dyn Sessions>,
    kind: SessionKind,
}

impl<'a> Scene<'a> {
    /// One scene for each kind that the harness has, of these.
    fn each(harness: &'a dyn SessionsHarness, kinds: &[SessionKind]) -> Vec<Self> {
        let sessions = harness.sessions();
        let had = harness.kinds().into_iter().filter(|kind| kinds.contains(kind));
        had.map(|kind| Self { harness, sessions: Arc::clone(&sessions), kind }).collect()
    }

    /// One scene for each kind that the harness has.
    fn all(harness: &'a dyn SessionsHarness) -> Vec<Self> {
        Self::each(
            harness,
            &[SessionKind::Headless, SessionKind::Structured, SessionKind::Tmux, SessionKind::Pty],
        )
    }

    fn plan(&self, script: Script) -> SessionPlan {
        SessionPlan {
            attempt: AttemptId::from_bits(self.harness.fresh_bits()),
            kind: self.kind,
            argv: self.harness.argv(self.kind, script),
            environment: [("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())].into(),
            directory: self.harness.directory(),
            stdin: match self.kind {
                SessionKind::Headless => SessionInput::Nothing,
                SessionKind::Structured => SessionInput::Open,
                SessionKind::Tmux | SessionKind::Pty => SessionInput::Terminal,
            },
            limits: SessionLimits { wall: None, idle: None },
            title: "conformance".to_owned(),
            window: WindowPlan::default(),
        }
    }

    fn launch(&self, script: Script) -> AttemptId {
        let plan = self.plan(script);
        self.sessions.launch(&plan).unwrap();
        plan.attempt
    }

    /// Launches and waits until the program has said that it is ready.
    fn launch_ready(&self, script: Script) -> (AttemptId, Arc<Listener>) {
        let attempt = self.launch(script);
        let listener = self.listen(attempt, 0);
        listener.await_output("ready");
        (attempt, listener)
    }

    fn listen(&self, attempt: AttemptId, from: u64) -> Arc<Listener> {
        let listener = Arc::new(Listener::default());
        self.sessions.watch(attempt, from, Arc::clone(&listener) as _).unwrap();
        listener
    }

    fn fresh_delivery(&self) -> DeliveryId {
        DeliveryId::from_bits(self.harness.fresh_bits())
    }
}
