//! The repository's checks, run on the candidate in a private worktree: what lands is what was checked, and nothing of the
//! person's is where they run. A tree that has passed is not checked again.

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::environment::InstallFailure;
use owt_core::failure::FailureKind;
use owt_core::landing::CandidateId;
use owt_core::landing::LandingInput;
use owt_core::landing::LandingPhase;
use owt_core::landing::LandingSpec;
use owt_core::landing::Refusal;
use owt_core::landing::Verification;
use owt_core::landing::Verified;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceName;
use owt_ports::EnvironmentError;
use owt_ports::HookOutcome;
use owt_ports::HookPlan;
use owt_ports::IsCancelled;
use owt_ports::StoreError;

use super::LandingEffects;
use super::alterations::Alterations;
use super::candidate;
use super::refusable;
use super::told;
use crate::approvals::Answers;
use crate::approvals::Verdict;
use crate::approvals::brought_by_checks;
use crate::board::Task;
use crate::effects::Outcome;
use crate::effects::hooks::environment;
use crate::effects::required;
use crate::settings::Hook;
use crate::settings::HookSource;
use crate::verified_trees::VerifiedTrees;

/// What checks would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForeseenChecks {
    /// There are none.
    NoneDeclared,
    /// These commands would run.
    WouldRun(Vec<String>),
    /// The person has denied them.
    MayNotRun,
    /// The person goes without them this time.
    Waived,
}

/// What came of checks.
enum Ended {
    /// They passed, or did not have to run.
    Well(Verification),
    /// They keep it from landing.
    Badly(Refusal),
    /// The server ends, and the next one runs them again; or nobody waits for them any more.
    BrokenOff,
}

/// What is checked.
pub(in crate::effects) struct Checking<'a> {
    /// The candidate.
    pub(in crate::effects) id: CandidateId,
    /// The repository.
    pub(in crate::effects) repository: &'a Repository,
    /// The workspace whose environment the checks get, and to whom what they print belongs.
    pub(in crate::effects) workspace: WorkspaceId,
    /// Whose work it is.
    pub(in crate::effects) name: &'a WorkspaceName,
    /// The target's tip, which has the rules.
    pub(in crate::effects) onto: &'a ObjectId,
    /// The candidate's commit.
    pub(in crate::effects) commit: &'a ObjectId,
    /// Whether nobody waits any more for what they say.
    pub(in crate::effects) is_unwanted: IsCancelled<'a>,
}

impl<'a> Checking<'a> {
    /// The checks of a candidate for a target.
    pub(super) const fn of_landing(
        id: CandidateId,
        spec: &'a LandingSpec,
        (onto, commit): (&'a ObjectId, &'a ObjectId),
        is_unwanted: IsCancelled<'a>,
    ) -> Self {
        let (repository, workspace, name) = (&spec.repository, spec.workspace, &spec.name);
        Self { id, repository, workspace, name, onto, commit, is_unwanted }
    }
}

