//! Landing in memory: three-way merges of whole files, candidates, targets moved by compare-and-swap.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::landing::CandidateId;
use owt_core::landing::Conflict;
use owt_core::landing::ConflictKind;
use owt_core::landing::Favour;
use owt_core::landing::Method;
use owt_core::landing::Obstacle;
use owt_core::landing::Sides;
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

use super::FakeGit;
use super::Machine;
use super::Tree;
use super::repository::Commit;
use super::repository::Repo;
use crate::crash::CrashPlan;

impl Landing for FakeGit {
    fn predict(
        &self,
        repository: &Repository,
        target: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Prediction, GitError> {
        self.call("git.predict", |world, _| world.repo_mut(repository)?.predict(target, tip))
    }

    fn predict_beyond(
        &self,
        repository: &Repository,
        fork: &ObjectId,
        target: &ObjectId,
        tip: &ObjectId,
    ) -> Result<Prediction, GitError> {
        self.call("git.predict_beyond", |world, _| {
            let repo = world.repo(repository)?;
            Ok(repo.merged_from(fork, (target, tip), None)?.foreseen())
        })
    }

    /// It knows no submodules.
    fn unpushed(
        &self,
        _repository: &Repository,
        _branch: &BranchName,
        _onto: &ObjectId,
        _tip: &ObjectId,
    ) -> Result<Vec<String>, GitError> {
        Ok(Vec::new())
    }

    fn hooks(&self, repository: &Repository, _onto: &ObjectId) -> Result<Vec<HookFile>, GitError> {
        self.call("git.hooks", |world, _| Ok(world.repo(repository)?.hooks.clone()))
    }

    fn mark(
        &self,
        repository: &Repository,
        ours: &ObjectId,
        theirs: &ObjectId,
    ) -> Result<Option<Marked>, GitError> {
        self.call("git.mark", |world, _| world.repo_mut(repository)?.mark(ours, theirs))
    }

    fn make_candidate(&self, request: &CandidateRequest) -> Result<Candidate, GitError> {
        self.call("git.make_candidate", |world, plan| {
            world.repo_mut(&request.repository)?.make_candidate(request, plan)
        })
    }

    fn files_at(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        paths: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        self.call("git.files_at", |world, _| {
            let tree = &world.repo(repository)?.commit(commit)?.tree;
            let found = paths
                .iter()
                .filter_map(|path| Some(((*path).to_owned(), tree.get(*path)?.clone().into_bytes())));
            Ok(found.collect())
        })
    }

    fn tree_of(&self, repository: &Repository, commit: &ObjectId) -> Result<ObjectId, GitError> {
        self.call("git.tree_of", |world, _| Ok(tree_id(&world.repo(repository)?.commit(commit)?.tree)))
    }

    fn lay_out(
        &self,
        repository: &Repository,
        id: CandidateId,
        commit: &ObjectId,
    ) -> Result<AbsPath, GitError> {
        self.call("git.lay_out", |world, _| {
            let tree = world.repo(repository)?.commit(commit)?.tree.clone();
            let place = place(id);
            world.files.retain(|path, _| !path.starts_with(&place));
            world.replace(&place, &Tree::new(), &tree);
            Ok(place)
        })
    }

    fn drafted(&self, at: &AbsPath, change: Between<'_>) -> Result<Vec<String>, GitError> {
        self.call("git.drafted", |world, _| world.drafted(at, change))
    }

    fn altered(&self, root: &AbsPath, commit: &ObjectId) -> Result<Vec<String>, GitError> {
        self.call("git.altered", |world, _| {
            let mut repos = world.repositories.iter();
            let tree = repos.find_map(|repo| repo.commit(commit).ok()).map(|commit| &commit.tree);
            let tree = tree.ok_or_else(|| GitError::UnknownRevision { name: commit.to_string() })?;
            let differs =
                |(path, text): &(&String, &String)| world.files.get(&root.join(path)) != Some(*text);
            Ok(tree.iter().filter(differs).map(|(path, _)| path.clone()).collect())
        })
    }

    fn clear(&self, _repository: &Repository, id: CandidateId) -> Result<(), GitError> {
        self.call("git.clear", |world, _| {
            world.files.retain(|path, _| !path.starts_with(&place(id)));
            Ok(())
        })
    }

    fn drop_candidate(&self, repository: &Repository, id: CandidateId) -> Result<(), GitError> {
        self.call("git.drop_candidate", |world, _| {
            world.repo_mut(repository)?.candidates.remove(&id);
            Ok(())
        })
    }

    fn stand_of(&self, repository: &Repository, target: &BranchName) -> Result<TargetStand, GitError> {
        self.call("git.stand_of", |world, _| world.stand_of(repository, target))
    }

    fn move_target(&self, request: &TargetMove) -> Result<TargetMoved, GitError> {
        self.call("git.move_target", |world, plan| match world.staged_in_part(request)? {
            Some(kept) => Ok(kept),
            None => world.move_target(request, plan),
        })
    }

    fn take_back(&self, request: &TargetMove) -> Result<TargetMoved, GitError> {
        self.call("git.take_back", |world, plan| world.move_target(request, plan))
    }

    fn holders(&self, repository: &Repository, commit: &ObjectId) -> Result<Vec<Holder>, GitError> {
        self.call("git.holders", |world, _| world.repo(repository)?.holders(commit))
    }

    fn merge_in_worktree(
        &self,
        worktree: &AbsPath,
        onto: &ObjectId,
        _message: &str,
    ) -> Result<Vec<Conflict>, GitError> {
        self.call("git.merge_in_worktree", |world, _| world.merge_in_worktree(worktree, onto))
    }
}

/// Where a candidate is laid out.
fn place(id: CandidateId) -> AbsPath {
    AbsPath::new(format!("/owt/landing/{id}/tree")).expect("it is absolute")
}

/// Two lines of work, and what they come to.
struct Merged {
    tree: Tree,
    conflicts: Vec<Conflict>,
}

impl Merged {
    fn foreseen(self) -> Prediction {
        match self.conflicts.is_empty() {
            true => Prediction::Clean { tree: tree_id(&self.tree) },
            false => Prediction::Conflicts(self.conflicts),
        }
    }
}

impl Repo {
    /// The newest commit that both have.
    pub(crate) fn common(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, GitError> {
        let (one, other) = (self.history(one)?, self.history(other)?);
        Ok(one.intersection(&other).last().cloned())
    }

    fn merged(
        &self,
        target: &ObjectId,
        tip: &ObjectId,
        favour: Option<Favour>,
    ) -> Result<Option<Merged>, GitError> {
        let Some(base) = self.common(target, tip)? else { return Ok(None) };
        self.merged_from(&base, (target, tip), favour).map(Some)
    }

    fn merged_from(
        &self,
        base: &ObjectId,
        (target, tip): (&ObjectId, &ObjectId),
        favour: Option<Favour>,
    ) -> Result<Merged, GitError> {
        let tree = |id: &ObjectId| self.commit(id).map(|commit| commit.tree.clone());
        let (base, ours, theirs) = (tree(base)?, tree(target)?, tree(tip)?);
        let mut merged = Merged { tree: ours.clone(), conflicts: Vec::new() };
        let paths: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
        for path in paths {
            let (was, our, their) = (base.get(path), ours.get(path), theirs.get(path));
            let taken = match favour {
                _ if our == their || their == was => our,
                _ if our == was => their,
                Some(Favour::Target) if our.is_some() && their.is_some() => our,
                Some(Favour::Workspace) if our.is_some() && their.is_some() => their,
                _ => {
                    let sides = Sides { base: was.is_some(), target: our.is_some(), branch: their.is_some() };
                    let kind = ConflictKind::of_sides(sides);
                    merged.conflicts.push(Conflict { path: path.clone(), kind, sides });
                    continue;
                }
            };
            match taken {
                Some(text) => merged.tree.insert(path.clone(), text.clone()),
                None => merged.tree.remove(path),
            };
        }
        Ok(merged)
    }

    pub(crate) fn predict(&mut self, target: &ObjectId, tip: &ObjectId) -> Result<Prediction, GitError> {
        if self.is_merged(tip, target)? {
            return Ok(Prediction::Contained);
        }
        Ok(match self.merged(target, tip, None)? {
            None => Prediction::Unrelated,
            Some(merged) => merged.foreseen(),
        })
    }

    /// Messages are not kept here: nobody's commits have a first line.
    fn mark(&mut self, ours: &ObjectId, theirs: &ObjectId) -> Result<Option<Marked>, GitError> {
        let Some(merged) = self.merged(ours, theirs, None)? else { return Ok(None) };
        if merged.conflicts.is_empty() {
            return Ok(None);
        }
        let (mut tree, conflicts) = (merged.tree, merged.conflicts);
        for conflict in &conflicts {
            let text = |id| -> Result<String, GitError> {
                Ok(self.commit(id)?.tree.get(&conflict.path).cloned().unwrap_or_default())
            };
            let marks =
                format!("<<<<<<< {ours}\n{}=======\n{}>>>>>>> {theirs}\n", text(ours)?, text(theirs)?);
            tree.insert(conflict.path.clone(), marks);
        }
        let parents = vec![ours.clone(), theirs.clone()];
        let is_same = |commit: &Commit| commit.parents == parents && commit.tree == tree;
        let before = self.commits.iter().find(|(_, commit)| is_same(commit)).map(|(id, _)| id.clone());
        let commit = before.unwrap_or_else(|| self.add_commit(parents, tree));
        Ok(Some(Marked { commit, conflicts, ours: Vec::new(), theirs: Vec::new() }))
    }

    fn holders(&self, commit: &ObjectId) -> Result<Vec<Holder>, GitError> {
        self.commit(commit)?;
        let mut found = Vec::new();
        for (name, branch) in &self.branches {
            if self.is_merged(commit, &branch.tip)? {
                found.push(Holder::Branch(name.clone()));
            }
        }
        for (name, at) in &self.others {
            if self.is_merged(commit, at)? {
                found.push(match name.strip_prefix("refs/tags/") {
                    Some(tag) => Holder::Tag(tag.to_owned()),
                    None => Holder::RemoteBranch(name.trim_start_matches("refs/remotes/").to_owned()),
                });
            }
        }
        for (at, checkout) in &self.checkouts {
            if let Some(head) = &checkout.detached
                && self.is_merged(commit, head)?
            {
                found.push(Holder::Detached(at.clone()));
            }
        }
        Ok(found)
    }

    fn make_candidate(
        &mut self,
        request: &CandidateRequest,
        plan: &CrashPlan,
    ) -> Result<Candidate, GitError> {
        if let Some(commit) = self.candidates.get(&request.id) {
            return Ok(Candidate::Made { commit: commit.clone() });
        }
        if self.is_merged(&request.tip, &request.onto)? {
            return Ok(Candidate::Nothing);
        }
        let Some(mut merged) = self.merged(&request.onto, &request.tip, request.favour)? else {
            return Ok(Candidate::Unrelated);
        };
        if let Some(fork) = &request.beyond {
            merged = self.merged_from(fork, (&request.onto, &request.tip), request.favour)?;
        }
        if let Some(settled) = &request.settled {
            merged = Merged { tree: self.commit(settled)?.tree.clone(), conflicts: Vec::new() };
        }
        if !merged.conflicts.is_empty() {
            return Ok(Candidate::Conflicts(merged.conflicts));
        }
        let onto = self.commit(&request.onto)?.tree.clone();
        if merged.tree == onto && request.method != Method::Merge {
            return Ok(Candidate::Nothing);
        }
        let parents = match request.method {
            Method::Merge => vec![request.onto.clone(), request.tip.clone()],
            Method::Squash => vec![request.onto.clone()],
            // What stands on the target already stays as it is.
            Method::Rebase if self.is_merged(&request.onto, &request.tip)? => {
                self.candidates.insert(request.id, request.tip.clone());
                return Ok(Candidate::Made { commit: request.tip.clone() });
            }
            Method::Rebase => vec![request.onto.clone()],
        };
        let commit = self.add_commit(parents, merged.tree);
        plan.point_before("git.make_candidate: committed, not kept")?;
        self.candidates.insert(request.id, commit.clone());
        Ok(Candidate::Made { commit })
    }
}

impl Machine {
    fn stand_of(&self, repository: &Repository, target: &BranchName) -> Result<TargetStand, GitError> {
        let Some(at) = self.repo(repository)?.holder_of(target) else { return Ok(TargetStand::Alone) };
        let (_, state) = self.checkout(&at)?;
        Ok(match state.merging {
            true => TargetStand::Kept { at, why: "a merge is under way".to_owned() },
            false => TargetStand::CheckedOut(at),
        })
    }

