//! Worktrees: made, taken back, looked at.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::edits::EditedFiles;
use owt_core::vcs::LinesChanged;
use owt_core::vcs::WorktreeFacts;
use owt_ports::BranchOrigin;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::IndexLock;
use owt_ports::WorktreePresence;

use super::Scene;
use super::World;
use super::branch;

pub(super) fn a_worktree_is_made_and_made_again(world: &dyn World) {
    let scene = Scene::new(world);
    let request = scene.request("feat/x", BranchOrigin::New);
    scene.git.add_worktree(&request).unwrap();
    scene.write(&request.path, "a.txt", "changed\n");
    assert_eq!(scene.git.add_worktree(&request), Ok(()), "done already");
    assert_eq!(scene.read(&request.path, "a.txt").as_deref(), Some("changed\n"));
    assert_eq!(scene.read(&request.path, "b.txt").as_deref(), Some("one\n"));
    assert_eq!(scene.git.resolve(&scene.repository, "feat/x"), Ok(scene.first.clone()));
}

pub(super) fn a_taken_branch_is_refused_and_nothing_is_left(world: &dyn World) {
    let scene = Scene::new(world);
    let request = scene.request("mine", BranchOrigin::New);
    scene.git.make_branch(&scene.repository, &branch("mine"), &scene.first).unwrap();
    assert_eq!(scene.git.add_worktree(&request), Err(GitError::BranchTaken(branch("mine"))));
    let presence = scene.git.worktree_presence(&scene.repository, &request.path);
    assert_eq!(presence, Ok(WorktreePresence::Absent));
    assert_eq!(scene.git.resolve(&scene.repository, "mine"), Ok(scene.first.clone()));
}

pub(super) fn a_conflicting_branch_is_refused_and_nothing_is_left(world: &dyn World) {
    let scene = Scene::new(world);
    scene.git.make_branch(&scene.repository, &branch("feat"), &scene.first).unwrap();
    let request = scene.request("feat/x", BranchOrigin::New);
    let conflict = GitError::RefConflict { wanted: branch("feat/x"), existing: "refs/heads/feat".to_owned() };
    assert_eq!(scene.git.add_worktree(&request), Err(conflict));
    let presence = scene.git.worktree_presence(&scene.repository, &request.path);
    assert_eq!(presence, Ok(WorktreePresence::Absent));
}

pub(super) fn an_existing_branch_is_checked_out_as_it_is(world: &dyn World) {
    let scene = Scene::new(world);
    scene.write(&world.root(), "a.txt", "two\n");
    let second = world.commit(&world.root());
    scene.git.make_branch(&scene.repository, &branch("old"), &second).unwrap();
    let request = scene.request("old", BranchOrigin::Existing);
    scene.git.add_worktree(&request).unwrap();
    assert_eq!(scene.read(&request.path, "a.txt").as_deref(), Some("two\n"));
    assert_eq!(scene.git.resolve(&scene.repository, "old"), Ok(second));
}

pub(super) fn a_branch_is_checked_out_once(world: &dyn World) {
    let scene = Scene::new(world);
    let request = scene.request("main", BranchOrigin::Existing);
    let held = GitError::CheckedOutElsewhere { branch: branch("main"), at: world.root() };
    assert_eq!(scene.git.add_worktree(&request), Err(held));
    let presence = scene.git.worktree_presence(&scene.repository, &request.path);
    assert_eq!(presence, Ok(WorktreePresence::Absent));
}

pub(super) fn a_missing_branch_is_unknown(world: &dyn World) {
    let scene = Scene::new(world);
    let request = scene.request("nope", BranchOrigin::Existing);
    let unknown = GitError::UnknownRevision { name: "nope".to_owned() };
    assert_eq!(scene.git.add_worktree(&request), Err(unknown));
}

pub(super) fn something_else_at_the_path_is_left_alone(world: &dyn World) {
    let scene = Scene::new(world);
    let request = scene.request("feat/x", BranchOrigin::New);
    scene.write(&request.path, "mine.txt", "mine");
    assert_eq!(scene.git.add_worktree(&request), Err(GitError::PathTaken(request.path.clone())));
    assert_eq!(scene.git.undo_worktree(&request), Ok(()));
    assert_eq!(scene.read(&request.path, "mine.txt").as_deref(), Some("mine"));
    let other = scene.worktree("other");
    let mut request = scene.request("feat/x", BranchOrigin::New);
    request.path.clone_from(&other);
    assert_eq!(scene.git.add_worktree(&request), Err(GitError::PathTaken(other)));
    assert_eq!(scene.git.branch_state(&scene.repository, &branch("feat/x")), Ok(BranchState::Free));
}

