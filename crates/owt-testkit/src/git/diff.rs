//! What differs from where the work began. Its patch is the whole old and the whole new text of each file; a file is
//! renamed when another of the very same text is gone.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::edits::EditedFile;
use owt_core::edits::EditedFiles;
use owt_core::vcs::BranchName;
use owt_core::vcs::LinesChanged;
use owt_core::vcs::ObjectId;
use owt_ports::ChangeKind;
use owt_ports::ChangedFile;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::GitError;

use super::Machine;
use super::Tree;
use super::checkout::CheckoutState;
use super::checkout::is_ignored;
use super::repository::Commit;
use super::repository::Repo;

impl Machine {
    pub(crate) fn diff(&self, question: &DiffQuestion, form: DiffForm) -> Result<Vec<DiffPart>, GitError> {
        let (repo, tip, now) = match &question.side {
            DiffSide::Worktree(worktree) => {
                let (repo, state) = self.checkout(worktree)?;
                let mut files = self.working_tree(worktree);
                files.retain(|path, _| state.index.contains_key(path) || !is_ignored(path));
                (repo, repo.head_of(state), files)
            }
            DiffSide::Commit(commit) => {
                let repo = self.repo(&question.repository)?;
                (repo, Some(commit.clone()), repo.commit(commit)?.tree.clone())
            }
        };
        let against = repo.against(question, tip.as_ref())?;
        let before = repo.commit(&against)?.tree.clone();
        let start = DiffPart::Against { commit: against, left_out: Vec::new() };
        Ok(std::iter::once(start).chain(parts(&before, &now, form)).collect())
    }
}

impl Repo {
    /// What a commit brings beyond its parent; a merge of two here is as git makes it, and brings nothing of its own.
    pub(crate) fn step(&self, commit: &ObjectId, form: DiffForm) -> Result<Vec<DiffPart>, GitError> {
        let Commit { parents, tree } = self.commit(commit)?;
        let before = match parents.as_slice() {
            [] => Tree::new(),
            [_, _] => return Ok(Vec::new()),
            [first, ..] => self.commit(first)?.tree.clone(),
        };
        Ok(parts(&before, tree, form).collect())
    }
}

fn parts<'a>(before: &'a Tree, now: &'a Tree, form: DiffForm) -> impl Iterator<Item = DiffPart> + 'a {
    changes(before, now).into_iter().map(move |file| match form {
        DiffForm::Files => DiffPart::File(file),
        DiffForm::Bare => DiffPart::Patch(bare(&file, before, now).into_bytes()),
        DiffForm::Patch | DiffForm::Whole => DiffPart::Patch(patch(&file, before, now).into_bytes()),
    })
}

impl Machine {
    /// By how many lines the files of a checkout differ from a tree.
    pub(crate) fn lines(&self, worktree: &AbsPath, before: &Tree, state: &CheckoutState) -> LinesChanged {
        let mut now = self.working_tree(worktree);
        now.retain(|path, _| state.index.contains_key(path) || !is_ignored(path));
        let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        let mut lines = LinesChanged::default();
        for path in paths {
            let (removed, added) = differing(before.get(path), now.get(path));
            lines.removed += removed;
            lines.added += added;
        }
        lines
    }

    /// The tracked files that differ from a tree, and those that git does not know: folders without any it knows are told whole.
    pub(crate) fn files_of_its_own(
        &self,
        worktree: &AbsPath,
        before: &Tree,
        state: &CheckoutState,
    ) -> (EditedFiles, EditedFiles) {
        let now = self.working_tree(worktree);
        let tracked = |path: &String| before.contains_key(path) || state.index.contains_key(path);
        let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        let differs = |path: &&&String| before.get(**path) != now.get(**path);
        let name = |path: &&String| EditedFile::named_by_git(path);
        let changed = paths.iter().filter(|path| tracked(path)).filter(differs).map(name).collect();
        let strange = now.keys().filter(|path| !state.index.contains_key(*path) && !is_ignored(path));
        let whole = |path: &String| {
            let mut folders = path.match_indices('/').map(|(end, _)| &path[..=end]);
            let is_known = |folder: &&str| state.index.keys().any(|known| known.starts_with(*folder));
            EditedFile::named_by_git(folders.find(|folder| !is_known(folder)).unwrap_or(path))
        };
        (changed, strange.map(whole).collect())
    }
}

