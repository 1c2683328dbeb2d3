//! How an agent is started: from its manifest and what is wanted, to arguments, variables, files and first words.
//! Must not start anything, nor write a file: it says what to do, and refuses what the program cannot enforce.

mod codex_hooks;
mod error;
mod handed_over;
mod hook_settings;
mod plan;
mod spec;

pub use error::LaunchError;
pub use handed_over::HandOverError;
pub use handed_over::HandedOver;
pub use handed_over::SettingsPlace;
pub use hook_settings::hook_argv;
pub use plan::plan;
pub use spec::Conversation;
pub use spec::EnvironmentChange;
pub use spec::FilePurpose;
pub use spec::FoundExtras;
pub use spec::HookState;
pub use spec::LaunchFile;
pub use spec::LaunchInput;
pub use spec::LaunchInputs;
pub use spec::LaunchPrompt;
pub use spec::LaunchSpec;
pub use spec::PromptRoute;
pub use spec::RepositoryExtras;
pub use spec::Stance;

/// The largest prompt that travels as an argument, in bytes (decision 3).
pub const MAX_ARGV_PROMPT_BYTES: usize = 32 * 1024;

/// The file among [`LaunchSpec::files`] that holds what the agent is told besides its task; it is there exactly when
/// the agent is told it.
pub const CONTEXT_FILE: &str = "context.md";

/// The file among [`LaunchSpec::files`] that holds what it is told in front of its task instead, or that the line in
/// front of its task names.
pub const PREAMBLE_FILE: &str = "preamble.md";
