//! What would be committed before work lands, and what that commit is called.

use owt_core::landing::LeftWork;
use owt_core::landing::commit_message;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Worktree;

use super::LeftToCommit;
use super::MergeError;
use crate::engine::Engine;
use crate::landing_rules::RulesError;
use crate::landing_rules::rules_at;
use crate::view::WorkspaceView;

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
            commit_message(&template, &LeftWork { task, name, branch, files: &plan.files })
        }
    };
    Ok(Some(LeftToCommit { plan, message }))
}
