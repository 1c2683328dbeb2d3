//! One repository: its commits and refs. Knows no files outside of commits.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::SnapshotId;
use owt_core::landing::CandidateId;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::HookFile;

use super::Machine;
use super::Tree;
use super::checkout::CheckoutState;
use super::snapshots::Kept;
use super::trash::InTrash;

/// A commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) parents: Vec<ObjectId>,
    pub(crate) tree: Tree,
}

/// A branch.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) tip: ObjectId,
    /// The worktree of ours that it was made for.
    pub(crate) made_for: Option<AbsPath>,
    /// Whether it has moved since it was made.
    pub(crate) moved: bool,
}

/// A repository.
#[derive(Debug)]
pub(crate) struct Repo {
    pub(crate) repository: Repository,
    pub(crate) commits: BTreeMap<ObjectId, Commit>,
    pub(crate) branches: BTreeMap<BranchName, Branch>,
    /// What was fetched, by remote and branch.
    pub(crate) remotes: BTreeMap<(String, BranchName), ObjectId>,
    /// What remotes have by now, by remote and branch.
    pub(crate) elsewhere: BTreeMap<(String, BranchName), ObjectId>,
    /// The remote whose branch of the same name a branch follows.
    pub(crate) follows: BTreeMap<BranchName, String>,
    pub(crate) checkouts: BTreeMap<AbsPath, CheckoutState>,
    pub(crate) snapshots: BTreeMap<SnapshotId, Kept>,
    pub(crate) trash: BTreeMap<SnapshotId, InTrash>,
    pub(crate) candidates: BTreeMap<CandidateId, ObjectId>,
    /// What a commit is to run.
    pub(crate) hooks: Vec<HookFile>,
    /// What was last seen of remotes, and tags, by their full names.
    pub(crate) others: BTreeMap<String, ObjectId>,
}

impl Machine {
    pub(crate) fn add_repository(&mut self, root: &AbsPath, files: &[(&str, &str)]) -> Repository {
        let number = self.repositories.len() as u128 + 1;
        let repository = Repository {
            id: RepositoryId::from_bits(number),
            common_dir: root.join(".git"),
            root: root.clone(),
            name: root.file_name().to_owned(),
            stand_in: None,
        };
        let mut repo = Repo {
            repository: repository.clone(),
            commits: BTreeMap::new(),
            branches: BTreeMap::new(),
            remotes: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            follows: BTreeMap::new(),
            checkouts: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            trash: BTreeMap::new(),
            candidates: BTreeMap::new(),
            hooks: Vec::new(),
            others: BTreeMap::new(),
        };
        let tree: Tree = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let tip = repo.add_commit(Vec::new(), tree.clone());
        let main = BranchName::new("main").expect("'main' is a valid name");
        repo.branches.insert(main.clone(), Branch { tip, made_for: None, moved: false });
        repo.checkouts.insert(root.clone(), CheckoutState::main(main, tree.clone()));
        self.repositories.push(repo);
        self.fill(root, &tree);
        repository
    }

    pub(crate) fn repo(&self, repository: &Repository) -> Result<&Repo, GitError> {
        let found = self.repositories.iter().find(|repo| repo.repository.id == repository.id);
        found.ok_or_else(|| GitError::NotARepository { dir: repository.common_dir.clone() })
    }

    pub(crate) fn repo_mut(&mut self, repository: &Repository) -> Result<&mut Repo, GitError> {
        let found = self.repositories.iter_mut().find(|repo| repo.repository.id == repository.id);
        found.ok_or_else(|| GitError::NotARepository { dir: repository.common_dir.clone() })
    }
}

impl Repo {
    /// Ids are numbered: the same run has the same ids.
    pub(crate) fn add_commit(&mut self, parents: Vec<ObjectId>, tree: Tree) -> ObjectId {
        let number = (self.repository.id.bits() << 64) | (self.commits.len() as u128 + 1);
        let id = ObjectId::new(format!("{number:040x}")).expect("40 hexadecimal digits");
        self.commits.insert(id.clone(), Commit { parents, tree });
        id
    }

    pub(crate) fn commit(&self, id: &ObjectId) -> Result<&Commit, GitError> {
        self.commits.get(id).ok_or_else(|| GitError::UnknownRevision { name: id.to_string() })
    }

    pub(crate) fn resolve(&self, name: &str) -> Result<ObjectId, GitError> {
        let branch = BranchName::new(name).ok().and_then(|name| self.branches.get(&name));
        let unknown = || GitError::UnknownRevision { name: name.to_owned() };
        match (branch, name) {
            (Some(branch), _) => Ok(branch.tip.clone()),
            (None, "HEAD") => {
                let main = self.checkouts.values().find(|checkout| checkout.main);
                main.and_then(|checkout| self.head_of(checkout)).ok_or_else(unknown)
            }
            (None, _) => {
                let id = ObjectId::new(name).map_err(|_| unknown())?;
                self.commits.contains_key(&id).then_some(id).ok_or_else(unknown)
            }
        }
    }

    /// A commit and all before it.
    pub(crate) fn history(&self, tip: &ObjectId) -> Result<BTreeSet<ObjectId>, GitError> {
        let mut seen = BTreeSet::new();
        let mut open = vec![tip.clone()];
        while let Some(id) = open.pop() {
            open.extend(self.commit(&id)?.parents.iter().cloned());
            seen.insert(id);
        }
        Ok(seen)
    }

    pub(crate) fn is_merged(&self, tip: &ObjectId, into: &ObjectId) -> Result<bool, GitError> {
        self.commit(tip)?;
        Ok(self.history(into)?.contains(tip))
    }

    pub(crate) fn count_commits(&self, base: &ObjectId, tip: &ObjectId) -> Result<u32, GitError> {
        let count = self.history(tip)?.difference(&self.history(base)?).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
