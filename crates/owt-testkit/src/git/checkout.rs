//! One checkout: HEAD, index, and the files of the world that lie below its root.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::edits::EditedFiles;
use owt_core::vcs::BranchName;
use owt_core::vcs::Checkout;
use owt_core::vcs::Head;
use owt_core::vcs::ObjectId;
use owt_core::vcs::WorktreeFacts;
use owt_ports::BranchOrigin;
use owt_ports::CommitPlan;
use owt_ports::CommitReport;
use owt_ports::GitError;
use owt_ports::IndexLock;

use super::Machine;
use super::Tree;
use super::repository::Branch;
use super::repository::Repo;

/// A checkout as git notes it.
#[derive(Debug, Clone)]
pub(crate) struct CheckoutState {
    pub(crate) main: bool,
    pub(crate) branch: Option<BranchName>,
    /// The commit of a HEAD that is on no branch.
    pub(crate) detached: Option<ObjectId>,
    pub(crate) index: Tree,
    pub(crate) locked: bool,
    pub(crate) index_lock: Option<IndexLock>,
    pub(crate) merging: bool,
    /// The commit that a merge brings in, where it is known.
    pub(crate) merging_with: Option<ObjectId>,
    /// Files in which it has left conflicts.
    pub(crate) unmerged: BTreeSet<String>,
}

impl CheckoutState {
    pub(crate) fn main(branch: BranchName, index: Tree) -> Self {
        Self { main: true, ..Self::linked(branch, index) }
    }

    pub(crate) fn linked(branch: BranchName, index: Tree) -> Self {
        Self {
            main: false,
            branch: Some(branch),
            detached: None,
            index,
            locked: false,
            index_lock: None,
            merging: false,
            merging_with: None,
            unmerged: BTreeSet::new(),
        }
    }
}

/// Fixed ignore rule of the fake world: `*.log`, and everything below a folder `ignored`.
pub(crate) fn is_ignored(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".log") || path.split('/').rev().skip(1).any(|part| part == "ignored")
}

/// Fixed secret rule of the fake world: `.env`, `.env.*` but for `.env.example`, and `id_rsa`.
pub(crate) fn is_secret(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == ".env" || name == "id_rsa" || (name.starts_with(".env.") && name != ".env.example")
}

impl Repo {
    pub(crate) fn head_of(&self, checkout: &CheckoutState) -> Option<ObjectId> {
        match &checkout.branch {
            Some(name) => self.branches.get(name).map(|branch| branch.tip.clone()),
            None => checkout.detached.clone(),
        }
    }

    pub(crate) fn head_tree(&self, checkout: &CheckoutState) -> Tree {
        let head = self.head_of(checkout).and_then(|id| self.commits.get(&id));
        head.map(|commit| commit.tree.clone()).unwrap_or_default()
    }
}

impl Machine {
    /// The repository and the checkout that `dir` lies in.
    fn find(&self, dir: &AbsPath) -> Result<(usize, AbsPath), GitError> {
        let all = self.repositories.iter().enumerate();
        let roots = all.flat_map(|(at, repo)| repo.checkouts.keys().map(move |root| (at, root.clone())));
        let found = roots
            .filter(|(_, root)| dir.starts_with(root) && (dir == root || self.is_folder(dir)))
            .max_by_key(|(_, root)| root.as_str().len());
        found
            .filter(|(_, root)| self.is_folder(root))
            .ok_or_else(|| GitError::NotARepository { dir: dir.clone() })
    }

    pub(crate) fn is_folder(&self, path: &AbsPath) -> bool {
        self.files.keys().any(|file| file != path && file.starts_with(path))
    }

    /// The checkout whose root is `worktree`.
    pub(crate) fn checkout(&self, worktree: &AbsPath) -> Result<(&Repo, &CheckoutState), GitError> {
        let missing = || GitError::NotARepository { dir: worktree.clone() };
        let (at, root) = self.find(worktree)?;
        let repo = &self.repositories[at];
        repo.checkouts.get(&root).filter(|_| root == *worktree).map(|state| (repo, state)).ok_or_else(missing)
    }

