//! Branches that only a remote has, and how far a remote is ahead; all as it was last fetched.

use owt_core::vcs::BranchName;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::Upstream;

use super::Scene;
use super::World;
use super::branch;

fn shorts(scene: &Scene<'_>, name: &BranchName) -> Vec<String> {
    let found = scene.git.remote_branches(&scene.repository, name).unwrap();
    found.iter().map(|found| found.short().to_owned()).collect()
}

/// How a branch stands that follows `origin/feat/x` at the first commit, and is there too.
fn following(scene: &Scene<'_>) -> Upstream {
    let (name, remote) = ("origin/feat/x".to_owned(), Some("origin".to_owned()));
    Upstream { name, remote, tip: scene.first.clone(), ahead: 0, behind: 0 }
}

pub(super) fn branches_of_remotes_are_known_as_last_fetched(world: &dyn World) {
    let scene = Scene::new(world);
    let name = branch("feat/x");
    assert_eq!(shorts(&scene, &name), Vec::<String>::new());
    world.fetch("origin", &name, &scene.first);
    world.fetch("fork", &branch("feat/xy"), &scene.first);
    assert_eq!(shorts(&scene, &name), ["origin/feat/x"]);
    world.fetch("fork", &name, &scene.first);
    assert_eq!(shorts(&scene, &name), ["fork/feat/x", "origin/feat/x"]);
    assert_eq!(scene.git.branch_state(&scene.repository, &name), Ok(BranchState::Free), "nothing was made");
}

pub(super) fn a_branch_begins_at_a_remotes_and_follows_it(world: &dyn World) {
    let scene = Scene::new(world);
    let name = branch("feat/x");
    world.fetch("origin", &name, &scene.first);
    let [from] = scene.git.remote_branches(&scene.repository, &name).unwrap().try_into().unwrap();
    for time in ["first", "again"] {
        assert_eq!(scene.git.track_branch(&scene.repository, &name, &from), Ok(()), "{time}");
    }
    let upstream = || scene.git.upstream(&scene.repository, &name).unwrap();
    let level = following(&scene);
    assert_eq!(upstream(), Some(level.clone()));
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    world.fetch("origin", &name, &second);
    assert_eq!(upstream(), Some(Upstream { behind: 1, tip: second, ..level }));
    assert_eq!(scene.git.upstream(&scene.repository, &branch("main")), Ok(None), "it follows nothing");
    let newer = scene.git.remote_branches(&scene.repository, &name).unwrap().remove(0);
    let taken = scene.git.track_branch(&scene.repository, &name, &newer);
    assert_eq!(taken, Err(GitError::BranchTaken(name)));
}

pub(super) fn what_follows_a_remotes_branch_is_taken_back_as_long_as_it_has_not_moved(world: &dyn World) {
    let scene = Scene::new(world);
    let name = branch("feat/x");
    world.fetch("origin", &name, &scene.first);
    let from = scene.git.remote_branches(&scene.repository, &name).unwrap().remove(0);
    scene.git.track_branch(&scene.repository, &name, &from).unwrap();
    for time in ["first", "again"] {
        assert_eq!(scene.git.untrack_branch(&scene.repository, &name, &from), Ok(()), "{time}");
    }
    // One that is made anew follows nothing.
    scene.git.make_branch(&scene.repository, &name, &from.tip).unwrap();
    assert_eq!(scene.git.upstream(&scene.repository, &name), Ok(None));
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    let moved = branch("feat/y");
    scene.git.make_branch(&scene.repository, &moved, &second).unwrap();
    let refused = scene.git.untrack_branch(&scene.repository, &moved, &from);
    assert!(matches!(refused, Err(GitError::RefMoved { .. })), "{refused:?}");
}

pub(super) fn a_remote_is_asked_what_is_new_and_nothing_else_changes(world: &dyn World) {
    let scene = Scene::new(world);
    let name = branch("feat/x");
    world.fetch("origin", &name, &scene.first);
    let from = scene.git.remote_branches(&scene.repository, &name).unwrap().remove(0);
    scene.git.track_branch(&scene.repository, &name, &from).unwrap();
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    world.push("origin", &name, &second);
    let upstream = || scene.git.upstream(&scene.repository, &name).unwrap();
    assert_eq!(upstream(), Some(following(&scene)), "as last fetched");
    for time in ["first", "again"] {
        assert_eq!(scene.git.fetch(&scene.repository, "origin"), Ok(()), "{time}");
        assert_eq!(
            upstream(),
            Some(Upstream { behind: 1, tip: second.clone(), ..following(&scene) }),
            "{time}"
        );
    }
    assert_eq!(world.read(&world.root().join(".git/FETCH_HEAD")), None, "others read that");
}

pub(super) fn a_remote_that_cannot_be_reached_is_told(world: &dyn World) {
    let scene = Scene::new(world);
    world.fetch("origin", &branch("feat/x"), &scene.first);
    let asked = scene.git.fetch(&scene.repository, "origin");
    assert!(matches!(asked, Err(GitError::Failed { .. })), "{asked:?}");
}
