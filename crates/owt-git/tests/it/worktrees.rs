//! Making worktrees where git, the repository or the machine makes it hard.

use std::fs;
use std::thread;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::vcs::Head;
use owt_ports::BranchOrigin;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::WorktreeRequest;
use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::Streams;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World;

use crate::sandbox::RefFormat;
use crate::sandbox::Sandbox;
use crate::sandbox::branch;

/// Nothing of a request is left: no branch, no folder, no entry.
#[track_caller]
fn assert_nothing_left(sandbox: &Sandbox, request: &WorktreeRequest) {
    let name = request.branch.full_ref();
    assert_eq!(sandbox.run(&sandbox.root(), &["for-each-ref", &name]), "");
    assert!(!request.path.as_path().exists(), "{} is left", request.path);
    let entries = fs::read_dir(request.repository.common_dir.join("worktrees")).map(Iterator::count);
    assert_eq!(entries.unwrap_or(0), 0);
}

#[test]
fn twenty_at_once_are_made_and_the_checkout_is_untouched() {
    for format in [RefFormat::Files, RefFormat::Tables] {
        let Some(sandbox) = Sandbox::with_refs_in(format) else { continue };
        let requests: Vec<_> = (0..20).map(|number| sandbox.request(&format!("feat/job-{number}"))).collect();
        let config = fs::read(sandbox.root().join(".git/config")).unwrap();
        thread::scope(|scope| {
            let git = &sandbox.git;
            let all: Vec<_> =
                requests.iter().map(|request| scope.spawn(move || git.add_worktree(request))).collect();
            for made in all {
                assert_eq!(made.join().unwrap(), Ok(()), "{format:?}");
            }
        });
        for request in &requests {
            let head = sandbox.git.discover(&request.path).unwrap().head;
            assert_eq!(head, Head::Branch { name: request.branch.clone(), tip: request.start.clone() });
            assert_eq!(sandbox.status(&request.path), "");
        }
        assert_eq!(fs::read(sandbox.root().join(".git/config")).unwrap(), config);
        thread::scope(|scope| {
            for request in &requests {
                scope.spawn(|| assert_eq!(sandbox.git.undo_worktree(request), Ok(())));
            }
        });
        assert_nothing_left(&sandbox, &requests[0]);
    }
}

#[test]
fn no_hook_runs_and_no_setting_is_written() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let trace = sandbox.home().join("hook-ran");
    let hook = format!("#!/bin/sh\necho \"$0\" >> '{trace}'\n");
    for name in ["post-checkout", "reference-transaction", "post-index-change", "pre-commit"] {
        sandbox.script(&format!("app/hooks/{name}"), &hook);
    }
    sandbox.commit(&root);
    sandbox.run(&root, &["config", "core.hooksPath", "hooks"]);
    sandbox.run(&root, &["config", "branch.autoSetupMerge", "always"]);
    sandbox.run(&root, &["config", "worktree.useRelativePaths", "true"]);
    let fsmonitor = sandbox.script("fsmonitor", &hook);
    sandbox.run(&root, &["config", "core.fsmonitor", fsmonitor.as_str()]);
    let witness = CheckoutWitness::of(&root);
    let _ = fs::remove_file(&trace);
    let request = sandbox.request("feat/x");
    sandbox.git.add_worktree(&request).unwrap();
    sandbox.git.facts(&request.path, &request.start, Some(&branch("main"))).unwrap();
    sandbox.git.undo_worktree(&request).unwrap();
    assert!(!trace.as_path().exists(), "ran: {}", fs::read_to_string(&trace).unwrap());
    witness.assert_untouched(&[]);
}

/// Makes every checkout run this filter on `a.txt`.
fn set_filter(sandbox: &Sandbox, command: &str) {
    let root = sandbox.root();
    sandbox.run(&root, &["config", "filter.odd.smudge", command]);
    sandbox.run(&root, &["config", "filter.odd.clean", "cat"]);
    sandbox.run(&root, &["config", "filter.odd.required", "true"]);
    sandbox.write(&root.join(".git/info/attributes"), "a.txt filter=odd\n");
}

#[test]
fn a_checkout_that_fails_leaves_nothing() {
    let sandbox = Sandbox::new();
    set_filter(&sandbox, "false");
    let request = sandbox.request("feat/x");
    let refused = sandbox.git.add_worktree(&request);
    assert!(matches!(refused, Err(GitError::Failed { .. })), "{refused:?}");
    assert_nothing_left(&sandbox, &request);
    set_filter(&sandbox, "cat");
    assert_eq!(sandbox.git.add_worktree(&request), Ok(()));
}

#[test]
fn a_checkout_that_hangs_is_ended_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    set_filter(&sandbox, "sleep 600");
    let request = sandbox.request("feat/x");
    let git = sandbox.git_with(|settings| settings.patience = Some(Duration::from_millis(700)));
    let refused = git.add_worktree(&request);
    assert!(matches!(refused, Err(GitError::TimedOut { .. })), "{refused:?}");
    assert_nothing_left(&sandbox, &request);
}

