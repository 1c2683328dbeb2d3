//! Bringing work into its target: looked ahead, made, moved. Each step leaves its outcome to the landing's own record.

mod alterations;
mod checks;
mod commit;
mod review;
mod sparingly;
mod taking_back;
mod train;

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use owt_core::LandingId;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::landing::CandidateId;
use owt_core::landing::CandidateOf;
use owt_core::landing::Landing;
use owt_core::landing::LandingInput;
use owt_core::landing::LandingPhase;
use owt_core::landing::LandingSpec;
use owt_core::landing::Method;
use owt_core::landing::Refusal;
use owt_core::landing::TargetNow;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::BranchState;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::CommitHooks;
use owt_ports::Committing;
use owt_ports::GitError;
use owt_ports::HookFile;
use owt_ports::Prediction;
use owt_ports::StoreError;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;
use tracing::warn;

pub(super) use checks::Checking;
pub use checks::ForeseenChecks;
pub(super) use checks::broken_off;

use super::Outcome;
use super::git_failure;
use super::required;
use super::stream_id;
use crate::approvals::Answers;
use crate::approvals::Verdict;
use crate::approvals::brought_by_git_hooks;
use crate::board::EffectBoard;
use crate::board::Task;
use crate::home::Home;
use crate::landing_progress::RunningChecks;
use crate::landing_progress::is_behind_another;
use crate::ports::Ports;
use crate::records::Records;
use crate::records::Which;
use crate::workspace_settings::settings_of;

/// Does what landings ask for.
pub(crate) struct LandingEffects {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) records: Records,
    pub(crate) board: Arc<EffectBoard>,
    pub(crate) running: Arc<RunningChecks>,
    /// Held while a tree is noted as verified.
    pub(crate) remembering: Mutex<()>,
}

/// A step of a landing: what it came to, or why there is no landing.
type Refusable<T> = Result<Result<T, Refusal>, StoreError>;

fn refusable<T>(result: Result<T, GitError>) -> Refusable<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(Refusal::Failed { failure: git_failure(&error)? })),
    }
}

/// Whether git's own prediction says what this landing would come to.
pub(crate) const fn is_predictable(spec: &LandingSpec) -> bool {
    spec.favour.is_none() && matches!(spec.method, Method::Merge | Method::Squash)
}

/// What is written into the commit that lands.
fn message(spec: &LandingSpec) -> String {
    let (branch, target) = (&spec.branch, &spec.target);
    spec.message.clone().unwrap_or_else(|| format!("Merge branch '{branch}' into {target}"))
}

/// The candidate that a landing asks for.
pub(crate) fn request(
    id: CandidateId,
    (spec, tip): (&LandingSpec, &ObjectId),
    onto: &ObjectId,
    hooks: Vec<HookFile>,
    limit: Duration,
) -> CandidateRequest {
    CandidateRequest {
        id,
        repository: spec.repository.clone(),
        onto: onto.clone(),
        tip: tip.clone(),
        method: spec.method,
        favour: spec.favour,
        settled: None,
        beyond: None,
        message: message(spec),
        hooks,
        limit,
    }
}

/// The commit that may land, or why there is none.
pub(crate) fn built(candidate: Candidate, onto: &ObjectId) -> Result<ObjectId, Refusal> {
    match candidate {
        Candidate::Made { commit } => Ok(commit),
        Candidate::Nothing => Err(Refusal::NothingToLand),
        Candidate::Conflicts(conflicts) => Err(Refusal::Conflicts { onto: onto.clone(), conflicts }),
        Candidate::Unrelated => Err(Refusal::Unrelated),
    }
}

/// Whether a prediction lets the work land.
pub(crate) fn predicted(prediction: Prediction, onto: &ObjectId) -> Result<(), Refusal> {
    match prediction {
        Prediction::Clean { .. } => Ok(()),
        Prediction::Contained => Err(Refusal::NothingToLand),
        Prediction::Conflicts(conflicts) => Err(Refusal::Conflicts { onto: onto.clone(), conflicts }),
        Prediction::Unrelated => Err(Refusal::Unrelated),
    }
}

impl LandingEffects {
    fn landing(&self, task: &Task) -> Result<(LandingId, Landing), StoreError> {
        let id: LandingId = stream_id(task)?;
        Ok((id, required(self.records.load(id)?, "a landing")?))
    }

