//! Taking what an agent has made of conflicts: judged, made into the merge that it settles, checked, and taken by the same
//! fast-forward as any merge. Whatever does not hold leaves the workspace as it is.

use std::collections::BTreeMap;

use owt_core::SnapshotId;
use owt_core::WorkspaceId;
use owt_core::critic::Review;
use owt_core::critic::RuleName;
use owt_core::critic::Severity;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::landing::CandidateId;
use owt_core::landing::Method;
use owt_core::landing::Refusal;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Changed;
use owt_core::workspace::Phase;
use owt_core::workspace::Removal;
use owt_core::workspace::Settler;
use owt_core::workspace::Settling;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Unsettled;
use owt_core::workspace::Versions;
use owt_core::workspace::Workspace;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::StoreError;
use owt_ports::WorktreePresence;

use super::MAX_COMMIT;
use super::message;
use crate::Ports;
use crate::criticism::Change;
use crate::criticism::LASTING;
use crate::criticism::review;
use crate::effects::git_failure;
use crate::effects::landing::Checking;
use crate::effects::workspace::WorkspaceEffects;

/// What is to be taken, and from whom.
pub(super) struct Taking<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) line: &'a Worktree,
    pub(super) sync: &'a Sync,
    pub(super) settler: &'a Settler,
    /// The tip of the workspace's branch.
    pub(super) head: ObjectId,
    pub(super) candidate: CandidateId,
}

/// Why it ends before it is in.
enum Stop {
    /// The journal, or a crash.
    Store(StoreError),
    /// git, or what is not there any more.
    Failed(Failure),
    /// It is not taken.
    Unsettled(Unsettled),
    /// The server ends, and the next one goes on.
    BrokenOff,
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<GitError> for Stop {
    fn from(error: GitError) -> Self {
        git_failure(&error).map_or_else(Self::Store, Self::Failed)
    }
}

impl From<Unsettled> for Stop {
    fn from(why: Unsettled) -> Self {
        Self::Unsettled(why)
    }
}

fn lost(message: String) -> Stop {
    Stop::Failed(Failure::new(FailureKind::Lost, message))
}

impl WorkspaceEffects {
    /// Takes it, or says why not; `None`: the server ends.
    pub(super) fn take_settled(
        &self,
        taking: &Taking<'_>,
    ) -> Result<Result<Option<SyncEnd>, Failure>, StoreError> {
        match self.taken(taking) {
            Ok(end) => Ok(Ok(Some(end))),
            Err(Stop::Unsettled(why)) => Ok(Ok(Some(SyncEnd::Unsettled { why }))),
            Err(Stop::Failed(failure)) => Ok(Err(failure)),
            Err(Stop::BrokenOff) => Ok(Ok(None)),
            Err(Stop::Store(error)) => Err(error),
        }
    }

    fn taken(&self, taking: &Taking<'_>) -> Result<SyncEnd, Stop> {
        let Taking { workspace, line, sync, settler, .. } = taking;
        if taking.head != sync.before {
            return Err(Stop::Failed(Failure::new(
                FailureKind::Busy,
                format!("{} was moved meanwhile", line.branch),
            )));
        }
        let (helper, settling) = self.settling(settler)?;
        let tip = self.tip_of_settled(taking, (&helper, &settling))?;
        if !self.ports.git.is_merged(&line.repository, &settling.marked, &tip)? {
            return Err(Unsettled::Elsewhere.into());
        }
        self.judge(&line.repository, &settling, &tip)?;
        let commit = self.merge_as_settled(taking, &settling, &tip)?;
        self.check_settled(taking, settling.of, &commit)?;
        let moved = self.fast_forward(workspace, line, (sync, taking.head.clone(), &commit))?;
        moved.map_err(Stop::Failed)
    }

    fn settling(&self, settler: &Settler) -> Result<(Workspace, Settling), Stop> {
        let helper = self.records.load::<Workspace>(settler.workspace)?;
        let helper = helper.filter(|helper| helper.phase == Phase::Ready);
        let found = helper.and_then(|helper| {
            let settling = helper.spec.settles.clone()?;
            Some((helper, *settling))
        });
        found.ok_or_else(|| lost("the workspace in which it was settled is gone".to_owned()))
    }

