//! A disk that is full, a home that cannot be written: one clear error, and everything half made taken back.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::mounts::Mount;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

const START: &[&str] = &["new", "Make it", "--branch", "topic", "--agent", "worker", "--headless"];

/// A home with these mounts, on which work begins however full they are; none, and the reason printed, where the machine
/// has no such thing.
fn with_mounts(sealed: Sealed, mounts: &[Mount<'_>]) -> Option<Sealed> {
    match sealed.with("OWT_WORKTREE_MIN_FREE_SPACE", "none").with_mounts(mounts) {
        Ok(sealed) => Some(sealed),
        Err(why) => {
            println!("skipped: this machine cannot make mounts for a test: {why}");
            None
        }
    }
}

#[track_caller]
fn nothing_was_made(app: &Project<'_>) {
    assert_eq!(app.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
    assert_eq!(app.data(&["list", "--all-repos"]), serde_json::json!([]));
}

fn shell(sealed: &Sealed, line: &str) -> Ran {
    Ran::of(&sealed.command("sh", &sealed.work()).args(["-c", line]))
}

#[test]
fn the_disk_of_the_home_is_full() {
    let sealed = Sealed::with_worker();
    let config = fs::read_to_string(sealed.owt_home().join("config.toml")).unwrap();
    let home = sealed.owt_home();
    let Some(sealed) = with_mounts(sealed, &[Mount::Small("6m", &home)]) else { return };
    let sealed = sealed.with("CONFIG", config);
    shell(&sealed, "printf %s \"$CONFIG\" > \"$OWT_HOME/config.toml\"").done();
    let app = sealed.repository("app");
    app.data(&["list"]);
    let fill = shell(&sealed, "dd if=/dev/zero of=\"$OWT_HOME/fill\" bs=4k");
    assert!(fill.stderr.contains("No space left"), "{fill:?}");
    let witness = app.witness();
    app.refused(START, 1, "no_space");
    witness.assert_untouched(&[]);
    shell(&sealed, "rm \"$OWT_HOME/fill\"").done();
    nothing_was_made(&app);
    app.data(START);
    app.data(&["wait", "topic"]);
    assert_eq!(sealed.runs("topic"), 1);
}

#[test]
fn the_disk_of_the_worktrees_is_full() {
    let sealed = Sealed::with_worker();
    let small = sealed.root().join("small");
    fs::create_dir(&small).unwrap();
    sealed.configure(&format!("[worktree]\nbase_directory = \"{}\"\n", small.display()));
    let Some(sealed) = with_mounts(sealed, &[Mount::Small("1m", &small)]) else { return };
    let app = sealed.repository("app");
    app.write("large.bin", &"incompressible? it need not be\n".repeat(100_000));
    app.git(&["add", "."]);
    app.git(&["commit", "-q", "-m", "Grow"]);
    let witness = app.witness();
    app.refused(START, 1, "no_space");
    nothing_was_made(&app);
    witness.assert_untouched(&[]);
    assert_eq!(shell(&sealed, &format!("ls -A {}", small.display())).done(), "");
    assert_eq!(sealed.runs("topic"), 0);
}

#[test]
fn a_disk_with_little_room_is_refused_before_anything_is_made() {
    let sealed = Sealed::with_worker();
    let small = sealed.root().join("small");
    fs::create_dir(&small).unwrap();
    sealed.configure(&format!("[worktree]\nbase_directory = \"{}\"\n", small.display()));
    let Some(sealed) = with_mounts(sealed, &[Mount::Small("64m", &small)]) else { return };
    let sealed = sealed.with("OWT_WORKTREE_MIN_FREE_SPACE", "100MB");
    let app = sealed.repository("app");
    let witness = app.witness();
    let error = app.refused(START, 1, "no_space");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("worktree.min_free_space") && message.contains("100 MB"), "{error}");
    nothing_was_made(&app);
    witness.assert_untouched(&[]);
    assert_eq!(shell(&sealed, &format!("ls -A {}", small.display())).done(), "");
    let sealed = sealed.with("OWT_WORKTREE_MIN_FREE_SPACE", "50MB");
    let app = sealed.at(sealed.work().join("app"));
    app.data(START);
    app.data(&["wait", "topic"]);
    assert_eq!(sealed.runs("topic"), 1);
}

#[test]
fn a_home_of_ours_that_cannot_be_written() {
    let sealed = Sealed::with_worker();
    let home = sealed.owt_home();
    let Some(sealed) = with_mounts(sealed, &[Mount::ReadOnly(&home)]) else { return };
    let app = sealed.repository("app");
    let witness = app.witness();
    app.refused(START, 1, "home_not_writable");
    app.refused(&["list"], 1, "home_not_writable");
    witness.assert_untouched(&[]);
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_home_of_the_person_that_cannot_be_written() {
    let sealed = Sealed::with_worker();
    let home = sealed.root().join("home");
    let Some(sealed) = with_mounts(sealed, &[Mount::ReadOnly(&home)]) else { return };
    let app = sealed.repository("app");
    let without = ["--json"].iter().chain(START).copied();
    Ran::of(&sealed.owt(&app.root, without).env_remove("OWT_HOME")).refused(1, "home_not_writable");
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
    // With a home of ours elsewhere nothing needs the person's.
    app.data(START);
    app.data(&["wait", "topic"]);
    assert_eq!(app.workspace("topic").read("made.txt"), "made\n");
}

/// Starts with less and less room: what is refused has left nothing or is carried through as soon as there is room.
fn begins_once_or_not_at_all(app: &Project<'_>, disk: &Disk<'_>) {
    for pages in TIGHT {
        let branch = format!("b{pages}");
        disk.fill_but(pages);
        let ran =
            app.owt(&["--json", "new", "Make it", "--branch", &branch, "--agent", "worker", "--headless"]);
        disk.free();
        if ran.code != 0 {
            drop(ran.refused(1, "no_space"));
        }
        let listed = app.data(&["list"]);
        let is_there = listed.as_array().unwrap().iter().any(|it| it["branch"] == branch.as_str());
        assert!(is_there || ran.code != 0, "{ran:#?}");
        if is_there {
            // A server that starts takes up at once what waits; a running one does so now and then.
            app.data(&["server", "stop"]);
            app.data(&["wait", &branch, "--timeout", "60s"]);
        } else {
            assert_eq!(app.git(&["branch", "--list", &branch]), "", "{pages} pages: {ran:#?}");
        }
        assert_eq!(disk.sealed.runs(&branch), usize::from(is_there), "{pages} pages: {ran:#?}");
    }
}

/// A disk that can be filled to the last page.
struct Disk<'a> {
    sealed: &'a Sealed,
    at: PathBuf,
}

impl Disk<'_> {
    /// Leaves this many pages free.
    fn fill_but(&self, pages: usize) {
        let fill = self.at.join("fill");
        let line = format!(
            "dd if=/dev/zero of='{0}' bs=4k 2>&1; truncate -s -$((4096 * {pages})) '{0}'",
            fill.display()
        );
        let filled = shell(self.sealed, &line).done();
        assert!(filled.contains("No space left"), "{filled}");
    }

    fn free(&self) {
        shell(self.sealed, &format!("rm '{}'", self.at.join("fill").display())).done();
    }
}

