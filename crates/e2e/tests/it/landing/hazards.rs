//! The hazards of landing, each with the real program and the real git, and each by `merge`, `ship` and `queue --ship`:
//! whether the work lands or not, what the person has lying about in their checkout, their stash and their other refs are
//! afterwards what they were, to the byte; and what has landed goes back by `undo` as if it never had. Where others move
//! the target at each step is tried in the simulation, too, and each write that fails in `owt-git` (`failing_disk.rs`).

mod others;
mod scene;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::tip;
use crate::project::Project;
use crate::sealed::Sealed;
use scene::Scene;
use scene::Theirs;
use scene::WAYS;
use scene::Way;
use scene::is_refused_in_every_way;
use scene::lands_and_goes_back;

/// A workspace whose base is the branch `side`.
fn from_side(app: &Project<'_>) {
    app.data(&["new", "Make it", "--branch", "topic", "--base", "side", "--agent", "worker", "--headless"]);
    app.data(&["wait", "topic"]);
}

fn commit(project: &Project<'_>, path: &str, text: &str) {
    project.write(path, text);
    project.git(&["add", "--", path]);
    project.git(&["commit", "-q", "-m", &format!("Write {path}"), "--", path]);
}

/// Both have gone on since they parted.
fn apart(sealed: &Sealed) -> Scene<'_> {
    let scene = Scene::plain(sealed);
    commit(&scene.topic, "new.txt", "new\n");
    commit(&scene.app, "meanwhile.txt", "meanwhile\n");
    scene
}

#[test]
fn a_target_that_has_moved_is_landed_upon() {
    lands_and_goes_back(apart, |scene| {
        assert_eq!(scene.app.read("new.txt") + &scene.app.read("meanwhile.txt"), "new\nmeanwhile\n");
    });
}

#[test]
fn a_target_that_is_gone_is_named() {
    fn set(sealed: &Sealed) -> Scene<'_> {
        let app = sealed.repository("app");
        app.git(&["branch", "-q", "side"]);
        from_side(&app);
        let scene = Scene { topic: app.workspace("topic"), app };
        commit(&scene.topic, "new.txt", "new\n");
        scene.app.git(&["branch", "-q", "-D", "side"]);
        scene
    }
    for refused in is_refused_in_every_way(set, 5, "unknown_target") {
        assert!(refused.to_string().contains("side"), "{refused:#}");
    }
}

#[test]
fn histories_that_have_nothing_in_common_do_not_mix() {
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::plain(sealed);
        let tree = scene.topic.git(&["write-tree"]);
        let other = scene.topic.git(&["commit-tree", "-m", "From elsewhere", &tree]);
        scene.topic.git(&["reset", "-q", "--hard", &other]);
        commit(&scene.topic, "new.txt", "new\n");
        scene
    }
    is_refused_in_every_way(set, 3, "unrelated_histories");
    let sealed = Sealed::with_worker();
    let scene = set(&sealed);
    let ran = scene.app.owt(&["critic", "ship", "topic", "--json"]);
    ran.refused(3, "critic_denied");
    assert!(ran.json()["data"].to_string().contains("no commit in common"), "{:#}", ran.json());
}

#[test]
fn a_criss_cross_lands_as_git_merges_it() {
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::plain(sealed);
        commit(&scene.topic, "a.txt", "a\n");
        commit(&scene.app, "b.txt", "b\n");
        let (ours, theirs) = (tip(&scene.app, "main"), tip(&scene.app, "topic"));
        scene.topic.git(&["merge", "-q", "--no-edit", &ours]);
        scene.app.git(&["merge", "-q", "--no-edit", &theirs]);
        commit(&scene.topic, "a.txt", "a, again\n");
        commit(&scene.app, "b.txt", "b, again\n");
        scene
    }
    lands_and_goes_back(set, |scene| {
        assert_eq!(scene.app.read("a.txt") + &scene.app.read("b.txt"), "a, again\nb, again\n");
    });
}

#[test]
fn pointers_of_large_files_land_as_they_are_written() {
    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::new(sealed, |app| {
            commit(app, ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        });
        commit(&scene.topic, "large.bin", POINTER);
        scene
    }
    lands_and_goes_back(set, |scene| assert_eq!(scene.app.read("large.bin"), POINTER));
}

#[test]
fn a_file_that_both_renamed_is_a_conflict() {
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::plain(sealed);
        for (project, name) in [(&scene.topic, "src/there.txt"), (&scene.app, "src/here.txt")] {
            project.git(&["mv", "src/main.txt", name]);
            project.git(&["commit", "-q", "-m", "Rename"]);
        }
        scene
    }
    is_refused_in_every_way(set, 1, "merge_conflicts");
}

