//! Making, taking back, removing and bringing back a workspace's folder.

use std::sync::Arc;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::effect::Message;
use owt_core::environment::Furnishing;
use owt_core::environment::Installs;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Job;
use owt_core::session::EndReason;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Carry;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Removal;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::BranchOrigin;
use owt_ports::BranchState;
use owt_ports::Found;
use owt_ports::GitError;
use owt_ports::SnapshotLabel;
use owt_ports::SnapshotRecord;
use owt_ports::StoreError;
use owt_ports::WorktreePresence;
use owt_ports::WorktreeRequest;
use tracing::warn;

use super::Outcome;
use super::git_failure;
use super::hooks::HookEffects;
use super::hooks::TornDown;
use super::landing::LandingEffects;
use super::required;
use super::stream_id;
use super::sync::settled::removal_of_helper;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::home::Home;
use crate::ports::Ports;
use crate::records::Records;
use crate::records::Which;

/// Why a removal goes on under the next server.
const BROKEN_OFF: &str = "the server ends before the worktree is torn down";

/// A step that git may refuse; the refusal is an outcome, a simulated crash is not.
pub(super) type Refusable<T> = Result<Result<T, Failure>, StoreError>;

pub(super) fn refusable<T>(result: Result<T, GitError>) -> Refusable<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => Ok(Err(git_failure(&error)?)),
    }
}

fn begun_at_base(path: &AbsPath, line: &Worktree) -> WorktreeRequest {
    request(path, line, line.base.sha.clone())
}

pub(super) fn request(spec_path: &AbsPath, line: &Worktree, start: ObjectId) -> WorktreeRequest {
    WorktreeRequest {
        repository: line.repository.clone(),
        path: spec_path.clone(),
        branch: line.branch.clone(),
        start,
        branch_origin: origin(line),
    }
}

const fn origin(line: &Worktree) -> BranchOrigin {
    if line.adopted { BranchOrigin::Existing } else { BranchOrigin::New }
}

/// Whether something else than the workspace's branch is checked out.
fn has_left(present: &WorktreePresence, line: &Worktree) -> bool {
    matches!(present, WorktreePresence::Present { branch, .. } if branch.as_ref() != Some(&line.branch))
}

fn left_meanwhile(workspace: &Workspace, line: &Worktree) -> Failure {
    let message = format!("{} is not checked out in {} any more", line.branch, workspace.spec.path);
    Failure::new(FailureKind::Busy, message)
}

fn went_on(workspace: &Workspace, line: &Worktree) -> Failure {
    let message = format!(
        "{} has commits that came after what has landed: it stays, in {}",
        line.branch, workspace.spec.path
    );
    Failure::new(FailureKind::Busy, message)
}

fn other_branch(present: &WorktreePresence, line: &Worktree) -> Option<BranchName> {
    match present {
        WorktreePresence::Present { branch: Some(branch), .. } if *branch != line.branch => {
            Some(branch.clone())
        }
        _ => None,
    }
}

/// Whether there is more in a folder than git has checked out there.
fn has_brought(furnishing: &Furnishing) -> bool {
    !furnishing.copied.is_empty()
        || !furnishing.carried.is_empty()
        || !furnishing.submodules.brought.is_empty()
        || furnishing.install != Installs::Never
        || furnishing.setup.is_under_way()
}

/// What was put away before a workspace is taken back.
enum Cleared {
    /// Nothing: it was not there, or somebody has worked in it.
    Nothing,
    /// Its folder.
    Folder,
}

/// Does what concerns a workspace's folder and branch.
pub(crate) struct WorkspaceEffects {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) hooks: Arc<HookEffects>,
    pub(crate) landings: Arc<LandingEffects>,
}

impl WorkspaceEffects {
    pub(super) fn workspace(&self, task: &Task) -> Result<(WorkspaceId, Workspace), StoreError> {
        let id: WorkspaceId = stream_id(task)?;
        Ok((id, required(self.records.load(id)?, "a workspace")?))
    }

