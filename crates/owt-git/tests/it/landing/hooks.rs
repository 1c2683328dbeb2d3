//! Hooks of the repository: which run, as whom, and what becomes of a landing that they refuse or hold up.

use std::time::Duration;

use owt_core::landing::Method;
use owt_ports::Candidate;
use owt_ports::GitError;
use owt_ports::HookFileKind;
use owt_ports::Landing as _;
use owt_testkit::git_conformance::World as _;

use super::Stage;
use super::impatient;

fn hook(stage: &Stage, name: &str, script: &str) {
    stage.sandbox.script(&format!("app/.git/hooks/{name}"), &format!("#!/bin/sh\n{script}\n"));
}

fn names(stage: &Stage) -> Vec<String> {
    let hooks = stage.sandbox.git.hooks(&stage.sandbox.repository(), &stage.sandbox.tip("main")).unwrap();
    hooks.iter().map(|hook| hook.path.as_path().display().to_string()).collect()
}

#[test]
fn commit_hooks_run_in_the_private_worktree_alone() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    hook(&stage, "pre-merge-commit", "pwd >> \"$HOME/ran\"; test ! -t 0");
    hook(&stage, "pre-commit", "pwd >> \"$HOME/ran\"");
    hook(&stage, "commit-msg", "echo 'Checked: yes' >> \"$1\"");
    for name in ["post-merge", "post-commit", "post-checkout", "reference-transaction", "post-index-change"] {
        hook(&stage, name, "touch \"$HOME/told\"; exit 1");
    }
    assert_eq!(names(&stage), ["commit-msg", "pre-commit", "pre-merge-commit"]);
    let witness = stage.witness();
    let made = stage.with_hooks(Method::Merge).unwrap();
    let Candidate::Made { commit } = made else { panic!("{made:?}") };
    let message = stage.sandbox.run(&stage.feat, &["show", "-s", "--format=%B", commit.as_str()]);
    assert_eq!(message.trim_end(), "Merge feat\nChecked: yes");
    let ran = stage.sandbox.read(&stage.sandbox.home().join("ran")).unwrap();
    assert!(ran.contains("/private/scratch/landing/") && ran.lines().count() == 1, "{ran}");
    assert_eq!(stage.sandbox.read(&stage.sandbox.home().join("told")), None);
    witness.assert_untouched(&[]);
}

#[test]
fn a_hook_that_refuses_is_told_in_its_words_and_nothing_is_left() {
    for (name, method) in [("pre-merge-commit", Method::Merge), ("pre-commit", Method::Squash)] {
        let stage = Stage::new();
        stage.commit("b.txt", "feat\n");
        hook(&stage, name, "echo no such luck >&2; exit 1");
        let witness = stage.witness();
        let refused = stage.with_hooks(method);
        let told =
            matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("no such luck"));
        assert!(told, "{refused:?}");
        stage.assert_nothing_left();
        witness.assert_untouched(&[]);
    }
}

#[test]
fn a_hook_that_hangs_is_ended() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    hook(&stage, "pre-merge-commit", "while :; do sleep 1; done");
    let witness = stage.witness();
    let mut request = stage.request(Method::Merge);
    request.hooks = stage.sandbox.git.hooks(&request.repository, &request.onto).unwrap();
    request.limit = Duration::from_secs(3);
    let ended = impatient(&stage, Duration::from_secs(120)).make_candidate(&request);
    assert!(matches!(ended, Err(GitError::TimedOut { .. })), "{ended:?}");
    stage.assert_nothing_left();
    witness.assert_untouched(&[]);
}

