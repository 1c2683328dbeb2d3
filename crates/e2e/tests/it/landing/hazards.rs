//! The hazards of landing, each with the real program and the real git: whether the work lands or not, what the person has
//! lying about in their checkout, their stash and their other refs are afterwards what they were, to the byte. What happens where
//! the disk is full or objects cannot be written is tried in `owt-git` (`failing_disk.rs`), and where others move the target at
//! each step in the simulation.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::finish;
use super::has;
use super::tip;
use crate::agents::install_script;
use crate::project::Project;
use crate::sealed::Sealed;

/// What is the person's beside the target: where they stand, and all that no commit has.
#[derive(Debug, PartialEq, Eq)]
struct Theirs {
    files: Vec<String>,
    stash: String,
    refs: String,
    head: String,
    settings: String,
}

impl Theirs {
    fn scattered(app: &Project<'_>) {
        app.write("README.md", "# Stashed\n");
        app.git(&["stash", "push", "-q", "-m", "Later"]);
        app.write("README.md", "# Half a thought\n");
        app.write("src/staged.txt", "staged\n");
        app.git(&["add", "src/staged.txt"]);
        app.write("mine.txt", "mine\n");
        app.write("build/out", "built\n");
        app.git(&["tag", "theirs"]);
        app.git(&["branch", "-q", "other"]);
    }

    fn of(app: &Project<'_>) -> Self {
        let read =
            ["README.md", "src/staged.txt", "mine.txt", "build/out", "debug.log"].map(|file| app.read(file));
        let refs =
            app.git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/tags", "refs/heads/other"]);
        Self {
            files: read.to_vec(),
            stash: app.git(&["stash", "list", "--format=%H %gs"]),
            refs,
            head: app.git(&["symbolic-ref", "HEAD"]),
            settings: app.read(".git/config"),
        }
    }
}

/// A repository in which the person works, with a workspace `topic` beside it.
struct Scene<'a> {
    app: Project<'a>,
    topic: Project<'a>,
}

impl<'a> Scene<'a> {
    /// `before` is done in the repository before the workspace is made.
    fn new(sealed: &'a Sealed, before: impl FnOnce(&Project<'a>)) -> Self {
        let app = sealed.repository("app");
        before(&app);
        finish(&app, "topic");
        let topic = app.workspace("topic");
        Self { app, topic }
    }

    fn plain(sealed: &'a Sealed) -> Self {
        Self::new(sealed, |_| {})
    }

    /// Lands `topic`, which must come in whole, and nothing else of the person's be another.
    #[track_caller]
    fn lands(&self) -> Value {
        Theirs::scattered(&self.app);
        let (before, lands) = (Theirs::of(&self.app), tip(&self.app, "topic"));
        let merged = self.app.data(&["merge", "topic", "--keep"]);
        assert_eq!(merged["outcome"], "landed", "{merged:#}");
        assert_eq!(Theirs::of(&self.app), before);
        assert!(has(&self.app, "main", &lands));
        assert_eq!(self.app.git(&["for-each-ref", "refs/owt/landings"]), "");
        merged
    }

    /// Tries to; it must be refused, and not a byte or a ref be another, here or in the workspace.
    #[track_caller]
    fn is_refused(&self, exit: i32, code: &str) -> Value {
        Theirs::scattered(&self.app);
        let (witness, there) = (self.app.witness(), self.topic.witness());
        let refused = self.app.refused(&["merge", "topic"], exit, code);
        witness.assert_untouched(&[]);
        there.assert_untouched(&[]);
        refused
    }
}

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

#[test]
fn a_target_that_has_moved_is_landed_upon() {
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    commit(&scene.topic, "new.txt", "new\n");
    commit(&scene.app, "meanwhile.txt", "meanwhile\n");
    scene.lands();
    assert_eq!(
        (scene.app.read("new.txt").as_str(), scene.app.read("meanwhile.txt").as_str()),
        ("new\n", "meanwhile\n")
    );
}