    fn move_target(&mut self, request: &TargetMove, plan: &CrashPlan) -> Result<TargetMoved, GitError> {
        let repo = self.repo(&request.repository)?;
        let found = repo.branches.get(&request.target).map(|branch| branch.tip.clone());
        let holder = repo.holder_of(&request.target);
        if found.as_ref() == Some(&request.to) {
            return Ok(TargetMoved::Moved { checkout: holder });
        }
        if found.as_ref() != Some(&request.from) {
            return Ok(TargetMoved::Elsewhere { found });
        }
        let to = repo.commit(&request.to)?.tree.clone();
        if let Some(at) = &holder {
            if let Some(why) = self.in_the_way(at, &to)? {
                return Ok(TargetMoved::Kept { at: at.clone(), why, obstacle: Obstacle::Files });
            }
            let (repo, state) = self.checkout(at)?;
            let from = repo.head_tree(state);
            self.replace(at, &from, &to);
            plan.point_before("git.move_target: files there, ref not moved")?;
            let index = &mut self.checkout_mut(at).index;
            index.retain(|path, _| !from.contains_key(path) || to.contains_key(path));
            let moving = to.iter().filter(|(path, text)| from.get(*path) != Some(*text));
            index.extend(moving.map(|(path, text)| (path.clone(), text.clone())));
        }
        let repo = self.repo_mut(&request.repository)?;
        if let Some(branch) = repo.branches.get_mut(&request.target) {
            branch.tip = request.to.clone();
            branch.moved = true;
        }
        Ok(TargetMoved::Moved { checkout: holder })
    }

