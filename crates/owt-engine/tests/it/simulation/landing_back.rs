//! At the end of each run something lands once more and is taken back, and the server dies anywhere on both ways.

use owt_core::LandingId;
use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_engine::use_cases;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::UndoRequest;
use owt_ports::Git;

use super::agents::is_ignored;
use super::invariants;
use super::run::Run;

/// More calls than a landing makes of its ports, or an undo.
const CALLS: u64 = 60;

/// More effects than either has; the rest is done when all comes to rest.
const MAX_EFFECTS: usize = 100;

/// How often it is asked for until a server has recorded it.
const MAX_ASKED: usize = 20;

impl Run {
    pub(super) fn land_and_take_back(&mut self) {
        let ready = self.ledger.workspaces.iter().filter(|(_, it)| stands(it));
        let ready: Vec<(WorkspaceId, Workspace)> = ready.map(|(id, it)| (*id, it.clone())).collect();
        let Some((id, workspace)) = self.choose(&ready) else { return };
        self.commit_by_hand(id, &workspace);
        let known: Vec<LandingId> = self.ledger.landings.keys().copied().collect();
        self.dying(|run| run.merge(workspace.spec.name.as_str()));
        self.settle();
        let landed = self.ledger.landings.iter().find(|(id, landing)| {
            !known.contains(id) && matches!(landing.phase, LandingPhase::Landed { .. })
        });
        if let Some(landed) = landed.map(|(id, _)| *id) {
            self.take_back(landed);
            invariants::at_rest(self);
        }
    }

    fn commit_by_hand(&mut self, id: WorkspaceId, workspace: &Workspace) {
        let (folder, text) = (&workspace.spec.path, format!("edit {}\n", self.next_number()));
        self.world.git_seen.remove_path(&folder.join(".env"));
        self.world.git_seen.write_file(&folder.join("landed.txt"), &text);
        self.world.git_seen.commit(folder);
        let work = self.ledger.work.entry(id).or_default();
        work.files.remove(".env");
        work.files.insert("landed.txt".to_owned(), text);
        work.committed = work.files.clone();
        work.committed.retain(|file, _| !is_ignored(file));
        self.note(format!("the person commits in {folder}"));
    }

    /// Something is asked for, and the server dies at some call or goes on.
    fn dying(&mut self, ask: impl FnOnce(&mut Self)) {
        let calls = self.random.below(CALLS);
        self.world.crash.arm(calls);
        ask(self);
        self.look_around();
        for _ in 0..MAX_EFFECTS {
            if !self.run_an_effect() {
                break;
            }
            self.look_around();
        }
    }

    fn take_back(&mut self, id: LandingId) {
        for _ in 0..MAX_ASKED {
            let mut refused = false;
            self.dying(|run| refused = run.undo(id));
            self.settle();
            if refused || !matches!(self.ledger.landings[&id].phase, LandingPhase::Landed { .. }) {
                break;
            }
        }
        let landing = self.ledger.landings[&id].clone();
        if let LandingPhase::TakenBack { before, .. } = &landing.phase {
            let target = self.world.git_seen.resolve(&self.world.repository, landing.spec.target.as_str());
            assert_eq!(target.as_ref(), Ok(before), "{id} is taken back, and its target is elsewhere");
            self.assert_back(&landing);
        }
    }

    /// Asks for it; whether it was refused, by somebody who lived.
    fn undo(&mut self, id: LandingId) -> bool {
        let undo = UndoRequest { folder: self.root(), only: Some(id.to_string()), resolve: Resolve::Do };
        let request = self.next_request();
        let begun = use_cases::begin_undo(&self.engine, &Principal::Person, request, &undo);
        self.note_answer("undo", &begun);
        begun.is_err() && self.world.crash.died_at().is_none()
    }

    /// The workspace is there, as it was; one that cannot come back says why.
    fn assert_back(&self, landing: &Landing) {
        let workspace = &self.ledger.workspaces[&landing.spec.workspace];
        let is_back = matches!(workspace.phase, Phase::Ready) || workspace.last_failure.is_some();
        assert!(is_back, "{} did not come back: {:?}", workspace.spec.name, workspace.phase);
        if workspace.phase == Phase::Ready {
            invariants::holds_its_work(self, landing.spec.workspace);
        }
    }
}

fn stands(workspace: &Workspace) -> bool {
    workspace.phase == Phase::Ready
        && !workspace.missing
        && matches!(workspace.spec.ground, Ground::Worktree(_))
}
