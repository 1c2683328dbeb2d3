//! What a person's configuration asks of merges does not change what a landing is, but for identity and signing.

use std::fs;

use owt_core::landing::Method;
use owt_core::vcs::ObjectId;
use owt_ports::Candidate;
use owt_ports::GitError;
use owt_ports::Landing as _;
use owt_ports::Prediction;
use owt_ports::TargetMoved;
use owt_testkit::git_conformance::World as _;

use super::Stage;

#[test]
fn options_of_merges_do_not_bend_a_landing() {
    for (key, value) in [
        ("branch.main.mergeOptions", "--squash --no-commit"),
        ("branch.main.mergeOptions", "-s ours"),
        ("branch.HEAD.mergeOptions", "-s ours --squash"),
        ("pull.twohead", "ours"),
        ("merge.ff", "false"),
        ("merge.ff", "only"),
        ("merge.autoStash", "true"),
        ("merge.log", "true"),
        ("rebase.autoStash", "true"),
        ("rebase.updateRefs", "true"),
        ("rebase.backend", "apply"),
        ("rebase.rebaseMerges", "true"),
        ("pull.rebase", "true"),
        ("commit.cleanup", "verbatim"),
        ("submodule.recurse", "true"),
        ("rerere.enabled", "true"),
    ] {
        let stage = Stage::new();
        stage.commit("b.txt", "feat\n");
        stage.commit_on_main(|root| fs::write(root.join("a.txt").as_path(), "main\n").unwrap());
        stage.sandbox.run(&stage.sandbox.root(), &["config", key, value]);
        let (main, feat) = (stage.sandbox.tip("main").to_string(), stage.sandbox.tip("feat").to_string());
        let both = format!("{main} {feat}");
        for (method, parents) in [(Method::Squash, &main), (Method::Rebase, &main), (Method::Merge, &both)] {
            let to = made_by(&stage, method);
            let shown = |what: &str| stage.sandbox.run(&stage.feat, &["show", "-s", what, to.as_str()]);
            assert_eq!(&shown("--format=%P"), parents, "{key}={value} {method:?}");
            for (path, text) in [("a.txt", "main"), ("b.txt", "feat")] {
                let got = stage.sandbox.run(&stage.feat, &["show", &format!("{to}:{path}")]);
                assert_eq!(got, text, "{key}={value} {method:?}");
            }
            if method == Method::Merge {
                stage.assert_landed(&to);
            }
            let request = stage.request(method);
            stage.sandbox.git.drop_candidate(&request.repository, request.id).unwrap();
        }
        assert_eq!(stage.sandbox.tip("feat").to_string(), feat, "{key}={value}");
    }
}

fn made_by(stage: &Stage, method: Method) -> ObjectId {
    match stage.sandbox.git.make_candidate(&stage.request(method)) {
        Ok(Candidate::Made { commit }) => commit,
        other => panic!("no candidate by {method:?}: {other:?}"),
    }
}

/// The workspace's side, where what conflicts with the target is left to be settled.
#[test]
fn options_of_merges_do_not_keep_the_target_out_of_a_workspace() {
    for (key, value) in [("branch.feat.mergeOptions", "-s ours"), ("pull.twohead", "ours")] {
        let stage = Stage::new();
        stage.commit("b.txt", "feat\n");
        let main = stage.commit_on_main(|root| fs::write(root.join("a.txt").as_path(), "main\n").unwrap());
        stage.sandbox.run(&stage.sandbox.root(), &["config", key, value]);
        assert_eq!(stage.sandbox.git.merge_in_worktree(&stage.feat, &main, "take it in"), Ok(Vec::new()));
        assert_eq!(stage.sandbox.read(&stage.feat.join("a.txt")).as_deref(), Some("main\n"), "{key}");
    }
}

#[test]
fn a_branch_of_any_name_is_moved_without_the_options_of_its_merges() {
    let stage = Stage::new();
    let (sandbox, root, name) = (&stage.sandbox, stage.sandbox.root(), "v=1.\"2\"/ü");
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    sandbox.run(&root, &["switch", "-q", "-c", name]);
    sandbox.run(&root, &["config", &format!("branch.{name}.mergeOptions"), "-s ours"]);
    let moved = sandbox.git.move_target(&stage.move_to(name, &to));
    assert_eq!(moved, Ok(TargetMoved::Moved { checkout: Some(root) }));
    assert_eq!(sandbox.tip(name), to);
}

