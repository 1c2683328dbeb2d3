//! Folders and branches: those of the record and no others, with everything in them that was written there.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::vcs::BranchName;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;

use crate::simulation::run::Run;
use crate::simulation::world::World;

pub(super) fn no_workspace_is_in_between(run: &Run) {
    for (id, workspace) in &run.ledger.workspaces {
        let settled =
            matches!(workspace.phase, Phase::Ready | Phase::Discarded { .. } | Phase::Removed { .. });
        assert!(settled, "{id} is stuck in {:?}", workspace.phase);
    }
}

/// Whether a worktree of this workspace should be there.
pub(super) fn has_folder(workspace: &Workspace) -> bool {
    workspace.phase == Phase::Ready
        && !workspace.missing
        && matches!(workspace.spec.ground, Ground::Worktree(_))
}

pub(super) fn branches_and_worktrees_are_those_of_the_record(run: &Run) {
    let world = &run.world;
    let found: BTreeSet<AbsPath> = world.git_seen.worktrees(&world.repository).into_iter().collect();
    let ready = run.ledger.workspaces.values().filter(|workspace| {
        workspace.phase == Phase::Ready && matches!(workspace.spec.ground, Ground::Worktree(_))
    });
    let wanted: BTreeSet<AbsPath> = ready.map(|workspace| workspace.spec.path.clone()).collect();
    assert_eq!(found, wanted, "worktrees of git against workspaces of the record");
    let contested = contested_branches(run);
    let not_shared = |branch: &BranchName| !run.ledger.shared.contains(branch) && !contested.contains(branch);
    let mut wanted = wanted_branches(run);
    wanted.retain(not_shared);
    let mut found: BTreeSet<BranchName> = world.git_seen.branches(&world.repository).into_keys().collect();
    found.retain(not_shared);
    assert_eq!(found, wanted, "branches of git against those of the record");
}

/// Branches that several removed workspaces had one after the other, and those of which a restore was broken off:
/// whether they are there is the last one's business.
fn contested_branches(run: &Run) -> BTreeSet<BranchName> {
    let mut once = BTreeSet::new();
    let mut contested = BTreeSet::new();
    for workspace in run.ledger.workspaces.values() {
        let Phase::Removed { .. } = workspace.phase else { continue };
        let Some(line) = workspace.spec.line() else { continue };
        if !once.insert(line.branch.clone()) || workspace.last_failure.is_some() {
            contested.insert(line.branch.clone());
        }
    }
    contested
}

fn wanted_branches(run: &Run) -> BTreeSet<BranchName> {
    let mut wanted = run.ledger.by_hand.clone();
    wanted.insert(BranchName::new("main").expect("a good name"));
    for (id, workspace) in &run.ledger.workspaces {
        let Some(line) = workspace.spec.line() else { continue };
        match &workspace.phase {
            Phase::Ready => {
                wanted.insert(line.branch.clone());
            }
            Phase::Removed { report, .. } if !report.branch_deleted => {
                wanted.insert(line.branch.clone());
            }
            // Its agent never began, and a person has committed there: what is taken back is what is ours.
            Phase::Discarded { .. } if has_commits(run, *id) => {
                wanted.insert(line.branch.clone());
            }
            _ => {}
        }
    }
    wanted
}

fn has_commits(run: &Run, id: WorkspaceId) -> bool {
    run.ledger.work.get(&id).is_some_and(|work| !work.committed.is_empty())
}

/// Of a workspace that was never made nothing is left: no folder, no private file.
pub(super) fn nothing_is_left_of_what_was_never_made(run: &Run) {
    let kept = run.world.files.paths();
    let folders: BTreeSet<String> = kept
        .iter()
        .filter_map(|file| file.as_str().strip_prefix(&format!("{}/workspaces/", World::data())))
        .filter_map(|below| below.split('/').next().map(str::to_owned))
        .collect();
    let alive = run
        .ledger
        .workspaces
        .iter()
        .filter(|(_, workspace)| matches!(workspace.phase, Phase::Ready | Phase::Removed { .. }));
    let wanted: BTreeSet<String> = alive.map(|(id, _)| id.to_string()).collect();
    assert!(folders.is_subset(&wanted), "private files of no workspace: {folders:?} against {wanted:?}");
}

/// Every file is as it was written last.
pub(super) fn holds_its_work(run: &Run, id: WorkspaceId) {
    let Some(work) = run.ledger.work.get(&id) else { return };
    let folder = &run.ledger.workspaces[&id].spec.path;
    for (file, text) in &work.files {
        let found = run.world.git_seen.read_file(&folder.join(file));
        assert_eq!(found.as_ref(), Some(text), "{file} of {id}");
    }
}