    /// The same, to change it; for what a test does by hand.
    pub(crate) fn checkout_mut(&mut self, worktree: &AbsPath) -> &mut CheckoutState {
        let found = self.repositories.iter_mut().find_map(|repo| repo.checkouts.get_mut(worktree));
        found.expect("a checkout of this world")
    }

    pub(crate) fn repo_of(&mut self, worktree: &AbsPath) -> &mut Repo {
        let found = self.repositories.iter_mut().find(|repo| repo.checkouts.contains_key(worktree));
        found.expect("a checkout of this world")
    }

    pub(crate) fn discover(&self, dir: &AbsPath) -> Result<Checkout, GitError> {
        let (at, root) = self.find(dir)?;
        let repo = &self.repositories[at];
        let state = &repo.checkouts[&root];
        let head = match (repo.head_of(state), &state.branch) {
            (Some(tip), Some(name)) => Head::Branch { name: name.clone(), tip },
            (Some(at), None) => Head::Detached { at },
            (None, Some(name)) => Head::Unborn { name: name.clone() },
            (None, None) => return Err(GitError::UnknownRevision { name: "HEAD".to_owned() }),
        };
        Ok(Checkout { repository: repo.repository.clone(), worktree: Some(root), head })
    }

    /// The files below a root, by their path relative to it, without those of git itself.
    pub(crate) fn working_tree(&self, root: &AbsPath) -> Tree {
        let prefix = format!("{root}/");
        let below = self.files.iter().filter_map(|(file, text)| {
            let path = file.as_str().strip_prefix(&prefix)?;
            Some((path.to_owned(), text.clone()))
        });
        below.filter(|(path, _)| path != ".git" && !path.starts_with(".git/")).collect()
    }

    /// Writes files below a root, with the file that makes a checkout's folder be there even when it is empty.
    pub(crate) fn fill(&mut self, root: &AbsPath, tree: &Tree) {
        self.files.insert(root.join(".git/here"), String::new());
        self.files.extend(tree.iter().map(|(path, text)| (root.join(path), text.clone())));
    }

    /// Replaces what one tree has by what another has.
    pub(crate) fn replace(&mut self, root: &AbsPath, from: &Tree, to: &Tree) {
        for path in from.keys().filter(|path| !to.contains_key(*path)) {
            self.files.remove(&root.join(path));
        }
        for (path, text) in to.iter().filter(|(path, text)| from.get(*path) != Some(*text)) {
            self.files.insert(root.join(path), text.clone());
        }
    }

    /// Paths that differ from HEAD: in the index, or in the working tree and not ignored.
    pub(crate) fn changed(&self, worktree: &AbsPath) -> Result<Vec<String>, GitError> {
        let (repo, state) = self.checkout(worktree)?;
        let (head, files) = (repo.head_tree(state), self.working_tree(worktree));
        let known: BTreeSet<&String> = head.keys().chain(state.index.keys()).collect();
        let all: BTreeSet<&String> = known.iter().copied().chain(files.keys()).collect();
        let differs = |path: &&String| {
            let in_head = head.get(*path);
            let counts = known.contains(path) || !is_ignored(path);
            counts && (state.index.get(*path) != in_head || files.get(*path) != in_head)
        };
        Ok(all.into_iter().filter(differs).cloned().collect())
    }