impl LandingEffects {
    pub(in crate::effects) fn check(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, landing) = self.landing(task)?;
        let LandingPhase::Checking { onto, commit } = &landing.phase else { return Ok(Outcome::Settled) };
        let round = landing.round;
        let (id_of, is_unwanted) = (candidate(id, round), &|| false);
        let checking = Checking::of_landing(id_of, &landing.spec, (onto, commit), is_unwanted);
        Ok(match self.verified(&checking)? {
            Some(result) => told(id, LandingInput::Checked { round, result }),
            None => broken_off(),
        })
    }

    /// What the checks say of a candidate; `None`: they were broken off.
    pub(in crate::effects) fn verified(
        &self,
        checking: &Checking<'_>,
    ) -> Result<Option<Result<Verified, Refusal>>, StoreError> {
        let repository = checking.repository;
        let rules = match self.rules(repository, checking.onto)? {
            Ok(rules) => rules,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        let tree = match refusable(self.ports.landing.tree_of(repository, checking.commit))? {
            Ok(tree) => tree,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        let Some(checks) = rules.checks else {
            return Ok(Some(Ok(Verified { tree, how: Verification::NoneDeclared })));
        };
        let digest = brought_by_checks(&checks).digest;
        let limit = rules.check_limit;
        let ended = match self.may_run(&checks, &digest) {
            Ok(()) => self.pass(checking, (checks, limit), &tree, &digest)?,
            Err(ended) => ended,
        };
        Ok(match ended {
            Ended::Well(how) => Some(Ok(Verified { tree, how })),
            Ended::Badly(refusal) => Some(Err(refusal)),
            Ended::BrokenOff => None,
        })
    }

    /// Whether a target's checks may run, or need not.
    pub(crate) fn approved(&self, checks: Option<&Hook>) -> Result<(), Refusal> {
        match checks.map(|checks| self.may_run(checks, &brought_by_checks(checks).digest)) {
            Some(Err(Ended::Badly(refusal))) => Err(refusal),
            _ => Ok(()),
        }
    }

    /// What checks would come to, as far as that can be told before they run.
    pub(crate) fn foreseen(&self, checks: Option<&Hook>) -> Result<ForeseenChecks, Refusal> {
        let Some(checks) = checks else { return Ok(ForeseenChecks::NoneDeclared) };
        match self.may_run(checks, &brought_by_checks(checks).digest) {
            Err(Ended::Badly(refusal)) => Err(refusal),
            Err(_) => Ok(ForeseenChecks::MayNotRun),
            Ok(()) => Ok(ForeseenChecks::WouldRun(checks.commands.iter().map(ToString::to_string).collect())),
        }
    }

    /// A repository's commands run once the person has approved them.
    fn may_run(&self, checks: &Hook, digest: &str) -> Result<(), Ended> {
        let verdict = match checks.source {
            HookSource::Person => Some(Verdict::Allowed),
            HookSource::Repository => Answers::load(self.ports.files.as_ref(), &self.home).verdict(digest),
        };
        match verdict {
            Some(Verdict::Allowed) => Ok(()),
            Some(Verdict::Denied) => Err(Ended::Well(Verification::MayNotRun)),
            None => Err(Ended::Badly(Refusal::ChecksUnapproved { digest: digest.to_owned() })),
        }
    }

    fn pass(
        &self,
        checking: &Checking<'_>,
        (checks, limit): (Hook, std::time::Duration),
        tree: &ObjectId,
        digest: &str,
    ) -> Result<Ended, StoreError> {
        let files = self.ports.files.as_ref();
        if VerifiedTrees::load(files, &self.home).has(tree, digest) {
            return Ok(Ended::Well(Verification::PassedBefore));
        }
        let ended = self.run(checking, (checks, limit))?;
        if let Ended::Well(Verification::Passed) = ended {
            // That it is not remembered costs one more run.
            let _one_at_a_time = self.remembering.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _ = VerifiedTrees::load(files, &self.home).with(tree, digest).save(files, &self.home);
        }
        Ok(ended)
    }

    fn run(
        &self,
        checking: &Checking<'_>,
        (checks, limit): (Hook, std::time::Duration),
    ) -> Result<Ended, StoreError> {
        let Checking { id, repository, workspace: of, .. } = *checking;
        let root = match refusable(self.ports.landing.lay_out(repository, id, checking.commit))? {
            Ok(root) => root,
            Err(refusal) => return Ok(Ended::Badly(refusal)),
        };
        let log = self.home.checks_log(of);
        let workspace: Workspace = required(self.records.load(of)?, "a workspace")?;
        let lease = workspace.outfit.lease.as_ref();
        let mut variables = environment(&self.ports, &self.home, (of, &workspace), lease)?;
        variables.insert("OWT_WORKTREE_NAME".to_owned(), checking.name.to_string());
        variables.insert("PWD".to_owned(), root.to_string());
        let watched = Alterations::watch(self.ports.landing.as_ref(), &root, checking.commit);
        let alterations = match refusable(watched)? {
            Ok(alterations) => alterations,
            Err(refusal) => return Ok(Ended::Badly(refusal)),
        };
        let plan = HookPlan {
            root: root.clone(),
            setting: "landing.checks",
            commands: checks.commands,
            environment: variables,
            log: log.clone(),
            limit,
        };
        let is_over = || self.board.is_closed() || (checking.is_unwanted)();
        let running = self.running.of(of);
        let begins = |check: String| {
            running.begins(check.clone(), self.ports.clock.now());
            alterations.check_begins(check);
        };
        let is_enough = || is_over() || alterations.is_altered();
        let ended = self.ports.environments.run_hook(&plan, &begins, &is_enough);
        if let Err(EnvironmentError::Crashed) = &ended {
            return Err(StoreError::Crashed);
        }
        if let Ok(HookOutcome { failure: None, .. }) = &ended {
            alterations.checks_passed();
        }
        let altered = alterations.refusal(&log)?;
        drop(running);
        // What stays is swept with the candidate.
        self.cleared(repository, id)?;
        Ok(match (ended, altered) {
            (Ok(HookOutcome { failure: Some(_), .. }), _) if is_over() => Ended::BrokenOff,
            (Ok(_), Ok(Some(refusal)) | Err(refusal)) => Ended::Badly(refusal),
            (Ok(HookOutcome { failure: None, .. }), Ok(None)) => Ended::Well(Verification::Passed),
            (Ok(HookOutcome { failure: Some(failure), .. }), Ok(None)) => Ended::Badly(failed(failure, log)),
            (Err(error), _) => Ended::Badly(super::failed_as(FailureKind::Session, error.to_string())),
        })
    }
}

/// The server ends.
pub(in crate::effects) fn broken_off() -> Outcome {
    Outcome::Later("the server ends".to_owned())
}

fn failed(failure: InstallFailure, log: AbsPath) -> Refusal {
    let what = format!("'{}' {}", failure.step, failure.kind);
    Refusal::ChecksFailed { what, last_lines: failure.last_lines, log }
}
