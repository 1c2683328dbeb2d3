//! Pull requests between the wire and the engine.

mod problem;
pub(super) mod shipped;

use std::collections::BTreeMap;

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::PullRequestNumber;
use owt_core::pull_request::Readiness;
use owt_core::vcs::BranchName;
use owt_engine::Engine;
use owt_engine::WorkspaceView;
use owt_engine::use_cases;
use owt_engine::use_cases::CreatePull;
use owt_engine::use_cases::CreatedPull;
use owt_engine::use_cases::Denials;
use owt_engine::use_cases::LinkPull;
use owt_engine::use_cases::PullCleanup;
use owt_engine::use_cases::PullCleanupItem;
use owt_engine::use_cases::PullCleanupOutcome;
use owt_engine::use_cases::PullEnd;
use owt_engine::use_cases::PullLine;
use owt_engine::use_cases::PullStanding;
use owt_engine::use_cases::ReadPulls;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Scope;
use owt_engine::use_cases::Uncommitted;
use owt_engine::use_cases::UnlinkPull;
use owt_engine::use_cases::WhichPulls;
use owt_ports::CallerEnvironment;

use super::critic;
use super::from_wire;
use super::principal;
use crate::pull_requests::PullRequests;
use crate::service::Call;

/// Pull requests by the engine.
pub(super) struct EnginePullRequests {
    engine: Engine,
}

impl EnginePullRequests {
    pub(super) const fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

impl PullRequests for EnginePullRequests {
    fn create(
        &self,
        call: &Call,
        request: api::CreatePullRequest,
    ) -> Result<api::CreatedPullRequest, Problem> {
        let asker = principal(&self.engine, call)?;
        let create = wanted(request)?;
        let created = use_cases::create_pull_request(&self.engine, &asker, call.request, &create)
            .map_err(|error| problem::of(&error))?;
        Ok(answer(&created, create.resolve))
    }

    fn link(&self, call: &Call, request: api::LinkPullRequest) -> Result<api::WorkspacePullRequest, Problem> {
        let asker = principal(&self.engine, call)?;
        let link = LinkPull {
            folder: from_wire::folder(&request.workspace.cwd)?,
            name: request.workspace.name,
            number: PullRequestNumber(request.number),
            caller: caller(request.environment),
            resolve: from_wire::resolve(request.dry_run),
        };
        let (view, repository, pull) =
            use_cases::link_pull_request(&self.engine, &asker, call.request, &link)
                .map_err(|error| problem::of(&error))?;
        Ok(api::WorkspacePullRequest { pull_request: Some(wire(&repository, &pull)), ..of_workspace(&view) })
    }

    fn unlink(
        &self,
        call: &Call,
        request: api::UnlinkPullRequest,
    ) -> Result<api::WorkspacePullRequest, Problem> {
        let asker = principal(&self.engine, call)?;
        let unlink = UnlinkPull {
            folder: from_wire::folder(&request.workspace.cwd)?,
            name: request.workspace.name,
            resolve: from_wire::resolve(request.dry_run),
        };
        let (view, was) = use_cases::unlink_pull_request(&self.engine, &asker, call.request, &unlink)
            .map_err(|error| problem::of(&error))?;
        let was = wire(&was.repository, &was.pull);
        Ok(api::WorkspacePullRequest { pull_request: Some(was), ..of_workspace(&view) })
    }

    fn status(
        &self,
        call: &Call,
        request: api::ReadPullRequests,
    ) -> Result<Vec<api::WorkspacePullRequest>, Problem> {
        let asker = principal(&self.engine, call)?;
        let scope = scope(request.all_repos);
        let read = ReadPulls {
            folder: from_wire::folder(&request.cwd)?,
            which: request.name.map_or(WhichPulls::All(scope), WhichPulls::One),
            caller: caller(request.environment),
        };
        let lines = use_cases::pull_requests(&self.engine, &asker, call.request, &read)
            .map_err(|error| problem::of(&error))?;
        Ok(lines.iter().map(line).collect())
    }

