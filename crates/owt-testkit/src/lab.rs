//! Where tests run real programs: a sealed home, a network of nothing but loopback, the pinned agent programs, the
//! scripted model beside them.
//!
//! Nothing here reads or writes the developer's own configuration. What a machine cannot offer comes back as
//! [`Unavailable`] with its reason, and the test that needs it prints the reason and is skipped.

mod agents;
mod built;
mod home;
mod model_process;
mod network;
mod pty;
mod seat;
mod settings;
mod virtual_environment;

pub use agents::CLAUDE;
pub use agents::CODEX;
pub use agents::CODEX_ACP;
pub use agents::COPILOT;
pub use agents::DROID;
pub use agents::GEMINI;
pub use agents::KILO;
pub use agents::OPENCODE;
pub use agents::PI;
pub use agents::PinnedAgent;
pub use agents::QWEN;
pub use agents::RealAgents;
pub use agents::Registry;
pub use agents::VIBE;
pub use agents::agents_folder;
pub use agents::install;
pub use agents::real_agents;
pub use built::built_program;
pub use home::SealedHome;
pub use model_process::ModelProcess;
pub use network::Network;
pub use pty::Pty;
pub use seat::Seat;

/// Why this machine cannot run something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

impl Unavailable {
    fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
