//! Snapshots: taken, kept, listed, applied.

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::Snapshot;
use owt_ports::SnapshotLabel;
use owt_ports::SnapshotRecord;

use super::Machine;
use super::Tree;
use super::checkout::is_secret;
use super::repository::Repo;
use crate::crash::CrashPlan;

/// A snapshot as the repository has it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    record: SnapshotRecord,
    snapshot: Snapshot,
    head: Option<ObjectId>,
    index: Tree,
    withheld: Tree,
}

impl Repo {
    pub(crate) fn snapshot_records(&self, limit: usize) -> Vec<SnapshotRecord> {
        let mut records: Vec<SnapshotRecord> =
            self.snapshots.values().map(|kept| kept.record.clone()).collect();
        records.sort_by_key(|record| std::cmp::Reverse((record.taken_at, record.id)));
        records.truncate(limit);
        records
    }

    pub(crate) fn snapshot_bytes(&self, id: SnapshotId) -> u64 {
        let tree = self.snapshots.get(&id).and_then(|kept| self.commit(&kept.snapshot.commit).ok());
        tree.map_or(0, |commit| commit.tree.values().map(|text| text.len() as u64).sum())
    }

    fn add_snapshot(
        &mut self,
        label: &SnapshotLabel,
        branch: Option<BranchName>,
        parents: Vec<ObjectId>,
        tree: Tree,
        kept: (Tree, Tree, usize),
    ) -> Snapshot {
        let (index, withheld, changed) = kept;
        let head = parents.first().cloned();
        let commit = self.add_commit(parents, tree);
        let snapshot = Snapshot {
            id: label.id,
            commit: commit.clone(),
            changed_files: u32::try_from(changed).unwrap_or(u32::MAX),
            withheld: withheld.keys().cloned().collect(),
            withheld_in: (!withheld.is_empty())
                .then(|| AbsPath::new(format!("/owt/withheld/{}", label.id)).expect("an absolute path")),
        };
        let record = SnapshotRecord {
            id: label.id,
            commit,
            head: head.clone(),
            branch,
            workspace: label.workspace.clone(),
            taken_at: label.at,
            reason: label.reason.clone(),
        };
        self.snapshots.insert(label.id, Kept { record, snapshot: snapshot.clone(), head, index, withheld });
        snapshot
    }
}

impl Machine {
    pub(crate) fn snapshot(
        &mut self,
        worktree: &AbsPath,
        label: &SnapshotLabel,
        plan: &CrashPlan,
    ) -> Result<Option<Snapshot>, GitError> {
        let (repo, state) = self.checkout(worktree)?;
        if let Some(kept) = repo.snapshots.get(&label.id) {
            return Ok(Some(kept.snapshot.clone()));
        }
        let changed = self.changed(worktree)?;
        if changed.is_empty() {
            return Ok(None);
        }
        let (head, head_tree) = (repo.head_of(state), repo.head_tree(state));
        let (mut index, branch) = (state.index.clone(), state.branch.clone());
        let (mut tree, mut withheld) = (head_tree.clone(), Tree::new());
        for path in &changed {
            let text = self.files.get(&worktree.join(path)).cloned();
            match (is_secret(path), text) {
                (true, text) => {
                    withheld.extend(text.map(|text| (path.clone(), text)));
                    match head_tree.get(path) {
                        Some(text) => index.insert(path.clone(), text.clone()),
                        None => index.remove(path),
                    };
                }
                (false, Some(text)) => {
                    tree.insert(path.clone(), text);
                }
                (false, None) => {
                    tree.remove(path);
                }
            }
        }
        // The real one writes objects, then the ref.
        plan.point_before("git.snapshot, before its ref")?;
        let repo = self.repo_of(worktree);
        let mut parents: Vec<ObjectId> = head.into_iter().collect();
        if index != head_tree {
            let index_commit = repo.add_commit(parents.clone(), index.clone());
            parents.push(index_commit);
        } else {
            index = head_tree;
        }
        Ok(Some(repo.add_snapshot(label, branch, parents, tree, (index, withheld, changed.len()))))
    }

    pub(crate) fn keep(
        &mut self,
        repository: &Repository,
        label: &SnapshotLabel,
        branch: &BranchName,
        tip: &ObjectId,
    ) -> Result<Snapshot, GitError> {
        let repo = self.repo_mut(repository)?;
        if let Some(kept) = repo.snapshots.get(&label.id) {
            return Ok(kept.snapshot.clone());
        }
        let tree = repo.commit(tip)?.tree.clone();
        let kept = (tree.clone(), Tree::new(), 0);
        Ok(repo.add_snapshot(label, Some(branch.clone()), vec![tip.clone()], tree, kept))
    }

    pub(crate) fn apply_snapshot(
        &mut self,
        worktree: &AbsPath,
        record: &SnapshotRecord,
    ) -> Result<(), GitError> {
        let (repo, state) = self.checkout(worktree)?;
        let unknown = || GitError::UnknownRevision { name: format!("refs/owt/snapshots/{}", record.id) };
        let kept = repo.snapshots.get(&record.id).cloned().ok_or_else(unknown)?;
        let (head, base) = (repo.head_of(state), repo.head_tree(state));
        if head.as_ref() != Some(&kept.record.commit) {
            if head != kept.head {
                let text = |id: &Option<ObjectId>| {
                    id.as_ref().map_or_else(|| "(none)".to_owned(), ToString::to_string)
                };
                return Err(GitError::RefMoved {
                    name: "HEAD".to_owned(),
                    expected: text(&kept.head),
                    found: text(&head),
                });
            }
            let tree = repo.commit(&kept.record.commit)?.tree.clone();
            self.fill_from(worktree, &base, &tree)?;
            self.checkout_mut(worktree).index = kept.index;
        }
        for (path, text) in &kept.withheld {
            let file = worktree.join(path);
            let there = self.files.get(&file);
            if there.is_some_and(|there| there != text && base.get(path) != Some(there)) {
                return Err(GitError::PathTaken(file));
            }
            self.files.insert(file, text.clone());
        }
        Ok(())
    }

    /// From HEAD's content to the snapshot's; what differs from both is in the way.
    fn fill_from(&mut self, worktree: &AbsPath, base: &Tree, tree: &Tree) -> Result<(), GitError> {
        let files = self.working_tree(worktree);
        let in_the_way = base.keys().chain(tree.keys()).find(|path| {
            let (was, will, is) = (base.get(*path), tree.get(*path), files.get(*path));
            was != will && is != was && is != will
        });
        if let Some(path) = in_the_way {
            return Err(GitError::Busy { dir: worktree.clone(), what: format!("{path} is in the way") });
        }
        self.replace(worktree, base, tree);
        Ok(())
    }
}
