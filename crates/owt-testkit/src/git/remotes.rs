//! Branches of remotes as they were fetched, and branches that follow them.

use std::collections::BTreeMap;

use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::RemoteBranch;
use owt_core::vcs::Repository;
use owt_ports::CallerEnvironment;
use owt_ports::GitError;
use owt_ports::Known;
use owt_ports::Push;
use owt_ports::Remote;
use owt_ports::RemoteList;
use owt_ports::Remotes;
use owt_ports::Upstream;

use super::FakeGit;
use super::repository::Repo;

/// Every remote is a repository of the same name on a code host: `origin` is acme's, any other is its own name's.
impl Remotes for FakeGit {
    fn remotes(&self, repository: &Repository, _branch: &BranchName) -> Result<RemoteList, GitError> {
        self.call("git.remotes", |world, _| {
            let repo = world.repo(repository)?;
            let mut names: Vec<&String> =
                repo.remotes.keys().chain(repo.elsewhere.keys()).map(|(remote, _)| remote).collect();
            names.sort();
            names.dedup();
            let all: Vec<Remote> = names.into_iter().map(|name| remote(name, &repository.name)).collect();
            let push = all.first().map(|remote| remote.name.clone());
            Ok(RemoteList { all, push })
        })
    }

    fn heads(
        &self,
        repository: &Repository,
        remote: &Remote,
        _caller: &CallerEnvironment,
    ) -> Result<BTreeMap<BranchName, ObjectId>, GitError> {
        self.call("git.heads", |world, _| world.repo(repository)?.heads(&remote.name))
    }

    fn push(
        &self,
        repository: &Repository,
        push: &Push,
        _caller: &CallerEnvironment,
    ) -> Result<(), GitError> {
        self.call("git.push", |world, _| world.repo_mut(repository)?.push(push))
    }

    fn beyond(
        &self,
        repository: &Repository,
        tip: &ObjectId,
        known: &Known,
        most: usize,
    ) -> Result<Vec<ObjectId>, GitError> {
        self.call("git.beyond", |world, _| world.repo(repository)?.beyond(tip, known, most))
    }

    fn subjects(
        &self,
        repository: &Repository,
        base: &ObjectId,
        tip: &ObjectId,
        most: usize,
    ) -> Result<Vec<String>, GitError> {
        self.call("git.subjects", |world, _| {
            let repo = world.repo(repository)?;
            let (old, all) = (repo.history(base)?, repo.history(tip)?);
            Ok(all.difference(&old).take(most).map(message).collect())
        })
    }

    fn messages(&self, repository: &Repository, commits: &[ObjectId]) -> Result<Vec<String>, GitError> {
        self.call("git.messages", |world, _| {
            let repo = world.repo(repository)?;
            commits.iter().map(|commit| repo.commit(commit).map(|_| message(commit))).collect()
        })
    }
}

/// Commits of the twin have no words of anybody's.
fn message(commit: &ObjectId) -> String {
    format!("Commit {}", commit.short())
}

fn remote(name: &str, repository: &str) -> Remote {
    let owner = if name == "origin" { "acme" } else { name };
    let url = format!("https://github.com/{owner}/{repository}.git");
    Remote { name: name.to_owned(), push_urls: vec![url.clone()], url, resolved: None }
}

fn unreachable(operation: &str, remote: &str) -> GitError {
    let message = format!("'{remote}' does not appear to be a git repository");
    GitError::Failed { operation: operation.to_owned(), message }
}

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

    fn heads(&self, remote: &str) -> Result<BTreeMap<BranchName, ObjectId>, GitError> {
        self.require_remote("ls-remote", remote)?;
        let there = self.elsewhere.iter().filter(|((name, _), _)| name == remote);
        Ok(there.map(|((_, branch), tip)| (branch.clone(), tip.clone())).collect())
    }

    fn require_remote(&self, operation: &str, name: &str) -> Result<(), GitError> {
        let mut known = self.remotes.keys().chain(self.elsewhere.keys());
        match known.any(|(remote, _)| remote == name) {
            true => Ok(()),
            false => Err(unreachable(operation, name)),
        }
    }

    /// Never over what is there.
    fn push(&mut self, push: &Push) -> Result<(), GitError> {
        self.require_remote("push", &push.remote)?;
        let at = (push.remote.clone(), push.branch.clone());
        let there = self.elsewhere.get(&at);
        let rejected = |why: &str| {
            let message = format!("[rejected] {} ({why})", push.branch);
            Err(GitError::Failed { operation: "push".to_owned(), message })
        };
        if there == Some(&push.tip) {
            return Ok(());
        }
        if there != push.from.as_ref() {
            return rejected("stale info");
        }
        if let Some(there) = there
            && !self.is_merged(there, &push.tip).unwrap_or(false)
        {
            return rejected("non-fast-forward");
        }
        self.elsewhere.insert(at.clone(), push.tip.clone());
        self.remotes.insert(at, push.tip.clone());
        Ok(())
    }

    fn beyond(&self, tip: &ObjectId, known: &Known, most: usize) -> Result<Vec<ObjectId>, GitError> {
        let is_fetched = |(remote, branch): &&(String, BranchName)| {
            known.fetched.contains(remote) && known.but.as_ref() != Some(branch)
        };
        let fetched = self.remotes.iter().filter(|(at, _)| is_fetched(at)).map(|(_, tip)| tip);
        let mut left = self.history(tip)?;
        for there in known.commits.iter().chain(fetched).filter(|commit| self.commits.contains_key(*commit)) {
            for commit in self.history(there)? {
                left.remove(&commit);
            }
        }
        // Ids ascend.
        Ok(left.into_iter().rev().take(most).collect())
    }

    /// What the remote has becomes what was fetched of it.
    pub(crate) fn fetch(&mut self, remote: &str) -> Result<(), GitError> {
        let there = self.elsewhere.iter().filter(|((name, _), _)| name == remote);
        let there: Vec<_> = there.map(|(at, tip)| (at.clone(), tip.clone())).collect();
        if there.is_empty() {
            return Err(unreachable("fetch", remote));
        }
        self.remotes.extend(there);
        Ok(())
    }
}
