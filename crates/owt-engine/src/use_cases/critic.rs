//! What the critic says of a workspace: of the change in it, and of how it stands. Nothing is changed and nothing recorded.

use owt_core::AbsPath;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::critic::Checked;
use owt_core::critic::Deed;
use owt_core::critic::History;
use owt_core::critic::Overlap;
use owt_core::critic::Policy;
use owt_core::critic::Review;
use owt_core::critic::Standing;
use owt_core::critic::judge;
use owt_core::landing::Conflict;
use owt_core::landing::Method;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::CommitPlan;
use owt_ports::DiffSide;
use owt_ports::Prediction;

use super::MergeError;
use super::delete::removal_plan;
use super::merge::at_work;
use super::merge::is_no_other_name;
use super::merge::is_there;
use super::merge::untellable;
use crate::criticism::Change;
use crate::criticism::review_of_landing;
use crate::engine::Engine;
use crate::landing_rules::LandingRules;
use crate::landing_rules::rules_at;
use crate::radar::conflicts_at;
use crate::radar::sweep;
use crate::use_cases::select::find;
use crate::view::WorkspaceView;

/// Most other workspaces that are told.
const MAX_OTHERS: usize = 50;

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct CriticRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// What is to be done with it.
    pub deed: Deed,
    /// The target; `None`: the branch that it was made from.
    pub into: Option<BranchName>,
}

/// What the critic says.
#[derive(Debug, Clone)]
pub struct Criticism {
    /// Of which workspace.
    pub view: WorkspaceView,
    /// The target, where there is one.
    pub target: Option<BranchName>,
    /// The commit whose rules hold.
    pub rules_of: Option<ObjectId>,
    /// What it says.
    pub review: Review,
    /// Whether anybody looked.
    pub critic: CriticState,
}

/// Whether the critic looks at anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CriticState {
    /// It does.
    On,
    /// The person has switched it off.
    Off,
}

/// Lets the critic look at a workspace.
///
/// # Errors
/// [`MergeError`].
pub fn critic(engine: &Engine, asker: &Principal, request: &CriticRequest) -> Result<Criticism, MergeError> {
    let view = find(engine, asker, &request.folder, &request.name, Action::Read)?;
    let name = view.name().to_owned();
    if view.workspace.phase != Phase::Ready {
        return Err(MergeError::InBetween(name));
    }
    let Some(line) = view.workspace.spec.line().cloned() else { return Err(MergeError::NoBranch(name)) };
    let target = request.into.clone().or_else(|| line.base.branch.clone());
    match request.deed {
        Deed::Delete => of_removal(engine, view, &line, target),
        Deed::Merge | Deed::Ship => {
            let target = target.ok_or(MergeError::NoTarget(name))?;
            of_landing(engine, view, &line, target, request.deed)
        }
    }
}

fn of_removal(
    engine: &Engine,
    view: WorkspaceView,
    line: &Worktree,
    target: Option<BranchName>,
) -> Result<Criticism, MergeError> {
    let onto = match &target {
        Some(target) => match engine.ports().git.branch_state(&line.repository, target)? {
            BranchState::Taken(onto) => Some(onto),
            _ => None,
        },
        None => None,
    };
    // Without a target there is no word of the repository, and the rules are those of the person.
    let rules = rules_at(engine.ports(), &line.repository, onto.as_ref().unwrap_or(&line.base.sha))?;
    let plan = removal_plan(engine, &view).map_err(untellable)?;
    let standing = Standing {
        deed: Deed::Delete,
        agent: None,
        uncommitted: plan.dirty_files,
        commits: plan.unmerged_commits,
        brought: 0,
        history: History::Shared,
        target_conflicts: Vec::new(),
        overlaps: Vec::new(),
        checks: Checked::NotAsked,
    };
    Ok(answer(view, target, onto, rules.critic.as_ref(), |policy| judge(&standing, policy)))
}

