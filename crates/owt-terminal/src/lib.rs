//! Sessions: where attempts live. Implements the port [`owt_ports::Sessions`] with one small host process per
//! attempt ([`host`]) and a tmux server of our own as the window to terminal programs.
//!
//! This room knows processes, terminals and sockets; it must not know jobs, agents, prompts or the default tmux
//! server, and it reads no environment: every path is given by the caller.

pub mod attach;
pub mod emulator;
pub mod host;
pub mod pane;
pub mod popup;
pub mod relay;

mod bell;
mod client;
mod clock;
mod journal;
mod launch_file;
mod launcher;
mod layout;
mod local;
mod log_reader;
mod looks;
mod offspring;
mod private;
mod record;
mod site;
mod sizes;
mod strays;
mod tmux;
mod transcript;
mod typing;
mod watch;
mod wire;

pub use bell::signal as bell_signal;
pub use launch_file::HostTuning;
pub use layout::SOCKET_PATH_LIMIT;
pub use local::LocalSessions;
pub use local::SessionPaths;