/// What must still be there, wherever the disk was full: the commit, the change that is in no commit, the new file,
/// the ignored one.
#[track_caller]
fn assert_whole(app: &Project<'_>, path: &str) {
    let there = app.beside(path);
    let read =
        "cat made.txt README.md new.txt large.log | cksum; git log --format=%s; git status --porcelain";
    let read = Ran::of(&app.sealed.command("sh", &there.root).args(["-c", read])).done();
    let rest = read.split_once('\n').unwrap().1;
    assert_eq!(rest, "Make something\nStart\n M README.md\n?? new.txt\n", "{read}");
}

/// A worktree with something of every kind in it, everything on this disk.
fn furnished<'a>(sealed: &'a Sealed, root: &Path) -> (Project<'a>, String) {
    let app = sealed.at(root.join("app"));
    let setup = "git init -q -b main . && printf '*.log\n' > .gitignore && echo '# Sample' > README.md && git add . \
                 && git commit -q -m Start";
    shell(sealed, &format!("mkdir '{}'", app.root.display())).done();
    Ran::of(&sealed.command("sh", &app.root).args(["-c", setup])).done();
    app.data(START);
    app.data(&["wait", "topic"]);
    let path = app.data(&["show", "topic"])["path"].as_str().unwrap().to_owned();
    let dirty = "echo changed >> README.md; head -c 40000 /dev/urandom > new.txt; head -c 9000 /dev/urandom > large.log";
    Ran::of(&sealed.command("sh", Path::new(&path)).args(["-c", dirty])).done();
    (app, path)
}

