//! What would be committed before work lands, and what that commit is called.

use std::collections::BTreeSet;

use owt_core::landing::LeftWork;
use owt_core::landing::Method;
use owt_core::landing::commit_message;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Worktree;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;

use super::LeftToCommit;
use super::MergeError;
use super::MergePlan;
use super::MergeRequest;
use crate::engine::Engine;
use crate::landing_rules::RulesError;
use crate::landing_rules::rules_at;
use crate::view::WorkspaceView;

/// More commits and files than any message names.
const MOST: usize = 1000;

impl From<RulesError> for MergeError {
    fn from(error: RulesError) -> Self {
        match error {
            RulesError::Git(error) => Self::Git(error),
            RulesError::Broken(broken) => Self::Rules(broken),
        }
    }
}

/// What there is to commit; `None`: nothing.
pub(super) fn plan(
    engine: &Engine,
    view: &WorkspaceView,
    line: &Worktree,
    onto: &ObjectId,
    message: Option<&str>,
) -> Result<Option<LeftToCommit>, MergeError> {
    let plan = engine.ports().git.commit_plan(&view.workspace.spec.path)?;
    if plan.files.is_empty() {
        return Ok((!plan.withheld.is_empty()).then(|| LeftToCommit { plan, message: String::new() }));
    }
    let message = match message {
        Some(message) => message.to_owned(),
        None => {
            let template = rules_at(engine.ports(), &line.repository, onto)?.message;
            let task = view.job.as_ref().and_then(|(_, job)| job.spec.task.as_deref());
            let (name, branch) = (view.name(), &line.branch);
            commit_message(&template, &LeftWork { task, name, branch, commits: &[], files: &plan.files })
        }
    };
    Ok(Some(LeftToCommit { plan, message }))
}

/// What the commit that lands is called, where git has no words for it or the person has some; commits that are made again have
/// their own.
pub(super) fn landing_message(
    engine: &Engine,
    plan: &MergePlan,
    line: &Worktree,
    merge: &MergeRequest,
) -> Result<Option<String>, MergeError> {
    match (merge.method, &merge.message) {
        (Method::Merge, message) => Ok(message.clone()),
        (Method::Squash, Some(message)) => Ok(Some(message.clone())),
        (Method::Squash, None) => of_everything(engine, plan, line).map(Some),
        (Method::Rebase, _) => Ok(None),
    }
}

/// Of one commit that takes together what the branch has and what is left.
fn of_everything(engine: &Engine, plan: &MergePlan, line: &Worktree) -> Result<String, MergeError> {
    let (ports, view) = (engine.ports(), &plan.view);
    let commits = ports.remotes.subjects(&line.repository, &plan.onto, &plan.tip, MOST)?;
    let question = DiffQuestion {
        repository: line.repository.clone(),
        side: DiffSide::Commit(plan.tip.clone()),
        base: line.base.sha.clone(),
        base_branch: Some(plan.target.clone()),
        base_upstream: None,
    };
    let mut files: BTreeSet<String> =
        plan.left.iter().flat_map(|left| left.plan.files.iter().cloned()).collect();
    ports.git.diff(&question, DiffForm::Files, &mut |part| {
        if let DiffPart::File(file) = part {
            files.insert(file.path);
        }
        files.len() < MOST
    })?;
    let template = rules_at(ports, &line.repository, &plan.onto)?.message;
    let work = LeftWork {
        task: view.job.as_ref().and_then(|(_, job)| job.spec.task.as_deref()),
        name: view.name(),
        branch: &line.branch,
        commits: &commits,
        files: &files.into_iter().collect::<Vec<_>>(),
    };
    Ok(commit_message(&template, &work))
}