#[test]
fn hooks_in_the_tree_are_those_of_the_target() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    stage.commit_on_main(|folder| {
        sandbox
            .script("aside/.tools/hooks/pre-merge-commit", "#!/bin/sh\n. \"$(dirname \"$0\")/lib/words\"\n");
        sandbox.write(&folder.join(".tools/hooks/lib/words"), "echo of the target >&2; exit 1\n");
    });
    sandbox.run(&root, &["config", "core.hooksPath", ".tools/hooks"]);
    sandbox.script("work/feat/.tools/hooks/pre-merge-commit", "#!/bin/sh\nexit 0\n");
    sandbox.run(&stage.feat, &["add", "-A"]);
    sandbox.run(&stage.feat, &["commit", "-q", "--no-verify", "-m", "softer hooks"]);
    let hooks = sandbox.git.hooks(&sandbox.repository(), &sandbox.tip("main")).unwrap();
    let kinds: Vec<_> = hooks.iter().map(|hook| (hook.path.to_str().unwrap(), hook.kind)).collect();
    assert_eq!(kinds, [("lib/words", HookFileKind::Plain), ("pre-merge-commit", HookFileKind::Program)]);
    // The two disagree on a file that both made.
    let refused = stage.with_hooks(Method::Merge);
    assert!(matches!(refused, Ok(Candidate::Conflicts(_))), "{refused:?}");
    sandbox.run(&stage.feat, &["rm", "-rq", ".tools"]);
    sandbox.run(&stage.feat, &["commit", "-q", "--no-verify", "-m", "no hooks"]);
    stage.commit("b.txt", "feat\n");
    let refused = stage.with_hooks(Method::Merge);
    let told = matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("of the target"));
    assert!(told, "{refused:?}");
}

#[test]
fn a_repository_without_commit_hooks_has_none() {
    let stage = Stage::new();
    assert_eq!(names(&stage), [""; 0]);
    hook(&stage, "post-commit", "exit 1");
    hook(&stage, "pre-push", "exit 1");
    assert_eq!(names(&stage), [""; 0]);
    stage.sandbox.write(&stage.sandbox.root().join(".git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n");
    assert_eq!(names(&stage), [""; 0], "one that cannot be executed is none");
}

#[test]
fn more_than_anybody_could_look_at_is_refused() {
    let stage = Stage::new();
    hook(&stage, "pre-commit", "exit 0");
    stage.sandbox.write(&stage.sandbox.root().join(".git/hooks/data"), &"x".repeat(9 * 1024 * 1024));
    let refused = stage.sandbox.git.hooks(&stage.sandbox.repository(), &stage.sandbox.tip("main"));
    assert!(matches!(refused, Err(GitError::Failed { .. })), "{}", refused.is_ok());
}

/// As Husky 9 lays them out: what git runs is made by its install and ignored, and leads to scripts that are committed.
fn husky(stage: &Stage, script: &str) {
    stage.commit_on_main(|folder| stage.sandbox.write(&folder.join(".husky/pre-merge-commit"), script));
    let leads = "#!/bin/sh\nn=$(basename \"$0\"); s=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] || sh -e \"$s\"\n";
    stage.sandbox.script("app/.husky/_/pre-merge-commit", leads);
    stage.sandbox.write(&stage.sandbox.root().join(".husky/_/.gitignore"), "*");
    stage.sandbox.run(&stage.sandbox.root(), &["config", "core.hooksPath", ".husky/_"]);
}

#[test]
fn hooks_that_a_tool_has_made_in_the_checkout_run_and_the_scripts_that_they_lead_to_are_the_targets() {
    let stage = Stage::new();
    husky(&stage, "echo of the target >&2; exit 1\n");
    stage.commit("b.txt", "feat\n");
    stage.commit(".husky/pre-commit", "exit 1\n");
    assert_eq!(names(&stage), [".gitignore", "pre-merge-commit", "pre-merge-commit"]);
    // What lies in the checkout of what is committed does not count.
    stage.sandbox.write(&stage.sandbox.root().join(".husky/pre-merge-commit"), "exit 0\n");
    let refused = stage.with_hooks(Method::Merge);
    let told = matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("of the target"));
    assert!(told, "{refused:?}");
    stage.assert_nothing_left();
}

#[test]
fn hooks_that_cannot_be_looked_at_are_not_none() {
    let stage = Stage::new();
    let folder = stage.sandbox.home().join("circle");
    stage.sandbox.link("circle", &folder);
    stage.sandbox.run(&stage.sandbox.root(), &["config", "core.hooksPath", folder.as_str()]);
    let refused = stage.sandbox.git.hooks(&stage.sandbox.repository(), &stage.sandbox.tip("main"));
    assert!(
        matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("circle")),
        "{refused:?}"
    );
    for none in ["/dev/null", "/nowhere"] {
        stage.sandbox.run(&stage.sandbox.root(), &["config", "core.hooksPath", none]);
        assert_eq!(names(&stage), [""; 0], "{none}");
    }
}