pub(super) fn an_untouched_worktree_is_taken_back(world: &dyn World) {
    let scene = Scene::new(world);
    let request = scene.request("feat/x", BranchOrigin::New);
    assert_eq!(scene.git.undo_worktree(&request), Ok(()), "never made");
    scene.git.add_worktree(&request).unwrap();
    assert_eq!(scene.git.undo_worktree(&request), Ok(()));
    let presence = scene.git.worktree_presence(&scene.repository, &request.path);
    assert_eq!(presence, Ok(WorktreePresence::Absent));
    assert_eq!(scene.git.branch_state(&scene.repository, &branch("feat/x")), Ok(BranchState::Free));
    assert_eq!(scene.git.undo_worktree(&request), Ok(()), "undone already");
    scene.git.add_worktree(&request).unwrap();
}

pub(super) fn a_touched_worktree_is_not_taken_back(world: &dyn World) {
    let scene = Scene::new(world);
    for (name, file) in [("one", "new.txt"), ("two", "a.txt"), ("three", "ignored/cache"), ("four", "x.log")]
    {
        let request = scene.request(name, BranchOrigin::New);
        scene.git.add_worktree(&request).unwrap();
        scene.write(&request.path, file, "work");
        assert_eq!(scene.git.undo_worktree(&request), Ok(()));
        assert_eq!(scene.read(&request.path, file).as_deref(), Some("work"), "{file}");
        assert_eq!(scene.git.resolve(&scene.repository, name), Ok(scene.first.clone()));
    }
    let request = scene.request("five", BranchOrigin::New);
    scene.git.add_worktree(&request).unwrap();
    scene.write(&request.path, "a.txt", "work");
    let work = world.commit(&request.path);
    assert_eq!(scene.git.undo_worktree(&request), Ok(()));
    assert_eq!(scene.git.resolve(&scene.repository, "five"), Ok(work));
}

pub(super) fn an_existing_branch_outlives_its_worktree(world: &dyn World) {
    let scene = Scene::new(world);
    scene.git.make_branch(&scene.repository, &branch("old"), &scene.first).unwrap();
    let request = scene.request("old", BranchOrigin::Existing);
    scene.git.add_worktree(&request).unwrap();
    scene.git.undo_worktree(&request).unwrap();
    let presence = scene.git.worktree_presence(&scene.repository, &request.path);
    assert_eq!(presence, Ok(WorktreePresence::Absent));
    assert_eq!(scene.git.resolve(&scene.repository, "old"), Ok(scene.first.clone()));
}

pub(super) fn somebody_elses_branch_is_never_taken_back(world: &dyn World) {
    let scene = Scene::new(world);
    // Made by a person, at the very commit that the request would have begun at.
    scene.git.make_branch(&scene.repository, &branch("mine"), &scene.first).unwrap();
    let request = scene.request("mine", BranchOrigin::New);
    assert!(scene.git.add_worktree(&request).is_err());
    assert_eq!(scene.git.undo_worktree(&request), Ok(()));
    assert_eq!(scene.git.resolve(&scene.repository, "mine"), Ok(scene.first.clone()));
}

pub(super) fn presence_tells_ours_from_others(world: &dyn World) {
    let scene = Scene::new(world);
    let presence = |path: &AbsPath| scene.git.worktree_presence(&scene.repository, path).unwrap();
    let path = scene.worktree("feat/x");
    let head = Some(scene.first.clone());
    assert_eq!(presence(&path), WorktreePresence::Present { branch: Some(branch("feat/x")), head });
    assert_eq!(presence(&world.outside().join("nothing")), WorktreePresence::Absent);
    let plain = world.outside().join("plain");
    scene.write(&plain, "x", "x");
    assert_eq!(presence(&plain), WorktreePresence::Foreign);
    assert_eq!(presence(&plain.join("x")), WorktreePresence::Foreign);
    scene.write(&path, "folder/x", "x");
    assert_eq!(presence(&path.join("folder")), WorktreePresence::Foreign, "below a worktree");
}

pub(super) fn facts_count_what_is_ahead_behind_and_dirty(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    let main = branch("main");
    let facts = || scene.git.facts(&path, &scene.first, Some(&main)).unwrap();
    let clean = WorktreeFacts {
        head: Some(scene.first.clone()),
        branch: Some(branch("feat/x")),
        ahead: 0,
        behind: 0,
        dirty_files: 0,
        unmerged: Vec::new(),
        lines: Some(LinesChanged::default()),
        changed: EditedFiles::default(),
        unknown: EditedFiles::default(),
    };
    assert_eq!(facts(), clean);
    for number in ["two\n", "three\n"] {
        scene.write(&path, "a.txt", number);
        world.commit(&path);
    }
    scene.write(&world.root(), "b.txt", "two\n");
    world.commit(&world.root());
    scene.write(&path, "a.txt", "dirty\n");
    scene.write(&path, "new/one.txt", "new\n");
    scene.write(&path, "new/two.txt", "new\n");
    scene.write(&path, "ignored/cache", "no\n");
    scene.write(&path, "x.log", "no\n");
    world.remove(&path.join("b.txt"));
    world.stage(&path, "new/two.txt");
    let found = facts();
    assert_eq!((found.ahead, found.behind, found.dirty_files), (2, 1, 4));
    // What came to the base branch is nobody's here.
    assert_eq!(found.lines, Some(LinesChanged { added: 3, removed: 2 }));
    let named = |files: &EditedFiles| files.named().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (named(&found.changed), named(&found.unknown)),
        (
            vec!["a.txt".to_owned(), "b.txt".to_owned(), "new/two.txt".to_owned()],
            vec!["new/one.txt".to_owned()]
        )
    );
    let gone = scene.git.facts(&path, &scene.first, Some(&branch("gone"))).unwrap();
    assert_eq!((gone.ahead, gone.behind), (2, 0), "the base branch is gone");
    assert_eq!(gone.lines, found.lines);
}

