//! What differs from where the work began.

use owt_core::AbsPath;
use owt_core::vcs::ObjectId;
use owt_ports::ChangeKind;
use owt_ports::ChangedFile;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::GitError;

use super::Scene;
use super::World;
use super::branch;

fn question(scene: &Scene<'_>, side: DiffSide) -> DiffQuestion {
    DiffQuestion {
        repository: scene.repository.clone(),
        side,
        base: scene.first.clone(),
        base_branch: Some(branch("main")),
        base_upstream: None,
    }
}

fn of(scene: &Scene<'_>, worktree: &AbsPath) -> DiffQuestion {
    question(scene, DiffSide::Worktree(worktree.clone()))
}

/// The commit that is compared with, and the files.
fn files(scene: &Scene<'_>, question: &DiffQuestion) -> (ObjectId, Vec<ChangedFile>) {
    let mut against = None;
    let mut files = Vec::new();
    let mut take = |part| {
        match part {
            DiffPart::Against { commit, .. } => against = Some(commit),
            DiffPart::File(file) => files.push(file),
            DiffPart::Patch(_) => panic!("files were asked for"),
        }
        true
    };
    scene.git.diff(question, DiffForm::Files, &mut take).unwrap();
    (against.unwrap(), files)
}

fn patch(scene: &Scene<'_>, question: &DiffQuestion) -> String {
    let mut bytes = Vec::new();
    let mut take = |part| {
        if let DiffPart::Patch(more) = part {
            bytes.extend(more);
        }
        true
    };
    scene.git.diff(question, DiffForm::Patch, &mut take).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn file(path: &str, kind: ChangeKind, lines: (u64, u64)) -> ChangedFile {
    ChangedFile { path: path.to_owned(), old_path: None, kind, changes_mode: false, lines: Some(lines) }
}

pub(super) fn everything_since_the_base_is_told_and_nothing_changes(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    assert_eq!(files(&scene, &of(&scene, &path)), (scene.first.clone(), Vec::new()));
    scene.write(&path, "committed.txt", "1\n2\n");
    world.commit(&path);
    scene.write(&path, "a.txt", "other\n");
    scene.write(&path, "staged.txt", "s\n");
    world.stage(&path, "staged.txt");
    scene.write(&path, "new.txt", "1\n2\n3\n");
    scene.write(&path, "own.log", "ignored\n");
    world.remove(&path.join("b.txt"));
    let dirty = scene.dirty(&path);
    let expected = [
        file("a.txt", ChangeKind::Modified, (1, 1)),
        file("b.txt", ChangeKind::Deleted, (0, 1)),
        file("committed.txt", ChangeKind::Added, (2, 0)),
        file("new.txt", ChangeKind::Added, (3, 0)),
        file("staged.txt", ChangeKind::Added, (1, 0)),
    ];
    assert_eq!(files(&scene, &of(&scene, &path)).1, expected);
    let patch = patch(&scene, &of(&scene, &path));
    for line in ["diff --git a/new.txt b/new.txt\n", "-one\n", "+other\n", "+3\n", "+s\n"] {
        assert!(patch.contains(line), "{line} in {patch}");
    }
    assert!(!patch.contains("ignored"), "{patch}");
    assert_eq!(scene.dirty(&path), dirty);
}

pub(super) fn what_came_from_the_base_is_no_change(world: &dyn World) {
    let scene = Scene::new(world);
    scene.write(&world.root(), "later.txt", "later\n");
    let later = world.commit(&world.root());
    let path = scene.worktree("feat/x");
    scene.write(&path, "mine.txt", "mine\n");
    world.commit(&path);
    // The worktree began at the first commit; the base branch is one further.
    let mine = [file("mine.txt", ChangeKind::Added, (1, 0))];
    assert_eq!(files(&scene, &of(&scene, &path)), (scene.first.clone(), mine.to_vec()));
    // What was taken over from the base branch is not a change either.
    let request = owt_ports::WorktreeRequest {
        start: later.clone(),
        ..scene.request("feat/y", owt_ports::BranchOrigin::New)
    };
    scene.git.add_worktree(&request).unwrap();
    scene.write(&request.path, "mine.txt", "mine\n");
    assert_eq!(files(&scene, &of(&scene, &request.path)), (later, mine.to_vec()));
    // Nor is what came in from what the base branch follows, although that does not have it yet.
    scene.write(&request.path, "theirs.txt", "theirs\n");
    let upstream = world.commit(&request.path);
    scene.write(&request.path, "mine.txt", "more\n");
    let question = DiffQuestion { base_upstream: Some(upstream.clone()), ..of(&scene, &request.path) };
    let changed = [file("mine.txt", ChangeKind::Modified, (1, 1))];
    assert_eq!(files(&scene, &question), (upstream, changed.to_vec()));
    // Where the base branch is gone, the base itself is what is left.
    let question = DiffQuestion { base_branch: Some(branch("gone")), ..of(&scene, &request.path) };
    assert_eq!(files(&scene, &question).0, scene.first);
}

pub(super) fn a_file_with_another_name_is_renamed(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "long.txt", "some\ntext\nof\nsome\nlength\n");
    let base = world.commit(&path);
    world.remove(&path.join("long.txt"));
    scene.write(&path, "moved/long.txt", "some\ntext\nof\nsome\nlength\n");
    let question = DiffQuestion { base, base_branch: None, ..of(&scene, &path) };
    let renamed = ChangedFile {
        old_path: Some("long.txt".to_owned()),
        ..file("moved/long.txt", ChangeKind::Renamed, (0, 0))
    };
    assert_eq!(files(&scene, &question).1, [renamed]);
    assert!(patch(&scene, &question).contains("rename from long.txt\nrename to moved/long.txt\n"));
}

