//! The requests about pull requests: what the routes call, beside [`crate::Service`], which has enough of its own.

use owt_api as api;
use owt_api::Problem;

use crate::service::Call;

/// Pull requests, in wire types.
pub trait PullRequests: Send + Sync {
    /// `POST /v1/pull-requests/create`.
    ///
    /// # Errors
    /// `person_only`, `uncommitted_work`, `critic_denied`, `nothing_to_land`, `no_remote`, `push_failed`, `forge_*`.
    fn create(
        &self,
        call: &Call,
        request: api::CreatePullRequest,
    ) -> Result<api::CreatedPullRequest, Problem>;

    /// `POST /v1/pull-requests/link`.
    ///
    /// # Errors
    /// `person_only`, `not_found`, `no_remote`, `forge_*`.
    fn link(&self, call: &Call, request: api::LinkPullRequest) -> Result<api::WorkspacePullRequest, Problem>;

    /// `POST /v1/pull-requests/unlink`. Answers what it was.
    ///
    /// # Errors
    /// `person_only`, `not_found`.
    fn unlink(
        &self,
        call: &Call,
        request: api::UnlinkPullRequest,
    ) -> Result<api::WorkspacePullRequest, Problem>;

    /// `POST /v1/pull-requests/status`.
    ///
    /// # Errors
    /// `person_only`, `not_found`, `no_remote`, `forge_*`; what holds for one of several is said with it.
    fn status(
        &self,
        call: &Call,
        request: api::ReadPullRequests,
    ) -> Result<Vec<api::WorkspacePullRequest>, Problem>;

    /// `POST /v1/pull-requests/cleanup`.
    ///
    /// # Errors
    /// As for `status`; what stays says so by itself.
    fn clean_up(
        &self,
        call: &Call,
        request: api::CleanUpPullRequests,
    ) -> Result<Vec<api::MergedPullRequest>, Problem>;
}
