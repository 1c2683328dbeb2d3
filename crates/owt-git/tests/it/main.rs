//! owt-git against real git, in sealed homes.
#![expect(clippy::unwrap_used, reason = "a test's way of failing is to panic, in what its tests share too")]

mod beside;
mod commit;
mod conformance;
mod diffs;
mod discovery;
mod failing_disk;
mod failures;
mod in_place;
mod landing;
mod lookout;
mod measured;
mod remotes;
mod sandbox;
mod snapshots;
mod trash;
mod worktrees;