    /// Commits what the agent has left, there; what would be a secret in the history is in no commit of ours.
    fn tip_of_settled(
        &self,
        taking: &Taking<'_>,
        (helper, settling): (&Workspace, &Settling),
    ) -> Result<ObjectId, Stop> {
        let line = helper.spec.line().ok_or_else(|| lost(format!("'{}' has no branch", helper.spec.name)))?;
        own_tip(self.ports.git.as_ref(), helper, line)?;
        self.refuse_secrets(taking, (helper, settling))?;
        match self.ports.git.commit_all(&helper.spec.path, "Settle what does not agree") {
            Err(GitError::Unfinished { what, .. }) => Err(Unsettled::UnderWay { what }.into()),
            Err(error) => Err(error.into()),
            Ok(_) => own_tip(self.ports.git.as_ref(), helper, line),
        }
    }

    /// What the critic denies of what stays readable in a history, by the rules by which it is checked, too.
    fn refuse_secrets(
        &self,
        taking: &Taking<'_>,
        (helper, settling): (&Workspace, &Settling),
    ) -> Result<(), Stop> {
        let Taking { line, sync, .. } = taking;
        let (repository, git) = (&line.repository, self.ports.git.as_ref());
        let rules = match self.landings.rules(repository, &ruler(git, line, &sync.source)?)? {
            Ok(rules) => rules,
            Err(Refusal::BadRules { message }) => return Err(unjudged(&message)),
            Err(Refusal::Failed { failure }) => return Err(Stop::Failed(failure)),
            Err(refusal) => return Err(Unsettled::Checks { refusal: Box::new(refusal) }.into()),
        };
        let Some(policy) = rules.critic else { return Ok(()) };
        let withheld = match git.commit_plan(&helper.spec.path) {
            Err(GitError::Unfinished { what, .. }) => return Err(Unsettled::UnderWay { what }.into()),
            plan => plan?.withheld,
        };
        let side = DiffSide::Worktree(helper.spec.path.clone());
        let change =
            Change { repository, branch: &line.branch, onto: &settling.marked, side, withheld: &withheld };
        let review = review(git, &change, &policy.only(LASTING))?;
        why_denied(review).map_or(Ok(()), |why| Err(why.into()))
    }

    fn judge(&self, repository: &Repository, settling: &Settling, tip: &ObjectId) -> Result<(), Stop> {
        let paths: Vec<&str> = settling.files.iter().map(String::as_str).collect();
        let files = |commit: &ObjectId| -> Result<BTreeMap<String, Vec<u8>>, Stop> {
            match self.ports.landing.files_at(repository, commit, &paths) {
                Ok(files) => Ok(files.into_iter().collect()),
                Err(GitError::TooLarge { path, .. }) => Err(Unsettled::TooLarge { file: path }.into()),
                Err(error) => Err(error.into()),
            }
        };
        let (ours, theirs) = (files(&settling.before)?, files(&settling.source)?);
        let (marked, settled) = (files(&settling.marked)?, files(tip)?);
        let changed = changed(self.ports.git.as_ref(), repository, &settling.marked, tip)?;
        Ok(settling.judge(&changed, |path| Versions {
            ours: ours.get(path).map(Vec::as_slice),
            theirs: theirs.get(path).map(Vec::as_slice),
            marked: marked.get(path).map(Vec::as_slice),
            settled: settled.get(path).map(Vec::as_slice),
        })?)
    }

    /// The merge that was settled. The repository's hooks do not run: they are for what lands.
    fn merge_as_settled(
        &self,
        taking: &Taking<'_>,
        settling: &Settling,
        tip: &ObjectId,
    ) -> Result<ObjectId, Stop> {
        let Taking { line, sync, settler, .. } = taking;
        let files: String = settling.files.iter().map(|file| format!("\n- {file}")).collect();
        let by = format!("Settled by {}:{files}", settler.agent);
        let request = CandidateRequest {
            id: taking.candidate,
            repository: line.repository.clone(),
            onto: taking.head.clone(),
            tip: sync.source.clone(),
            method: Method::Merge,
            favour: None,
            settled: Some(tip.clone()),
            beyond: None,
            message: format!("{}\n\n{by}", message(line, sync)),
            hooks: Vec::new(),
            limit: MAX_COMMIT,
        };
        match self.ports.landing.make_candidate(&request)? {
            Candidate::Made { commit } => Ok(commit),
            Candidate::Nothing | Candidate::Conflicts(_) | Candidate::Unrelated => {
                Err(lost(format!("{} and {} are not what they were", line.branch, sync.name)))
            }
        }
    }