    pub(crate) fn facts(
        &self,
        worktree: &AbsPath,
        base: &ObjectId,
        base_branch: Option<&BranchName>,
    ) -> Result<WorktreeFacts, GitError> {
        let (repo, state) = self.checkout(worktree)?;
        let dirty_files = u32::try_from(self.changed(worktree)?.len()).unwrap_or(u32::MAX);
        let branch = state.branch.clone();
        let Some(head) = repo.head_of(state) else {
            let (unmerged, lines) = (Vec::new(), None);
            return Ok(WorktreeFacts {
                head: None,
                branch,
                ahead: 0,
                behind: 0,
                dirty_files,
                unmerged,
                lines,
                changed: EditedFiles::default(),
                unknown: EditedFiles::default(),
            });
        };
        let against = repo.left(&head, base, base_branch)?;
        let (changed, unknown) = self.files_of_its_own(worktree, &repo.commit(&against)?.tree, state);
        let (mine, base) = (repo.history(&head)?, repo.history(base)?);
        let theirs = match base_branch.and_then(|name| repo.branches.get(name)) {
            Some(branch) => repo.history(&branch.tip)?,
            None => base.clone(),
        };
        let ahead = mine.iter().filter(|id| !theirs.contains(*id) && !base.contains(*id)).count();
        let behind = theirs.iter().filter(|id| !mine.contains(*id) && !base.contains(*id)).count();
        Ok(WorktreeFacts {
            head: Some(head),
            branch,
            ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
            behind: u32::try_from(behind).unwrap_or(u32::MAX),
            dirty_files,
            unmerged: state.unmerged.iter().cloned().collect(),
            lines: Some(self.lines(worktree, &repo.commit(&against)?.tree, state)),
            changed,
            unknown,
        })
    }

    pub(crate) fn stage(&mut self, worktree: &AbsPath, path: &str) {
        let text = self.files.get(&worktree.join(path)).cloned();
        let state = self.checkout_mut(worktree);
        state.unmerged.remove(path);
        match text {
            Some(text) => state.index.insert(path.to_owned(), text),
            None => state.index.remove(path),
        };
    }

    /// Commits everything that is not ignored.
    pub(crate) fn commit_everything(&mut self, worktree: &AbsPath) -> ObjectId {
        let mut tree = self.working_tree(worktree);
        let known = self.checkout_mut(worktree).index.clone();
        tree.retain(|path, _| known.contains_key(path) || !is_ignored(path));
        self.commit_tree(worktree, tree)
    }

    pub(crate) fn commit_merge(&mut self, worktree: &AbsPath, others: &[ObjectId]) -> ObjectId {
        let merge = self.commit_everything(worktree);
        let commits = &mut self.repo_of(worktree).commits;
        let commit = commits.get_mut(&merge).expect("the commit was just made");
        commit.parents.extend_from_slice(others);
        merge
    }

    fn commit_tree(&mut self, worktree: &AbsPath, tree: Tree) -> ObjectId {
        let repo = self.repo_of(worktree);
        let state = repo.checkouts[worktree].clone();
        let parents = repo.head_of(&state).into_iter().chain(state.merging_with).collect();
        let commit = repo.add_commit(parents, tree.clone());
        let state = repo.checkouts.get_mut(worktree).expect("the checkout was just read");
        state.index = tree;
        state.merging = false;
        state.merging_with = None;
        state.unmerged.clear();
        match state.branch.clone() {
            Some(name) => {
                let made_for = repo.branches.get(&name).and_then(|branch| branch.made_for.clone());
                repo.branches.insert(name, Branch { tip: commit.clone(), made_for, moved: true });
            }
            None => state.detached = Some(commit.clone()),
        }
        commit
    }

    fn refuse_merging(&self, worktree: &AbsPath) -> Result<(), GitError> {
        match self.checkout(worktree)?.1.merging {
            false => Ok(()),
            true => {
                Err(GitError::Unfinished { dir: worktree.clone(), what: "a merge is under way".to_owned() })
            }
        }
    }

    pub(crate) fn commit_plan(&self, worktree: &AbsPath) -> Result<CommitPlan, GitError> {
        self.refuse_merging(worktree)?;
        let (withheld, files) = self.changed(worktree)?.into_iter().partition(|path| is_secret(path));
        Ok(CommitPlan { files, withheld })
    }

