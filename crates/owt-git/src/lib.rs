//! Typed git: what the engine needs from a repository, over the git program's porcelain and exit codes.
//!
//! [`GitCli`] implements [`owt_ports::Git`]. It changes worktrees and branches of ours, and the caller's own
//! checkout only where the port says so (in-place jobs). This room must not know jobs, agents or sessions.
//!
//! - `call` is the one way to start git: every hazard (hooks, prompts, locks, locale) is neutralised there.
//! - `lookout` keeps watch over worktrees, so that git is asked again only when something has changed.
//! - `location`, `refs`, `status`, `diff`, `administration` read; `worktree`, `snapshot`, `trash`, `commit`, `switch` do.
//! - `radar` tells which lines of work would not merge with one another; what it writes goes to `throw_away` folders.
//! - `landing` brings work into a target branch.
//! - Which files never enter a commit of ours is said by [`owt_core::secret_rule`].
//!
//! git 2.38 or newer ([`version`]). The newest things used are `rev-parse --path-format` (2.31) and `switch` (2.23);
//! 2.38 is the floor because landing needs `merge-tree --write-tree`. Measured and tested with 2.47.3.

mod administration;
mod apply;
mod call;
mod client;
mod commit;
mod diff;
mod discard;
mod facts;
mod failure;
mod identity;
mod index;
mod index_lock;
mod landing;
mod linked;
mod listing;
mod location;
mod lookout;
mod marker;
mod nested;
mod private_file;
mod push;
mod radar;
mod refs;
mod remote;
mod snapshot;
mod snapshot_message;
mod status;
mod submodules;
mod switch;
mod throw_away;
mod trash;
mod trash_record;
mod undo;
mod unfinished;
mod untrash;
pub mod version;
mod withheld;
mod worktree;

pub use client::GitCli;
pub use client::GitSettings;
pub use identity::repository_id;
pub use lookout::GitLookout;
pub use lookout::PersonalFiles;
pub use push::GitRemotes;
pub use radar::GitRadar;
pub use refs::RefKind;
