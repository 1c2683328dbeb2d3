//! Branches of remotes as they were fetched, and branches that follow them.

use owt_core::vcs::BranchName;
use owt_core::vcs::RemoteBranch;
use owt_ports::GitError;
use owt_ports::Upstream;

use super::repository::Repo;

impl Repo {
    pub(crate) fn remote_branches(&self, branch: &BranchName) -> Vec<RemoteBranch> {
        let of_name = self.remotes.iter().filter(|((_, name), _)| name == branch);
        of_name
            .map(|((remote, name), tip)| RemoteBranch {
                remote: remote.clone(),
                tracking: format!("refs/remotes/{remote}/{name}"),
                tip: tip.clone(),
            })
            .collect()
    }

    pub(crate) fn track_branch(&mut self, branch: &BranchName, from: &RemoteBranch) -> Result<(), GitError> {
        self.make_branch(branch, &from.tip)?;
        self.follows.insert(branch.clone(), from.remote.clone());
        Ok(())
    }

    pub(crate) fn untrack_branch(
        &mut self,
        branch: &BranchName,
        from: &RemoteBranch,
    ) -> Result<(), GitError> {
        self.delete_branch(branch, &from.tip)?;
        self.follows.remove(branch);
        Ok(())
    }

    pub(crate) fn upstream(&self, branch: &BranchName) -> Result<Option<Upstream>, GitError> {
        let remote = self.follows.get(branch);
        let tip = remote.and_then(|remote| self.remotes.get(&(remote.clone(), branch.clone())));
        let (Some(remote), Some(theirs), Some(own)) = (remote, tip, self.branches.get(branch)) else {
            return Ok(None);
        };
        let ahead = self.count_commits(theirs, &own.tip)?;
        let behind = self.count_commits(&own.tip, theirs)?;
        let (name, tip) = (format!("{remote}/{branch}"), theirs.clone());
        Ok(Some(Upstream { name, remote: Some(remote.clone()), tip, ahead, behind }))
    }

    /// What the remote has becomes what was fetched of it.
    pub(crate) fn fetch(&mut self, remote: &str) -> Result<(), GitError> {
        let there = self.elsewhere.iter().filter(|((name, _), _)| name == remote);
        let there: Vec<_> = there.map(|(at, tip)| (at.clone(), tip.clone())).collect();
        if there.is_empty() {
            let message = format!("'{remote}' does not appear to be a git repository");
            return Err(GitError::Failed { operation: "fetch".to_owned(), message });
        }
        self.remotes.extend(there);
        Ok(())
    }
}
