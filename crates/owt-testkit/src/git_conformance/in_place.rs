//! Jobs in the caller's own checkout.

use owt_core::vcs::Head;
use owt_ports::BranchOrigin;
use owt_ports::BranchState;
use owt_ports::GitError;

use super::Scene;
use super::World;
use super::branch;

impl Scene<'_> {
    fn switch(&self, name: &str, origin: BranchOrigin) -> Result<(), GitError> {
        self.git.switch_in_place(&self.world.root(), &branch(name), &self.first, origin)
    }

    fn on_branch(&self) -> String {
        match self.git.discover(&self.world.root()).unwrap().head {
            Head::Branch { name, .. } => name.to_string(),
            other => panic!("HEAD is on no branch: {other:?}"),
        }
    }
}

pub(super) fn changes_are_carried_to_the_new_branch_and_back(world: &dyn World) {
    let scene = Scene::new(world);
    let root = world.root();
    scene.write(&root, "a.txt", "changed\n");
    scene.write(&root, "new.txt", "new\n");
    world.stage(&root, "new.txt");
    scene.switch("feat/x", BranchOrigin::New).unwrap();
    assert_eq!(scene.on_branch(), "feat/x");
    assert_eq!(scene.read(&root, "a.txt").as_deref(), Some("changed\n"));
    assert_eq!(scene.dirty(&root), 2);
    for _ in ["first", "again"] {
        scene.git.switch_back(&root, &branch("main")).unwrap();
        assert_eq!((scene.on_branch().as_str(), scene.dirty(&root)), ("main", 2));
    }
    let unknown = GitError::UnknownRevision { name: "nope".to_owned() };
    assert_eq!(scene.git.switch_back(&root, &branch("nope")), Err(unknown));
}

pub(super) fn a_switch_is_made_once(world: &dyn World) {
    let scene = Scene::new(world);
    scene.switch("feat/x", BranchOrigin::New).unwrap();
    scene.write(&world.root(), "a.txt", "two\n");
    let tip = world.commit(&world.root());
    assert_eq!(scene.switch("feat/x", BranchOrigin::New), Ok(()));
    assert_eq!(scene.git.resolve(&scene.repository, "feat/x"), Ok(tip));
}

pub(super) fn a_switch_to_a_taken_branch_is_refused(world: &dyn World) {
    let scene = Scene::new(world);
    scene.git.make_branch(&scene.repository, &branch("mine"), &scene.first).unwrap();
    assert_eq!(scene.switch("mine", BranchOrigin::New), Err(GitError::BranchTaken(branch("mine"))));
    assert_eq!(scene.switch("main", BranchOrigin::New), Err(GitError::BranchTaken(branch("main"))));
    let at = scene.worktree("other");
    let held = GitError::CheckedOutElsewhere { branch: branch("other"), at };
    assert_eq!(scene.switch("other", BranchOrigin::Existing), Err(held));
    assert_eq!(scene.on_branch(), "main");
}

pub(super) fn a_switch_that_would_overwrite_changes_nothing(world: &dyn World) {
    let scene = Scene::new(world);
    let root = world.root();
    scene.write(&root, "a.txt", "two\n");
    scene.write(&root, "later.txt", "committed\n");
    world.commit(&root);
    // Back to the first commit, where `a.txt` is another and `later.txt` is not known.
    scene.write(&root, "a.txt", "changed\n");
    let refused = scene.switch("feat/x", BranchOrigin::New);
    assert!(matches!(refused, Err(GitError::Busy { .. })), "{refused:?}");
    assert_eq!(scene.read(&root, "a.txt").as_deref(), Some("changed\n"));
    assert_eq!(scene.on_branch(), "main");
    assert_eq!(scene.git.branch_state(&scene.repository, &branch("feat/x")), Ok(BranchState::Free));
    scene.write(&root, "a.txt", "two\n");
    scene.switch("feat/x", BranchOrigin::New).unwrap();
    assert_eq!(scene.read(&root, "later.txt"), None);
    scene.write(&root, "later.txt", "mine\n");
    let refused = scene.git.switch_back(&root, &branch("main"));
    assert!(matches!(refused, Err(GitError::Busy { .. })), "{refused:?}");
    assert_eq!(scene.read(&root, "later.txt").as_deref(), Some("mine\n"));
    assert_eq!(scene.on_branch(), "feat/x");
}

pub(super) fn an_existing_branch_is_switched_to(world: &dyn World) {
    let scene = Scene::new(world);
    let root = world.root();
    scene.write(&root, "a.txt", "two\n");
    let second = world.commit(&root);
    scene.git.make_branch(&scene.repository, &branch("old"), &scene.first).unwrap();
    scene.switch("old", BranchOrigin::Existing).unwrap();
    assert_eq!(scene.read(&root, "a.txt").as_deref(), Some("one\n"));
    assert_eq!(scene.switch("old", BranchOrigin::Existing), Ok(()));
    scene.git.switch_back(&root, &branch("main")).unwrap();
    assert_eq!(scene.read(&root, "a.txt").as_deref(), Some("two\n"));
    assert_eq!(scene.git.resolve(&scene.repository, "main"), Ok(second));
}

pub(super) fn nothing_is_switched_during_a_merge(world: &dyn World) {
    let scene = Scene::new(world);
    world.begin_merge(&world.root());
    let refused = scene.switch("feat/x", BranchOrigin::New);
    assert!(matches!(refused, Err(GitError::Unfinished { .. })), "{refused:?}");
    assert_eq!(scene.on_branch(), "main");
    assert_eq!(scene.git.branch_state(&scene.repository, &branch("feat/x")), Ok(BranchState::Free));
}
