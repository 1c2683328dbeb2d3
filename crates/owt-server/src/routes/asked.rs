//! The body of a request, as the wire type it must be.

use axum::Json;
use axum::extract::FromRequest;
use axum::extract::Request;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use tracing::Span;

use crate::refusal::Refusal;

/// A request that may name a workspace, for the log.
pub(super) trait Subject {
    /// The workspace as the client named it.
    fn workspace(&self) -> Option<&str> {
        None
    }
}

/// A well-formed request.
pub(super) struct Asked<T>(pub(super) T);

impl<S, T> FromRequest<S> for Asked<T>
where
    S: Send + Sync,
    T: Subject + serde::de::DeserializeOwned,
{
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let Json(asked): Json<T> =
            Json::from_request(request, state).await.map_err(|rejection| malformed(&rejection))?;
        if let Some(workspace) = asked.workspace() {
            Span::current().record("workspace", workspace);
        }
        Ok(Self(asked))
    }
}

fn malformed(rejection: &JsonRejection) -> Refusal {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let limit = api::MAX_BODY_BYTES / 1024 / 1024;
        return Problem::new(ErrorCode::LimitReached, format!("a request may have at most {limit} MiB"))
            .into();
    }
    Problem::new(ErrorCode::Usage, format!("the request is malformed: {}", rejection.body_text())).into()
}

impl Subject for api::NewWorkspace {
    fn workspace(&self) -> Option<&str> {
        self.branch.as_deref()
    }
}

impl Subject for api::ListWorkspaces {}

impl Subject for api::ReadConflicts {}

impl Subject for api::ReadQueue {}

impl Subject for api::ShipQueue {}

impl Subject for api::CancelQueue {}

impl Subject for api::WatchTrain {}

impl Subject for api::WriteNote {}

impl Subject for api::ListNotes {}

impl Subject for api::RemoveNotes {}

impl Subject for api::Checkup {}

impl Subject for api::PurgeDatabase {}

impl Subject for api::Selector {
    fn workspace(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl Subject for api::SendMessage {
    fn workspace(&self) -> Option<&str> {
        match &self.to {
            api::Audience::One(name) => Some(name),
            api::Audience::All => Some("(all)"),
            api::Audience::Working => Some("(working)"),
        }
    }
}

impl Subject for api::Answer {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::Wait {
    fn workspace(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }
}

impl Subject for api::ReadLogs {
    fn workspace(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl Subject for api::ReadDiff {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::StopSession {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::InterruptTurn {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::ResumeSession {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::ResumeAll {
    fn workspace(&self) -> Option<&str> {
        Some("(interrupted)")
    }
}

impl Subject for api::DeleteWorkspace {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::ShipWorkspace {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::CriticiseWorkspace {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::MergeWorkspace {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::SyncWorkspaces {
    fn workspace(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Subject for api::Attach {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::Restore {
    fn workspace(&self) -> Option<&str> {
        Some(&self.what)
    }
}

impl Subject for api::CleanUp {}
impl Subject for api::ListSnapshots {}
impl Subject for api::ListUndoable {}
impl Subject for api::Undo {}
impl Subject for api::ReadUsage {}
impl Subject for api::ReadContext {}
impl Subject for api::ReadNotify {}
impl Subject for api::ListAgents {}
impl Subject for api::ListApprovals {}
impl Subject for api::Approve {}

impl Subject for api::HookReport {
    fn workspace(&self) -> Option<&str> {
        Some(&self.attempt)
    }
}

impl Subject for api::CreatePullRequest {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::LinkPullRequest {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::UnlinkPullRequest {
    fn workspace(&self) -> Option<&str> {
        self.workspace.workspace()
    }
}

impl Subject for api::ReadPullRequests {
    fn workspace(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Subject for api::CleanUpPullRequests {}
