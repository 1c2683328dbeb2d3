//! Letting a run come to rest: nothing breaks any more, everything that is on its way arrives.

use std::collections::BTreeSet;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_core::WorkspaceId;
use owt_core::failure::FailureKind;
use owt_core::machine::Machine;
use owt_core::vcs::Head;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_engine::use_cases::Force;
use owt_ports::BranchState;
use owt_ports::Clock;
use owt_ports::Git;
use owt_ports::JobQueue;
use owt_testkit::simulation::Busy;
use owt_testkit::simulation::Move;

use super::invariants;
use super::run::Run;

/// More than any run needs to come to rest; one that needs more never does.
const MAX_PUMPED: usize = 3_000;

impl Run {
    /// Pumps until nothing is left to be done, with the timer going now and then.
    pub(super) fn settle(&mut self) {
        self.note("--- let it come to rest");
        self.heal();
        if self.world.crash.died_at().is_none() {
            self.world.crash.revive();
        }
        self.look_around();
        let mut quiet_rounds = 0;
        let mut pumped = 0;
        while quiet_rounds < 3 {
            let before = pumped;
            while self.pump() {
                pumped += 1;
                assert!(pumped < MAX_PUMPED, "it never comes to rest");
            }
            quiet_rounds = if pumped == before { quiet_rounds + 1 } else { 0 };
            // Whatever is waited for now would be waited for until an agent does something.
            self.lose_patience();
            // A pause that began before the clock went back is over later than otherwise.
            match self.world.store_seen.next_due().expect("the store is well") {
                Some(due) if quiet_rounds > 0 && due > self.world.clock.now() => {
                    self.world.clock.set(due);
                    quiet_rounds = 0;
                }
                _ => self.world.clock.advance(Duration::from_secs(5)),
            }
            self.reconcile();
            self.look_around();
        }
    }

    /// One thing that is on its way arrives. `false` when nothing is.
    fn pump(&mut self) -> bool {
        let done = match self.random.below(3) {
            0 => self.run_an_effect() || self.deliver_a_signal() || self.deliver_a_hook(),
            1 => self.deliver_a_signal() || self.deliver_a_hook() || self.run_an_effect(),
            _ => self.deliver_a_hook() || self.run_an_effect() || self.deliver_a_signal(),
        };
        let done = done || self.an_agent_catches_up() || self.look_at_what_is_waited_for();
        self.look_around();
        done
    }

    /// An agent boots, reads what it was given, or is left alone by the person at its terminal.
    fn an_agent_catches_up(&mut self) -> bool {
        for attempt in self.living() {
            let actor = self.world.stage.actor(attempt).expect("whoever lives was cast");
            let next = match &actor.busy {
                Busy::Starting => Some(Move::Boot),
                Busy::Idle if actor.draft => Some(Move::Erase),
                Busy::Idle if actor.moves().contains(&Move::Read) => Some(Move::Read),
                _ => None,
            };
            if let Some(chosen) = next {
                self.perform(attempt, chosen);
                return true;
            }
        }
        false
    }

    /// At the very end every removed workspace is brought back, some of them after their trash has expired, and
    /// must hold what it held.
    pub(super) fn bring_everything_back(&mut self) {
        let removed: Vec<WorkspaceId> = self.removed().map(|(id, _)| id).collect();
        for id in removed {
            let workspace = self.ledger.workspaces[&id].clone();
            let Phase::Removed { removal, report } = &workspace.phase else { continue };
            if !matches!(workspace.spec.ground, Ground::Worktree(_)) {
                continue;
            }
            self.make_room_for(id);
            let expired = self.once_in(2);
            if let (true, Some(trash)) = (expired, &report.trash) {
                self.world.git_seen.discard_trash(&self.world.repository, trash).unwrap();
                self.note(format!("the trash of {} expires", workspace.spec.name));
                if let Some(work) = self.ledger.work.get_mut(&id) {
                    work.files.retain(|file, _| !super::agents::is_ignored(file));
                }
            }
            let moved_from = self.branch_moved_from(&workspace);
            self.restore(&removal.snapshot.to_string());
            self.settle();
            let main = self.world.git_seen.discover(&self.root()).unwrap();
            if let (Head::Branch { name, .. }, Some(line)) = (main.head, workspace.spec.line())
                && name == line.branch
            {
                // The person's own checkout is on its branch: it is not taken from them.
                continue;
            }
            if let Some(tip) = moved_from {
                self.was_refused_with_all_of_it_kept(id, &workspace);
                self.set_branch_to(&workspace, &tip);
                self.restore(&removal.snapshot.to_string());
                self.settle();
            }
            let after = &self.ledger.workspaces[&id];
            assert_eq!(
                after.phase,
                Phase::Ready,
                "{} does not come back: {:?}",
                after.spec.name,
                after.last_failure
            );
            invariants::holds_its_work(self, id);
        }
        invariants::at_rest(self);
    }

