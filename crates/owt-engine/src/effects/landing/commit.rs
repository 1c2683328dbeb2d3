//! Committing what is left in a workspace that is to land. What git ignores, what is a secret and what is a repository of
//! its own stays where it is.

use owt_core::landing::Committed;
use owt_core::landing::LandingInput;
use owt_core::landing::LandingPhase;
use owt_core::landing::LandingSpec;
use owt_core::landing::Refusal;
use owt_core::vcs::ObjectId;
use owt_ports::Committing;
use owt_ports::StoreError;
use owt_ports::WorktreePresence;

use super::LandingEffects;
use super::Refusable;
use super::refusable;
use super::told;
use crate::board::Task;
use crate::effects::Outcome;

impl LandingEffects {
    pub(in crate::effects) fn commit_work(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        let LandingPhase::Committing = landing.phase else { return Ok(Outcome::Settled) };
        let message = landing.spec.commit.clone().unwrap_or_default();
        let result = self.committed(&landing.spec, &message)?;
        Ok(told(id, LandingInput::Committed { result }))
    }

    /// Commits what is left; done already: the same answer.
    pub(crate) fn committed(&self, spec: &LandingSpec, message: &str) -> Refusable<Committed> {
        let head = match self.head(spec)? {
            Ok(head) => head,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if head != spec.tip {
            return self.committed_before(spec, head);
        }
        let git = &self.ports.git;
        let withheld = match refusable(git.commit_plan(&spec.path))? {
            Ok(plan) if plan.files.is_empty() => {
                return Ok(Ok(Committed { tip: head, files: Some(0), withheld: plan.withheld }));
            }
            Ok(plan) => plan.withheld,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let onto = match self.tip_of(&spec.repository, &spec.target)? {
            Ok(onto) => onto,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let hooks = match self.hooks_of(spec, &onto, Committing::Left)? {
            Ok(hooks) => hooks,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let made = refusable(git.commit_left(&spec.path, message, &hooks))?;
        Ok(made.map(|report| match report {
            Some(report) => {
                Committed { tip: report.commit, files: Some(report.files), withheld: report.withheld }
            }
            None => Committed { tip: head, files: Some(0), withheld },
        }))
    }

    pub(super) fn head(&self, spec: &LandingSpec) -> Refusable<ObjectId> {
        let presence = refusable(self.ports.git.worktree_presence(&spec.repository, &spec.path))?;
        Ok(match presence {
            Ok(WorktreePresence::Present { branch: Some(branch), head: Some(head) })
                if branch == spec.branch =>
            {
                Ok(head)
            }
            Ok(_) => Err(Refusal::BranchMoved { found: None }),
            Err(refusal) => Err(refusal),
        })
    }

    /// A server that died may have committed it. One commit is taken for that: whoever made it, the critic looks at it
    /// as it is. More is somebody's work that nobody asked to land.
    fn committed_before(&self, spec: &LandingSpec, head: ObjectId) -> Refusable<Committed> {
        let git = &self.ports.git;
        let stands_on = refusable(git.is_merged(&spec.repository, &spec.tip, &head))?;
        let count = refusable(git.count_commits(&spec.repository, &spec.tip, &head))?;
        Ok(match (stands_on, count) {
            (Ok(true), Ok(1)) => Ok(Committed { tip: head, files: None, withheld: Vec::new() }),
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
            _ => Err(Refusal::BranchMoved { found: Some(head) }),
        })
    }
}
