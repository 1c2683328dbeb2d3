//! What comes into a workspace's branch: what its own upstream has, where there is something new; otherwise the branch that it
//! was made from, or what that one's upstream has besides.

use owt_core::vcs::ObjectId;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::Upstream;

use crate::engine::Engine;

/// Something that comes in.
pub(super) struct Source {
    /// Whose it is, as a person writes it.
    pub(super) name: String,
    /// The commit.
    pub(super) tip: ObjectId,
}

impl From<Upstream> for Source {
    fn from(upstream: Upstream) -> Self {
        Self { name: upstream.name, tip: upstream.tip }
    }
}

/// What comes into this branch; `None`: it follows nothing and was made from no branch.
pub(super) fn of(engine: &Engine, line: &Worktree) -> Result<Option<Source>, GitError> {
    let git = &engine.ports().git;
    let own = git.upstream(&line.repository, &line.branch)?;
    if let Some(own) = own.clone().filter(|own| own.behind > 0) {
        return Ok(Some(own.into()));
    }
    let own = own.map(Source::from);
    let Some(base) = &line.base.branch else { return Ok(own) };
    let BranchState::Taken(tip) = git.branch_state(&line.repository, base)? else { return Ok(own) };
    match git.upstream(&line.repository, base)? {
        // The person's own branch has nothing that the remote's has not.
        Some(upstream) if upstream.ahead == 0 && upstream.behind > 0 => Ok(Some(upstream.into())),
        _ => Ok(Some(Source { name: base.to_string(), tip })),
    }
}

/// The remotes that say what comes in. Where git cannot tell, nobody is asked: what comes in is looked up anew, and told there.
pub(super) fn remotes(engine: &Engine, line: &Worktree) -> Vec<String> {
    let branches = [Some(&line.branch), line.base.branch.as_ref()];
    let followed = branches
        .into_iter()
        .flatten()
        .filter_map(|branch| engine.ports().git.upstream(&line.repository, branch).ok().flatten()?.remote);
    followed.collect()
}