    /// That a target is kept because some of the files that land are staged in its checkout already, and others are not.
    fn staged_in_part(&self, request: &TargetMove) -> Result<Option<TargetMoved>, GitError> {
        let repo = self.repo(&request.repository)?;
        let is_there = repo.branches.get(&request.target).is_some_and(|branch| branch.tip == request.from);
        let Some(at) = repo.holder_of(&request.target).filter(|_| is_there) else { return Ok(None) };
        let (from, to) = (&repo.commit(&request.from)?.tree, &repo.commit(&request.to)?.tree);
        let index = &self.checkout(&at)?.1.index;
        let all: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
        let (alike, other): (Vec<&String>, Vec<&String>) = all
            .into_iter()
            .filter(|path| from.get(*path) != to.get(*path))
            .partition(|path| index.get(*path) == to.get(*path));
        let why = || "files that land are staged there already".to_owned();
        Ok((!alike.is_empty() && !other.is_empty()).then(|| TargetMoved::Kept {
            at,
            why: why(),
            obstacle: Obstacle::Files,
        }))
    }

    /// Why git would not bring a checkout from its HEAD to this tree.
    fn in_the_way(&self, at: &AbsPath, to: &Tree) -> Result<Option<String>, GitError> {
        let (repo, state) = self.checkout(at)?;
        if state.merging {
            return Ok(Some("a merge is under way".to_owned()));
        }
        let (from, files) = (repo.head_tree(state), self.working_tree(at));
        let all: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
        let moving = all.into_iter().filter(|path| from.get(*path) != to.get(*path));
        let is_clean = |path: &String| {
            let there = files.get(path);
            // What a fast-forward that was broken off has written already is no change.
            let same = there == from.get(path) || there == to.get(path) && from.contains_key(path);
            same && (state.index.get(path) == from.get(path) || state.index.get(path) == to.get(path))
        };
        let found = moving.into_iter().find(|path| !is_clean(path));
        Ok(found.map(|path| format!("{path} would be overwritten")))
    }

