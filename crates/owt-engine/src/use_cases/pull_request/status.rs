//! How the pull requests stand: one question to each host for all of them.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::CallerEnvironment;
use owt_ports::FoundPull;
use owt_ports::WantedPull;
use owt_ports::WhichPull;

use super::PullError;
use super::create::stands_for;
use super::destination::destination;
use super::record::record_pull_request;
use crate::engine::Engine;
use crate::use_cases::Scope;
use crate::use_cases::SelectError;
use crate::use_cases::select::find;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;

/// Which workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichPulls {
    /// This one.
    One(String),
    /// All of the repository, or everywhere.
    All(Scope),
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct ReadPulls {
    /// Seen from here.
    pub folder: AbsPath,
    /// Which workspaces.
    pub which: WhichPulls,
    /// As whom the hosts are reached.
    pub caller: CallerEnvironment,
}

/// A workspace with its pull request.
#[derive(Debug, Clone)]
pub struct PullLine {
    /// The workspace.
    pub view: WorkspaceView,
    /// How that stands.
    pub standing: PullStanding,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullStanding {
    /// So, just now.
    Told(HostedRepository, Box<PullRequest>),
    /// It has none.
    None,
    /// Nobody could say; what is known of it is older.
    Untold(PullError),
}

/// Asks how they stand, and records it.
///
/// # Errors
/// [`PullError`], where nothing at all could be asked; what holds for one of several is told with it.
pub fn pull_requests(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    read: &ReadPulls,
) -> Result<Vec<PullLine>, PullError> {
    authorise(asker, Action::Publish)?;
    let views = chosen(engine, asker, read)?;
    let wanted: Vec<Result<WantedPull, PullError>> = views.iter().map(|view| wanted(engine, view)).collect();
    let mut standings = ask(engine, &read.caller, &wanted);
    let is_heard = standings.values().any(Result::is_ok);
    let mut lines = Vec::new();
    for (at, view) in views.into_iter().enumerate() {
        let standing = match &wanted[at] {
            Err(error) => unasked(error, &read.which),
            Ok(wanted) => known(engine, &view, wanted, standings.remove(&at)),
        };
        if let PullStanding::Told(repository, pull) = &standing {
            record_pull_request(engine, request, view.id, (repository, pull))?;
        }
        lines.push(PullLine { view, standing });
    }
    if is_heard {
        // One that no host accepts takes the place of no good one.
        engine.follow_pulls_as(&read.caller);
    }
    fruitless(&lines).map_or(Ok(lines), Err)
}

fn chosen(engine: &Engine, asker: &Principal, read: &ReadPulls) -> Result<Vec<WorkspaceView>, PullError> {
    let repository = match &read.which {
        WhichPulls::One(name) => return Ok(vec![find(engine, asker, &read.folder, name, Action::Read)?]),
        WhichPulls::All(Scope::Everything) => None,
        WhichPulls::All(Scope::Repository) => {
            let checkout = engine.ports().git.discover(&read.folder).map_err(SelectError::Git)?;
            Some(checkout.repository.id)
        }
    };
    let live = live_workspaces(engine, repository)?;
    let with_branch = live.into_iter().filter(|record| record.state.spec.line().is_some());
    let views = with_branch.map(|record| WorkspaceView::gather(engine.records(), record));
    Ok(views.collect::<Result<_, _>>()?)
}

/// Its own where it has one, otherwise that of its branch.
fn wanted(engine: &Engine, view: &WorkspaceView) -> Result<WantedPull, PullError> {
    let no_branch = || PullError::NoBranch(view.name().to_owned());
    let line = view.workspace.spec.line().ok_or_else(no_branch)?;
    if let Some(linked) = &view.workspace.pull_request {
        let which = WhichPull::Number(linked.pull.number);
        return Ok(WantedPull { repository: linked.repository.clone(), which });
    }
    let destination = destination(engine, line)?;
    let which = WhichPull::OfBranch { owner: destination.owner, branch: line.branch.clone() };
    Ok(WantedPull { repository: destination.base, which })
}

/// The answers, by their place.
fn ask(
    engine: &Engine,
    caller: &CallerEnvironment,
    wanted: &[Result<WantedPull, PullError>],
) -> BTreeMap<usize, Result<FoundPull, PullError>> {
    let mut by_host: BTreeMap<&str, Vec<(usize, WantedPull)>> = BTreeMap::new();
    for (at, wanted) in wanted.iter().enumerate() {
        if let Ok(wanted) = wanted {
            by_host.entry(&wanted.repository.host).or_default().push((at, wanted.clone()));
        }
    }
    let mut answers = BTreeMap::new();
    for (host, asked) in by_host {
        let (places, wanted): (Vec<usize>, Vec<WantedPull>) = asked.into_iter().unzip();
        match engine.ports().forge.find(caller, host, &wanted) {
            Ok(found) => answers.extend(places.into_iter().zip(found.into_iter().map(Ok))),
            Err(error) => {
                answers.extend(places.into_iter().map(|at| (at, Err(PullError::Forge(error.clone())))));
            }
        }
    }
    answers
}

/// A repository that goes nowhere has no pull requests: that is nobody's fault, unless it was asked for by name.
fn unasked(error: &PullError, which: &WhichPulls) -> PullStanding {
    match (error, which) {
        (PullError::NoRemote(_) | PullError::NotHosted { .. }, WhichPulls::All(_)) => PullStanding::None,
        _ => PullStanding::Untold(error.clone()),
    }
}

fn known(
    engine: &Engine,
    view: &WorkspaceView,
    wanted: &WantedPull,
    answer: Option<Result<FoundPull, PullError>>,
) -> PullStanding {
    let repository = wanted.repository.clone();
    match (answer, &wanted.which) {
        (Some(Err(error)), _) => PullStanding::Untold(error),
        (Some(Ok(FoundPull::Unsaid(error))), _) => PullStanding::Untold(PullError::Forge(error)),
        (Some(Ok(FoundPull::NoRepository)), _) => PullStanding::Untold(PullError::NoRepository(repository)),
        (Some(Ok(FoundPull::There(pull))), WhichPull::Number(_)) => PullStanding::Told(repository, pull),
        (Some(Ok(FoundPull::There(pull))), WhichPull::OfBranch { .. }) => {
            let tip = view.workspace.spec.line().and_then(|line| tip(engine, line));
            let unlinked = view.workspace.unlinked.as_ref().is_some_and(|it| it.is(&repository, &pull));
            match !unlinked && tip.is_some_and(|tip| stands_for(&pull, &tip)) {
                true => PullStanding::Told(repository, pull),
                false => PullStanding::None,
            }
        }
        (Some(Ok(FoundPull::None)) | None, WhichPull::OfBranch { .. }) => PullStanding::None,
        (Some(Ok(FoundPull::None)) | None, WhichPull::Number(number)) => {
            PullStanding::Untold(PullError::NoSuchPull { repository, number: *number })
        }
    }
}

fn tip(engine: &Engine, line: &Worktree) -> Option<ObjectId> {
    match engine.ports().git.branch_state(&line.repository, &line.branch) {
        Ok(BranchState::Taken(tip)) => Some(tip),
        _ => None,
    }
}

/// The error of all, where nobody could say anything of any.
fn fruitless(lines: &[PullLine]) -> Option<PullError> {
    let untold = |line: &PullLine| match &line.standing {
        PullStanding::Untold(error) => Some(error.clone()),
        PullStanding::Told(..) | PullStanding::None => None,
    };
    let errors: Option<Vec<PullError>> = lines.iter().map(untold).collect();
    errors.and_then(|errors| errors.into_iter().next())
}