/// What is left when the machine dies in the middle of `git worktree add`.
fn kill_while_adding(sandbox: &Sandbox, request: &WorktreeRequest) {
    let begun = sandbox.home().join("begun");
    set_filter(sandbox, &format!("touch '{begun}' && sleep 600"));
    let mut adding = Cmd::new("git")
        .env("HOME", sandbox.home().as_str())
        .args(["worktree", "add", "-q", request.path.as_str(), request.branch.as_str()])
        .current_dir(sandbox.root())
        .spawn(Streams::default())
        .unwrap();
    while !begun.as_path().exists() {
        let ended = adding.wait_timeout(Duration::from_millis(5)).unwrap();
        assert_eq!(ended, None, "it is at work until it is killed");
    }
    adding.terminate_tree(&Escalation::KILL).unwrap();
    assert!(request.path.join(".git").as_path().exists(), "the worktree was begun");
    set_filter(sandbox, "cat");
}

#[test]
fn a_worktree_half_made_when_everything_died_is_made_again() {
    let sandbox = Sandbox::new();
    let mut request = sandbox.request("feat/x");
    sandbox.git.make_branch(&request.repository, &request.branch, &request.start).unwrap();
    request.branch_origin = BranchOrigin::Existing;
    kill_while_adding(&sandbox, &request);
    assert_eq!(sandbox.git.add_worktree(&request), Ok(()));
    assert_eq!(sandbox.status(&request.path), "");
    assert_eq!(sandbox.read(&request.path.join("a.txt")).as_deref(), Some("one\n"));
}

#[test]
fn a_worktree_half_made_is_taken_back_with_its_untracked_folder() {
    let sandbox = Sandbox::new();
    let mut request = sandbox.request("feat/x");
    sandbox.git.make_branch(&request.repository, &request.branch, &request.start).unwrap();
    request.branch_origin = BranchOrigin::Existing;
    kill_while_adding(&sandbox, &request);
    assert_eq!(sandbox.git.undo_worktree(&request), Ok(()));
    assert!(!request.path.as_path().exists());
    assert_eq!(sandbox.tip("feat/x"), request.start, "the branch was there before");
}

#[test]
fn a_branch_made_before_the_crash_is_taken_over() {
    let sandbox = Sandbox::new();
    let request = sandbox.request("feat/x");
    // From `worktree add` on nothing works any more: the branch cannot be taken back.
    let dead = sandbox.home().join("dead");
    let text = format!(
        "#!/bin/sh\nfor argument in \"$@\"; do test \"$argument\" = worktree && touch '{dead}'; done\n\
         test -e '{dead}' && exit 1\nexec git \"$@\"\n"
    );
    let script = sandbox.script("git", &text);
    let git = sandbox.git_with(|settings| settings.program = script.as_path().into());
    assert!(git.add_worktree(&request).is_err());
    assert_eq!(sandbox.tip("feat/x"), request.start, "the branch is left");
    assert_eq!(sandbox.git.add_worktree(&request), Ok(()));
    assert_eq!(sandbox.git.undo_worktree(&request), Ok(()));
    assert_nothing_left(&sandbox, &request);
}

#[test]
fn a_lost_worktree_that_git_alone_remembers_is_not_forgotten() {
    let sandbox = Sandbox::new();
    let request = sandbox.request("feat/x");
    let root = sandbox.root();
    let away = sandbox.home().join("away");
    for setting in [&["worktree", "lock"][..], &["-C", request.path.as_str(), "checkout", "-q", "--detach"]] {
        sandbox.run(&root, &["worktree", "add", "-q", "-b", "theirs", request.path.as_str()]);
        let path = if setting[0] == "worktree" { &[request.path.as_str()][..] } else { &[] };
        sandbox.run(&root, &[setting, path].concat());
        fs::rename(&request.path, &away).unwrap();
        let refused = sandbox.git.add_worktree(&request);
        assert!(
            matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("missing but")),
            "{refused:?}"
        );
        assert_eq!(sandbox.run(&root, &["for-each-ref", "refs/heads/feat"]), "", "our branch is taken back");
        fs::rename(&away, &request.path).unwrap();
        assert_eq!(sandbox.status(&request.path), "");
        sandbox.run(&root, &["worktree", "remove", "-f", "-f", request.path.as_str()]);
        sandbox.run(&root, &["branch", "-q", "-D", "theirs"]);
    }
}

#[test]
fn an_empty_folder_and_missing_parents_are_no_obstacle() {
    let sandbox = Sandbox::new();
    let mut request = sandbox.request("feat/x");
    request.path = sandbox.outside().join("deep/down/two words 日本");
    fs::create_dir_all(&request.path).unwrap();
    assert_eq!(sandbox.git.add_worktree(&request), Ok(()));
    assert_eq!(sandbox.status(&request.path), "");
}