/// Free pages of a disk on which something may begin and not end.
const TIGHT: [usize; 9] = [0, 1, 2, 3, 5, 8, 12, 20, 40];

/// Deletes and restores with less and less room. What is refused leaves everything as it was or is finished as soon
/// as there is room again, when it is asked for once more; what comes back is whole.
fn loses_nothing_on(app: &Project<'_>, path: &str, disk: &Disk<'_>) {
    let mut refused = 0;
    for pages in TIGHT {
        let mut with_little_room = |words: &[&str], settled: &str| {
            disk.fill_but(pages);
            let ran = app.owt(&[&["--json"], words].concat());
            disk.free();
            if ran.code == 0 {
                return;
            }
            refused += 1;
            let error = ran.refused(1, "no_space");
            if error["message"].as_str().unwrap().contains("stays") {
                assert_whole(app, path);
            }
            let again = app.owt(&[&["--json"], words].concat());
            // It may have been finished meanwhile, without being asked again.
            if again.code != 0 {
                assert_eq!(again.json()["error"]["code"], settled, "{pages} pages: {again:#?}");
            }
        };
        with_little_room(&["delete", "topic", "--force", "--yes"], "not_found");
        assert_eq!(app.data(&["list"]), serde_json::json!([]));
        assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
        assert_eq!(app.git(&["branch", "--list", "topic"]), "");
        with_little_room(&["restore", "topic"], "path_taken");
        assert_whole(app, path);
        assert_eq!(app.only_workspace()["name"], "topic");
    }
    assert!(refused > 2, "the disk was too small now and then");
}

#[test]
fn nothing_is_lost_when_the_disk_of_the_home_fills_up() {
    let sealed = Sealed::with_worker();
    let config = fs::read_to_string(sealed.owt_home().join("config.toml")).unwrap();
    let home = sealed.owt_home();
    let Some(sealed) = with_mounts(sealed, &[Mount::Small("12m", &home)]) else { return };
    let sealed = sealed.with("CONFIG", config);
    shell(&sealed, "printf %s \"$CONFIG\" > \"$OWT_HOME/config.toml\"").done();
    let (app, path) = furnished(&sealed, &sealed.work());
    let disk = Disk { sealed: &sealed, at: home };
    begins_once_or_not_at_all(&app, &disk);
    for pages in TIGHT {
        let branch = format!("b{pages}");
        if app.owt(&["show", &branch]).code == 0 {
            app.data(&["delete", &branch, "--force", "--yes"]);
        }
    }
    loses_nothing_on(&app, &path, &disk);
    assert_eq!(sealed.runs("topic"), 1);
}

#[test]
fn nothing_is_lost_when_the_disk_of_the_repository_fills_up() {
    let sealed = Sealed::with_worker();
    let small = sealed.root().join("small");
    fs::create_dir(&small).unwrap();
    let Some(sealed) = with_mounts(sealed, &[Mount::Small("3m", &small)]) else { return };
    let (app, path) = furnished(&sealed, &small);
    loses_nothing_on(&app, &path, &Disk { sealed: &sealed, at: small });
    assert_eq!(sealed.runs("topic"), 1);
}
