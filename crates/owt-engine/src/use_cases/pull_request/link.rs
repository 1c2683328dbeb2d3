//! Saying which pull request a workspace's work goes by.

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::PullRequestNumber;
use owt_ports::CallerEnvironment;
use owt_ports::FoundPull;
use owt_ports::WantedPull;
use owt_ports::WhichPull;

use super::PullError;
use super::destination::destination;
use super::record::record_link;
use crate::engine::Engine;
use crate::use_cases::Resolve;
use crate::use_cases::select::find;
use crate::view::WorkspaceView;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct LinkPull {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// The pull request.
    pub number: PullRequestNumber,
    /// As whom the host is reached.
    pub caller: CallerEnvironment,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// Links them, once the host has said that there is such a one.
///
/// # Errors
/// [`PullError`]; nothing was recorded.
pub fn link_pull_request(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    link: &LinkPull,
) -> Result<(WorkspaceView, HostedRepository, PullRequest), PullError> {
    authorise(asker, Action::Publish)?;
    let view = find(engine, asker, &link.folder, &link.name, Action::Read)?;
    let no_branch = || PullError::NoBranch(view.name().to_owned());
    let line = view.workspace.spec.line().ok_or_else(no_branch)?;
    let repository = destination(engine, line)?.base;
    let wanted = WantedPull { repository: repository.clone(), which: WhichPull::Number(link.number) };
    let found = engine.ports().forge.find(&link.caller, &repository.host, &[wanted])?;
    let pull = match found.into_iter().next() {
        Some(FoundPull::There(pull)) => *pull,
        Some(FoundPull::NoRepository) => return Err(PullError::NoRepository(repository)),
        Some(FoundPull::Unsaid(error)) => return Err(error.into()),
        Some(FoundPull::None) | None => {
            return Err(PullError::NoSuchPull { repository, number: link.number });
        }
    };
    if link.resolve == Resolve::Do {
        record_link(engine, request, view.id, (&repository, &pull))?;
        engine.follow_pulls_as(&link.caller);
    }
    Ok((view, repository, pull))
}