    pub(crate) fn commit_all(&mut self, worktree: &AbsPath) -> Result<Option<CommitReport>, GitError> {
        self.refuse_merging(worktree)?;
        let (withheld, taken): (Vec<String>, Vec<String>) =
            self.changed(worktree)?.into_iter().partition(|path| is_secret(path));
        let files = self.working_tree(worktree);
        let (repo, state) = self.checkout(worktree)?;
        let mut tree = repo.head_tree(state);
        if taken.is_empty() {
            self.checkout_mut(worktree).index = tree;
            return Ok(None);
        }
        for path in &taken {
            match files.get(path) {
                Some(text) => tree.insert(path.clone(), text.clone()),
                None => tree.remove(path),
            };
        }
        let commit = self.commit_tree(worktree, tree);
        Ok(Some(CommitReport { commit, files: u32::try_from(taken.len()).unwrap_or(u32::MAX), withheld }))
    }

    pub(crate) fn switch_in_place(
        &mut self,
        worktree: &AbsPath,
        branch: &BranchName,
        start: &ObjectId,
        origin: BranchOrigin,
    ) -> Result<(), GitError> {
        let (repo, state) = self.checkout(worktree)?;
        if state.branch.as_ref() == Some(branch) {
            let ours = repo.branches.get(branch).is_some_and(|it| it.made_for.as_ref() == Some(worktree));
            let done = origin == BranchOrigin::Existing || ours;
            return if done { Ok(()) } else { Err(GitError::BranchTaken(branch.clone())) };
        }
        self.refuse_merging(worktree)?;
        if origin == BranchOrigin::Existing {
            return self.switch(worktree, branch);
        }
        let repo = self.repo_of(worktree);
        match repo.create_branch(branch, start, Some(worktree)) {
            Err(GitError::BranchTaken(_)) if repo.is_untouched(branch, worktree, start) => {}
            other => other?,
        }
        self.switch(worktree, branch).inspect_err(|_| {
            self.repo_of(worktree).branches.remove(branch);
        })
    }

    pub(crate) fn switch_back(&mut self, worktree: &AbsPath, branch: &BranchName) -> Result<(), GitError> {
        if self.checkout(worktree)?.1.branch.as_ref() == Some(branch) {
            return Ok(());
        }
        self.refuse_merging(worktree)?;
        self.switch(worktree, branch)
    }

    /// Carries changes along, or refuses when a changed or unknown file would be overwritten.
    fn switch(&mut self, worktree: &AbsPath, branch: &BranchName) -> Result<(), GitError> {
        let files = self.working_tree(worktree);
        let (repo, state) = self.checkout(worktree)?;
        let target = repo.branches.get(branch);
        let target = target.ok_or_else(|| GitError::UnknownRevision { name: branch.to_string() })?;
        repo.require_not_elsewhere(branch, worktree)?;
        let (from, to) = (repo.head_tree(state), repo.commit(&target.tip)?.tree.clone());
        let all: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
        let moving: Vec<&String> = all.into_iter().filter(|path| from.get(*path) != to.get(*path)).collect();
        let is_clean =
            |path: &&String| files.get(*path) == from.get(*path) && state.index.get(*path) == from.get(*path);
        if let Some(path) = moving.iter().find(|path| !is_clean(path)) {
            let what = format!("{path} would be overwritten");
            return Err(GitError::Busy { dir: worktree.clone(), what });
        }
        let mut index = state.index.clone();
        for path in moving {
            match to.get(path) {
                Some(text) => index.insert(path.clone(), text.clone()),
                None => index.remove(path),
            };
        }
        self.replace(worktree, &from, &to);
        let state = self.checkout_mut(worktree);
        state.index = index;
        state.branch = Some(branch.clone());
        state.detached = None;
        Ok(())
    }
}