    /// By the rules of the branch that the workspace was made from, never by those of what is judged.
    fn check_settled(&self, taking: &Taking<'_>, of: WorkspaceId, commit: &ObjectId) -> Result<(), Stop> {
        let Taking { workspace, line, sync, candidate, .. } = taking;
        let onto = ruler(self.ports.git.as_ref(), line, &sync.source)?;
        let checking = Checking {
            id: *candidate,
            repository: &line.repository,
            workspace: of,
            name: &workspace.spec.name,
            onto: &onto,
            commit,
            is_unwanted: &|| false,
        };
        match self.landings.verified(&checking)? {
            None => Err(Stop::BrokenOff),
            Some(Ok(_)) => Ok(()),
            Some(Err(Refusal::Failed { failure })) => Err(Stop::Failed(failure)),
            // Whoever approves or mends them asks again, and what was settled is still there.
            Some(Err(Refusal::ChecksUnapproved { .. })) => {
                Err(unjudged("its checks are not approved as they are by now: owt approvals"))
            }
            Some(Err(Refusal::BadRules { message })) => Err(unjudged(&message)),
            Some(Err(refusal)) => Err(Unsettled::Checks { refusal: Box::new(refusal) }.into()),
        }
    }
}

/// The tip of its branch, if that is what is checked out there. Otherwise it stays so however often it is looked at.
fn own_tip(git: &dyn Git, helper: &Workspace, line: &Worktree) -> Result<ObjectId, Stop> {
    match git.worktree_presence(&line.repository, &helper.spec.path)? {
        WorktreePresence::Present { branch: Some(branch), head: Some(head) } if branch == line.branch => {
            Ok(head)
        }
        _ => Err(Unsettled::BranchLeft.into()),
    }
}

/// What was changed between two commits.
fn changed(
    git: &dyn Git,
    repository: &Repository,
    from: &ObjectId,
    to: &ObjectId,
) -> Result<Changed, GitError> {
    let question = DiffQuestion {
        repository: repository.clone(),
        side: DiffSide::Commit(to.clone()),
        base: from.clone(),
        base_branch: None,
        base_upstream: None,
    };
    let mut changed = Changed::default();
    git.diff(&question, DiffForm::Files, &mut |part| {
        if let DiffPart::File(file) = part {
            changed.modes.extend(file.changes_mode.then(|| file.path.clone()));
            changed.paths.push(file.path);
            changed.paths.extend(file.old_path);
        }
        true
    })?;
    Ok(changed)
}

/// Why it is not taken. What is only too long to be looked at is no secret; it is for a person to settle, as what is too large.
fn why_denied(review: Review) -> Option<Unsettled> {
    if !review.is_denied() {
        return None;
    }
    let mut denied = review.findings.iter().filter(|finding| finding.severity == Severity::Deny);
    let unread = denied.clone().all(|finding| finding.rule == RuleName::Unreadable);
    let file = denied.next().and_then(|finding| finding.path.clone());
    Some(match file {
        Some(file) if unread => Unsettled::TooLarge { file },
        _ => Unsettled::Checks { refusal: Box::new(Refusal::Denied { review }) },
    })
}

fn unjudged(why: &str) -> Stop {
    Stop::Failed(Failure::new(FailureKind::Busy, format!("what was settled waits: {why}")))
}

/// The commit whose rules hold for what is settled.
pub(crate) fn ruler(git: &dyn Git, line: &Worktree, source: &ObjectId) -> Result<ObjectId, GitError> {
    let base = line.base.branch.as_ref().map(|base| git.branch_state(&line.repository, base)).transpose()?;
    Ok(match base {
        Some(BranchState::Taken(tip)) => tip,
        _ => source.clone(),
    })
}

/// How a workspace goes that was made to help another.
pub(crate) fn removal_of_helper(ports: &Ports, helper: &Workspace) -> Removal {
    let snapshot = SnapshotId::from_bits(ports.entropy.id_bits());
    Removal { snapshot, branch: fate_of_branch(ports.git.as_ref(), helper), landed: None }
}

/// What becomes of the branch when a workspace goes in which something was settled. One that is not checked out there any more stays:
/// what is there instead cannot be told from what somebody else works on.
fn fate_of_branch(git: &dyn Git, helper: &Workspace) -> BranchFate {
    let Some(line) = helper.spec.line() else { return BranchFate::Keep };
    match git.worktree_presence(&line.repository, &helper.spec.path) {
        Ok(WorktreePresence::Present { branch: Some(branch), .. }) if branch == line.branch => {
            BranchFate::Delete
        }
        Ok(WorktreePresence::Absent) => BranchFate::Delete,
        _ => BranchFate::Keep,
    }
}