pub(super) fn what_was_landed_is_no_longer_ahead(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "a.txt", "two\n");
    let tip = world.commit(&path);
    scene.git.make_branch(&scene.repository, &branch("landed"), &tip).unwrap();
    let facts = scene.git.facts(&path, &scene.first, Some(&branch("landed"))).unwrap();
    assert_eq!((facts.head, facts.ahead, facts.behind), (Some(tip), 0, 0));
    assert_eq!(facts.lines, Some(LinesChanged::default()));
}

pub(super) fn facts_of_a_lost_folder_are_refused(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    world.remove(&path);
    let refused = scene.git.facts(&path, &scene.first, None);
    assert_eq!(refused, Err(GitError::NotARepository { dir: path }));
}

pub(super) fn a_worktree_whose_folder_is_lost_is_made_again(world: &dyn World) {
    let scene = Scene::new(world);
    let mut request = scene.request("feat/x", BranchOrigin::New);
    scene.git.add_worktree(&request).unwrap();
    world.remove(&request.path);
    request.branch_origin = BranchOrigin::Existing;
    assert_eq!(scene.git.add_worktree(&request), Ok(()));
    assert_eq!(scene.read(&request.path, "a.txt").as_deref(), Some("one\n"));
}

pub(super) fn linked_worktrees_are_listed_and_known_again(world: &dyn World) {
    let scene = Scene::new(world);
    assert_eq!(scene.git.linked_worktrees(&scene.repository), Ok(vec![]));
    let ours = scene.worktree("feat/x");
    scene.git.make_branch(&scene.repository, &branch("old"), &scene.first).unwrap();
    let adopted = scene.request("old", BranchOrigin::Existing);
    scene.git.add_worktree(&adopted).unwrap();
    let mut listed = scene.git.linked_worktrees(&scene.repository).unwrap();
    listed.sort_by_key(|worktree| worktree.path != ours);
    let [first, second] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((&first.path, &first.branch), (&ours, &Some(branch("feat/x"))));
    assert_eq!((&second.path, &second.branch), (&adopted.path, &Some(branch("old"))));
    let is_made_here = |worktree| scene.git.is_made_here(&scene.repository, worktree);
    assert_eq!((is_made_here(first), is_made_here(second)), (Ok(true), Ok(false)));
    scene.write(&ours, "a.txt", "two\n");
    world.commit(&ours);
    assert_eq!(is_made_here(first), Ok(true), "after work in it");
    world.remove(&ours);
    assert_eq!(scene.git.linked_worktrees(&scene.repository).unwrap().len(), 2, "a lost folder is listed");
}

pub(super) fn links_that_are_well_stay_as_they_are(world: &dyn World) {
    let scene = Scene::new(world);
    let ours = scene.worktree("feat/x");
    scene.write(&ours, "a.txt", "two\n");
    let lost = world.outside().join("lost");
    for _ in 0..2 {
        assert_eq!(scene.git.relink(&scene.repository, &[ours.clone(), lost.clone()]), Ok(()));
    }
    assert_eq!(scene.git.linked_worktrees(&scene.repository).unwrap().len(), 1);
    assert_eq!((scene.dirty(&ours), world.read(&lost)), (1, None));
}

pub(super) fn a_lock_that_was_left_is_seen_and_set_aside(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    assert_eq!(scene.git.index_lock(&path), Ok(None));
    world.leave_index_lock(&path);
    let lock = scene.git.index_lock(&path).unwrap().unwrap();
    let older = IndexLock { written_at: lock.written_at.plus(Duration::from_secs(1)), ..lock.clone() };
    let refused = scene.git.set_index_lock_aside(&path, &older);
    assert!(matches!(refused, Err(GitError::Busy { .. })), "{refused:?}");
    for _ in 0..2 {
        assert_eq!(scene.git.set_index_lock_aside(&path, &lock), Ok(()));
    }
    assert_eq!(scene.git.index_lock(&path), Ok(None));
    assert_eq!(scene.dirty(&path), 0);
}
