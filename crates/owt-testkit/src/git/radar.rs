//! The conflict radar of the fake world: whole files are merged.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::radar::Clash;
use owt_core::radar::Meeting;
use owt_core::radar::Standing;
use owt_core::radar::Verdict;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::Prediction;
use owt_ports::Radar;

use super::FakeGit;
use super::Machine;
use super::Tree;
use super::checkout::is_ignored;
use super::checkout::is_secret;
use super::repository::Repo;

impl Radar for FakeGit {
    fn stand(&self, _repository: &Repository, worktree: &AbsPath) -> Result<Option<Standing>, GitError> {
        self.call("git.stand", |world, _| world.stand(worktree))
    }

    fn compare(&self, repository: &Repository, meetings: &[Meeting]) -> Result<Vec<Verdict>, GitError> {
        self.call("git.compare", |world, _| {
            let repo = world.repo_mut(repository)?;
            Ok(meetings.iter().map(|it| repo.verdict(it)).collect())
        })
    }

    fn changed_paths(
        &self,
        repository: &Repository,
        meetings: &[Meeting],
    ) -> Result<Vec<Option<u32>>, GitError> {
        self.call("git.changed_paths", |world, _| {
            let repo = world.repo(repository)?;
            meetings.iter().map(|it| repo.changed_paths(it)).collect()
        })
    }

    fn leave(&self, _worktree: &AbsPath) {}
}

impl Machine {
    fn stand(&mut self, worktree: &AbsPath) -> Result<Option<Standing>, GitError> {
        let (repo, state) = self.checkout(worktree)?;
        let Some(head) = repo.head_of(state) else { return Ok(None) };
        let (in_head, mut files) = (repo.head_tree(state), self.working_tree(worktree));
        let is_known = |path: &String| in_head.contains_key(path) || state.index.contains_key(path);
        files.retain(|path, _| (is_known(path) || !is_ignored(path)) && !is_secret(path));
        files.extend(in_head.iter().filter(|(path, _)| is_secret(path)).map(|(p, t)| (p.clone(), t.clone())));
        if files == in_head {
            return Ok(Some(Standing::committed(head)));
        }
        let state = self.repo_of(worktree).passing(&head, files);
        Ok(Some(Standing { head, state }))
    }
}

impl Repo {
    /// A commit that no branch has: the same for the same.
    fn passing(&mut self, head: &ObjectId, tree: Tree) -> ObjectId {
        let parents = vec![head.clone()];
        let same = self.commits.iter().find(|(_, commit)| commit.parents == parents && commit.tree == tree);
        match same.map(|(id, _)| id.clone()) {
            Some(id) => id,
            None => self.add_commit(parents, tree),
        }
    }

    fn changed_paths(&self, meeting: &Meeting) -> Result<Option<u32>, GitError> {
        let Some(base) = self.common(&meeting.a.state, &meeting.b.state)? else { return Ok(None) };
        let (base, b) = (&self.commit(&base)?.tree, &self.commit(&meeting.b.state)?.tree);
        let paths: BTreeSet<&String> = base.keys().chain(b.keys()).collect();
        let changed = paths.into_iter().filter(|path| base.get(*path) != b.get(*path)).count();
        Ok(Some(u32::try_from(changed).unwrap_or(u32::MAX)))
    }

    fn verdict(&mut self, meeting: &Meeting) -> Verdict {
        match self.predict(&meeting.a.state, &meeting.b.state) {
            Ok(Prediction::Contained | Prediction::Clean { .. }) => Verdict::Clean,
            Ok(Prediction::Unrelated) => Verdict::Unrelated,
            Ok(Prediction::Conflicts(all)) => {
                let clash = |conflict| Clash { conflict, lines: Vec::new() };
                Verdict::Conflicts(all.into_iter().map(clash).collect())
            }
            Err(error) => Verdict::Unknown { why: error.to_string() },
        }
    }
}
