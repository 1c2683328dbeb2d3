//! The watch over worktrees of the fake world: a mark is the state itself, in short.

use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use owt_core::AbsPath;
use owt_core::vcs::Repository;
use owt_ports::Found;
use owt_ports::GitError;
use owt_ports::Lookout;
use owt_ports::Mark;
use owt_ports::Outlook;
use owt_ports::Sighting;
use owt_ports::WorktreePresence;

use super::FakeGit;
use super::Machine;
use super::checkout::is_ignored;

impl Machine {
    /// Where a worktree stands; `None` when it cannot be told.
    fn mark(&self, outlook: &Outlook) -> Option<Mark> {
        let (repo, state) = self.checkout(&outlook.worktree).ok()?;
        let mut files = self.working_tree(&outlook.worktree);
        files.retain(|path, _| state.index.contains_key(path) || !is_ignored(path));
        let tip = outlook.base_branch.as_ref().and_then(|name| repo.branches.get(name));
        Some(Mark {
            own: short(&(files, &state.index, repo.head_of(state))),
            base: short(&tip.map(|branch| &branch.tip)),
        })
    }

    fn look(&mut self, outlook: &Outlook) -> Result<Sighting, GitError> {
        let facts = self.facts(&outlook.worktree, &outlook.base, outlook.base_branch.as_ref())?;
        if !self.watched.contains(outlook) {
            self.watched.push(outlook.clone());
        }
        Ok(Sighting { facts, mark: self.mark(outlook) })
    }
}

/// The same in every run, so that a simulation can be repeated.
fn short(state: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

impl Lookout for FakeGit {
    fn look(&self, outlook: &Outlook, _last: Option<&Sighting>) -> Result<Sighting, GitError> {
        self.call("git.look", |world, _| world.look(outlook))
    }

    fn unchanged(&self, seen: &[(&Outlook, Mark)]) -> Vec<bool> {
        let world = self.lock();
        let is_at = |outlook, mark| world.watched.contains(outlook) && world.mark(outlook) == Some(mark);
        seen.iter().map(|&(outlook, mark)| is_at(outlook, mark)).collect()
    }

    fn find(&self, repository: Option<&Repository>, folder: &AbsPath) -> Found {
        let world = self.lock();
        let Some(repository) = repository else {
            return if world.is_folder(folder) { Found::Folder } else { Found::Nothing };
        };
        match world.presence(repository, folder) {
            Ok(WorktreePresence::Present { .. }) => Found::Folder,
            Ok(WorktreePresence::Absent) => Found::Nothing,
            Ok(WorktreePresence::Foreign) => Found::Another,
            Err(_) => Found::NoRepository,
        }
    }

    fn leave(&self, outlook: &Outlook) {
        self.lock().watched.retain(|watched| watched != outlook);
    }
}
