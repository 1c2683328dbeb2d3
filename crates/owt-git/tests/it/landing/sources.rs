//! Branches that are hard to land.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use owt_core::landing::ConflictKind;
use owt_core::landing::Method;
use owt_ports::Candidate;
use owt_ports::Landing as _;
use owt_ports::Prediction;
use owt_testkit::git_conformance::World as _;

use super::Stage;

fn predicted(stage: &Stage) -> Prediction {
    let (sandbox, repository) = (&stage.sandbox, stage.sandbox.repository());
    sandbox.git.predict(&repository, &sandbox.tip("main"), &sandbox.tip("feat")).unwrap()
}

#[test]
fn unrelated_histories_are_told_and_nothing_changes() {
    let stage = Stage::new();
    let (sandbox, feat) = (&stage.sandbox, &stage.feat);
    sandbox.run(feat, &["checkout", "-q", "--orphan", "lonely"]);
    sandbox.write(&feat.join("c.txt"), "lonely\n");
    sandbox.commit(feat);
    sandbox.run(feat, &["checkout", "-q", "-B", "feat"]);
    let witness = stage.witness();
    assert_eq!(predicted(&stage), Prediction::Unrelated);
    for method in [Method::Merge, Method::Squash, Method::Rebase] {
        assert_eq!(sandbox.git.make_candidate(&stage.request(method)), Ok(Candidate::Unrelated));
    }
    stage.assert_nothing_left();
    witness.assert_untouched(&[]);
}

#[test]
fn a_rename_on_both_sides_is_a_conflict_of_names() {
    let stage = Stage::new();
    stage.commit_on_main(|root| {
        fs::rename(root.join("a.txt").as_path(), root.join("main.txt").as_path()).unwrap();
    });
    fs::rename(stage.feat.join("a.txt").as_path(), stage.feat.join("feat.txt").as_path()).unwrap();
    // Only one of the two files of that content may be the origin.
    stage.commit("b.txt", "feat\n");
    let witness = stage.witness();
    let Prediction::Conflicts(found) = predicted(&stage) else { panic!("both renamed it") };
    let of_names = found.iter().filter(|it| it.kind == ConflictKind::Rename).count();
    assert!(of_names >= 2, "{found:?}");
    let made = stage.sandbox.git.make_candidate(&stage.request(Method::Merge)).unwrap();
    let Candidate::Conflicts(met) = made else { panic!("{made:?}") };
    let paths =
        |all: &[owt_core::landing::Conflict]| all.iter().map(|it| it.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&met), paths(&found));
    stage.assert_nothing_left();
    witness.assert_untouched(&[]);
}

#[test]
fn a_rename_here_and_a_change_there_land_together() {
    let stage = Stage::new();
    stage.commit_on_main(|root| {
        fs::write(root.join("long.txt").as_path(), "1\n2\n3\n4\n5\n6\n7\n8\n").unwrap();
    });
    stage.sandbox.run(&stage.feat, &["merge", "-q", "main"]);
    stage.sandbox.run(&stage.feat, &["mv", "long.txt", "LONG.txt"]);
    stage.sandbox.commit(&stage.feat);
    stage.commit_on_main(|root| {
        fs::write(root.join("long.txt").as_path(), "1\n2\n3\n4\n5\n6\n7\n8\n9\n").unwrap();
    });
    let to = stage.made();
    stage.assert_landed(&to);
    let root = stage.sandbox.root();
    assert_eq!(stage.sandbox.read(&root.join("LONG.txt")).as_deref(), Some("1\n2\n3\n4\n5\n6\n7\n8\n9\n"));
    assert_eq!(stage.sandbox.read(&root.join("long.txt")), None);
}