/// As a formatter does that finds nothing to change.
#[test]
fn a_file_that_was_written_again_as_it_was_is_not_altered_whatever_is_refreshed() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    sandbox.run(&sandbox.root(), &["config", "diff.autoRefreshIndex", "false"]);
    stage.commit("b.txt", "feat\n");
    let commit = stage.made();
    let place = sandbox.git.lay_out(&sandbox.repository(), stage.request(Method::Merge).id, &commit).unwrap();
    fs::remove_file(place.join("b.txt").as_path()).unwrap();
    sandbox.write(&place.join("b.txt"), "feat\n");
    assert_eq!(sandbox.git.altered(&place, &commit), Ok(Vec::new()));
    sandbox.write(&place.join("b.txt"), "more\n");
    assert_eq!(sandbox.git.altered(&place, &commit), Ok(vec!["b.txt".to_owned()]));
}

/// Whatever may still bend it: the work is not called landed.
#[test]
fn a_commit_that_git_made_instead_is_no_landing() {
    let stage = Stage::new();
    let bent = stage.sandbox.script(
        "bent",
        "#!/bin/sh\ncase \" $* \" in *' --ff-only '*) for to; do :; done; exec git merge -q -s ours -m bent \"$to\";; esac\n\
         exec git \"$@\"\n",
    );
    // `ours` wants an index as it is in HEAD.
    stage.sandbox.run(&stage.sandbox.root(), &["rm", "-q", "--cached", "staged.txt"]);
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    let git = stage.sandbox.git_with(|settings| settings.program = bent.as_path().into());
    let moved = git.move_target(&stage.move_to("main", &to));
    let told = |message: &str| message.contains(to.as_str()) && message.contains("was to land");
    assert!(matches!(&moved, Err(GitError::Failed { message, .. }) if told(message)), "{moved:?}");
}

#[test]
fn a_submodules_commit_is_work_whatever_is_ignored() {
    for how in ["submodule.lib.ignore", "diff.ignoreSubmodules"] {
        let stage = Stage::new();
        let (sandbox, one) = (&stage.sandbox, stage.sandbox.tip("main"));
        sandbox.write(
            &stage.feat.join(".gitmodules"),
            "[submodule \"lib\"]\n\tpath = lib\n\turl = ./lib\n\tignore = all\n",
        );
        sandbox.run(&stage.feat, &["add", ".gitmodules"]);
        bump(&stage, &one);
        sandbox.run(&sandbox.root(), &["merge", "-q", "--ff-only", "feat"]);
        sandbox.run(&sandbox.root(), &["config", how, "all"]);
        bump(&stage, &sandbox.tip("feat"));
        let to = made_by(&stage, Method::Squash);
        let entry = sandbox.run(&stage.feat, &["ls-tree", to.as_str(), "lib"]);
        assert!(entry.contains(sandbox.tip("main").as_str()), "{how}: {entry}");
    }
}

fn bump(stage: &Stage, to: &ObjectId) {
    stage.sandbox.run(&stage.feat, &["update-index", "--add", "--cacheinfo", &format!("160000,{to},lib")]);
    stage.sandbox.run(&stage.feat, &["commit", "-q", "-m", "lib"]);
}

#[test]
fn other_branches_stay_when_commits_are_made_again() {
    let stage = Stage::new();
    stage.sandbox.run(&stage.sandbox.root(), &["config", "rebase.updateRefs", "true"]);
    stage.commit("b.txt", "feat\n");
    stage.sandbox.run(&stage.feat, &["branch", "stacked"]);
    let stacked = stage.sandbox.tip("stacked");
    stage.commit("c.txt", "feat\n");
    stage.commit_on_main(|root| fs::write(root.join("a.txt").as_path(), "main\n").unwrap());
    let witness = stage.witness();
    let made = stage.sandbox.git.make_candidate(&stage.request(Method::Rebase)).unwrap();
    assert!(matches!(made, Candidate::Made { .. }), "{made:?}");
    assert_eq!(stage.sandbox.tip("stacked"), stacked);
    witness.assert_untouched(&[]);
}