    fn drafted(&self, at: &AbsPath, change: Between<'_>) -> Result<Vec<String>, GitError> {
        let (repo, state) = self.checkout(at)?;
        let (from, to) = (&repo.commit(change.from)?.tree, &repo.commit(change.to)?.tree);
        let (head, files) = (repo.head_tree(state), self.working_tree(at));
        let all: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
        let touched = all.into_iter().filter(|path| from.get(*path) != to.get(*path));
        let is_drafted =
            |path: &&String| files.get(*path) != head.get(*path) || state.index.get(*path) != head.get(*path);
        Ok(touched.filter(is_drafted).cloned().collect())
    }

    fn merge_in_worktree(&mut self, worktree: &AbsPath, onto: &ObjectId) -> Result<Vec<Conflict>, GitError> {
        let (repo, state) = self.checkout(worktree)?;
        let head =
            repo.head_of(state).ok_or_else(|| GitError::UnknownRevision { name: "HEAD".to_owned() })?;
        let begun = state.merging && state.merging_with.as_ref() == Some(onto);
        if state.merging && !begun {
            return Err(GitError::Unfinished {
                dir: worktree.clone(),
                what: "a merge is under way".to_owned(),
            });
        }
        let Some(merged) = repo.merged(onto, &head, None)? else {
            let message = "refusing to merge unrelated histories".to_owned();
            return Err(GitError::Failed { operation: "merge".to_owned(), message });
        };
        if begun {
            return Ok(merged.conflicts);
        }
        let from = repo.head_tree(state);
        self.replace(worktree, &from, &merged.tree);
        for conflict in &merged.conflicts {
            self.files.insert(worktree.join(&conflict.path), "<<<<<<< both\n".to_owned());
        }
        let state = self.checkout_mut(worktree);
        state.merging = true;
        state.merging_with = Some(onto.clone());
        state.index = merged.tree;
        state.unmerged = merged.conflicts.iter().map(|conflict| conflict.path.clone()).collect();
        if merged.conflicts.is_empty() {
            self.commit_everything(worktree);
        }
        Ok(merged.conflicts)
    }
}

/// A name for a tree that equal trees share (FNV-1a).
fn tree_id(tree: &Tree) -> ObjectId {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in tree.iter().flat_map(|(path, text)| [path.as_bytes(), b"\0", text.as_bytes(), b"\0"].concat())
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    ObjectId::new(format!("{hash:040x}")).expect("40 hexadecimal digits")
}