#[test]
fn links_out_of_the_tree_land_as_links_and_nothing_is_written_through_them() {
    let stage = Stage::new();
    let outside = stage.sandbox.home().join("outside.txt");
    stage.sandbox.write(&outside, "outside\n");
    stage.sandbox.link("../outside.txt", &stage.feat.join("link"));
    stage.sandbox.link(stage.sandbox.home().as_str(), &stage.feat.join("home"));
    stage.sandbox.commit(&stage.feat);
    stage.assert_landed(&stage.made());
    assert_eq!(stage.sandbox.read(&outside).as_deref(), Some("outside\n"));
    let link = fs::read_link(stage.sandbox.root().join("link").as_path()).unwrap();
    assert_eq!(link.to_str(), Some("../outside.txt"));
}

#[test]
fn any_file_name_lands_and_is_told() {
    let stage = Stage::new();
    let strange: &[&[u8]] = &[b"with\nline break", b"with \"quotes\"\t", b"-rf", b"no utf8 \xff\xfe"];
    let file = |root: &owt_core::AbsPath, name: &[u8]| root.as_path().join(OsStr::from_bytes(name));
    for name in strange {
        fs::write(file(&stage.feat, name), "feat\n").unwrap();
    }
    stage.sandbox.commit(&stage.feat);
    stage.assert_landed(&stage.made());
    let root = stage.sandbox.root();
    assert!(strange.iter().all(|name| fs::read(file(&root, name)).unwrap() == b"feat\n"));
    stage.commit_on_main(|root| {
        for name in strange {
            fs::write(file(root, name), "main\n").unwrap();
        }
    });
    for name in strange {
        fs::write(file(&stage.feat, name), "again\n").unwrap();
    }
    stage.sandbox.commit(&stage.feat);
    let Prediction::Conflicts(found) = predicted(&stage) else { panic!("both changed them") };
    let found: Vec<_> = found.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(found, ["-rf", "no utf8 \u{fffd}\u{fffd}", "with\nline break", "with \"quotes\"\t"]);
}

#[test]
fn a_submodule_goes_along_and_its_checkout_stays() {
    let stage = Stage::new();
    let (sandbox, root) = (&stage.sandbox, stage.sandbox.root());
    sandbox.run(&sandbox.home(), &["init", "-q", "-b", "main", "module"]);
    sandbox.write(&sandbox.home().join("module/m.txt"), "one\n");
    sandbox.commit(&sandbox.home().join("module"));
    let module = sandbox.home().join("module");
    sandbox.run(&stage.feat, &["submodule", "--quiet", "add", module.as_str(), "sub"]);
    sandbox.commit(&stage.feat);
    stage.assert_landed(&stage.made());
    sandbox.run(&root, &["submodule", "--quiet", "update", "--init"]);
    sandbox.write(&root.join("sub/m.txt"), "mine\n");
    // The branch moves the submodule, and something else.
    sandbox.run(&stage.feat.join("sub"), &["commit", "-q", "--allow-empty", "-m", "next"]);
    stage.commit("b.txt", "feat\n");
    let to = stage.made();
    let moved = stage.land(&to).unwrap();
    assert!(matches!(moved, owt_ports::TargetMoved::Moved { checkout: Some(_) }), "{moved:?}");
    assert_eq!(sandbox.read(&root.join("sub/m.txt")).as_deref(), Some("mine\n"));
    assert_eq!(sandbox.read(&root.join("b.txt")).as_deref(), Some("feat\n"));
}

#[test]
fn ten_thousand_files_land() {
    let stage = Stage::new();
    for number in 0..10_000 {
        let file = stage.feat.join(&format!("many/{}/{number}.txt", number % 100));
        stage.sandbox.write(&file, "x\n");
    }
    stage.sandbox.commit(&stage.feat);
    stage.assert_landed(&stage.made());
}

#[test]
fn a_target_that_is_gone_is_unknown() {
    let stage = Stage::new();
    let mut request = stage.request(Method::Merge);
    let gone = "0123456789012345678901234567890123456789".to_owned();
    request.onto = owt_core::vcs::ObjectId::new(gone).unwrap();
    assert!(stage.sandbox.git.make_candidate(&request).is_err());
    assert!(stage.sandbox.git.predict(&request.repository, &request.onto, &request.tip).is_err());
    stage.assert_nothing_left();
}