#[test]
fn names_that_mean_something_else_to_git_are_branches() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let first = sandbox.tip("main");
    sandbox.run(&root, &["tag", "v1"]);
    sandbox.write(&root.join("a.txt"), "two\n");
    let second = sandbox.commit(&root);
    for name in ["v1", "deadbeef", first.as_str(), &first.as_str()[..7], "ünïcode/日本", "a!", "refs/heads/x"]
    {
        let mut request = sandbox.request(name);
        request.start.clone_from(&second);
        assert_eq!(sandbox.git.add_worktree(&request), Ok(()), "{name}");
        let head = sandbox.git.discover(&request.path).unwrap().head;
        assert_eq!(head, Head::Branch { name: branch(name), tip: second.clone() });
        assert_eq!(sandbox.read(&request.path.join("a.txt")).as_deref(), Some("two\n"), "{name}");
    }
}

#[test]
fn other_peoples_missing_worktrees_are_left_alone() {
    let sandbox = Sandbox::new();
    let theirs = sandbox.home().join("theirs");
    sandbox.run(&sandbox.root(), &["worktree", "add", "-q", "-b", "theirs", theirs.as_str()]);
    let away = sandbox.home().join("on a stick");
    fs::rename(&theirs, &away).unwrap();
    let request = sandbox.request("feat/x");
    sandbox.git.add_worktree(&request).unwrap();
    sandbox.git.undo_worktree(&request).unwrap();
    let path = sandbox.worktree("feat/y");
    sandbox.git.trash_worktree(&sandbox.repository(), &path, crate::sandbox::id(1)).unwrap();
    fs::rename(&away, &theirs).unwrap();
    assert_eq!(sandbox.status(&theirs), "");
}

#[test]
fn a_superproject_with_submodules_and_a_sparse_checkout_work_as_in_git() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "part"]);
    let root = sandbox.root();
    sandbox.run(&root, &["submodule", "--quiet", "add", "../part", "part"]);
    for file in ["in/x.txt", "out/y.txt"] {
        sandbox.write(&root.join(file), "x\n");
    }
    sandbox.commit(&root);
    sandbox.run(&root, &["sparse-checkout", "set", "in"]);
    let request = sandbox.request("feat/x");
    sandbox.git.add_worktree(&request).unwrap();
    let exists = |path: &str| request.path.join(path).as_path().exists();
    assert!(exists("in/x.txt") && !exists("out/y.txt") && !exists("part/a.txt"));
    sandbox.write(&request.path.join("in/x.txt"), "changed\n");
    let facts = sandbox.git.facts(&request.path, &request.start, Some(&branch("main"))).unwrap();
    assert_eq!((facts.ahead, facts.behind, facts.dirty_files), (0, 0, 1));
    let commit = sandbox.git.commit_all(&request.path, "work").unwrap().unwrap();
    assert_eq!(commit.files, 1);
    let files = sandbox.run(&request.path, &["ls-tree", "-r", "--name-only", "HEAD"]);
    assert!(files.contains("out/y.txt") && files.contains("part"), "{files}");
}

#[test]
fn facts_write_nothing() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    // The same content with another time: a status would note that in the index.
    let content = fs::read(path.join("a.txt")).unwrap();
    fs::write(path.join("a.txt"), content).unwrap();
    let witness = CheckoutWitness::of(&path);
    let facts = sandbox.git.facts(&path, &sandbox.tip("main"), None).unwrap();
    assert_eq!(facts.dirty_files, 0);
    witness.assert_untouched(&[]);
    sandbox.run(&path, &["status"]);
    let lines = witness.differences(&[]);
    assert!(lines.len() == 1 && lines[0].starts_with("index"), "the witness would have seen it: {lines:?}");
}

#[test]
fn a_worktree_of_another_repository_is_not_ours() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "other"]);
    let path = sandbox.worktree("feat/x");
    let other = sandbox.git.discover(&sandbox.home().join("other")).unwrap().repository;
    let presence = sandbox.git.worktree_presence(&other, &path);
    assert_eq!(presence, Ok(owt_ports::WorktreePresence::Foreign));
    let refused = sandbox.git.trash_worktree(&other, &path, crate::sandbox::id(1));
    assert_eq!(refused, Err(GitError::PathTaken(AbsPath::new(&path).unwrap())));
}

#[test]
fn a_branch_in_the_hands_of_a_rebase_is_not_deleted() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("a.txt"), "two\n");
    let tip = sandbox.commit(&path);
    let root = sandbox.root();
    sandbox.write(&root.join("a.txt"), "three\n");
    sandbox.commit(&root);
    assert!(!sandbox.try_run(&path, &["rebase", "-q", "main"]).success(), "it stops at the conflict");
    let refused = sandbox.git.delete_branch(&sandbox.repository(), &branch("feat/x"), &tip);
    assert_eq!(refused, Err(GitError::CheckedOutElsewhere { branch: branch("feat/x"), at: path.clone() }));
    let commit = sandbox.git.commit_all(&path, "work");
    assert!(matches!(commit, Err(GitError::Unfinished { .. })), "{commit:?}");
}
