//! What must hold before a branch leaves the machine, since a push cannot be taken back: no commit of its history brings a
//! secret along, and no branch of somebody else's is moved.

use owt_core::vcs::ObjectId;
use owt_core::workspace::Worktree;
use owt_ports::CallerEnvironment;
use owt_ports::GitError;
use owt_ports::Known;

use super::PullError;
use super::destination::Destination;
use crate::criticism::LASTING;
use crate::criticism::messages;
use crate::criticism::steps;
use crate::engine::Engine;
use crate::landing_rules::rules_at;
use crate::use_cases::MergeError;
use crate::use_cases::MergePlan;

/// The most commits that are looked through.
const MOST: usize = 500;

/// Work on its way out.
pub(super) struct Outgoing<'a> {
    pub(super) engine: &'a Engine,
    pub(super) plan: &'a MergePlan,
    pub(super) line: &'a Worktree,
    pub(super) destination: &'a Destination,
}

impl Outgoing<'_> {
    /// The critic looks at each commit that goes along, as far as is known without asking anybody.
    pub(super) fn look_through(&self, tip: &ObjectId) -> Result<(), PullError> {
        let ports = self.engine.ports();
        let repository = &self.line.repository;
        let rules = rules_at(ports, repository, &self.plan.onto).map_err(MergeError::from)?;
        let Some(policy) = rules.critic.map(|policy| policy.only(LASTING)) else { return Ok(()) };
        let known = Known { fetched: self.destination.known_by.clone(), ..Known::default() };
        let going = ports.remotes.beyond(repository, tip, &known, MOST + 1)?;
        if going.len() > MOST {
            let (name, remote) = (self.plan.view.name().to_owned(), self.destination.remote.name.clone());
            return Err(PullError::TooManyCommits { name, remote, most: MOST });
        }
        let said = messages(ports.remotes.as_ref(), repository, &going, &policy)?;
        for (commit, found) in said.into_iter().chain(steps(ports.git.as_ref(), repository, &going, &policy)?)
        {
            if found.is_denied() {
                let (name, remote) = (self.plan.view.name().to_owned(), self.destination.remote.name.clone());
                return Err(PullError::SecretInHistory { name, commit, remote, review: Box::new(found) });
            }
        }
        Ok(())
    }

    /// Where the branch is at the remote, from where it may go on; `None`: it is not there.
    pub(super) fn place(&self, caller: &CallerEnvironment) -> Result<Option<ObjectId>, PullError> {
        let (line, remote) = (self.line, &self.destination.remote);
        let not_pushed = |error: GitError| PullError::NotPushed {
            branch: line.branch.clone(),
            remote: remote.name.clone(),
            error,
        };
        let heads =
            self.engine.ports().remotes.heads(&line.repository, remote, caller).map_err(not_pushed)?;
        let Some(there) = heads.get(&line.branch) else { return Ok(None) };
        let others = heads.iter().filter(|(branch, _)| **branch != line.branch);
        let others: Vec<ObjectId> = others.map(|(_, tip)| tip.clone()).collect();
        match self.is_ours(there, others)? {
            true => Ok(Some(there.clone())),
            false => Err(PullError::Strangers { branch: line.branch.clone(), remote: remote.name.clone() }),
        }
    }

    /// Whether a branch of this name at the remote is the workspace's own: it follows it, its pull request was told to be there, or it is
    /// at a commit that was made here and that no other branch has. One that somebody has just begun is at somebody's commit.
    fn is_ours(&self, there: &ObjectId, others: Vec<ObjectId>) -> Result<bool, PullError> {
        if *there == self.plan.tip || self.follows()? || self.was_told(there) {
            return Ok(true);
        }
        let (line, ports) = (self.line, self.engine.ports());
        let mut commits = others;
        commits.extend([self.plan.onto.clone(), line.base.sha.clone()]);
        let known =
            Known { commits, fetched: self.destination.known_by.clone(), but: Some(line.branch.clone()) };
        let own = ports.remotes.beyond(&line.repository, &self.plan.tip, &known, MOST)?;
        // What is not in it at all is refused by the push, which says so.
        let is_elsewhere = !ports.git.is_merged(&line.repository, there, &self.plan.tip).unwrap_or(false);
        Ok(is_elsewhere || own.contains(there))
    }

    fn follows(&self) -> Result<bool, PullError> {
        let (line, remote) = (self.line, &self.destination.remote.name);
        let upstream = self.engine.ports().git.upstream(&line.repository, &line.branch)?;
        let is_it = |name: &str| name == format!("{remote}/{}", line.branch);
        Ok(upstream.is_some_and(|upstream| upstream.remote.as_ref() == Some(remote) && is_it(&upstream.name)))
    }

    fn was_told(&self, there: &ObjectId) -> bool {
        let linked = self.plan.view.workspace.pull_request.as_ref();
        linked.is_some_and(|it| it.repository == self.destination.base && it.pull.head == *there)
    }
}
