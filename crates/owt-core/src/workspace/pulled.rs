//! The pull request that a workspace's work goes by.

use crate::Timestamp;
use crate::machine::Step;
use crate::pull_request::HostedRepository;
use crate::pull_request::LinkedPullRequest;
use crate::pull_request::PullRequest;

use super::Phase;
use super::Workspace;
use super::WorkspaceEvent;

impl Workspace {
    /// It has this one, or its own is told to be so; what is known already is no news. The agent's work is not touched by it.
    pub(super) fn pull_request_told(
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
        self
    }
}