#[test]
fn signing_is_the_persons_and_its_failure_is_told() {
    let stage = Stage::new();
    let root = stage.sandbox.root();
    let signer = stage.sandbox.script("signer", "#!/bin/sh\necho no key for you >&2\nexit 1\n");
    stage.sandbox.run(&root, &["config", "commit.gpgSign", "true"]);
    stage.sandbox.run(&root, &["config", "gpg.program", signer.as_str()]);
    stage
        .sandbox
        .run(&stage.feat, &["-c", "commit.gpgSign=false", "commit", "-q", "--allow-empty", "-m", "x"]);
    let witness = stage.witness();
    for method in [Method::Merge, Method::Squash] {
        let refused = stage.sandbox.git.make_candidate(&stage.request(method));
        match method {
            Method::Merge => {
                let told =
                    matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("sign"));
                assert!(told, "{refused:?}");
            }
            _ => assert_eq!(refused, Ok(Candidate::Nothing)),
        }
    }
    stage.assert_nothing_left();
    witness.assert_untouched(&[]);
}

#[test]
fn without_an_identity_nothing_is_made() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    fs::write(stage.sandbox.home().join(".gitconfig").as_path(), "").unwrap();
    let refused = stage.sandbox.git.make_candidate(&stage.request(Method::Merge));
    assert!(matches!(refused, Err(GitError::Failed { .. })), "{refused:?}");
    stage.assert_nothing_left();
}

#[test]
fn merge_drivers_and_attributes_of_the_repository_apply() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    let driver = sandbox.script("driver", "#!/bin/sh\nprintf 'by the driver\\n' > \"$1\"\n");
    sandbox.run(&root, &["config", "merge.own.driver", &format!("{driver} %A %O %B")]);
    stage.commit_on_main(|root| {
        fs::write(root.join(".gitattributes").as_path(), "a.txt merge=own\n").unwrap();
        fs::write(root.join("a.txt").as_path(), "main\n").unwrap();
    });
    stage.commit("a.txt", "feat\n");
    let (repository, main) = (sandbox.repository(), sandbox.tip("main"));
    let predicted = sandbox.git.predict(&repository, &main, &sandbox.tip("feat")).unwrap();
    let to = stage.made();
    assert_eq!(sandbox.run(&root, &["show", &format!("{to}:a.txt")]), "by the driver");
    let tree = sandbox.run(&root, &["rev-parse", &format!("{to}^{{tree}}")]);
    assert_eq!(predicted, Prediction::Clean { tree: ObjectId::new(tree).unwrap() }, "it was foreseen");
    stage.assert_landed(&to);
}

/// What an agent is shown to settle is what git would not merge, and nothing else is merged behind its back.
#[test]
fn what_does_not_merge_by_its_attributes_is_marked_as_such() {
    let stage = Stage::new();
    let text = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n7\n{last}\n");
    let base = stage.commit_on_main(|root| {
        fs::write(root.join(".gitattributes").as_path(), "r.lock -merge\n").unwrap();
        fs::write(root.join("r.lock").as_path(), text("1", "8")).unwrap();
        fs::write(root.join("c.txt").as_path(), "base\n").unwrap();
    });
    stage.sandbox.run(&stage.feat, &["merge", "-q", "--ff-only", base.as_str()]);
    stage.commit("c.txt", "feat\n");
    let ours = stage.commit("r.lock", &text("feat", "8"));
    let theirs = stage.commit_on_main(|root| {
        fs::write(root.join("r.lock").as_path(), text("1", "main")).unwrap();
        fs::write(root.join("c.txt").as_path(), "main\n").unwrap();
    });
    let marked = stage.sandbox.git.mark(&stage.sandbox.repository(), &ours, &theirs).unwrap().unwrap();
    let paths: Vec<&str> = marked.conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
    assert_eq!(paths, ["c.txt", "r.lock"]);
}
