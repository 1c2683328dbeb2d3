//! The person lands work, one by one or the whole queue, whatever dies meanwhile.

use owt_core::AbsPath;
use owt_core::authority::Principal;
use owt_core::landing::Gate;
use owt_core::landing::LandingPhase;
use owt_core::landing::Method;
use owt_core::machine::Machine as _;
use owt_core::train::CarCheck;
use owt_core::train::CarPlace;
use owt_core::train::Train;
use owt_core::train::TrainPhase;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::SyncEnd;
use owt_engine::use_cases;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::TrainRequest;
use owt_engine::use_cases::UndoRequest;
use owt_ports::Git;
use owt_ports::Landing as _;
use owt_testkit::git::FakeGit;

use super::run::Run;

/// The files that the checks look at.
const CHECKED: [&str; 7] =
    ["a.txt", "src/new.txt", "notes.txt", "own-1.txt", "own-3.txt", "own-5.txt", "both.txt"];

impl Run {
    /// The whole queue is to land, or whoever is at it is joined.
    pub(super) fn ship_the_queue(&mut self) {
        let wish = TrainRequest { folder: self.root(), into: None, resolve: Resolve::Do };
        let request = self.next_request();
        let begun = use_cases::begin_train(&self.engine, &Principal::Person, request, &wish);
        self.note_answer("queue --ship", &begun);
    }

    /// Nothing more of it is to land.
    pub(super) fn call_the_train_off(&mut self) {
        let wish = TrainRequest { folder: self.root(), into: None, resolve: Resolve::Do };
        let request = self.next_request();
        let begun = use_cases::begin_calling_off(&self.engine, &Principal::Person, request, &wish);
        self.note_answer("queue --cancel", &begun);
    }

    pub(super) fn undo_something(&mut self) {
        let undo = UndoRequest { folder: self.root(), only: None, resolve: Resolve::Do };
        let request = self.next_request();
        let begun = use_cases::begin_undo(&self.engine, &Principal::Person, request, &undo);
        self.note_answer("undo", &begun);
    }
}

/// What the checks of the simulated person say of a checkout: some edits are bad, wherever they are.
pub(super) fn is_good(git: &FakeGit, root: &AbsPath) -> bool {
    CHECKED.iter().filter_map(|file| git.read_file(&root.join(file))).all(|text| !is_bad(&text))
}

pub(super) fn is_bad(text: &str) -> bool {
    let number = text.trim().strip_prefix("edit ").and_then(|number| number.parse::<u64>().ok());
    number.is_some_and(|number| number.is_multiple_of(7))
}

/// A train moves its target to a candidate that has passed, and to nothing else.
pub(super) fn lands_what_was_checked(before: &Train, after: &Train) {
    let goes_back = matches!(after.phase, TrainPhase::TakingBack { .. });
    assert!(before.is_live() || goes_back || before == after, "a train ended twice: {before:?}");
    if before.after != after.after {
        let TrainPhase::Moving { last } = before.phase else { panic!("it landed while {:?}", before.phase) };
        let CarPlace::Built { commit, check, .. } = &before.cars[last].place else { panic!("nothing built") };
        assert_eq!(after.after.as_ref(), Some(commit));
        assert!(matches!(check, CarCheck::Passed { .. }), "{check:?}");
    }
}

/// What a train has landed passes the checks.
pub(super) fn trains_bring_only_what_is_good(run: &Run) {
    for (id, train) in &run.ledger.trains {
        let Some(after) = &train.after else { continue };
        let files = run.world.git_seen.files_at(&run.world.repository, after, &CHECKED).unwrap();
        let bad = files.iter().find(|(_, text)| is_bad(&String::from_utf8_lossy(text)));
        assert_eq!(bad, None, "{id} landed what its checks would not let pass");
    }
}

