//! The one place that starts a process.
//!
//! Every program that the product runs is started here, so that process groups, timeouts, output caps, the
//! environment and the trace record are decided once. This room knows processes; it must not know git, tmux or
//! any agent, and never builds a shell string.
//!
//! - [`Cmd`] describes a process; [`Cmd::run`] waits for its output, [`Cmd::spawn`] hands out a [`Child`],
//!   [`Cmd::spawn_detached`] starts one that outlives us, [`Cmd::exec`] becomes it.
//! - [`tree`] finds and ends whole families of processes.
//! - [`find_program`] and [`program_version`] find installed programs.
//! - [`git_variables`] lists what of `GIT_*` is never inherited.

pub mod git_variables;
pub mod tree;

mod child;
mod command;
mod detached;
mod environment;
mod error;
mod escalation;
mod exit_notice;
mod launch;
mod outcome;
mod placement;
mod programs;
mod pump;
mod reaper;
mod run;
mod shell_line;
mod streams;
mod trace;

pub use child::Child;
pub use command::Cmd;
pub use command::DEFAULT_OUTPUT_CAP;
pub use command::DEFAULT_TIMEOUT;
pub use command::Input;
pub use detached::Log;
pub use error::ProcessError;
pub use escalation::Escalation;
pub use exit_notice::ExitNotice;
pub use outcome::ExitOutcome;
pub use outcome::Output;
pub use placement::Placement;
pub use programs::find_program;
pub use programs::program_version;
pub use streams::Stream;
pub use streams::Streams;
pub use trace::TRACE_TARGET;
pub use tree::offspring::while_none_starts;