fn of_landing(
    engine: &Engine,
    view: WorkspaceView,
    line: &Worktree,
    target: BranchName,
    deed: Deed,
) -> Result<Criticism, MergeError> {
    if target == line.branch {
        return Err(MergeError::OwnBranch(target));
    }
    let git = engine.ports().git.as_ref();
    let BranchState::Taken(onto) = git.branch_state(&line.repository, &target)? else {
        return Err(MergeError::UnknownTarget(target));
    };
    is_no_other_name(engine, line, &target)?;
    let tip = is_there(engine, &view, line)?;
    let LandingRules { critic, checks, .. } = rules_at(engine.ports(), &line.repository, &onto)?;
    let path = &view.workspace.spec.path;
    let plan = match deed {
        Deed::Ship => git.commit_plan(path)?,
        Deed::Merge | Deed::Delete => CommitPlan::default(),
    };
    let uncommitted = match deed {
        Deed::Ship => u32::try_from(plan.files.len()).unwrap_or(u32::MAX),
        Deed::Merge | Deed::Delete => git.facts(path, &line.base.sha, Some(&target))?.dirty_files,
    };
    // What is not committed yet lands with it.
    let prediction = engine.ports().landing.predict(&line.repository, &onto, &tip)?;
    let history = match prediction {
        Prediction::Unrelated => History::Unrelated,
        _ => History::Shared,
    };
    let target_conflicts = match (history, plan.files.is_empty()) {
        (History::Unrelated, _) => Vec::new(),
        (History::Shared, true) => of_prediction(prediction),
        (History::Shared, false) => conflicts_at(engine, &line.repository, &view, &onto)?,
    };
    let standing = Standing {
        deed,
        agent: at_work(&view),
        uncommitted,
        commits: git.count_commits(&line.repository, &onto, &tip)?,
        brought: git.count_commits(&line.repository, &onto, &line.base.sha)?,
        history,
        target_conflicts: target_conflicts.into_iter().map(|conflict| conflict.path).collect(),
        overlaps: overlaps(engine, &view, line)?,
        checks: if checks.is_some() { Checked::WhenLanding } else { Checked::NoneDeclared },
    };
    let side = match deed {
        Deed::Ship => DiffSide::Worktree(path.clone()),
        Deed::Merge | Deed::Delete => DiffSide::Commit(tip.clone()),
    };
    let (repository, branch) = (&line.repository, &line.branch);
    let change = Change { repository, branch, onto: &onto, side, withheld: &plan.withheld };
    let how = (Method::default(), &tip);
    let look = |policy| review_of_landing(engine.ports(), &change, how, policy);
    let looked = critic.as_ref().map(look).transpose()?;
    Ok(answer(view, Some(target), Some(onto.clone()), critic.as_ref(), |policy| {
        judge(&standing, policy).and(looked.unwrap_or_default())
    }))
}

fn answer(
    view: WorkspaceView,
    target: Option<BranchName>,
    rules_of: Option<ObjectId>,
    policy: Option<&Policy>,
    review: impl FnOnce(&Policy) -> Review,
) -> Criticism {
    let (review, critic) = match policy {
        Some(policy) => (review(policy), CriticState::On),
        None => (Review::default(), CriticState::Off),
    };
    Criticism { view, target, rules_of, review, critic }
}

/// The other workspaces of the repository that this one would not merge with, as the radar finds it.
fn overlaps(engine: &Engine, view: &WorkspaceView, line: &Worktree) -> Result<Vec<Overlap>, MergeError> {
    let picture = sweep(engine, &line.repository)?.picture;
    let with_it = picture.pairs.iter().filter_map(|pair| {
        let other = match (pair.a.id == view.id, pair.b.id == view.id) {
            (true, _) => &pair.b,
            (_, true) => &pair.a,
            _ => return None,
        };
        let files = pair.clashes.iter().map(|clash| clash.conflict.path.clone()).collect();
        Some(Overlap { workspace: other.name.clone(), files })
    });
    Ok(with_it.take(MAX_OTHERS).collect())
}

fn of_prediction(prediction: Prediction) -> Vec<Conflict> {
    match prediction {
        Prediction::Conflicts(conflicts) => conflicts,
        Prediction::Clean { .. } | Prediction::Contained | Prediction::Unrelated => Vec::new(),
    }
}
