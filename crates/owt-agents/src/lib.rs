//! What each agent program is: manifests, launch specs, event parsers, hook payloads, screen rules.
//!
//! All pure: text and data in, data out. This room must not touch files, the environment, processes, clocks or
//! random sources, and it knows no engine and no port: whoever uses it brings the bytes and carries out the plan.

pub mod catalog;
pub mod delivery;
pub mod events;
pub mod hook;
pub mod launch;
pub mod manifest;
pub mod names;
pub mod protocol;
pub mod screen;
pub mod shell_words;
pub mod template;
pub mod transcript;

pub use catalog::Catalog;
pub use manifest::Manifest;
pub use names::AgentName;
pub use names::ConversationId;
pub use names::ModelName;