    pub(super) fn prepare_workspace(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        // Its job may have ended meanwhile, and what there was may be taken back already.
        if workspace.phase != Phase::Preparing {
            return Ok(Outcome::Settled);
        }
        let failure = match &workspace.spec.ground {
            Ground::Folder => None,
            Ground::Worktree(line) => self.make_worktree(&workspace, line)?.err(),
            Ground::InPlace { line, .. } => self.switch_checkout(&workspace, line)?.err(),
        };
        Ok(Outcome::told(Message::Workspace { id, input: WorkspaceInput::Prepared { failure } }))
    }

    fn make_worktree(&self, workspace: &Workspace, line: &Worktree) -> Refusable<()> {
        let git = &self.ports.git;
        let draft = match self.draft(workspace, line)? {
            Ok(draft) => draft,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Err(failure) = self.begin_from_remote(line)? {
            return Ok(Err(failure));
        }
        if let Err(failure) = refusable(git.add_worktree(&begun_at_base(&workspace.spec.path, line)))? {
            return Ok(Err(failure));
        }
        match draft {
            Some(draft) => refusable(git.apply_snapshot(&workspace.spec.path, &draft)),
            None => Ok(Ok(())),
        }
    }

    /// A branch that only a remote had is made first, and is from then on one that was there.
    fn begin_from_remote(&self, line: &Worktree) -> Refusable<()> {
        match &line.follows {
            Some(from) => refusable(self.ports.git.track_branch(&line.repository, &line.branch, from)),
            None => Ok(Ok(())),
        }
    }

    fn take_back_from_remote(&self, line: &Worktree) -> Refusable<()> {
        match &line.follows {
            Some(from) => refusable(self.ports.git.untrack_branch(&line.repository, &line.branch, from)),
            None => Ok(Ok(())),
        }
    }

    /// The caller's uncommitted work, written down so that the workspace can have it, too; `None` where there is none.
    fn draft(&self, workspace: &Workspace, line: &Worktree) -> Refusable<Option<SnapshotRecord>> {
        let Some(carry) = &line.carry else { return Ok(Ok(None)) };
        match self.had_nothing_to_carry(line, carry)? {
            Ok(false) => {}
            Ok(true) => return Ok(Ok(None)),
            Err(failure) => return Ok(Err(failure)),
        }
        let label = self.label(workspace, carry.snapshot, "with-changes");
        match refusable(self.ports.git.snapshot(&carry.from, &label))? {
            Ok(snapshot) => self.snapshot_record(line, snapshot.map(|snapshot| snapshot.id)),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Whether an interrupted try found nothing to carry and made the branch: what has changed since then is not
    /// part of what was asked for.
    fn had_nothing_to_carry(&self, line: &Worktree, carry: &Carry) -> Refusable<bool> {
        let branch = refusable(self.ports.git.branch_state(&line.repository, &line.branch))?;
        Ok(match branch {
            Ok(BranchState::Taken(_)) if !line.adopted => {
                self.snapshot_record(line, Some(carry.snapshot))?.map(|record| record.is_none())
            }
            other => other.map(|_| false),
        })
    }

    fn switch_checkout(&self, workspace: &Workspace, line: &Worktree) -> Refusable<()> {
        if let Some(carry) = &line.carry {
            let label = self.label(workspace, carry.snapshot, "in-place");
            if let Err(failure) = refusable(self.ports.git.snapshot(&carry.from, &label))? {
                return Ok(Err(failure));
            }
        }
        if let Err(failure) = self.begin_from_remote(line)? {
            return Ok(Err(failure));
        }
        let git = &self.ports.git;
        refusable(git.switch_in_place(&workspace.spec.path, &line.branch, &line.base.sha, origin(line)))
    }

    fn label(&self, workspace: &Workspace, id: SnapshotId, reason: &str) -> SnapshotLabel {
        SnapshotLabel {
            id,
            workspace: workspace.spec.name.as_str().to_owned(),
            reason: reason.to_owned(),
            at: self.ports.clock.now(),
        }
    }

    pub(super) fn discard_workspace(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        let undone = match &workspace.spec.ground {
            Ground::Folder => Ok(Ok(())),
            Ground::Worktree(line) => {
                let request = begun_at_base(&workspace.spec.path, line);
                let undone = refusable(self.ports.git.undo_worktree(&request))?;
                match self.cleared(id, &workspace, line)? {
                    Ok(Cleared::Nothing) => Ok(undone),
                    Ok(Cleared::Folder) => refusable(self.ports.git.undo_worktree(&request)),
                    Err(failure) => Ok(Err(failure)),
                }
            }
            Ground::InPlace { line, previous } => {
                self.leave_checkout(&workspace, line, previous.as_ref(), &line.base.sha)
            }
        }?;
        let taken_back = workspace.spec.line().map_or(Ok(Ok(())), |line| self.take_back_from_remote(line))?;
        if let Err(failure) = undone.and(taken_back) {
            warn!(workspace = %workspace.spec.name, %failure, "what was made could not be taken back");
        }
        self.forget_files(id)?;
        Ok(Outcome::told(Message::Workspace { id, input: WorkspaceInput::Discarded }))
    }

    /// A refusal that passes is no reason to leave a folder behind.
    fn cleared(&self, id: WorkspaceId, workspace: &Workspace, line: &Worktree) -> Refusable<Cleared> {
        match self.clear_furnished(id, workspace, line)? {
            Err(_) => self.clear_furnished(id, workspace, line),
            cleared => Ok(cleared),
        }
    }

    /// Puts a folder that no agent has worked in into the trash, where git takes what we brought there (private files,
    /// packages, carried changes) for somebody's work. Where git shows another change, or a commit, somebody was there.
    fn clear_furnished(&self, id: WorkspaceId, workspace: &Workspace, line: &Worktree) -> Refusable<Cleared> {
        let (git, path) = (&self.ports.git, &workspace.spec.path);
        if line.carry.is_none() && !workspace.outfit.furnishing.as_ref().is_some_and(has_brought) {
            return Ok(Ok(Cleared::Nothing));
        }
        let start = line.follows.as_ref().map_or(&line.base.sha, |from| &from.tip);
        let is_ours = match refusable(git.worktree_presence(&line.repository, path))? {
            Ok(WorktreePresence::Present { branch: Some(branch), head }) => {
                branch == line.branch && head.as_ref() == Some(start)
            }
            Ok(_) => false,
            Err(failure) => return Ok(Err(failure)),
        };
        let is_unchanged = match is_ours.then(|| git.facts(path, start, None)) {
            // What was carried is in its snapshot, too.
            Some(Ok(facts)) => facts.dirty_files == 0 || line.carry.is_some(),
            Some(Err(GitError::Crashed)) => return Err(StoreError::Crashed),
            _ => false,
        };
        if !is_unchanged {
            return Ok(Ok(Cleared::Nothing));
        }
        // One name for every try.
        let trash = SnapshotId::from_bits(id.bits());
        refusable(git.trash_worktree(&line.repository, path, trash).map(|_| Cleared::Folder))
    }

    fn leave_checkout(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        previous: Option<&BranchName>,
        delete_at: &ObjectId,
    ) -> Refusable<()> {
        if let Some(previous) = previous
            && let Err(failure) = refusable(self.ports.git.switch_back(&workspace.spec.path, previous))?
        {
            return Ok(Err(failure));
        }
        if line.adopted || previous.is_none() {
            return Ok(Ok(()));
        }
        refusable(self.ports.git.delete_branch(&line.repository, &line.branch, delete_at))
    }

    pub(crate) fn forget_files(&self, id: WorkspaceId) -> Result<(), StoreError> {
        match self.ports.files.remove(&self.home.workspace(id)) {
            Err(owt_ports::FileError::Crashed) => Err(StoreError::Crashed),
            Err(error) => {
                warn!(%error, "private files stay behind");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    pub(super) fn remove_workspace(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        let Phase::Removing { removal, report: None } = &workspace.phase else {
            return Ok(Outcome::Settled);
        };
        let result = self.remove((id, &workspace), removal)?;
        if let Err(failure) = &result
            && failure.message == BROKEN_OFF
        {
            return Ok(Outcome::Later(failure.to_string()));
        }
        if let Err(failure) = &result
            && self.is_half_removed(&workspace)?
        {
            return Ok(Outcome::Later(failure.to_string()));
        }
        if result.is_ok() {
            self.take_helpers_along(id, &workspace, task)?;
        }
        Ok(Outcome::told(Message::Workspace { id, input: WorkspaceInput::Emptied { result } }))
    }

    /// What was made to help a workspace has nobody any more who would take what it makes: it goes with it, and with a snapshot
    /// as any. One that goes already is not told twice.
    fn take_helpers_along(
        &self,
        id: WorkspaceId,
        workspace: &Workspace,
        task: &Task,
    ) -> Result<(), StoreError> {
        let Some(repository) = workspace.spec.repository() else { return Ok(()) };
        for helper in self.records.list::<Workspace>(Some(&repository.id.to_string()), Which::Live)? {
            if helper.state.spec.helps() != Some(id) {
                continue;
            }
            let input = WorkspaceInput::Remove { removal: removal_of_helper(&self.ports, &helper.state) };
            self.dispatcher.dispatch(Message::Workspace { id: helper.id, input }, task.correlation)?;
        }
        Ok(())
    }

    pub(super) fn delete_branch(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        let (Phase::Removing { report: Some(report), .. }, Some(line)) =
            (&workspace.phase, workspace.spec.line())
        else {
            return Ok(Outcome::Settled);
        };
        let gone = match &report.head {
            None => true,
            Some(tip) => {
                self.hand_over((id, line), tip, task.correlation)?;
                self.is_branch_gone(line, tip)?
            }
        };
        Ok(Outcome::told(Message::Workspace { id, input: WorkspaceInput::BranchSettled { gone } }))
    }

    /// Deletes the branch; one that a try before has deleted is gone, whatever this one meets.
    fn is_branch_gone(&self, line: &Worktree, tip: &ObjectId) -> Result<bool, StoreError> {
        let git = &self.ports.git;
        let Err(failure) = refusable(git.delete_branch(&line.repository, &line.branch, tip))? else {
            return Ok(true);
        };
        let gone =
            matches!(refusable(git.branch_state(&line.repository, &line.branch))?, Ok(BranchState::Free));
        if !gone {
            warn!(%failure, branch = %line.branch, "the branch stays");
        }
        Ok(gone)
    }

    /// Whether a try that was broken off has put the folder into the trash already: then the way back is to go on. A
    /// workspace without a folder must not be called ready.
    fn is_half_removed(&self, workspace: &Workspace) -> Result<bool, StoreError> {
        let Ground::Worktree(line) = &workspace.spec.ground else { return Ok(false) };
        match self.ports.git.worktree_presence(&line.repository, &workspace.spec.path) {
            Ok(presence) => Ok(presence == WorktreePresence::Absent && !workspace.missing),
            Err(GitError::Crashed) => Err(StoreError::Crashed),
            Err(_) => Ok(false),
        }
    }

    fn remove(
        &self,
        (id, workspace): (WorkspaceId, &Workspace),
        removal: &Removal,
    ) -> Refusable<RemovalReport> {
        // Whoever goes on working there is not stopped for what has landed before.
        if let Some(line) = workspace.spec.line()
            && let Err(failure) = self.has_stayed((workspace, line), removal)?
        {
            return Ok(Err(failure));
        }
        if let Err(failure) = self.end_sessions(workspace)? {
            return Ok(Err(failure));
        }
        match &workspace.spec.ground {
            Ground::Folder => Ok(Ok(RemovalReport::default())),
            Ground::Worktree(line) => self.remove_worktree((id, workspace), line, removal),
            Ground::InPlace { line, previous } => {
                self.remove_in_place(workspace, line, previous.as_ref(), removal)
            }
        }
    }

    fn end_sessions(&self, workspace: &Workspace) -> Refusable<()> {
        let Some(job) = self.records.load::<Job>(workspace.spec.job)? else {
            return Ok(Ok(()));
        };
        for id in job.attempts {
            let running = self.records.load::<Attempt>(id)?.is_some_and(|attempt| attempt.is_running());
            if !running {
                continue;
            }
            if let Err(error) = self.ports.sessions.stop(id, EndReason::Requested) {
                return Ok(Err(super::session_failure(&error)?));
            }
        }
        Ok(Ok(()))
    }

    fn remove_worktree(
        &self,
        (id, workspace): (WorkspaceId, &Workspace),
        line: &Worktree,
        removal: &Removal,
    ) -> Refusable<RemovalReport> {
        let git = &self.ports.git;
        let path = &workspace.spec.path;
        let present = match self.found_for_removal(workspace, line)? {
            Ok(Some(present)) if removal.branch == BranchFate::Delete && has_left(&present, line) => {
                return Ok(Err(left_meanwhile(workspace, line)));
            }
            Ok(Some(present)) => present,
            // What lies there is left to the person.
            Ok(None) => return Ok(Ok(RemovalReport::default())),
            Err(failure) => return Ok(Err(failure)),
        };
        let mut report =
            RemovalReport { switched_to: other_branch(&present, line), ..RemovalReport::default() };
        if let WorktreePresence::Present { .. } = present {
            match refusable(git.snapshot(path, &self.label(workspace, removal.snapshot, "delete")))? {
                Ok(Some(snapshot)) => {
                    report.snapshot = Some(snapshot.id);
                    report.changed_files = snapshot.changed_files;
                }
                Ok(None) => {}
                Err(failure) => return Ok(Err(failure)),
            }
        }
        // Everything that can be refused comes before the folder goes.
        let mut report = match self.note_branch(workspace, line, removal, report)? {
            Ok(report) => report,
            Err(failure) => return Ok(Err(failure)),
        };
        if let WorktreePresence::Present { .. } = present {
            match self.hooks.tear_down(id, workspace)? {
                TornDown::Ended(notice) => report.teardown = notice,
                TornDown::BrokenOff => return Ok(Err(Failure::new(FailureKind::Busy, BROKEN_OFF))),
            }
        }
        if present != WorktreePresence::Foreign {
            match git.trash_worktree(&line.repository, path, removal.snapshot) {
                Ok(trash) => report.trash = trash,
                // There is neither a folder nor a note of one.
                Err(GitError::NotARepository { .. }) if present == WorktreePresence::Absent => {}
                Err(error) => return Ok(Err(git_failure(&error)?)),
            }
        }
        Ok(Ok(report))
    }

    /// Refuses to take a workspace away for what has landed when its branch has commits beyond that which are nowhere else, or
    /// when nobody can tell. A branch that stays has them; who works there would lose the folder all the same.
    fn has_stayed(&self, (workspace, line): (&Workspace, &Worktree), removal: &Removal) -> Refusable<()> {
        let Some(landed) = &removal.landed else { return Ok(Ok(())) };
        let tip = match refusable(self.ports.git.branch_state(&line.repository, &line.branch))? {
            Ok(BranchState::Taken(tip)) => tip,
            Ok(_) => return Ok(Ok(())),
            Err(failure) => return Ok(Err(failure)),
        };
        let is_in = refusable(self.ports.git.is_merged(&line.repository, &tip, landed))?;
        match is_in.unwrap_or(false) || self.is_merged(line, &tip)? {
            true => Ok(Ok(())),
            false => Ok(Err(went_on(workspace, line))),
        }
    }

    /// What is there to be removed; `None` without a repository.
    fn found_for_removal(
        &self,
        workspace: &Workspace,
        line: &Worktree,
    ) -> Refusable<Option<WorktreePresence>> {
        let path = &workspace.spec.path;
        if self.ports.lookout.find(Some(&line.repository), path) == Found::NoRepository {
            return Ok(Ok(None));
        }
        Ok(refusable(self.ports.git.worktree_presence(&line.repository, path))?.map(Some))
    }

    fn remove_in_place(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        previous: Option<&BranchName>,
        removal: &Removal,
    ) -> Refusable<RemovalReport> {
        let present = match self.found_for_removal(workspace, line)? {
            Ok(Some(present)) => present,
            Ok(None) => return Ok(Ok(RemovalReport::default())),
            Err(failure) => return Ok(Err(failure)),
        };
        let mut report =
            RemovalReport { switched_to: other_branch(&present, line), ..RemovalReport::default() };
        // Whoever has left the branch has their checkout to themselves again. A try that was broken off may have left it
        // as well, for the branch before.
        let gone_back = report.switched_to.is_some() && report.switched_to.as_ref() == previous;
        match removal.branch {
            BranchFate::Keep if has_left(&present, line) => {
                return self.note_branch(workspace, line, removal, report);
            }
            BranchFate::Delete if has_left(&present, line) && !gone_back => {
                return Ok(Err(left_meanwhile(workspace, line)));
            }
            BranchFate::Keep | BranchFate::Delete => {}
        }
        let label = self.label(workspace, removal.snapshot, "delete");
        match refusable(self.ports.git.snapshot(&workspace.spec.path, &label))? {
            Ok(snapshot) => {
                report.changed_files = snapshot.as_ref().map_or(0, |snapshot| snapshot.changed_files);
                report.snapshot = snapshot.map(|snapshot| snapshot.id);
            }
            Err(failure) => return Ok(Err(failure)),
        }
        if let Some(previous) = previous
            && let Err(failure) = refusable(self.ports.git.switch_back(&workspace.spec.path, previous))?
        {
            return Ok(Err(failure));
        }
        match previous {
            Some(_) => self.note_branch(workspace, line, removal, report),
            None => Ok(Ok(report)),
        }
    }

    /// Notes where the branch points. Where it is to go, commits that are nowhere else are kept under the snapshot's
    /// ref; a snapshot that an interrupted try took is found again.
    fn note_branch(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        removal: &Removal,
        mut report: RemovalReport,
    ) -> Refusable<RemovalReport> {
        let git = &self.ports.git;
        let tip = match refusable(git.branch_state(&line.repository, &line.branch))? {
            Ok(BranchState::Taken(tip)) => tip,
            Ok(_) => {
                report.branch_deleted = removal.branch == BranchFate::Delete;
                return Ok(Ok(report));
            }
            Err(failure) => return Ok(Err(failure)),
        };
        // Its session has ended: nothing more comes from there.
        if let Err(failure) = self.has_stayed((workspace, line), removal)? {
            return Ok(Err(failure));
        }
        report.head = Some(tip.clone());
        if let Some(id) = report.snapshot {
            let loses = removal.branch == BranchFate::Delete && !self.is_kept_by(line, id, &tip)?;
            return Ok(if loses { Err(left_meanwhile(workspace, line)) } else { Ok(report) });
        }
        let taken = match self.snapshot_record(line, Some(removal.snapshot))? {
            Ok(record) => record.is_some(),
            Err(failure) => return Ok(Err(failure)),
        };
        if taken || (removal.branch == BranchFate::Delete && !self.is_merged(line, &tip)?) {
            let label = self.label(workspace, removal.snapshot, "delete");
            match refusable(git.keep(&line.repository, &label, &line.branch, &tip))? {
                Ok(kept) => {
                    report.snapshot = Some(kept.id);
                    report.changed_files = kept.changed_files;
                }
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Ok(Ok(report))
    }

    /// Whether a branch may go: its commits are those of the snapshot, or of the base branch.
    fn is_kept_by(&self, line: &Worktree, id: SnapshotId, tip: &ObjectId) -> Result<bool, StoreError> {
        let Ok(Some(record)) = self.snapshot_record(line, Some(id))? else { return Ok(false) };
        match self.ports.git.is_merged(&line.repository, tip, &record.commit) {
            Ok(true) => Ok(true),
            Err(GitError::Crashed) => Err(StoreError::Crashed),
            Ok(false) | Err(_) => self.is_merged(line, tip),
        }
    }

    /// Whether the base branch has every commit; when that cannot be told, it has not.
    fn is_merged(&self, line: &Worktree, tip: &ObjectId) -> Result<bool, StoreError> {
        let git = &self.ports.git;
        let base = line.base.branch.as_ref().map(|branch| git.branch_state(&line.repository, branch));
        let target = match base {
            Some(Ok(BranchState::Taken(target))) => target,
            Some(Err(GitError::Crashed)) => return Err(StoreError::Crashed),
            _ => line.base.sha.clone(),
        };
        match git.is_merged(&line.repository, tip, &target) {
            Ok(merged) => Ok(merged),
            Err(GitError::Crashed) => Err(StoreError::Crashed),
            Err(_) => Ok(false),
        }
    }

    pub(super) fn snapshot_record(
        &self,
        line: &Worktree,
        id: Option<SnapshotId>,
    ) -> Refusable<Option<SnapshotRecord>> {
        let Some(id) = id else { return Ok(Ok(None)) };
        // One that cannot be looked for may be there: what it holds must not be done without.
        let known = refusable(self.ports.git.snapshots(&line.repository, usize::MAX))?;
        Ok(known.map(|known| known.into_iter().find(|record| record.id == id)))
    }
}
