//! What differs, beyond what the port's suite asks: hostile configurations, odd content, and that nothing is touched.

use std::fs;

use owt_core::AbsPath;
use owt_ports::ChangeKind;
use owt_ports::ChangedFile;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::Git;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;

fn question(sandbox: &Sandbox, worktree: &AbsPath) -> DiffQuestion {
    DiffQuestion {
        repository: sandbox.repository(),
        side: DiffSide::Worktree(worktree.clone()),
        base: sandbox.tip("main"),
        base_branch: Some(branch("main")),
        base_upstream: None,
    }
}

fn parts(sandbox: &Sandbox, question: &DiffQuestion, form: DiffForm) -> Vec<DiffPart> {
    let mut parts = Vec::new();
    let mut take = |part| {
        parts.push(part);
        true
    };
    sandbox.git.diff(question, form, &mut take).unwrap();
    parts
}

fn patch(sandbox: &Sandbox, question: &DiffQuestion) -> Vec<u8> {
    let bytes = |part| match part {
        DiffPart::Patch(bytes) => bytes,
        _ => Vec::new(),
    };
    parts(sandbox, question, DiffForm::Patch).into_iter().flat_map(bytes).collect()
}

fn files(sandbox: &Sandbox, question: &DiffQuestion) -> Vec<ChangedFile> {
    let file = |part| match part {
        DiffPart::File(file) => Some(file),
        _ => None,
    };
    parts(sandbox, question, DiffForm::Files).into_iter().filter_map(file).collect()
}

fn left_out(sandbox: &Sandbox, question: &DiffQuestion) -> Vec<String> {
    match parts(sandbox, question, DiffForm::Files).remove(0) {
        DiffPart::Against { left_out, .. } => left_out,
        other => panic!("{other:?}"),
    }
}

/// Every file below a folder, with its bytes.
fn everything(folder: &AbsPath) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut open = vec![folder.as_path().to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push((path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn no_program_of_a_configuration_is_run() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    let ran = sandbox.home().join("ran");
    let script = sandbox.script("evil", &format!("#!/bin/sh\necho $0 >> {ran}\nexit 0\n"));
    for setting in [
        "diff.external",
        "core.fsmonitor",
        "diff.odd.command",
        "diff.odd.textconv",
        "core.pager",
        "pager.diff",
        "core.editor",
    ] {
        sandbox.run(&sandbox.root(), &["config", setting, script.as_str()]);
    }
    for hook in ["post-index-change", "fsmonitor-watchman", "pre-auto-gc"] {
        sandbox.script(&format!("app/.git/hooks/{hook}"), &format!("#!/bin/sh\necho {hook} >> {ran}\n"));
    }
    sandbox.write(&worktree.join(".gitattributes"), "*.txt diff=odd\n");
    sandbox.write(&worktree.join("a.txt"), "other\n");
    let text = String::from_utf8(patch(&sandbox, &question(&sandbox, &worktree))).unwrap();
    assert!(text.contains("-one\n+other\n"), "{text}");
    assert_eq!(files(&sandbox, &question(&sandbox, &worktree)).len(), 2);
    assert_eq!(sandbox.read(&ran), None);
    // The same scripts run where a person asks git itself.
    let _ = sandbox.try_run(&worktree, &["diff"]);
    assert!(sandbox.read(&ran).is_some());
}

#[test]
fn the_form_does_not_depend_on_the_persons_settings() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    sandbox.write(&worktree.join("a.txt"), "other\n");
    sandbox.write(&worktree.join("b.txt"), "other\n");
    let plain = patch(&sandbox, &question(&sandbox, &worktree));
    sandbox.write(&sandbox.home().join("order"), "b.txt\n");
    for (setting, value) in [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.renames", "false"),
        ("diff.submodule", "log"),
        ("diff.relative", "true"),
        ("diff.orderFile", sandbox.home().join("order").as_str()),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("core.quotePath", "true"),
    ] {
        sandbox.run(&sandbox.root(), &["config", setting, value]);
    }
    assert_eq!(
        String::from_utf8(patch(&sandbox, &question(&sandbox, &worktree))).unwrap(),
        String::from_utf8(plain).unwrap()
    );
}

#[test]
fn nothing_in_the_checkout_or_the_repository_is_touched() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.write(&root.join("a.txt"), "changed\n");
    sandbox.write(&root.join("staged.txt"), "staged\n");
    sandbox.stage(&root, "staged.txt");
    sandbox.write(&root.join("new.txt"), "new\n");
    sandbox.write(&root.join(".env"), "KEY=1\n");
    let witness = CheckoutWitness::of(&root);
    let before = everything(&root);
    let question = DiffQuestion { base: sandbox.tip("main"), ..question(&sandbox, &root) };
    assert_eq!(files(&sandbox, &question).len(), 4);
    assert!(String::from_utf8(patch(&sandbox, &question)).unwrap().contains("+new\n"));
    assert_eq!(everything(&root), before);
    assert_eq!(witness, CheckoutWitness::of(&root));
    let scratch = sandbox.home().join("private/scratch");
    assert_eq!(fs::read_dir(scratch).unwrap().count(), 0, "copies are gone");
}