    fn clean_up(
        &self,
        call: &Call,
        request: api::CleanUpPullRequests,
    ) -> Result<Vec<api::MergedPullRequest>, Problem> {
        let asker = principal(&self.engine, call)?;
        let cleanup = PullCleanup {
            read: ReadPulls {
                folder: from_wire::folder(&request.cwd)?,
                which: WhichPulls::All(scope(request.all_repos)),
                caller: caller(request.environment),
            },
            only: request.only,
            resolve: from_wire::resolve(request.dry_run),
        };
        let items = use_cases::clean_up_pull_requests(&self.engine, &asker, call.request, &cleanup)
            .map_err(|error| problem::of(&error))?;
        Ok(items.iter().map(merged).collect())
    }
}

const fn caller(environment: BTreeMap<String, String>) -> CallerEnvironment {
    CallerEnvironment::new(environment)
}

const fn scope(all: bool) -> Scope {
    if all { Scope::Everything } else { Scope::Repository }
}

fn wanted(asked: api::CreatePullRequest) -> Result<CreatePull, Problem> {
    let base = asked.base.map(BranchName::new).transpose();
    let message = asked.message.map(|message| from_wire::prompt(&message)).transpose()?;
    let uncommitted = match asked.commit || message.is_some() {
        true => Uncommitted::Commit { message: message.map(|message| message.as_str().to_owned()) },
        false => Uncommitted::Refuse,
    };
    Ok(CreatePull {
        folder: from_wire::folder(&asked.workspace.cwd)?,
        name: asked.workspace.name,
        title: asked.title,
        body: asked.body,
        readiness: if asked.draft { Readiness::Draft } else { Readiness::Ready },
        base: base.map_err(|error| Problem::new(ErrorCode::BadBranchName, error.to_string()))?,
        uncommitted,
        caller: caller(asked.environment),
        resolve: from_wire::resolve(asked.dry_run),
    })
}

fn answer(created: &CreatedPull, resolve: Resolve) -> api::CreatedPullRequest {
    let (outcome, pull) = match &created.end {
        PullEnd::Would => (api::PullRequestOutcome::WouldCreate, None),
        PullEnd::Opened(pull) => (api::PullRequestOutcome::Created, Some(pull)),
        PullEnd::WasThere(pull) => (api::PullRequestOutcome::WasThere, Some(pull)),
    };
    let plan = &created.plan;
    let left = plan.left.as_ref();
    let committed = left.filter(|left| !left.plan.files.is_empty()).map(|left| api::CommittedWork {
        sha: (resolve == Resolve::Do).then(|| created.tip.to_string()),
        files: u32::try_from(left.plan.files.len()).ok(),
        message: left.message.clone(),
    });
    api::CreatedPullRequest {
        name: plan.view.name().to_owned(),
        branch: branch(&plan.view),
        remote: created.remote.clone(),
        host: created.repository.host.clone(),
        repository: created.repository.to_string(),
        base: plan.target.to_string(),
        head_sha: created.tip.to_string(),
        title: created.words.title.clone(),
        body: created.words.body.clone(),
        outcome,
        pull_request: pull.map(|pull| wire(&created.repository, pull)),
        committed,
        withheld: left.map(|left| left.plan.withheld.clone()).unwrap_or_default(),
        review: critic::review(&created.review, Denials::default()),
        dry_run: resolve == Resolve::Preview,
    }
}

fn branch(view: &WorkspaceView) -> Option<String> {
    view.workspace.spec.line().map(|line| line.branch.to_string())
}

/// A pull request, as it travels.
pub(super) fn wire(repository: &HostedRepository, pull: &PullRequest) -> api::PullRequest {
    api::PullRequest {
        number: pull.number.0,
        url: pull.url.clone(),
        title: pull.title.clone(),
        host: repository.host.clone(),
        repository: repository.to_string(),
        state: pull.state.as_str().to_owned(),
        draft: pull.readiness == Readiness::Draft,
        head_sha: pull.head.to_string(),
        base: pull.base.clone(),
        checks: pull.checks.as_str().to_owned(),
        review: pull.review.as_str().to_owned(),
        mergeable: pull.mergeability.as_str().to_owned(),
    }
}

/// That of a workspace, as it was last told.
pub(super) fn known(view: &WorkspaceView) -> Option<api::PullRequest> {
    let linked = view.workspace.pull_request.as_ref()?;
    Some(wire(&linked.repository, &linked.pull))
}

fn of_workspace(view: &WorkspaceView) -> api::WorkspacePullRequest {
    let spec = &view.workspace.spec;
    api::WorkspacePullRequest {
        name: view.name().to_owned(),
        branch: branch(view),
        root: spec
            .repository()
            .map_or_else(|| spec.path.to_string(), |repository| repository.root.to_string()),
        pull_request: known(view),
        problem: None,
    }
}

fn line(line: &PullLine) -> api::WorkspacePullRequest {
    let known = of_workspace(&line.view);
    match &line.standing {
        PullStanding::Told(repository, pull) => {
            api::WorkspacePullRequest { pull_request: Some(wire(repository, pull)), ..known }
        }
        PullStanding::None => api::WorkspacePullRequest { pull_request: None, ..known },
        PullStanding::Untold(error) => {
            api::WorkspacePullRequest { problem: Some(problem::of(error)), ..known }
        }
    }
}

fn merged(item: &PullCleanupItem) -> api::MergedPullRequest {
    let (done, snapshot, stays) = match &item.outcome {
        PullCleanupOutcome::Would => (false, None, None),
        PullCleanupOutcome::Gone(report) => (true, report.snapshot.map(|id| id.to_string()), None),
        PullCleanupOutcome::Stays(why) => (false, None, Some(why.clone())),
    };
    api::MergedPullRequest {
        name: item.view.name().to_owned(),
        path: item.view.workspace.spec.path.to_string(),
        pull_request: wire(&item.repository, &item.pull),
        done,
        snapshot,
        stays,
    }
}