#[test]
fn a_target_that_is_gone_is_named() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.git(&["branch", "-q", "side"]);
    from_side(&app);
    let scene = Scene { topic: app.workspace("topic"), app };
    commit(&scene.topic, "new.txt", "new\n");
    scene.app.git(&["branch", "-q", "-D", "side"]);
    let refused = scene.is_refused(5, "unknown_target");
    assert!(refused.to_string().contains("side"), "{refused:#}");
}

#[test]
fn histories_that_have_nothing_in_common_do_not_mix() {
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    let tree = scene.topic.git(&["write-tree"]);
    let other = scene.topic.git(&["commit-tree", "-m", "From elsewhere", &tree]);
    scene.topic.git(&["reset", "-q", "--hard", &other]);
    commit(&scene.topic, "new.txt", "new\n");
    scene.is_refused(3, "unrelated_histories");
}

#[test]
fn a_criss_cross_lands_as_git_merges_it() {
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    commit(&scene.topic, "a.txt", "a\n");
    commit(&scene.app, "b.txt", "b\n");
    let (ours, theirs) = (tip(&scene.app, "main"), tip(&scene.app, "topic"));
    scene.topic.git(&["merge", "-q", "--no-edit", &ours]);
    scene.app.git(&["merge", "-q", "--no-edit", &theirs]);
    commit(&scene.topic, "a.txt", "a, again\n");
    commit(&scene.app, "b.txt", "b, again\n");
    scene.lands();
    assert_eq!(
        (scene.app.read("a.txt").as_str(), scene.app.read("b.txt").as_str()),
        ("a, again\n", "b, again\n")
    );
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
    inside.git(&["-c", "protocol.file.allow=always", "fetch", "-q", lib.root.to_str().unwrap(), "main"]);
    inside.git(&["checkout", "-q", &next]);
    scene.lands();
    assert_eq!(scene.app.git(&["rev-parse", "main:lib"]), next);
    assert_eq!(
        scene.app.beside(scene.app.root.join("lib")).git(&["rev-parse", "HEAD"]),
        first,
        "git leaves it, too"
    );
}

#[test]
fn pointers_of_large_files_land_as_they_are_written() {
    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    let sealed = Sealed::with_worker();
    let scene = Scene::new(&sealed, |app| {
        commit(app, ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    });
    commit(&scene.topic, "large.bin", POINTER);
    scene.lands();
    assert_eq!(scene.app.read("large.bin"), POINTER);
}

#[test]
fn a_file_that_both_renamed_is_a_conflict() {
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    for (project, name) in [(&scene.topic, "src/there.txt"), (&scene.app, "src/here.txt")] {
        project.git(&["mv", "src/main.txt", name]);
        project.git(&["commit", "-q", "-m", "Rename"]);
    }
    scene.is_refused(1, "merge_conflicts");
}

#[test]
fn a_name_that_changes_its_case_only_changes_it() {
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    scene.topic.git(&["mv", "src/main.txt", "src/MAIN.txt"]);
    scene.topic.git(&["commit", "-q", "-m", "Shout"]);
    scene.lands();
    assert!(scene.app.root.join("src/MAIN.txt").exists() && !scene.app.root.join("src/main.txt").exists());
}

#[test]
fn a_link_out_of_the_tree_lands_as_a_link_and_nothing_is_written_through_it() {
    let sealed = Sealed::with_worker();
    let outside = sealed.root().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("theirs.txt"), "theirs\n").unwrap();
    let scene = Scene::plain(&sealed);
    symlink(&outside, scene.topic.root.join("away")).unwrap();
    scene.topic.git(&["add", "away"]);
    scene.topic.git(&["commit", "-q", "-m", "Lead away"]);
    scene.is_refused(3, "critic_denied");
    // Who wants it so has it so.
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
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    for number in 0..10_000 {
        scene.topic.write(&format!("many/{}/{number}.txt", number / 100), &format!("{number}\n"));
    }
    scene.topic.git(&["add", "-A"]);
    scene.topic.git(&["commit", "-q", "-m", "Write many"]);
    scene.lands();
    assert_eq!(scene.app.git(&["ls-files", "many"]).lines().count(), 10_000);
    assert_eq!(scene.app.read("many/99/9999.txt"), "9999\n");
}

