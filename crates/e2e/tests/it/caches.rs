//! Build caches of a new worktree: shared with the main checkout where the file system can, and told either way. Each
//! file system is one in a file, mounted for the test.

use std::fs::File;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::PathBuf;

use owt_process::Child;
use owt_process::Cmd;
use owt_process::Streams;
use serde_json::Value;

use crate::mounts::Mount;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

const MEBIBYTE: u64 = 1024 * 1024;

/// The image is a file of holes. XFS refuses to share in an allocation group that is nearly full, and in a small image
/// its log fills one.
const IMAGE_BYTES: u64 = 4096 * MEBIBYTE;

/// A home with a disk of this kind below it; none, and the reason printed, where the machine has no such thing.
fn with_disk(mkfs: &str, options: &[&str]) -> Option<(Sealed, PathBuf)> {
    let sealed = Sealed::with_worker();
    let (image, disk) = (sealed.root().join("image"), sealed.root().join("disk"));
    std::fs::create_dir(&disk).unwrap();
    File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
    let skipped = |why: String| println!("skipped: no disk by {mkfs} for a test: {why}");
    let Some(program) = owt_process::find_program(mkfs, "/usr/sbin:/sbin:/usr/bin:/usr/local/sbin", &[])
    else {
        skipped("it is not installed".to_owned());
        return None;
    };
    if let Err(error) = Cmd::new(program.as_str()).args(options.iter().copied()).arg(&image).run_checked() {
        skipped(error.to_string());
        return None;
    }
    match sealed.with_mounts(&[Mount::Image(&image, &disk)]) {
        Ok(sealed) => Some((sealed, disk)),
        Err(why) => {
            skipped(why);
            None
        }
    }
}

/// A project that has been built, with an environment of Python that names its own place.
fn built(sealed: &Sealed, disk: &std::path::Path) -> PathBuf {
    let line = "mkdir app && cd app && git init -q -b main . \
        && printf '[package]\\nname = \"app\"\\nversion = \"1.0.0\"\\n' > Cargo.toml \
        && printf 'target\\n.venv\\n' > .gitignore && git add . && git commit -q -m Start \
        && mkdir -p target/debug/deps .venv/bin && touch target/debug/.cargo-lock \
        && echo \"VIRTUAL_ENV=$PWD/.venv\" > .venv/bin/activate \
        && for n in 1 2 3 4 5 6 7 8; do head -c 1048576 /dev/urandom > target/debug/deps/$n; done \
        && touch -d 2020-01-01 target/debug/deps/1 && sync";
    Ran::of(&sealed.command("sh", disk).args(["-c", line])).done();
    disk.join("app")
}

/// What was made beside it.
fn beside(app: &Project<'_>, branch: &str) -> Value {
    let words = ["new", "Make it", "--branch", branch, "--agent", "worker", "--headless", "--no-deps"];
    app.data(&words);
    app.data(&["wait", branch]);
    Ran::of(&app.sealed.command("sync", &app.sealed.work())).done();
    app.data(&["show", branch])
}

fn in_folder(app: &Project<'_>, shown: &Value, line: &str) -> String {
    let folder = PathBuf::from(shown["path"].as_str().unwrap());
    Ran::of(&app.sealed.command("sh", &folder).args(["-c", line])).done()
}

/// Holds the lock of a build until it is dropped.
fn building(app: &Project<'_>) -> Child {
    let line = "exec 9< target/debug/.cargo-lock && flock 9 && echo up && exec cat";
    let command = app.sealed.command("sh", &app.root).args(["-c", line]);
    let mut build = command.spawn(Streams::piped()).unwrap();
    let mut said = String::new();
    BufReader::new(build.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "up\n");
    build
}

#[test]
fn caches_are_shared_where_the_disk_can_and_nobody_builds() {
    let Some((sealed, disk)) = with_disk("mkfs.xfs", &["-q", "-m", "reflink=1"]) else { return };
    let root = built(&sealed, &disk);
    let app = sealed.at(&root);
    let build = building(&app);
    let busy = beside(&app, "busy");
    assert_eq!(busy["furnishing"]["carried"], serde_json::json!([]), "{busy:#}");
    assert!(busy["furnishing"]["rebuilt"].to_string().contains("a build is running there"), "{busy:#}");
    drop(build);

    let shown = beside(&app, "topic");
    let furnishing = &shown["furnishing"];
    assert!(furnishing["carried"].to_string().contains("target"), "{shown:#}");
    assert!(furnishing["rebuilt"].to_string().contains(".venv"), "{shown:#}");
    let own = shown["disk"]["exclusive_bytes"].as_u64().unwrap();
    assert!(own < 2 * MEBIBYTE && shown["disk"]["complete"] == true, "{own} bytes of 8 MiB: {shown:#}");
    let same = format!(
        "cmp target/debug/deps/8 {}/target/debug/deps/8 && ls -d .venv 2> /dev/null; \
        stat -c %Y target/debug/deps/1; git status --porcelain",
        root.display()
    );
    assert_eq!(in_folder(&app, &shown, &same), "1577836800\n");
    // What changes is its own.
    in_folder(&app, &shown, "head -c 1048576 /dev/urandom > target/debug/deps/8 && sync");
    let changed = app.data(&["show", "topic"])["disk"]["exclusive_bytes"].as_u64().unwrap();
    assert!((MEBIBYTE..2 * MEBIBYTE).contains(&(changed - own)), "{own} and then {changed}");
    let looked = app.data(&["cleanup", "--days", "0", "--dry-run"]);
    let cache = looked["items"].as_array().unwrap().iter().find(|item| item["workspace"] == "topic").unwrap();
    let frees = cache["frees_bytes"].as_u64().unwrap();
    assert!((MEBIBYTE..2 * MEBIBYTE).contains(&frees), "what is shared would not be free: {looked:#}");
}

#[test]
fn caches_are_built_anew_where_the_disk_shares_nothing() {
    let Some((sealed, disk)) = with_disk("mkfs.ext4", &["-q"]) else { return };
    let root = built(&sealed, &disk);
    let app = sealed.at(&root);
    let shown = beside(&app, "topic");
    assert_eq!(shown["furnishing"]["carried"], serde_json::json!([]), "{shown:#}");
    let rebuilt = shown["furnishing"]["rebuilt"].to_string();
    assert!(rebuilt.contains("target") && rebuilt.contains("cannot share data"), "{shown:#}");
    assert!(rebuilt.contains(".venv") && rebuilt.contains("absolute paths"), "{shown:#}");
    assert_eq!(
        in_folder(&app, &shown, "ls -A; git status --porcelain"),
        ".git\n.gitignore\nCargo.toml\nmade.txt\n"
    );
    let text = app.owt(&["show", "topic"]).done();
    assert!(text.contains("built anew target") && text.contains("of its own"), "{text}");
    // Links to what lies elsewhere, as package stores make them, are not its own.
    let own = shown["disk"]["exclusive_bytes"].as_u64().unwrap();
    in_folder(&app, &shown, "mkdir node_modules && ln ../app/target/debug/deps/1 node_modules/1");
    let linked = app.data(&["show", "topic"])["disk"]["exclusive_bytes"].as_u64().unwrap();
    assert!(linked - own < MEBIBYTE, "{own} and then {linked}");
}