#[test]
fn the_patch_can_be_applied_and_gives_the_same_files() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    sandbox.write(&worktree.join("a.txt"), "one\r\ntwo");
    sandbox.write(&worktree.join("with space/ünï \"q\"\tab.txt"), "odd\n");
    sandbox.write(&worktree.join("-dash"), "x\n");
    sandbox.write(&worktree.join(":colon"), "x\n");
    sandbox.remove(&worktree.join("b.txt"));
    sandbox.link("a.txt", &worktree.join("link"));
    let question = question(&sandbox, &worktree);
    sandbox.write(&sandbox.home().join("patch"), &String::from_utf8(patch(&sandbox, &question)).unwrap());
    let other = sandbox.worktree("feat/y");
    sandbox.run(&other, &["apply", "--whitespace=nowarn", sandbox.home().join("patch").as_str()]);
    let listed = |folder: &AbsPath| {
        let mut files: Vec<String> = everything(folder)
            .into_iter()
            .filter(|(path, _)| path.file_name().is_some_and(|name| name != ".git"))
            .map(|(path, bytes)| format!("{:?} {bytes:?}", path.strip_prefix(folder.as_path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    assert_eq!(listed(&other), listed(&worktree));
}

#[test]
fn renames_binary_files_submodules_and_conflicts() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    let long: String = (0..40).map(|line| format!("line {line}\n")).collect();
    sandbox.write(&worktree.join("long.txt"), &long);
    sandbox.commit(&worktree);
    let base = sandbox.tip("feat/x");
    sandbox.remove(&worktree.join("long.txt"));
    sandbox.write(&worktree.join("moved.txt"), &format!("{long}more\n"));
    fs::write(worktree.join("picture"), b"\0\x01\x02").unwrap();
    let sub = sandbox.home().join("sub");
    sandbox.run(&sandbox.home(), &["init", "-q", "sub"]);
    sandbox.write(&sub.join("f"), "f\n");
    sandbox.commit(&sub);
    sandbox.run(&worktree, &["submodule", "--quiet", "add", sub.as_str(), "sub"]);
    let question = DiffQuestion { base, base_branch: None, ..question(&sandbox, &worktree) };
    let told: Vec<_> =
        files(&sandbox, &question).into_iter().map(|f| (f.path, f.old_path, f.kind, f.lines)).collect();
    let expected = [
        (".gitmodules", None, ChangeKind::Added, Some((3, 0))),
        ("moved.txt", Some("long.txt"), ChangeKind::Renamed, Some((1, 0))),
        ("picture", None, ChangeKind::Added, None),
        ("sub", None, ChangeKind::Added, Some((1, 0))),
    ];
    let expected = expected
        .map(|(path, old, kind, lines)| (path.to_owned(), old.map(str::to_owned), kind, lines))
        .to_vec();
    assert_eq!(told, expected);
    let text = String::from_utf8(patch(&sandbox, &question)).unwrap();
    assert!(text.contains("Binary files /dev/null and b/picture differ\n"), "{text}");
    assert!(text.contains("+Subproject commit "), "{text}");
}

#[test]
fn a_conflict_is_shown_as_it_lies_there() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    sandbox.write(&worktree.join("a.txt"), "mine\n");
    sandbox.commit(&worktree);
    sandbox.write(&sandbox.root().join("a.txt"), "theirs\n");
    sandbox.commit(&sandbox.root());
    let base = question(&sandbox, &worktree);
    assert!(!sandbox.try_run(&worktree, &["merge", "-q", "main"]).success());
    let told = files(&sandbox, &base);
    assert_eq!((told.len(), told[0].path.as_str(), told[0].kind), (1, "a.txt", ChangeKind::Modified));
    let text = String::from_utf8(patch(&sandbox, &base)).unwrap();
    assert!(text.contains("+<<<<<<< HEAD\n+mine\n"), "{text}");
}

#[test]
fn a_repository_inside_is_named_and_left_out() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    // One without a commit makes `git add` refuse everything.
    for name in ["inner", "empty"] {
        sandbox.run(&worktree, &["init", "-q", name]);
    }
    sandbox.write(&worktree.join("inner/f"), "f\n");
    sandbox.commit(&worktree.join("inner"));
    sandbox.write(&worktree.join("new.txt"), "new\n");
    let question = question(&sandbox, &worktree);
    assert_eq!(left_out(&sandbox, &question), ["empty/", "inner/"]);
    let paths: Vec<String> = files(&sandbox, &question).into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["new.txt"]);
}

/// Memory stays the same however much differs: the parts come while git still works, none of them large.
#[test]
fn a_patch_comes_in_small_parts() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    let block = "0123456789abcdef\n".repeat(64 * 1024);
    for number in 0..20 {
        sandbox.write(&worktree.join(format!("big-{number}").as_str()), &block);
    }
    let (mut total, mut largest) = (0, 0);
    let mut take = |part| {
        if let DiffPart::Patch(bytes) = part {
            total += bytes.len();
            largest = largest.max(bytes.capacity());
        }
        true
    };
    sandbox.git.diff(&question(&sandbox, &worktree), DiffForm::Patch, &mut take).unwrap();
    assert!(total > 20 * block.len(), "{total}");
    assert!(largest <= 64 * 1024, "{largest}");
}

#[test]
fn a_git_that_says_nothing_is_not_waited_for_for_ever() {
    let sandbox = Sandbox::new();
    let worktree = sandbox.worktree("feat/x");
    let slow = sandbox.script(
        "slow-git",
        "#!/bin/sh\nfor word in \"$@\"; do [ \"$word\" = --patch ] && exec sleep 1000; done\nexec git \"$@\"\n",
    );
    let git = sandbox.git_with(|settings| {
        settings.program = slow.as_str().into();
        settings.patience = Some(std::time::Duration::from_millis(500));
    });
    let mut take = |_| true;
    let refused = git.diff(&question(&sandbox, &worktree), DiffForm::Patch, &mut take);
    assert!(matches!(refused, Err(owt_ports::GitError::TimedOut { .. })), "{refused:?}");
}
