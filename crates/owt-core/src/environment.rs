//! The environment of a workspace: what projects it holds, what they need, and what it has for itself.
//!
//! Values and pure text only: which ports are in use, which files there are and which programs are installed is
//! known to the port `Environments`, never here.

mod hook;
mod include;
mod lease;
mod moved_paths;
mod name;
mod outfit;
mod port_block;
mod project;
mod rel_path;
mod state;
mod surroundings;
mod template;

pub use hook::HookMoment;
pub use hook::SetupState;
pub use include::AGENT_FILE_PATTERNS;
pub use include::AGENT_FOLDER_PATTERNS;
pub use include::IncludeRules;
pub use include::NESTED_AGENT_FILES;
pub use include::is_in_environment_folder;
pub use include::is_record_of_an_agent;
pub use include::pattern_of;
pub use lease::Lease;
pub use moved_paths::MovedPaths;
pub use name::ComposeProject;
pub use name::DatabaseSuffix;
pub use name::InvalidName;
pub use outfit::Furnishing;
pub use outfit::Installs;
pub use outfit::LackingSubmodule;
pub use outfit::Outfit;
pub use outfit::Submodules;
pub use port_block::PORTS_IN_A_BLOCK;
pub use port_block::PortBlock;
pub use port_block::PortBlockError;
pub use port_block::PortRange;
pub use port_block::PortRangeError;
pub use project::Command;
pub use project::Ecosystem;
pub use project::Manager;
pub use project::Program;
pub use project::Project;
pub use rel_path::RelPath;
pub use rel_path::RelPathError;
pub use state::InstallFailure;
pub use state::InstallFailureKind;
pub use state::InstallState;
pub use surroundings::leave_active_environment;
pub use template::Rendered;
pub use template::TemplateValues;