/// How many lines of the one text and of the other stand between what is the same at their beginnings and ends.
fn differing(old: Option<&String>, new: Option<&String>) -> (u32, u32) {
    let lines = |text: Option<&String>| -> Vec<String> {
        text.map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
    };
    let (old, new) = (lines(old), lines(new));
    let front = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[front..], &new[front..]);
    let back = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let count = |lines: &[String]| u32::try_from(lines.len() - back).unwrap_or(u32::MAX);
    (count(old), count(new))
}

impl Repo {
    /// The newest commit that a head has in common with the base branch; where that is gone, with the base.
    pub(crate) fn left(
        &self,
        head: &ObjectId,
        base: &ObjectId,
        base_branch: Option<&BranchName>,
    ) -> Result<ObjectId, GitError> {
        let branch = base_branch.and_then(|name| self.branches.get(name));
        let theirs = self.history(branch.map_or(base, |branch| &branch.tip))?;
        Ok(self.history(head)?.intersection(&theirs).last().unwrap_or(base).clone())
    }

    /// The newest commit (ids are numbered) that a tip has in common with the base branch and the base.
    fn against(&self, question: &DiffQuestion, tip: Option<&ObjectId>) -> Result<ObjectId, GitError> {
        let mut theirs = self.history(&question.base)?;
        if let Some(branch) = question.base_branch.as_ref().and_then(|name| self.branches.get(name)) {
            theirs.extend(self.history(&branch.tip)?);
        }
        if let Some(upstream) = &question.base_upstream {
            theirs.extend(self.history(upstream)?);
        }
        let own = tip.map_or_else(|| Ok(BTreeSet::new()), |tip| self.history(tip))?;
        Ok(own.intersection(&theirs).last().unwrap_or(&question.base).clone())
    }
}

fn changes(before: &Tree, now: &Tree) -> Vec<ChangedFile> {
    let mut gone: BTreeMap<&String, &String> =
        before.iter().filter(|(path, _)| !now.contains_key(*path)).collect();
    let lines = |text: &str| text.lines().count() as u64;
    let mut changed = Vec::new();
    for (path, text) in now.iter().filter(|(path, text)| before.get(*path) != Some(*text)) {
        let old_path = gone.iter().find(|(_, old)| **old == text).map(|(path, _)| (*path).clone());
        if let Some(old) = &old_path {
            gone.remove(old);
        }
        let (kind, counts) = match (before.get(path), &old_path) {
            (Some(old), _) => (ChangeKind::Modified, (lines(text), lines(old))),
            (None, Some(_)) => (ChangeKind::Renamed, (0, 0)),
            (None, None) => (ChangeKind::Added, (lines(text), 0)),
        };
        let path = path.clone();
        changed.push(ChangedFile { path, old_path, kind, changes_mode: false, lines: Some(counts) });
    }
    changed.extend(gone.into_iter().map(|(path, text)| ChangedFile {
        path: path.clone(),
        old_path: None,
        kind: ChangeKind::Deleted,
        changes_mode: false,
        lines: Some((0, lines(text))),
    }));
    changed.sort_by(|one, other| one.path.cmp(&other.path));
    changed
}

/// Whole files take each other's place.
fn bare(file: &ChangedFile, before: &Tree, now: &Tree) -> String {
    let path = &file.path;
    let (old, new) = (before.get(path), now.get(path));
    if file.kind == ChangeKind::Renamed || old == new {
        return String::new();
    }
    let lines = |text: Option<&String>, sign: char| -> (usize, String) {
        let text = text.map_or("", String::as_str);
        (text.lines().count(), text.lines().map(|line| format!("{sign}{line}\n")).collect())
    };
    let name =
        |text: Option<&String>, side: char| text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let ((gone, removed), (come, added)) = (lines(old, '-'), lines(new, '+'));
    let (from, to) = (name(old, 'a'), name(new, 'b'));
    format!("diff --git a/{path} b/{path}\n--- {from}\n+++ {to}\n@@ -1,{gone} +1,{come} @@\n{removed}{added}")
}

fn patch(file: &ChangedFile, before: &Tree, now: &Tree) -> String {
    let old = file.old_path.as_ref().unwrap_or(&file.path);
    let mut text = format!("diff --git a/{old} b/{}\n", file.path);
    if file.kind == ChangeKind::Renamed {
        return text + &format!("rename from {old}\nrename to {}\n", file.path);
    }
    let whole = |tree: &Tree, sign: char| -> String {
        let lines = tree.get(&file.path).into_iter().flat_map(|text| text.lines());
        lines.map(|line| format!("{sign}{line}\n")).collect()
    };
    text.push_str(&whole(before, '-'));
    text.push_str(&whole(now, '+'));
    text
}
