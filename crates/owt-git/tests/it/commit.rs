//! Commits for agents that cannot: whose name is on them, what is in them, what never runs.

use std::fs;
use std::time::Duration;

use owt_core::environment::RelPath;
use owt_ports::CommitHooks;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::HookFile;
use owt_ports::HookFileKind;
use owt_ports::HookPlace;
use owt_ports::Radar as _;
use owt_testkit::git_conformance::World;

use crate::landing::radar::radar_of;
use crate::sandbox::Sandbox;
use crate::sandbox::label;

#[test]
fn the_person_is_the_author_and_the_message_is_kept() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("a.txt"), "two\n");
    let message = "Add ünïcode\n\n#42 is fixed\n- \"quotes\" $(touch x) `y`";
    let report = sandbox.git.commit_all(&path, message).unwrap().unwrap();
    let shown = sandbox.run(&path, &["show", "-s", "--format=%an <%ae>%n%B", report.commit.as_str()]);
    assert_eq!(shown.trim_end(), format!("Person <person@example.org>\n{message}"));
}

#[test]
fn without_an_identity_the_error_says_what_to_set() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    fs::write(sandbox.home().join(".gitconfig"), "").unwrap();
    sandbox.write(&path.join("a.txt"), "two\n");
    let refused = sandbox.git.commit_all(&path, "work");
    assert!(
        matches!(&refused, Err(GitError::Failed { operation, message })
            if operation == "commit" && message.contains("user.email")),
        "{refused:?}"
    );
    assert_eq!(sandbox.tip("feat/x"), sandbox.tip("main"));
}

#[test]
fn no_hook_of_the_repository_runs() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    for name in ["pre-commit", "commit-msg", "post-commit", "prepare-commit-msg", "reference-transaction"] {
        sandbox.script(&format!("app/.git/hooks/{name}"), "#!/bin/sh\ntouch \"$HOME/hook-ran\"\nexit 1\n");
    }
    sandbox.write(&path.join("a.txt"), "two\n");
    assert!(sandbox.git.commit_all(&path, "work").unwrap().is_some());
    assert!(!sandbox.home().join("hook-ran").as_path().exists());
}

#[test]
fn signing_is_the_persons_setting_and_its_failure_is_told() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let signer = sandbox.script("signer", "#!/bin/sh\necho cannot ask for the passphrase >&2\nexit 1\n");
    sandbox.run(&sandbox.root(), &["config", "commit.gpgSign", "true"]);
    sandbox.run(&sandbox.root(), &["config", "gpg.program", signer.as_str()]);
    sandbox.write(&path.join("a.txt"), "two\n");
    sandbox.write(&path.join("staged.txt"), "staged\n");
    sandbox.stage(&path, "staged.txt");
    sandbox.write(&path.join("new.txt"), "new\n");
    sandbox.write(&path.join(".env"), "KEY=1\n");
    sandbox.stage(&path, ".env");
    let index = sandbox.run(&path, &["ls-files", "--stage"]);
    let refused = sandbox.git.commit_all(&path, "work");
    assert!(
        matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("sign")),
        "{refused:?}"
    );
    assert_eq!(sandbox.run(&path, &["ls-files", "--stage"]), index, "the index is as it was");
    assert_eq!(sandbox.status(&path), "A  .env\n M a.txt\nA  staged.txt\n?? new.txt");
    sandbox.run(&sandbox.root(), &["config", "commit.gpgSign", "false"]);
    assert!(sandbox.git.commit_all(&path, "work").unwrap().is_some(), "what was staged is not lost");
}

/// While the passphrase is asked for, say.
#[test]
fn what_others_do_to_the_index_while_a_commit_fails_is_left_as_they_left_it() {
    for (meanwhile, is_locked) in [
        ("env -u GIT_INDEX_FILE git add -f late.txt", false),
        (": > \"$(git rev-parse --git-dir)/index.lock\"", true),
    ] {
        let sandbox = Sandbox::new();
        let path = sandbox.worktree("feat/x");
        let signer = sandbox.script("signer", &format!("#!/bin/sh\ncd \"{path}\" && {meanwhile}\nexit 1\n"));
        sandbox.run(&sandbox.root(), &["config", "commit.gpgSign", "true"]);
        sandbox.run(&sandbox.root(), &["config", "gpg.program", signer.as_str()]);
        sandbox.write(&path.join(".gitignore"), "late.txt\n");
        sandbox.write(&path.join("late.txt"), "late\n");
        let meanwhile = sandbox.git.commit_all(&path, "work");
        assert!(meanwhile.is_err(), "{meanwhile:?}");
        let lock = sandbox.run(&path, &["rev-parse", "--absolute-git-dir"]) + "/index.lock";
        assert_eq!(fs::exists(&lock).unwrap(), is_locked);
        let staged = sandbox.run(&path, &["diff", "--cached", "--name-only"]);
        assert_eq!(staged.contains("late.txt"), !is_locked, "{staged}");
    }
}