/// Every train has ended; what it says has landed is in its target, what is out is not there by it, and no candidate is
/// left.
pub(super) fn each_train_has_ended(run: &Run) {
    let (git, repository) = (&run.world.git_seen, &run.world.repository);
    for (id, train) in &run.ledger.trains {
        assert!(!train.is_live(), "{id} is stuck: {train:?}");
        let Ok(now) = git.resolve(repository, train.target.as_str()) else { continue };
        for (at, car) in train.cars.iter().enumerate() {
            match &car.place {
                CarPlace::Landed { commit, .. } => {
                    assert_eq!(git.is_merged(repository, commit, &now), Ok(true), "{id}");
                    let work = git.is_merged(repository, car.tip(), train.after.as_ref().unwrap());
                    assert_eq!(work, Ok(true), "{id} says that it landed {}", car.spec.landing.name);
                }
                CarPlace::Out { .. } => {}
                CarPlace::TakenBack { .. } => {
                    let moved = train.moves.iter().find(|moved| moved.cars.contains(&at)).unwrap();
                    assert!(is_kept(run, &moved.before, &now), "{id} took back more than it had brought");
                    assert!(!moved.stands(), "{id} is back, and its move stands");
                }
                other => panic!("{id} has left {} behind: {other:?}", car.spec.landing.name),
            }
        }
    }
}

/// Whether a target still has what it had before something was taken back, unless that was taken back in its turn.
fn is_kept(run: &Run, before: &ObjectId, now: &ObjectId) -> bool {
    let landings = run.ledger.landings.values().filter_map(|landing| match &landing.phase {
        LandingPhase::TakenBack { after, .. } => Some(after),
        _ => None,
    });
    let moves = run.ledger.trains.values().flat_map(|train| &train.moves);
    let mut gone = landings.chain(moves.filter(|moved| !moved.stands()).map(|moved| &moved.after));
    let merged = run.world.git_seen.is_merged(&run.world.repository, before, now);
    merged == Ok(true) || gone.any(|after| after == before)
}

/// What was to come into a workspace's branch has, or has not; what has is there.
pub(super) fn each_sync_has_ended(run: &Run) {
    let (git, repository) = (&run.world.git_seen, &run.world.repository);
    for (id, workspace) in &run.ledger.workspaces {
        let Some(last) = &workspace.last_sync else { continue };
        let is_over = matches!(workspace.phase, Phase::Discarded { .. }) || last.end.is_some();
        assert!(is_over, "{id} still waits for {:?}", last.sync);
        if let Some(SyncEnd::Merged { after }) = &last.end {
            assert_eq!(git.is_merged(repository, &last.sync.source, after), Ok(true), "{id}");
            assert_eq!(git.is_merged(repository, &last.sync.before, after), Ok(true), "{id}");
        }
    }
}

/// Whether a branch is a workspace's own: deleted with one, it may come back with an older one, at another place.
fn goes_with_a_workspace(run: &Run, branch: &BranchName) -> bool {
    let mut lines = run.ledger.workspaces.values().filter_map(|workspace| workspace.spec.line());
    lines.any(|line| line.branch == *branch)
}

/// Every landing has ended, and nothing of it is left but its commit in the target.
pub(super) fn each_has_ended(run: &Run) {
    each_train_has_ended(run);
    each_sync_has_ended(run);
    for (id, landing) in &run.ledger.landings {
        match &landing.phase {
            LandingPhase::Landed { before, after, .. } => {
                let merged = run.world.git_seen.is_merged(&run.world.repository, before, after);
                assert_eq!(
                    merged,
                    Ok(true),
                    "{id} has moved its target by something that does not stand on it"
                );
                if landing.spec.checks == Gate::Required {
                    let tree = run.world.git_seen.tree_of(&run.world.repository, after);
                    let checked = landing.verified.as_ref().map(|verified| verified.tree.clone());
                    assert_eq!(tree.ok(), checked, "{id} has landed a tree that was not checked");
                }
                if landing.spec.method == Method::Merge {
                    let tip = run.world.git_seen.is_merged(&run.world.repository, landing.tip(), after);
                    assert_eq!(tip, Ok(true), "{id} landed something else");
                }
                let target = run.world.git_seen.resolve(&run.world.repository, landing.spec.target.as_str());
                if let Ok(now) = target
                    && !goes_with_a_workspace(run, &landing.spec.target)
                {
                    let merged = run.world.git_seen.is_merged(&run.world.repository, after, &now);
                    assert_eq!(merged, Ok(true), "{id} is recorded as landed, and the target is elsewhere");
                }
            }
            LandingPhase::TakenBack { before, .. } => {
                let target = run.world.git_seen.resolve(&run.world.repository, landing.spec.target.as_str());
                if let Ok(now) = target {
                    assert!(is_kept(run, before, &now), "{id} took back more than it had brought");
                }
            }
            // What is only made ready to be looked at has moved nothing.
            LandingPhase::Refused { .. } | LandingPhase::Cleared { .. } => {}
            other => panic!("{id} is stuck: {other:?}"),
        }
    }
}
