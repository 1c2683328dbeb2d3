//! The critic's look at what is to land.

use owt_core::critic::Review;
use owt_core::landing::LandingInput;
use owt_core::landing::LandingPhase;
use owt_core::landing::LandingSpec;
use owt_core::landing::Refusal;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::BranchState;
use owt_ports::DiffSide;
use owt_ports::GitError;
use owt_ports::StoreError;

use super::LandingEffects;
use super::Refusable;
use super::refusable;
use super::told;
use crate::board::Task;
use crate::criticism::Change;
use crate::criticism::review_of_landing;
use crate::criticism::review_of_words;
use crate::effects::Outcome;
use crate::landing_rules::LandingRules;
use crate::landing_rules::RulesError;
use crate::landing_rules::rules_at;

impl LandingEffects {
    pub(in crate::effects) fn review(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        if landing.phase != LandingPhase::Reviewing {
            return Ok(Outcome::Settled);
        }
        let (round, tip) = (landing.round, landing.reviewed_tip());
        let result = match self.tip_of(&landing.spec.repository, &landing.spec.target)? {
            Ok(onto) => self.looked_at(&landing.spec, &onto, tip.as_ref())?,
            Err(refusal) => Err(refusal),
        };
        Ok(told(id, LandingInput::Reviewed { round, tip, result }))
    }

    /// Where a target is.
    pub(super) fn tip_of(&self, repository: &Repository, target: &BranchName) -> Refusable<ObjectId> {
        Ok(match refusable(self.ports.git.branch_state(repository, target))? {
            Ok(BranchState::Taken(onto)) => Ok(onto),
            Ok(_) => Err(Refusal::TargetGone),
            Err(refusal) => Err(refusal),
        })
    }

    /// What the critic says of this tip, or of the workspace as it lies there, by the rules of `onto`.
    pub(super) fn looked_at(
        &self,
        spec: &LandingSpec,
        onto: &ObjectId,
        tip: Option<&ObjectId>,
    ) -> Refusable<Review> {
        let policy = match self.rules(&spec.repository, onto)? {
            Ok(LandingRules { critic: Some(policy), .. }) => policy,
            // The person has switched it off.
            Ok(LandingRules { critic: None, .. }) => return Ok(Ok(Review::default())),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let head = tip.unwrap_or(&spec.tip);
        let change = |side, withheld: &[String]| {
            let change = Change { repository: &spec.repository, branch: &spec.branch, onto, side, withheld };
            refusable(review_of_landing(&self.ports, &change, (spec.method, head), &policy))
        };
        let looked = match tip {
            Some(tip) => change(DiffSide::Commit(tip.clone()), &[]),
            None => match refusable(self.ports.git.commit_plan(&spec.path))? {
                Ok(plan) => change(DiffSide::Worktree(spec.path.clone()), &plan.withheld),
                Err(refusal) => Ok(Err(refusal)),
            },
        };
        Ok(looked?.map(|review| review.and(review_of_words(spec, &policy))))
    }

    /// The rules for landing on a commit; where they are not known, nothing lands.
    pub(in crate::effects) fn rules(
        &self,
        repository: &Repository,
        onto: &ObjectId,
    ) -> Refusable<LandingRules> {
        match rules_at(&self.ports, repository, onto) {
            Ok(rules) => Ok(Ok(rules)),
            Err(RulesError::Git(error)) => refusable(Err::<LandingRules, GitError>(error)),
            Err(RulesError::Broken(broken)) => Ok(Err(Refusal::BadRules { message: broken.message })),
        }
    }
}
