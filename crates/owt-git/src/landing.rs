//! Bringing work into a target branch: looked ahead in memory, committed by git in a private worktree, and the target
//! moved by compare-and-swap or by git's own fast-forward that overwrites nothing (decision 15).

mod altered;
mod back;
mod candidate;
mod conflicts;
mod draft;
mod files_at;
mod grafting;
mod holders;
mod hooks;
mod in_worktree;
mod marking;
mod place;
mod predict;
mod room;
mod target;
mod unpushed;

use owt_core::AbsPath;
use owt_core::landing::CandidateId;
use owt_core::landing::Conflict;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::Between;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::GitError;
use owt_ports::Holder;
use owt_ports::HookFile;
use owt_ports::Landing;
use owt_ports::Marked;
use owt_ports::Prediction;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;
use owt_ports::TargetStand;

use crate::GitCli;
use crate::call::Call;
pub(crate) use hooks::name as name_hooks;
pub(crate) use place::lay_hooks;
pub(crate) use predict::read as read_merge;

/// Whatever the person's configuration says: a landing never takes changes aside, and resolves nothing from memory.
const STEADY: &[&str] = &["-c", "merge.autoStash=false", "-c", "rerere.enabled=false"];

/// Otherwise `pull.twohead` chooses how a merge and a rebase work, and `ours` keeps nothing of what is brought in, a
/// fast-forward included (builtin/merge.c and sequencer.c, git 2.47.3).
const STRATEGY: &str = "--strategy=ort";

/// What a checkout that is on no branch is called in `branch.NAME.mergeOptions` (builtin/merge.c, git 2.47.3).
const DETACHED: &str = "HEAD";

/// Without the options that the configuration gives merges into this branch (`branch.NAME.mergeOptions`): `-s ours` there beats
/// `--ff-only`. By variables, since `-c` ends a key at the first `=`, which a branch's name may hold.
fn without_merge_options<'a>(call: Call<'a>, branch: &str) -> Call<'a> {
    call.env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("branch.{branch}.mergeOptions"))
        .env("GIT_CONFIG_VALUE_0", "")
}

impl Landing for GitCli {
    fn predict(
        &self,
        repository: &Repository,
        target: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Prediction, GitError> {
        predict::predict(self, &repository.common_dir, (target, tip), None)
    }

    fn predict_beyond(
        &self,
        repository: &Repository,
        fork: &ObjectId,
        target: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Prediction, GitError> {
        predict::predict(self, &repository.common_dir, (target, tip), Some(fork))
    }

    fn hooks(&self, repository: &Repository, onto: &ObjectId) -> Result<Vec<HookFile>, GitError> {
        hooks::find(self, &repository.common_dir, onto)
    }

    fn files_at(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        paths: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        files_at::read(self, &repository.common_dir, commit, paths)
    }

    fn mark(
        &self,
        repository: &Repository,
        ours: &ObjectId,
        theirs: &ObjectId,
    ) -> Result<Option<Marked>, GitError> {
        marking::mark(self, &repository.common_dir, ours, theirs)
    }

    fn unpushed(
        &self,
        repository: &Repository,
        branch: &BranchName,
        onto: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Vec<String>, GitError> {
        unpushed::find(self, repository, branch, (onto, tip))
    }

    fn make_candidate(&self, request: &CandidateRequest) -> Result<Candidate, GitError> {
        candidate::make(self, request)
    }

    fn tree_of(&self, repository: &Repository, commit: &ObjectId) -> Result<ObjectId, GitError> {
        let name = format!("{commit}^{{tree}}");
        let answer = Call::in_repository(self, &repository.common_dir, "rev-parse")
            .args(["rev-parse", "--verify", "-q", name.as_str()])
            .answer()?;
        if !answer.success() {
            return Err(GitError::UnknownRevision { name: commit.to_string() });
        }
        ObjectId::new(answer.text()).map_err(|_| answer.strange())
    }

    fn lay_out(
        &self,
        repository: &Repository,
        id: CandidateId,
        commit: &ObjectId,
    ) -> Result<AbsPath, GitError> {
        place::sweep(self, &repository.common_dir, id)?;
        Ok(place::Place::make(self, &repository.common_dir, id, commit)?.leave())
    }

    fn altered(&self, root: &AbsPath, commit: &ObjectId) -> Result<Vec<String>, GitError> {
        altered::find(self, root, commit)
    }

    fn drafted(&self, at: &AbsPath, change: Between<'_>) -> Result<Vec<String>, GitError> {
        draft::drafted(self, at, change)
    }

    fn clear(&self, repository: &Repository, id: CandidateId) -> Result<(), GitError> {
        place::sweep(self, &repository.common_dir, id)
    }

    fn drop_candidate(&self, repository: &Repository, id: CandidateId) -> Result<(), GitError> {
        candidate::forget(self, &repository.common_dir, id)
    }

    fn stand_of(&self, repository: &Repository, target: &BranchName) -> Result<TargetStand, GitError> {
        target::stand_of(self, &repository.common_dir, target)
    }

    fn move_target(&self, request: &TargetMove) -> Result<TargetMoved, GitError> {
        target::advance(self, request)
    }

    fn take_back(&self, request: &TargetMove) -> Result<TargetMoved, GitError> {
        target::take_back(self, request)
    }

    fn holders(&self, repository: &Repository, commit: &ObjectId) -> Result<Vec<Holder>, GitError> {
        holders::find(self, &repository.common_dir, commit)
    }

    fn merge_in_worktree(
        &self,
        worktree: &AbsPath,
        onto: &ObjectId,
        message: &str,
    ) -> Result<Vec<Conflict>, GitError> {
        in_worktree::merge(self, worktree, onto, message)
    }
}
