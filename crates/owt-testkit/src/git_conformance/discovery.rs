//! Where things are and what names mean.

use owt_core::vcs::Head;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use super::Scene;
use super::World;
use super::branch;

pub(super) fn every_place_of_a_repository_is_the_same_repository(world: &dyn World) {
    let scene = Scene::new(world);
    let root = world.root();
    scene.write(&root, "deep/down/x.txt", "x");
    let linked = scene.worktree("feat/x");
    let main = Head::Branch { name: branch("main"), tip: scene.first.clone() };
    let feature = Head::Branch { name: branch("feat/x"), tip: scene.first.clone() };
    for (dir, worktree, head) in
        [(&root, &root, &main), (&root.join("deep/down"), &root, &main), (&linked, &linked, &feature)]
    {
        let found = scene.git.discover(dir).unwrap();
        assert_eq!(found.repository, scene.repository);
        assert_eq!((found.worktree.as_ref(), &found.head), (Some(worktree), head), "{dir}");
    }
    assert_eq!((&scene.repository.root, scene.repository.name.as_str()), (&root, root.file_name()));
}

pub(super) fn a_folder_outside_is_no_repository(world: &dyn World) {
    let scene = Scene::new(world);
    let dir = world.outside().join("plain");
    scene.write(&dir, "x.txt", "x");
    for dir in [dir, world.outside().join("not-there")] {
        assert_eq!(scene.git.discover(&dir), Err(GitError::NotARepository { dir }));
    }
}

pub(super) fn names_mean_commits_and_branches_win(world: &dyn World) {
    let scene = Scene::new(world);
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    let resolve = |name: &str| scene.git.resolve(&scene.repository, name).unwrap();
    assert_eq!((resolve("main"), resolve("HEAD")), (second.clone(), second.clone()));
    assert_eq!(resolve(scene.first.as_str()), scene.first);
    // A branch may be called like a commit.
    scene.git.make_branch(&scene.repository, &branch(scene.first.as_str()), &second).unwrap();
    assert_eq!(resolve(scene.first.as_str()), second);
}

pub(super) fn unknown_names_are_refused(world: &dyn World) {
    let scene = Scene::new(world);
    for name in ["nope", "", "-x", "--all", "a\nb", "refs/heads/nope", &"0".repeat(40)] {
        let unknown = Err(GitError::UnknownRevision { name: name.to_owned() });
        assert_eq!(scene.git.resolve(&scene.repository, name), unknown);
    }
}

pub(super) fn history_is_asked(world: &dyn World) {
    let scene = Scene::new(world);
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    scene.write(&world.root(), "a.txt", "three\n");
    let third = world.commit(&world.root());
    let merged = |tip, into| scene.git.is_merged(&scene.repository, tip, into).unwrap();
    assert!(merged(&scene.first, &third) && merged(&third, &third) && !merged(&third, &second));
    let count = |base, tip| scene.git.count_commits(&scene.repository, base, tip);
    assert_eq!((count(&scene.first, &third), count(&third, &scene.first)), (Ok(2), Ok(0)));
    let nothing = ObjectId::new("1".repeat(40)).unwrap();
    let unknown = GitError::UnknownRevision { name: nothing.to_string() };
    assert_eq!(scene.git.is_merged(&scene.repository, &nothing, &third), Err(unknown.clone()));
    assert_eq!(count(&nothing, &third), Err(unknown));
}
