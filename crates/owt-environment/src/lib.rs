//! Makes a fresh worktree ready to work in: finds its projects, brings private files and caches along, installs
//! packages, looks at ports and at what the folder costs.
//!
//! This room knows package managers and the file system. It must not know git (what is tracked or ignored is told to
//! it), agents, or the engine.

mod build_caches;
mod cache_kind;
mod exclusive;
mod fault;
mod furnish;
mod install;
mod listing;
mod project;
mod sockets;
mod tree_file;
mod worktrees;

pub use worktrees::WorktreeEnvironments;