    /// Where the branch of a removed workspace was, if it has moved on since: what is kept of the workspace is a difference to
    /// one commit.
    fn branch_moved_from(&self, workspace: &Workspace) -> Option<ObjectId> {
        let Phase::Removed { report, .. } = &workspace.phase else { return None };
        let (git, repository) = (&self.world.git_seen, &self.world.repository);
        let trashed = git.trashed(repository).unwrap();
        let is_in_trash = trashed.iter().any(|it| Some(&it.at) == report.trash.as_ref());
        let was = report.head.as_ref().filter(|_| report.snapshot.is_some() || is_in_trash)?;
        match git.branch_state(repository, &workspace.spec.line()?.branch).unwrap() {
            BranchState::Taken(is) if !report.branch_deleted && is != *was => Some(was.clone()),
            _ => None,
        }
    }

    /// It is removed as it was before, and its snapshot is there.
    fn was_refused_with_all_of_it_kept(&self, id: WorkspaceId, before: &Workspace) {
        let after = &self.ledger.workspaces[&id];
        assert_eq!(after.phase, before.phase, "{} came back to a branch that had moved on", after.spec.name);
        let why = after.last_failure.as_ref().map(|failure| failure.kind);
        assert_eq!(why, Some(FailureKind::BranchTaken), "{:?}", after.last_failure);
        let (git, repository) = (&self.world.git_seen, &self.world.repository);
        assert!(!git.worktrees(repository).contains(&after.spec.path), "a folder of {id} is left");
        let Phase::Removed { report, .. } = &after.phase else { return };
        let kept = git.snapshots(repository, usize::MAX).unwrap();
        let has_snapshot = kept.iter().any(|record| Some(record.id) == report.snapshot);
        assert!(has_snapshot || report.snapshot.is_none(), "the snapshot of {id} is gone");
        let has_trash =
            git.trashed(repository).unwrap().iter().any(|it| Some(&it.at) == report.trash.as_ref());
        assert!(has_snapshot || has_trash, "nothing of {id} is left");
    }

    /// The person sets a branch back to where it was.
    fn set_branch_to(&mut self, workspace: &Workspace, tip: &ObjectId) {
        let Some(line) = workspace.spec.line() else { return };
        let (git, repository) = (&self.world.git_seen, &self.world.repository);
        let is = git.resolve(repository, line.branch.as_str()).unwrap();
        git.delete_branch(repository, &line.branch, &is).unwrap();
        git.make_branch(repository, &line.branch, tip).unwrap();
        self.note(format!("the person sets {} back to {tip}", line.branch));
    }

    /// What git ignores is kept in the trash alone, and comes back no more once that is gone.
    pub(super) fn forget_what_expired(&mut self) {
        // What was removed in this very step may have expired in it.
        self.ledger.catch_up(&self.world.store_seen);
        let kept = self.world.git_seen.trashed(&self.world.repository).unwrap();
        for (id, workspace) in &self.ledger.workspaces {
            let (Phase::Removed { report, .. } | Phase::Removing { report: Some(report), .. }) =
                &workspace.phase
            else {
                continue;
            };
            let is_gone = |trash: &AbsPath| !kept.iter().any(|folder| folder.at == *trash);
            let expired = report.trash.as_ref().is_some_and(is_gone);
            if let (true, Some(work)) = (expired, self.ledger.work.get_mut(id)) {
                work.files.retain(|file, _| !super::agents::is_ignored(file));
            }
        }
    }

    fn removed(&self) -> impl Iterator<Item = (WorkspaceId, SnapshotId)> {
        self.ledger.workspaces.iter().filter_map(|(id, workspace)| match &workspace.phase {
            Phase::Removed { removal, .. } => Some((*id, removal.snapshot)),
            _ => None,
        })
    }

    /// Deletes what took a removed workspace's name, folder or branch meanwhile.
    fn make_room_for(&mut self, id: WorkspaceId) {
        let wanted = self.ledger.workspaces[&id].spec.clone();
        let in_the_way: BTreeSet<String> = self
            .ledger
            .workspaces
            .values()
            .filter(|other| other.is_live())
            .filter(|other| {
                let same_branch = match (other.spec.line(), wanted.line()) {
                    (Some(one), Some(two)) => one.branch == two.branch,
                    _ => false,
                };
                other.spec.name == wanted.name || other.spec.path == wanted.path || same_branch
            })
            .map(|other| other.spec.name.to_string())
            .collect();
        for name in in_the_way {
            self.delete(name, Force::Yes);
            self.settle();
        }
        let (git, repository) = (&self.world.git_seen, &self.world.repository);
        if let Some(line) = wanted.line().filter(|line| !line.adopted)
            && let Ok(tip) = git.resolve(repository, line.branch.as_str())
            && git.delete_branch(repository, &line.branch, &tip).is_ok()
        {
            self.ledger.by_hand.remove(&line.branch);
            self.ledger.shared.insert(line.branch.clone());
        }
    }
}
