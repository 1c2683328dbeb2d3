//! A removed workspace comes back whole, or stays removed with all that was kept of it.

use owt_core::authority::Principal;
use owt_core::failure::FailureKind;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Workspace;
use owt_engine::use_cases;
use owt_engine::use_cases::Branching;
use owt_engine::use_cases::DeleteRequest;
use owt_engine::use_cases::Force;
use owt_engine::use_cases::NewRequest;
use owt_engine::use_cases::Resolve;
use owt_ports::BranchOrigin;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::StreamKind;
use owt_ports::Untrashed;
use owt_ports::WorktreeRequest;

use crate::scene::Scene;
use crate::scene::some_request;

const PERSON: Principal = Principal::Person;

fn only_workspace(scene: &Scene) -> Workspace {
    scene.rows::<Workspace>(StreamKind::Workspace).remove(0)
}

/// Makes a workspace with a file that is not committed, and deletes it.
fn deleted(scene: &Scene, new: &NewRequest) -> (Workspace, RemovalReport) {
    let (id, _) = scene.workspace(&PERSON, new);
    scene.world.git_seen.write_file(&only_workspace(scene).spec.path.join("draft.txt"), "mine\n");
    let delete =
        DeleteRequest { folder: scene.root(), name: scene.name(id), force: Force::Yes, resolve: Resolve::Do };
    use_cases::begin_delete(&scene.engine, &PERSON, some_request(), &delete).unwrap();
    scene.settle();
    let workspace = only_workspace(scene);
    let Phase::Removed { report, .. } = &workspace.phase else { panic!("it stays: {workspace:?}") };
    let report = report.clone();
    (workspace, report)
}

fn begin_restore(scene: &Scene, report: &RemovalReport) {
    let what = report.snapshot.unwrap().to_string();
    use_cases::begin_restore(&scene.engine, &PERSON, some_request(), &scene.root(), &what, Resolve::Do)
        .unwrap();
}

#[test]
fn what_a_try_that_was_broken_off_has_brought_back_is_not_called_removed_when_git_refuses_the_next_one() {
    // The last of them: nor can be told whether anything is there.
    let calls: [&[&str]; 4] =
        [&["branch_state"], &["snapshots"], &["add_worktree"], &["branch_state", "worktree_presence"]];
    for refused in calls {
        let scene = Scene::new();
        let (git, repository) = (&scene.world.git_seen, &scene.world.repository);
        let (workspace, report) = deleted(&scene, &Scene::request(&scene.root(), "Fix the login page"));
        begin_restore(&scene, &report);
        // The server died after this, and before it wrote it down.
        let (folder, branch) = (&workspace.spec.path, &workspace.spec.line().unwrap().branch);
        git.make_branch(repository, branch, report.head.as_ref().unwrap()).unwrap();
        let trash = report.trash.as_ref().unwrap();
        assert_eq!(git.untrash_worktree(repository, trash, folder, branch), Ok(Untrashed::Moved));
        for call in refused {
            git.fail_next(call, GitError::NoSpace(scene.root()));
        }
        scene.settle();
        let half = only_workspace(&scene);
        assert!(matches!(half.phase, Phase::Restoring { .. }), "{refused:?}: {half:?}");
        git.stop_failing();
        scene.engine.reconcile().unwrap();
        scene.settle();
        assert_eq!(only_workspace(&scene).phase, Phase::Ready, "{refused:?}");
        assert_eq!(git.worktrees(repository), std::slice::from_ref(folder), "{refused:?}");
        assert_eq!(git.read_file(&folder.join("draft.txt")).as_deref(), Some("mine\n"), "{refused:?}");
    }
}

#[test]
fn a_worktree_of_the_persons_own_in_its_place_is_said_to_be_in_the_way_and_stays() {
    let scene = Scene::new();
    let (git, repository) = (&scene.world.git_seen, &scene.world.repository);
    let (workspace, report) = deleted(&scene, &Scene::request(&scene.root(), "Fix the login page"));
    git.discard_trash(repository, report.trash.as_ref().unwrap()).unwrap();
    let (folder, line) = (&workspace.spec.path, workspace.spec.line().unwrap());
    let own = WorktreeRequest {
        repository: repository.clone(),
        path: folder.clone(),
        branch: line.branch.clone(),
        start: report.head.clone().unwrap(),
        branch_origin: BranchOrigin::New,
    };
    git.add_worktree(&own).unwrap();
    git.write_file(&folder.join("draft.txt"), "another\n");
    begin_restore(&scene, &report);
    scene.settle();
    let refused = only_workspace(&scene);
    assert_eq!(refused.phase, workspace.phase, "it is not waited for");
    assert_eq!(refused.last_failure.map(|failure| failure.kind), Some(FailureKind::Busy));
    assert_eq!(git.read_file(&folder.join("draft.txt")).as_deref(), Some("another\n"));
}

/// Where the branch points from now on.
fn move_branch(scene: &Scene, branch: &BranchName, from: &ObjectId, to: &ObjectId) {
    let (git, repository) = (&scene.world.git_seen, &scene.world.repository);
    git.delete_branch(repository, branch, from).unwrap();
    git.make_branch(repository, branch, to).unwrap();
}

#[test]
fn a_snapshot_does_not_come_back_to_a_branch_that_has_moved_on_and_does_when_it_is_set_back() {
    let scene = Scene::new();
    let (git, repository, root) = (&scene.world.git_seen, &scene.world.repository, scene.root());
    let topic = BranchName::new("feat/topic").unwrap();
    let first = git.resolve(repository, "main").unwrap();
    git.make_branch(repository, &topic, &first).unwrap();
    let mut new = Scene::request(&root, "Go on with it");
    (new.line.branch, new.line.branching) = (Some(topic.clone()), Branching::Adopt);
    let (workspace, report) = deleted(&scene, &new);
    git.discard_trash(repository, report.trash.as_ref().unwrap()).unwrap();
    git.write_file(&root.join("b.txt"), "later\n");
    let later = git.commit(&root);
    move_branch(&scene, &topic, &first, &later);

    begin_restore(&scene, &report);
    scene.settle();
    let refused = only_workspace(&scene);
    assert_eq!(refused.phase, workspace.phase);
    let failure = refused.last_failure.unwrap();
    assert_eq!(failure.kind, FailureKind::BranchTaken);
    let kept = git.snapshots(repository, 1).unwrap().remove(0).commit;
    for said in [later.as_str(), first.as_str(), kept.as_str()] {
        assert!(failure.message.contains(said), "{said}: {failure}");
    }
    assert_eq!(git.worktrees(repository), []);
    assert_eq!(git.resolve(repository, "feat/topic"), Ok(later.clone()));

    move_branch(&scene, &topic, &later, &first);
    begin_restore(&scene, &report);
    scene.settle();
    assert_eq!(only_workspace(&scene).phase, Phase::Ready);
    let draft = git.read_file(&workspace.spec.path.join("draft.txt"));
    assert_eq!(draft.as_deref(), Some("mine\n"));
}
