//! What a pull request is called and says: as the person said it, and otherwise from what is known of the work.

use owt_core::critic::Policy;
use owt_core::critic::Review;
use owt_core::pull_request::Description;
use owt_core::pull_request::DescriptionFacts;
use owt_core::pull_request::describe;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Worktree;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;

use super::CreatePull;
use super::PullError;
use crate::engine::Engine;
use crate::landing_rules::LandingRules;
use crate::landing_rules::rules_at;
use crate::use_cases::MergeError;
use crate::use_cases::MergePlan;

/// More commits and files than any description names.
const MOST: usize = 1000;

/// Title and text of what is to be shown. What the critic denies in them is shown to nobody.
pub(super) fn words(
    engine: &Engine,
    create: &CreatePull,
    (plan, line): (&MergePlan, &Worktree),
    tip: &ObjectId,
) -> Result<Description, PullError> {
    let rules = rules_at(engine.ports(), &line.repository, &plan.onto).map_err(MergeError::from)?;
    let written = written(engine, &rules, (plan, line), tip)?;
    let said = Description {
        title: create.title.clone().unwrap_or(written.title),
        body: create.body.clone().unwrap_or(written.body),
    };
    let said = said.fitted();
    let review = rules.critic.map(|policy| reviewed(&said, &policy)).unwrap_or_default();
    match review.is_denied() {
        true => Err(PullError::SecretInWords { name: plan.view.name().to_owned(), review: Box::new(review) }),
        false => Ok(said),
    }
}

fn reviewed(said: &Description, policy: &Policy) -> Review {
    let title = Review::of_words(policy, "the title of the pull request", &said.title);
    title.and(Review::of_words(policy, "the text of the pull request", &said.body))
}

fn written(
    engine: &Engine,
    rules: &LandingRules,
    (plan, line): (&MergePlan, &Worktree),
    tip: &ObjectId,
) -> Result<Description, PullError> {
    let ports = engine.ports();
    let commits = ports.remotes.subjects(&line.repository, &plan.onto, tip, MOST)?;
    let question = DiffQuestion {
        repository: line.repository.clone(),
        side: DiffSide::Commit(tip.clone()),
        base: line.base.sha.clone(),
        base_branch: Some(plan.target.clone()),
        base_upstream: None,
    };
    let mut files = Vec::new();
    ports.git.diff(&question, DiffForm::Files, &mut |part| {
        if let DiffPart::File(file) = part {
            files.push((file.path, file.lines));
        }
        files.len() < MOST
    })?;
    let checks = rules.checks.iter().flat_map(|hook| &hook.commands).map(ToString::to_string);
    let checks: Vec<String> = checks.collect();
    Ok(describe(&DescriptionFacts {
        task: plan.view.job.as_ref().and_then(|(_, job)| job.spec.task.as_deref()),
        branch: line.branch.as_str(),
        commits: &commits,
        files: &files,
        checks: &checks,
    }))
}