/// While the files are looked at: what is staged then was not looked at, and is looked at once more.
#[test]
fn what_somebody_stages_meanwhile_is_looked_at_before_it_is_committed() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let meanwhile = sandbox.script(
        "meanwhile",
        &format!(
            "#!/bin/sh\ntest -e \"$HOME/done\" || {{ : > \"$HOME/done\"\ncd \"{path}\" && env -u GIT_INDEX_FILE git add -f .env late.txt\n}} >&2\ncat\n"
        ),
    );
    sandbox.run(&sandbox.root(), &["config", "filter.late.clean", meanwhile.as_str()]);
    sandbox.write(&path.join(".gitattributes"), "a.txt filter=late\n");
    sandbox.write(&path.join("late.txt"), "late\n");
    sandbox.write(&path.join(".env"), "KEY=1\n");
    sandbox.write(&path.join("a.txt"), "two\n");
    let report = sandbox.git.commit_all(&path, "work").unwrap().unwrap();
    assert!(sandbox.home().join("done").as_path().exists(), "somebody staged");
    let tree = sandbox.run(&path, &["ls-tree", "-r", "--name-only", report.commit.as_str()]);
    assert!(tree.contains("late.txt") && !tree.contains(".env"), "{tree}");
    assert_eq!(report.withheld, [".env"]);
    assert_eq!(sandbox.status(&path), "?? .env");
}

/// From there on it is theirs.
#[test]
fn what_somebody_stages_while_the_commit_is_signed_stays_staged_and_is_not_committed() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let signer = sandbox.script(
        "signer",
        &format!(
            "#!/bin/sh\ncat > /dev/null\ncd \"{path}\" && env -u GIT_INDEX_FILE git add -f late.txt >&2 || exit 1\n\
             echo '[GNUPG:] SIG_CREATED ' >&2\nprintf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'\n"
        ),
    );
    sandbox.run(&sandbox.root(), &["config", "commit.gpgSign", "true"]);
    sandbox.run(&sandbox.root(), &["config", "gpg.program", signer.as_str()]);
    sandbox.write(&path.join(".gitignore"), "late.txt\n");
    sandbox.write(&path.join("late.txt"), "late\n");
    let report = sandbox.git.commit_all(&path, "work").unwrap().unwrap();
    let tree = sandbox.run(&path, &["ls-tree", "-r", "--name-only", report.commit.as_str()]);
    assert!(tree.contains(".gitignore") && !tree.contains("late.txt"), "{tree}");
    assert_eq!(sandbox.status(&path), "A  late.txt");
}

#[test]
fn what_was_taken_out_of_the_index_is_gone_in_the_commit_and_its_file_stays() {
    for (path, ignored) in [("conf.txt", true), ("conf.txt", false), (".env", true), (".env", false)] {
        let sandbox = Sandbox::new();
        sandbox.write(&sandbox.root().join(path), "mine\n");
        sandbox.commit(&sandbox.root());
        let work = sandbox.worktree("feat/x");
        sandbox.run(&work, &["rm", "-q", "--cached", path]);
        if ignored {
            sandbox.write(&work.join(".gitignore"), &format!("ignored/\n{path}\n"));
        }
        let standing = radar_of(&sandbox).stand(&sandbox.repository(), &work).unwrap().unwrap();
        assert_ne!(standing.state, standing.head, "{path}: the radar sees it");
        let plan = sandbox.git.commit_plan(&work).unwrap();
        assert!(plan.files.iter().any(|file| file == path), "{path}: {plan:?}");
        let report = sandbox.git.commit_all(&work, "work").unwrap().unwrap();
        let tree = sandbox.run(&work, &["ls-tree", "-r", "--name-only", report.commit.as_str()]);
        assert!(!tree.lines().any(|line| line == path), "{path} ignored={ignored}: {tree}");
        assert_eq!(sandbox.read(&work.join(path)).as_deref(), Some("mine\n"));
        let snapshot = sandbox.git.snapshot(&work, &label(1)).unwrap();
        assert_eq!(snapshot.is_some(), !ignored, "what is not ignored is kept when the workspace goes");
    }
}

/// As after `git mv`, when something else comes in the old place.
#[test]
fn new_work_in_the_place_of_what_was_taken_out_is_committed() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.run(&path, &["mv", "a.txt", "moved.txt"]);
    sandbox.write(&path.join("a.txt"), "something else\n");
    sandbox.git.commit_all(&path, "work").unwrap().unwrap();
    assert_eq!(sandbox.run(&path, &["show", "HEAD:a.txt"]), "something else");
    assert_eq!(sandbox.run(&path, &["show", "HEAD:moved.txt"]), "one");
    assert_eq!(sandbox.status(&path), "");
}

