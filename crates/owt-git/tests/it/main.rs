//! owt-git against real git, in sealed homes.

mod beside;
mod commit;
mod conformance;
mod discovery;
mod failures;
mod in_place;
mod measured;
mod sandbox;
mod snapshots;
mod trash;
mod worktrees;
