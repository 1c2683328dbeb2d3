//! The pull request that a workspace's work goes by.

use crate::Timestamp;
use crate::machine::Step;
use crate::pull_request::HostedRepository;
use crate::pull_request::LinkedPullRequest;
use crate::pull_request::PullRequest;
use crate::pull_request::UnlinkedPullRequest;

use super::Phase;
use super::Workspace;
use super::WorkspaceEvent;

impl Workspace {
    /// It has this one, or its own is told to be so; what is known already is no news, and what a person has taken from it is not
    /// its own, whoever finds it by the branch. The agent's work is not touched by it.
    pub(super) fn pull_request_told(
        &self,
        repository: &HostedRepository,
        pull: &PullRequest,
    ) -> Step<WorkspaceEvent> {
        match self.unlinked.as_ref().is_some_and(|unlinked| unlinked.is(repository, pull)) {
            true => Step::nothing(),
            false => self.link_pull_request(repository, pull),
        }
    }

    /// Somebody who may say so says that it has this one.
    pub(super) fn link_pull_request(
        &self,
        repository: &HostedRepository,
        pull: &PullRequest,
    ) -> Step<WorkspaceEvent> {
        let known = |linked: &LinkedPullRequest| linked.repository == *repository && linked.pull == *pull;
        if self.phase != Phase::Ready || self.pull_request.as_ref().is_some_and(known) {
            return Step::nothing();
        }
        Step::event(WorkspaceEvent::PullRequestTold {
            repository: repository.clone(),
            pull: Box::new(pull.clone()),
        })
    }

    pub(super) fn with_pull_request(
        mut self,
        repository: &HostedRepository,
        pull: &PullRequest,
        at: Timestamp,
    ) -> Self {
        let (repository, pull) = (repository.clone(), pull.clone());
        self.pull_request = Some(LinkedPullRequest { repository, pull, since: at });
        self.unlinked = None;
        self
    }

    /// It has none any more, and is not given the same again because its branch has it.
    pub(super) fn unlink_pull_request(&self) -> Step<WorkspaceEvent> {
        match &self.pull_request {
            Some(linked) if self.phase == Phase::Ready => {
                let (repository, number) = (linked.repository.clone(), linked.pull.number);
                Step::event(WorkspaceEvent::PullRequestUnlinked {
                    pull: UnlinkedPullRequest { repository, number },
                })
            }
            _ => Step::nothing(),
        }
    }
}