/// `src/long.txt` gets another name on one side and another first line on the other.
fn renamed_beside_a_change<'a>(
    sealed: &'a Sealed,
    renames: impl Fn(&Scene<'a>) -> [Project<'a>; 2],
) -> Scene<'a> {
    let long = "one line of many\n".repeat(20);
    let scene = Scene::new(sealed, |app| commit(app, "src/long.txt", &long));
    let [renames, changes] = renames(&scene);
    renames.git(&["mv", "src/long.txt", "src/new.txt"]);
    renames.git(&["commit", "-q", "-m", "Rename"]);
    commit(&changes, "src/long.txt", &format!("first\n{long}"));
    scene
}

#[test]
fn a_file_that_one_renamed_and_the_other_changed_is_changed_under_its_new_name() {
    let landed = |scene: &Scene<'_>| {
        assert!(scene.app.read("src/new.txt").starts_with("first\none line"));
        assert!(!scene.app.root.join("src/long.txt").exists());
    };
    let there = |project: &Project<'_>| project.root.clone();
    lands_and_goes_back(
        |sealed| {
            renamed_beside_a_change(sealed, |it| [sealed.at(there(&it.app)), sealed.at(there(&it.topic))])
        },
        landed,
    );
    lands_and_goes_back(
        |sealed| {
            renamed_beside_a_change(sealed, |it| [sealed.at(there(&it.topic)), sealed.at(there(&it.app))])
        },
        landed,
    );
}

#[test]
fn a_name_that_changes_its_case_only_changes_it() {
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::plain(sealed);
        scene.topic.git(&["mv", "src/main.txt", "src/MAIN.txt"]);
        scene.topic.git(&["commit", "-q", "-m", "Shout"]);
        scene
    }
    lands_and_goes_back(set, |scene| {
        let exists = |name| scene.app.root.join(name).exists();
        assert!(exists("src/MAIN.txt") && !exists("src/main.txt"));
    });
}

/// A link to the folder `outside`, in which something lies.
fn leading_away(sealed: &Sealed) -> Scene<'_> {
    let outside = sealed.root().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("theirs.txt"), "theirs\n").unwrap();
    let scene = Scene::plain(sealed);
    symlink(&outside, scene.topic.root.join("away")).unwrap();
    scene.topic.git(&["add", "away"]);
    scene.topic.git(&["commit", "-q", "-m", "Lead away"]);
    scene
}

#[test]
fn a_link_out_of_the_tree_lands_only_where_the_person_wants_it_and_nothing_is_written_through_it() {
    is_refused_in_every_way(leading_away, 3, "critic_denied");
    let sealed = Sealed::with_worker();
    let scene = leading_away(&sealed);
    let outside = sealed.root().join("outside");
    sealed.configure("[critic]\nwarn = [\"link_out\"]\n");
    scene.app.data(&["merge", "topic", "--keep"]);
    assert_eq!(fs::read_link(scene.app.root.join("away")).unwrap(), outside);
    // Where a folder was and a link comes, what would be written below it is not written outside.
    scene.topic.git(&["rm", "-q", "away"]);
    commit(&scene.topic, "away/theirs.txt", "another\n");
    scene.app.data(&["merge", "topic", "--keep"]);
    assert_eq!(scene.app.read("away/theirs.txt"), "another\n");
    assert_eq!(fs::read_to_string(outside.join("theirs.txt")).unwrap(), "theirs\n");
}

#[test]
fn ten_thousand_files_land() {
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::plain(sealed);
        for number in 0..10_000 {
            scene.topic.write(&format!("many/{}/{number}.txt", number / 100), &format!("{number}\n"));
        }
        scene.topic.git(&["add", "-A"]);
        scene.topic.git(&["commit", "-q", "-m", "Write many"]);
        scene
    }
    lands_and_goes_back(set, |scene| {
        assert_eq!(scene.app.git(&["ls-files", "many"]).lines().count(), 10_000);
        assert_eq!(scene.app.read("many/99/9999.txt"), "9999\n");
    });
}