#[test]
fn a_submodules_staged_commit_is_committed_whatever_is_ignored_and_checked_out() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.run(&sandbox.home(), &["init", "-q", "part"]);
    let part = sandbox.home().join("part");
    sandbox.write(&part.join("p.txt"), "one\n");
    let (one, two) = (sandbox.commit(&part), {
        sandbox.write(&part.join("p.txt"), "two\n");
        sandbox.commit(&part)
    });
    sandbox.run(&root, &["submodule", "--quiet", "add", "../part", "part"]);
    sandbox.run(&root.join("part"), &["checkout", "-q", one.as_str()]);
    sandbox.run(&root, &["config", "-f", ".gitmodules", "submodule.part.ignore", "all"]);
    sandbox.run(&root, &["add", "-f", "part"]);
    sandbox.commit(&root);
    let path = sandbox.worktree("feat/x");
    sandbox.run(&path, &["submodule", "--quiet", "update", "--init"]);
    sandbox.run(&path, &["update-index", "--cacheinfo", &format!("160000,{two},part")]);
    sandbox.git.commit_all(&path, "work").unwrap().unwrap();
    let entry = sandbox.run(&path, &["ls-tree", "HEAD", "part"]);
    assert!(entry.contains(two.as_str()), "{entry}");
}

#[test]
fn what_was_staged_and_taken_back_on_the_disk_is_no_work() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("a.txt"), "two\n");
    sandbox.stage(&path, "a.txt");
    sandbox.write(&path.join("a.txt"), "one\n");
    assert_eq!(sandbox.git.commit_all(&path, "work"), Ok(None));
}

#[test]
fn repositories_inside_are_held_back_by_name() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.run(&path, &["clone", "-q", ".", "vendor/full"]);
    sandbox.write(&path.join("a.txt"), "two\n");
    let report = sandbox.git.commit_all(&path, "work").unwrap().unwrap();
    assert_eq!((report.files, report.withheld), (1, vec!["vendor/full/".to_owned()]));
    let tree = sandbox.run(&path, &["ls-tree", "-r", "--name-only", "HEAD"]);
    assert!(!tree.contains("vendor"), "{tree}");
}

#[test]
fn modes_links_and_what_agents_staged_are_committed() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    sandbox.script("work/feat-x/run.sh", "#!/bin/sh\n");
    sandbox.link("a.txt", &path.join("link"));
    sandbox.write(&path.join("staged.txt"), "staged\n");
    sandbox.stage(&path, "staged.txt");
    sandbox.remove(&path.join("a.txt"));
    sandbox.write(&path.join("a.txt/now a folder.txt"), "x\n");
    let report = sandbox.git.commit_all(&path, "work").unwrap().unwrap();
    let tree = sandbox.run(&path, &["ls-tree", "-r", "--format=%(objectmode) %(path)", "HEAD"]);
    let expected = "100644 .gitignore\n100644 a.txt/now a folder.txt\n100644 b.txt\n120000 link\n100755 run.sh\n\
                    100644 staged.txt";
    assert_eq!((tree.as_str(), report.files), (expected, 5));
    assert_eq!(sandbox.status(&path), "");
}

#[test]
fn another_git_process_at_work_is_told() {
    let sandbox = Sandbox::new();
    let path = sandbox.worktree("feat/x");
    let git_dir = sandbox.run(&path, &["rev-parse", "--absolute-git-dir"]);
    fs::write(format!("{git_dir}/index.lock"), "").unwrap();
    sandbox.write(&path.join("a.txt"), "two\n");
    let refused = sandbox.git.commit_all(&path, "work");
    assert!(
        matches!(&refused, Err(GitError::Busy { what, .. }) if what.contains("index.lock")),
        "{refused:?}"
    );
}

#[test]
fn the_hooks_that_are_handed_over_judge_what_is_left_and_one_that_refuses_or_hangs_leaves_the_index() {
    for (script, limit) in [("echo no such luck >&2; exit 1", 60), ("while :; do sleep 1; done", 2)] {
        let sandbox = Sandbox::new();
        let path = sandbox.worktree("feat/x");
        sandbox.write(&path.join("left.txt"), "left\n");
        let before = sandbox.status(&path);
        let hook = |name: &str, script: &str| HookFile {
            place: HookPlace::Inside,
            path: RelPath::new(name).unwrap(),
            content: format!("#!/bin/sh\n{script}\n").into_bytes(),
            kind: HookFileKind::Program,
        };
        let hooks = |files, limit| CommitHooks { files, limit: Duration::from_secs(limit) };
        let refused = sandbox.git.commit_left(&path, "work", &hooks(vec![hook("pre-commit", script)], limit));
        let words = refused.unwrap_err().to_string();
        assert!(words.contains("hook pre-commit"), "{words}");
        assert_eq!((sandbox.tip("feat/x"), sandbox.status(&path)), (sandbox.tip("main"), before));
        let looks = hook("pre-commit", "git diff --cached --name-only > \"$HOME/looked\"");
        let adds = hook("commit-msg", "echo 'Checked: yes' >> \"$1\"");
        let made = sandbox.git.commit_left(&path, "work", &hooks(vec![looks, adds], 60)).unwrap().unwrap();
        let message = sandbox.run(&path, &["show", "-s", "--format=%B", made.commit.as_str()]);
        assert_eq!(message.trim_end(), "work\nChecked: yes");
        assert_eq!(sandbox.read(&sandbox.home().join("looked")).as_deref(), Some("left.txt\n"));
    }
}
