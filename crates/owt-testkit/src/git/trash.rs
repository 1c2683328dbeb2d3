//! Worktrees in the trash.

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::TrashOwner;
use owt_ports::Trashed;
use owt_ports::Untrashed;
use owt_ports::WorktreePresence;

use super::Machine;
use super::checkout::CheckoutState;
use crate::crash::CrashPlan;

/// A worktree in the trash; its files lie below `at`.
#[derive(Debug, Clone)]
pub(crate) struct InTrash {
    path: AbsPath,
    at: AbsPath,
    since: Timestamp,
    state: Option<CheckoutState>,
    /// The commit that it was on.
    head: Option<ObjectId>,
}

impl Machine {
    pub(crate) fn trash(
        &mut self,
        repository: &Repository,
        path: &AbsPath,
        id: SnapshotId,
        plan: &CrashPlan,
    ) -> Result<Option<AbsPath>, GitError> {
        if let Some(trashed) = self.repo(repository)?.trash.get(&id).cloned() {
            self.move_to_trash(repository, &trashed, id, plan)?;
            return Ok(self.holds_files(&trashed.at));
        }
        let (is_there, repo) = (self.is_there(path), self.repo(repository)?);
        let state = match repo.checkouts.get(path) {
            None if !is_there => return Err(GitError::NotARepository { dir: path.clone() }),
            None => return Err(GitError::PathTaken(path.clone())),
            Some(state) if state.main => return Err(GitError::PathTaken(path.clone())),
            Some(state) => state,
        };
        if state.locked {
            return Err(GitError::Busy { dir: path.clone(), what: "the worktree is locked".to_owned() });
        }
        let parent = path.parent().unwrap_or_else(|| path.clone());
        let at = parent.join(".owt-trash").join(&id.to_string());
        let trashed =
            InTrash { path: path.clone(), at: at.clone(), since: self.now, state: None, head: None };
        self.repo_mut(repository)?.trash.insert(id, trashed.clone());
        self.move_to_trash(repository, &trashed, id, plan)?;
        Ok(self.holds_files(&at))
    }

    /// A folder in the trash, unless the worktree's own was lost before.
    fn holds_files(&self, at: &AbsPath) -> Option<AbsPath> {
        self.is_there(&at.join("tree")).then(|| at.clone())
    }

    /// First the files, then git's note of them.
    fn move_to_trash(
        &mut self,
        repository: &Repository,
        trashed: &InTrash,
        id: SnapshotId,
        plan: &CrashPlan,
    ) -> Result<(), GitError> {
        if trashed.state.is_some() {
            return Ok(());
        }
        self.files.insert(trashed.at.join("record"), trashed.path.to_string());
        self.move_files(&trashed.path, &trashed.at.join("tree"));
        plan.point_before("git.trash_worktree, between the two renames")?;
        let repo = self.repo_mut(repository)?;
        let state = repo.checkouts.remove(&trashed.path);
        let head = state.as_ref().and_then(|state| repo.head_of(state));
        repo.trash.insert(id, InTrash { state, head, ..trashed.clone() });
        Ok(())
    }

    fn move_files(&mut self, from: &AbsPath, to: &AbsPath) {
        let moving: Vec<AbsPath> = self.files.keys().filter(|file| file.starts_with(from)).cloned().collect();
        for file in moving {
            let text = self.files.remove(&file).expect("the file was just listed");
            let rest = file.as_str()[from.as_str().len()..].trim_start_matches('/').to_owned();
            self.files.insert(to.join(&rest), text);
        }
    }

    fn trashed_at(&self, repository: &Repository, at: &AbsPath) -> Result<Option<SnapshotId>, GitError> {
        let mut trash = self.repo(repository)?.trash.iter();
        Ok(trash.find(|(_, trashed)| trashed.at == *at).map(|(id, _)| *id))
    }

    pub(crate) fn untrash(
        &mut self,
        repository: &Repository,
        at: &AbsPath,
        path: &AbsPath,
        branch: &BranchName,
    ) -> Result<Untrashed, GitError> {
        let failed = |message: &str| GitError::Failed {
            operation: "restore".to_owned(),
            message: format!("{at} {message}"),
        };
        let Some(id) = self.trashed_at(repository, at)? else {
            return match self.presence(repository, path)? {
                WorktreePresence::Present { branch: Some(found), .. } if found == *branch => {
                    Ok(Untrashed::WasThere)
                }
                _ => Err(failed("holds no worktree")),
            };
        };
        if self.is_there(path) {
            return Err(GitError::PathTaken(path.clone()));
        }
        let repo = self.repo_mut(repository)?;
        if !repo.branches.contains_key(branch) {
            return Err(GitError::UnknownRevision { name: branch.to_string() });
        }
        if let Some(at) = repo.holder_of(branch) {
            return Err(GitError::CheckedOutElsewhere { branch: branch.clone(), at });
        }
        let trashed = repo.trash.get(&id).cloned().expect("the trashed worktree was just found");
        let repo = self.repo_mut(repository)?;
        let mut state = trashed.state.ok_or_else(|| failed("is not wholly trashed"))?;
        if state.branch.is_some() {
            let tip = repo.branches.get(branch).map(|branch| branch.tip.clone());
            if let Some((head, tip)) = trashed.head.clone().zip(tip).filter(|(head, tip)| head != tip) {
                let (expected, found) = (head.to_string(), tip.to_string());
                return Err(GitError::RefMoved { name: branch.to_string(), expected, found });
            }
            state.branch = Some(branch.clone());
        }
        repo.checkouts.insert(path.clone(), state);
        repo.trash.remove(&id);
        self.move_files(&at.join("tree"), path);
        self.files.retain(|file, _| !file.starts_with(at));
        Ok(Untrashed::Moved)
    }

    pub(crate) fn trashed(&self, repository: &Repository) -> Result<Vec<Trashed>, GitError> {
        let whole = self.repo(repository)?.trash.iter().filter(|(_, kept)| kept.state.is_some());
        let mut found: Vec<Trashed> = whole
            .map(|(id, kept)| Trashed {
                id: *id,
                at: kept.at.clone(),
                path: kept.path.clone(),
                since: kept.since,
                owner: TrashOwner::ThisHome,
            })
            .collect();
        found.sort_by_key(|trashed| (trashed.since, trashed.id));
        Ok(found)
    }

    pub(crate) fn discard_trash(&mut self, repository: &Repository, at: &AbsPath) -> Result<(), GitError> {
        let Some(id) = self.trashed_at(repository, at)? else {
            let foreign = self.repositories.iter().any(|repo| repo.trash.values().any(|it| it.at == *at));
            return match foreign {
                false => Ok(()),
                true => Err(GitError::Failed {
                    operation: "discard".to_owned(),
                    message: format!("{at} belongs to another repository"),
                }),
            };
        };
        self.repo_mut(repository)?.trash.remove(&id);
        self.files.retain(|file, _| !file.starts_with(at));
        Ok(())
    }
}