pub(super) fn a_commit_is_compared_without_a_folder(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "mine.txt", "mine\n");
    let tip = world.commit(&path);
    scene.write(&path, "new.txt", "not in the commit\n");
    world.remove(&path);
    let question = question(&scene, DiffSide::Commit(tip));
    assert_eq!(files(&scene, &question).1, [file("mine.txt", ChangeKind::Added, (1, 0))]);
    assert!(patch(&scene, &question).contains("+mine\n"));
}

pub(super) fn each_commit_is_told_by_itself(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "mine.txt", "mine\n");
    let added = world.commit(&path);
    world.remove(&path.join("mine.txt"));
    let taken_away = world.commit(&path);
    let all = [added.clone(), taken_away.clone(), scene.first.clone()];
    let told = |form| {
        let mut told: Vec<(ObjectId, DiffPart)> = Vec::new();
        let mut take = |commit: &ObjectId, part| {
            told.push((commit.clone(), part));
            true
        };
        scene.git.steps(&scene.repository, &all, form, &mut take).unwrap();
        told
    };
    let (files, patches) = (told(DiffForm::Files), told(DiffForm::Bare));
    let step = |commit: &ObjectId, form| -> Vec<DiffPart> {
        let told = if form == DiffForm::Files { &files } else { &patches };
        told.iter().filter(|(of, _)| of == commit).map(|(_, part)| part.clone()).collect()
    };
    scene.git.steps(&scene.repository, &[], DiffForm::Files, &mut |_, part| panic!("{part:?}")).unwrap();
    let mine = |kind, lines| DiffPart::File(file("mine.txt", kind, lines));
    assert_eq!(step(&added, DiffForm::Files), [mine(ChangeKind::Added, (1, 0))]);
    assert_eq!(step(&taken_away, DiffForm::Files), [mine(ChangeKind::Deleted, (0, 1))]);
    assert_eq!(step(&scene.first, DiffForm::Files).len(), 3, "the first brings all that it has");
    let patch = step(&added, DiffForm::Bare);
    assert!(matches!(&patch[..], [DiffPart::Patch(bytes)] if bytes.ends_with(b"+mine\n")), "{patch:?}");
}

pub(super) fn a_merge_of_many_is_told_beside_its_first_parent(world: &dyn World) {
    let scene = Scene::new(world);
    let tips = ["feat/a", "feat/b"].map(|name| {
        let path = scene.worktree(name);
        let file = name.replace('/', "-");
        scene.write(&path, &file, "theirs\n");
        (file, world.commit(&path))
    });
    let path = scene.worktree("feat/x");
    for (file, _) in &tips {
        scene.write(&path, file, "theirs\n");
    }
    scene.write(&path, "own.txt", "of the merge\n");
    let merge = world.commit_merge(&path, &tips.map(|(_, tip)| tip));
    // Beside one that is none.
    let commits = [scene.first.clone(), merge.clone()];
    let (mut told, mut patch) = (Vec::new(), String::new());
    let mut take = |of: &ObjectId, part| {
        match part {
            DiffPart::File(file) if *of == merge => told.push(file.path),
            DiffPart::Patch(bytes) if *of == merge => patch.push_str(&String::from_utf8_lossy(&bytes)),
            _ => {}
        }
        true
    };
    for form in [DiffForm::Files, DiffForm::Patch] {
        scene.git.steps(&scene.repository, &commits, form, &mut take).unwrap();
    }
    assert_eq!(told, ["feat-a", "feat-b", "own.txt"]);
    assert!(patch.starts_with("diff --git ") && patch.contains("+of the merge\n"), "{patch}");
}

pub(super) fn who_wants_no_more_gets_no_more(world: &dyn World) {
    let scene = Scene::new(world);
    let path = scene.worktree("feat/x");
    scene.write(&path, "new.txt", "new\n");
    scene.write(&path, "newer.txt", "new\n");
    for form in [DiffForm::Files, DiffForm::Patch] {
        for wanted in [1, 2] {
            let mut taken = 0;
            let mut take = |_| {
                taken += 1;
                taken < wanted
            };
            assert_eq!(scene.git.diff(&of(&scene, &path), form, &mut take), Ok(()));
            assert_eq!(taken, wanted);
        }
    }
}

pub(super) fn a_diff_needs_its_folder_and_its_base(world: &dyn World) {
    let scene = Scene::new(world);
    let mut take = |_| true;
    let gone = of(&scene, &world.outside().join("gone"));
    let refused = scene.git.diff(&gone, DiffForm::Patch, &mut take);
    assert!(matches!(refused, Err(GitError::NotARepository { .. })), "{refused:?}");
    let path = scene.worktree("feat/x");
    let base = ObjectId::new("f".repeat(40)).unwrap();
    let refused = scene.git.diff(&DiffQuestion { base, ..of(&scene, &path) }, DiffForm::Files, &mut take);
    assert!(matches!(refused, Err(GitError::UnknownRevision { .. })), "{refused:?}");
}