    pub(super) fn predict(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        if landing.phase != LandingPhase::Predicting {
            return Ok(Outcome::Settled);
        }
        let turn = self.board.turn();
        if is_behind_another(&self.records.list(None, Which::Live)?, id) {
            return Ok(Outcome::NotItsTurn(turn));
        }
        self.drop_kept(id, &landing.spec)?;
        let result = self.foresee(&landing)?;
        Ok(told(id, LandingInput::Predicted { round: landing.round, result }))
    }

    fn foresee(&self, landing: &Landing) -> Refusable<ObjectId> {
        let (spec, wanted) = (&landing.spec, landing.tip());
        if let Err(refusal) = self.is_at(spec, wanted)? {
            return Ok(Err(refusal));
        }
        let onto = match self.tip_of(&spec.repository, &spec.target)? {
            Ok(onto) => onto,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !is_predictable(spec) {
            return Ok(Ok(onto));
        }
        let foreseen = refusable(self.ports.landing.predict(&spec.repository, &onto, wanted))?;
        Ok(foreseen.and_then(|prediction| predicted(prediction, &onto)).map(|()| onto))
    }

    /// Whether a branch is still where it was when it was to land.
    fn is_at(&self, spec: &LandingSpec, wanted: &ObjectId) -> Refusable<()> {
        Ok(match refusable(self.ports.git.branch_state(&spec.repository, &spec.branch))? {
            Ok(BranchState::Taken(tip)) if tip == *wanted => Ok(()),
            Ok(BranchState::Taken(tip)) => Err(Refusal::BranchMoved { found: Some(tip) }),
            Ok(_) => Err(Refusal::BranchMoved { found: None }),
            Err(refusal) => Err(refusal),
        })
    }

    pub(super) fn build(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        let LandingPhase::Building { onto } = &landing.phase else { return Ok(Outcome::Settled) };
        let result = self.make(candidate(id, landing.round), (&landing.spec, landing.tip()), onto)?;
        Ok(told(id, LandingInput::Built { round: landing.round, result }))
    }

    fn make(
        &self,
        id: CandidateId,
        (spec, tip): (&LandingSpec, &ObjectId),
        onto: &ObjectId,
    ) -> Refusable<ObjectId> {
        let CommitHooks { files, limit } =
            match self.hooks_of(spec, onto, Committing::Candidate(spec.method))? {
                Ok(hooks) => hooks,
                Err(refusal) => return Ok(Err(refusal)),
            };
        let request = request(id, (spec, tip), onto, files, limit);
        let made = refusable(self.ports.landing.make_candidate(&request))?;
        Ok(made.and_then(|candidate| built(candidate, onto)))
    }

    /// The hooks that run with a commit, and for how long.
    fn hooks_of(
        &self,
        spec: &LandingSpec,
        onto: &ObjectId,
        committing: Committing,
    ) -> Refusable<CommitHooks> {
        let files = match self.hooks(&spec.repository, onto, committing)? {
            Ok(files) => files,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let place = (spec.workspace, Some(spec.repository.source()));
        Ok(match settings_of(&self.ports, &self.home, place) {
            Ok(settings) => Ok(CommitHooks { files, limit: settings.hook_limit }),
            Err(broken) => Err(failed(broken.message)),
        })
    }

    /// The hooks that run: those of this very content that the person has approved. Those that the person has denied
    /// do not run, and the work lands without them. Where none of them would run, nobody is asked.
    fn hooks(
        &self,
        repository: &Repository,
        onto: &ObjectId,
        committing: Committing,
    ) -> Refusable<Vec<HookFile>> {
        let hooks = match refusable(self.ports.landing.hooks(repository, onto))? {
            Ok(hooks) if committing.runs(&hooks).is_empty() => return Ok(Ok(Vec::new())),
            Ok(hooks) => hooks,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let digest = brought_by_git_hooks(&hooks).digest;
        Ok(match Answers::load(self.ports.files.as_ref(), &self.home).verdict(&digest) {
            Some(Verdict::Allowed) => Ok(hooks),
            Some(Verdict::Denied) => Ok(Vec::new()),
            None => Err(Refusal::HooksUnapproved { digest }),
        })
    }

    pub(super) fn move_target(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        let LandingPhase::Moving { onto, commit } = &landing.phase else { return Ok(Outcome::Settled) };
        let spec = &landing.spec;
        let result = self.moved(&TargetMove {
            repository: spec.repository.clone(),
            target: spec.target.clone(),
            from: onto.clone(),
            to: commit.clone(),
            reason: format!("owt: landed {}", spec.name),
        })?;
        Ok(told(id, LandingInput::Moved { round: landing.round, result }))
    }

    fn moved(&self, request: &TargetMove) -> Refusable<TargetNow> {
        Ok(match refusable(self.ports.landing.move_target(request))? {
            Err(refusal) => Err(refusal),
            Ok(TargetMoved::Moved { checkout }) => Ok(TargetNow::There { checkout }),
            Ok(TargetMoved::Kept { at, why, obstacle }) => {
                Err(Refusal::TargetKept { at, why, commit: request.to.clone(), obstacle })
            }
            Ok(TargetMoved::Elsewhere { found: None }) => Err(Refusal::TargetGone),
            Ok(TargetMoved::Elsewhere { found: Some(found) }) => self.beyond(request, &found)?,
        })
    }

    /// A target that is elsewhere may have been moved by us, before we died, and by somebody else from there.
    fn beyond(&self, request: &TargetMove, found: &ObjectId) -> Refusable<TargetNow> {
        let merged = refusable(self.ports.git.is_merged(&request.repository, &request.to, found))?;
        Ok(merged.map(|merged| match merged {
            true => TargetNow::There { checkout: None },
            false => TargetNow::Elsewhere,
        }))
    }

    pub(super) fn leave_conflicts(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        let LandingPhase::Leaving { onto, .. } = &landing.phase else { return Ok(Outcome::Settled) };
        let spec = &landing.spec;
        let message = format!("Merge branch '{}' into {}", spec.target, spec.branch);
        let result = refusable(self.ports.landing.merge_in_worktree(&spec.path, onto, &message))?;
        Ok(told(id, LandingInput::Left { result }))
    }

    pub(super) fn drop_candidate(&self, task: &Task, round: u32) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        self.forget(&landing.spec.repository, candidate(id, round))?;
        Ok(Outcome::Settled)
    }

    /// What an earlier landing of this workspace has left for the person to take by hand.
    fn drop_kept(&self, own: LandingId, spec: &LandingSpec) -> Result<(), StoreError> {
        for record in self.records.list::<Landing>(Some(&spec.workspace.to_string()), Which::All)? {
            let kept =
                matches!(&record.state.phase, LandingPhase::Refused { refusal: Refusal::TargetKept { .. } });
            if kept && record.id != own {
                self.forget(&spec.repository, candidate(record.id, record.state.round))?;
            }
        }
        Ok(())
    }

    /// Takes away what was laid out to be checked.
    fn cleared(&self, repository: &Repository, id: CandidateId) -> Result<(), StoreError> {
        match self.ports.landing.clear(repository, id) {
            Ok(()) => Ok(()),
            Err(error) => {
                git_failure(&error)?;
                warn!(candidate = %id, %error, "what was checked stays");
                Ok(())
            }
        }
    }

    /// A candidate that cannot be forgotten now costs a ref, and nothing else.
    fn forget(&self, repository: &Repository, id: CandidateId) -> Result<(), StoreError> {
        match self.ports.landing.drop_candidate(repository, id) {
            Ok(()) => Ok(()),
            Err(error) => {
                git_failure(&error)?;
                warn!(candidate = %id, %error, "a candidate stays");
                Ok(())
            }
        }
    }
}

/// The name of a landing's candidate.
const fn candidate(id: LandingId, round: u32) -> CandidateId {
    CandidateId { of: CandidateOf::Landing(id), round }
}

fn told(id: LandingId, input: LandingInput) -> Outcome {
    Outcome::told(Message::Landing { id, input })
}

fn failed(message: String) -> Refusal {
    failed_as(FailureKind::Git, message)
}

fn failed_as(kind: FailureKind, message: String) -> Refusal {
    Refusal::Failed { failure: Failure::new(kind, message) }
}