#[test]
fn names_of_any_bytes_land() {
    const NAMES: [&[u8]; 4] = [b"two\nlines", b"tab\tand \"quotes\"", b"not utf-8 \xff\xfe", b"-rf"];
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::plain(sealed);
        for name in NAMES {
            fs::write(scene.topic.root.join(OsStr::from_bytes(name)), name).unwrap();
        }
        scene.topic.git(&["add", "-A"]);
        scene.topic.git(&["commit", "-q", "-m", "Name them"]);
        scene
    }
    lands_and_goes_back(set, |scene| {
        for name in NAMES {
            assert_eq!(fs::read(scene.app.root.join(OsStr::from_bytes(name))).unwrap(), name);
        }
    });
}

#[test]
fn a_workspace_on_no_branch_is_told() {
    fn set(sealed: &Sealed) -> Scene<'_> {
        let scene = Scene::plain(sealed);
        commit(&scene.topic, "new.txt", "new\n");
        scene.topic.git(&["checkout", "-q", "--detach"]);
        commit(&scene.topic, "newer.txt", "newer\n");
        scene
    }
    is_refused_in_every_way(set, 3, "git_busy");
}

#[test]
fn a_submodule_that_moves_on_moves_in_the_index_and_its_checkout_stays_the_persons() {
    let sealed = Sealed::with_worker();
    let lib = sealed.repository("lib");
    let first = tip(&lib, "main");
    let scene = Scene::new(&sealed, |app| {
        let from = lib.root.to_str().unwrap();
        app.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", from, "lib"]);
        app.git(&["commit", "-q", "-m", "Add lib"]);
    });
    commit(&lib, "more.txt", "more\n");
    let next = tip(&lib, "main");
    scene.topic.git(&["update-index", "--cacheinfo", &format!("160000,{next},lib")]);
    scene.topic.git(&["commit", "-q", "-m", "Move lib"]);
    let inside = scene.topic.beside(scene.topic.root.join("lib"));
    let fetch = |refs: &str| {
        inside.git(&["-c", "protocol.file.allow=always", "fetch", "-q", lib.root.to_str().unwrap(), refs])
    };
    fetch("main");
    inside.git(&["checkout", "-q", &next]);
    // As far as the submodule knows, nobody else has it yet.
    for words in [
        &["critic", "ship", "topic"][..],
        &["merge", "topic", "--keep"],
        &["ship", "topic", "--yes", "--keep"],
    ] {
        let ran = scene.app.owt(&[words, &["--json"]].concat());
        ran.refused(3, "critic_denied");
        assert!(ran.json()["data"].to_string().contains("unpushed_work"), "{:#}", ran.json());
    }
    fetch("main:refs/remotes/origin/main");
    Theirs::scattered(&scene.app);
    let before = (tip(&scene.app, "main"), Theirs::of(&scene.app));
    for words in [&["merge", "topic", "--keep"][..], &["ship", "topic", "--yes", "--keep"]] {
        scene.app.data(words);
        assert_eq!(scene.app.git(&["rev-parse", "main:lib"]), next);
        let checkout = scene.app.beside(scene.app.root.join("lib"));
        assert_eq!(checkout.git(&["rev-parse", "HEAD"]), first, "git leaves it, too");
        assert_eq!(Theirs::of(&scene.app), before.1);
        scene.app.data(&["undo", "--yes"]);
        assert_eq!((tip(&scene.app, "main"), &Theirs::of(&scene.app)), (before.0.clone(), &before.1));
    }
}

#[test]
fn a_target_that_is_checked_out_elsewhere_goes_along_there_and_nowhere_else() {
    for way in WAYS {
        let sealed = Sealed::with_worker();
        let app = sealed.repository("app");
        app.git(&["branch", "-q", "side"]);
        let elsewhere = sealed.work().join("elsewhere");
        app.git(&["worktree", "add", "-q", elsewhere.to_str().unwrap(), "side"]);
        let elsewhere = app.beside(elsewhere);
        elsewhere.write("draft.txt", "draft\n");
        from_side(&app);
        commit(&app.workspace("topic"), "new.txt", "new\n");
        let (witness, before) = (app.witness(), tip(&app, "side"));
        app.data(way.words());
        witness.assert_untouched(&["refs/heads/side", "refs/heads/topic"]);
        assert_eq!(elsewhere.read("new.txt") + &elsewhere.read("draft.txt"), "new\ndraft\n", "{way:?}");
        assert_eq!(elsewhere.git(&["status", "--porcelain"]), "?? draft.txt", "{way:?}");
        app.data(&["undo", "--yes"]);
        witness.assert_untouched(&[]);
        assert_eq!((tip(&app, "side"), elsewhere.read("draft.txt")), (before, "draft\n".to_owned()));
        assert_eq!(elsewhere.git(&["status", "--porcelain"]), "?? draft.txt", "{way:?}");
    }
}
