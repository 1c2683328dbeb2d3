//! The traits the engine needs from the world, in domain words.
//!
//! This room declares; it must not implement, and it must not name an adapter (git, tmux, SQLite appear only
//! as the things the docs compare with). Every trait is synchronous: the engine calls ports from named worker
//! threads, and the simulator calls the same code with fakes on one thread.

mod clock;
mod diff;
mod environment;
mod files;
mod forge;
mod git;
mod landing;
mod lookout;
mod notifier;
mod programs;
mod radar;
mod record_databases;
mod remotes;
mod sessions;
mod store;
mod upkeep;

pub use clock::*;
pub use diff::*;
pub use environment::*;
pub use files::*;
pub use forge::*;
pub use git::*;
pub use landing::*;
pub use lookout::*;
pub use notifier::*;
pub use programs::*;
pub use radar::*;
pub use record_databases::*;
pub use remotes::*;
pub use sessions::*;
pub use store::*;
pub use upkeep::*;