#[test]
fn names_of_any_bytes_land() {
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    let names: [&[u8]; 4] = [b"two\nlines", b"tab\tand \"quotes\"", b"not utf-8 \xff\xfe", b"-rf"];
    for name in names {
        fs::write(scene.topic.root.join(OsStr::from_bytes(name)), name).unwrap();
    }
    scene.topic.git(&["add", "-A"]);
    scene.topic.git(&["commit", "-q", "-m", "Name them"]);
    scene.lands();
    for name in names {
        assert_eq!(fs::read(scene.app.root.join(OsStr::from_bytes(name))).unwrap(), name);
    }
}

#[test]
fn a_hook_that_hangs_is_ended() {
    let sealed = Sealed::with_worker();
    sealed.configure("[worktree]\nhook_limit = \"1s\"\n");
    let scene = Scene::plain(&sealed);
    commit(&scene.topic, "new.txt", "new\n");
    commit(&scene.app, "meanwhile.txt", "meanwhile\n");
    install_script(&sealed, "hook", "exec sleep 1000\n");
    fs::copy(sealed.bin().join("hook"), scene.app.root.join(".git/hooks/pre-merge-commit")).unwrap();
    let listed = scene.app.data(&["approvals"]);
    scene.app.data(&["approvals", "allow", listed[0]["digest"].as_str().unwrap()]);
    scene.is_refused(1, "git_failed");
}

#[test]
fn a_lock_of_another_git_is_waited_for_by_nobody_and_stays() {
    for lock in [".git/index.lock", ".git/refs/heads/main.lock"] {
        let sealed = Sealed::with_worker();
        let scene = Scene::plain(&sealed);
        commit(&scene.topic, "new.txt", "new\n");
        Theirs::scattered(&scene.app);
        scene.app.write(lock, "");
        let (witness, there) = (scene.app.witness(), scene.topic.witness());
        let ran = scene.app.owt(&["merge", "topic", "--json"]);
        assert_eq!(ran.json()["ok"], false, "{lock}: {:#}", ran.json());
        witness.assert_untouched(&[]);
        there.assert_untouched(&[]);
        assert_eq!(scene.app.read(lock), "");
        fs::remove_file(scene.app.root.join(lock)).unwrap();
        scene.app.data(&["merge", "topic"]);
        assert_eq!(scene.app.read("new.txt"), "new\n");
    }
}

#[test]
fn a_workspace_on_no_branch_is_told() {
    let sealed = Sealed::with_worker();
    let scene = Scene::plain(&sealed);
    commit(&scene.topic, "new.txt", "new\n");
    scene.topic.git(&["checkout", "-q", "--detach"]);
    commit(&scene.topic, "newer.txt", "newer\n");
    scene.is_refused(3, "git_busy");
}

#[test]
fn a_target_that_is_checked_out_elsewhere_goes_along_there_and_nowhere_else() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.git(&["branch", "-q", "side"]);
    let elsewhere = sealed.work().join("elsewhere");
    app.git(&["worktree", "add", "-q", elsewhere.to_str().unwrap(), "side"]);
    let elsewhere = app.beside(elsewhere);
    elsewhere.write("draft.txt", "draft\n");
    from_side(&app);
    let topic = app.workspace("topic");
    commit(&topic, "new.txt", "new\n");
    let witness = app.witness();
    app.data(&["merge", "topic", "--keep"]);
    witness.assert_untouched(&["refs/heads/side"]);
    assert_eq!(
        (elsewhere.read("new.txt").as_str(), elsewhere.read("draft.txt").as_str()),
        ("new\n", "draft\n")
    );
    assert_eq!(elsewhere.git(&["status", "--porcelain"]), "?? draft.txt");
}
