//! Caches on a file system that can share data: an image of one, mounted for the test where the system allows it.

use std::fs;
use std::fs::File;
use std::os::unix::fs::symlink;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::environment::Ecosystem;
use owt_environment::WorktreeEnvironments;
use owt_ports::Effort;
use owt_ports::Environments;
use owt_ports::Listing;
use owt_ports::SurveyRequest;
use owt_process::Cmd;
use owt_process::find_program;
use tempfile::TempDir;

use crate::world::World;
use crate::world::environment;
use crate::world::write;

const MEBIBYTE: u64 = 1024 * 1024;

/// The image is a file of holes. XFS refuses to share in an allocation group that is nearly full, and in a small image
/// its log fills one.
const IMAGE_BYTES: u64 = 4096 * MEBIBYTE;

/// A mounted image.
struct Volume {
    dir: TempDir,
    place: AbsPath,
}

impl Volume {
    /// XFS or btrfs; `None` where neither can be made and mounted, which is said.
    #[expect(clippy::print_stdout, reason = "what is not tried is said")]
    fn mounted() -> Option<Self> {
        let volume = Self::try_mount("mkfs.xfs", &["-q", "-m", "reflink=1"])
            .or_else(|| Self::try_mount("mkfs.btrfs", &["-q"]));
        if volume.is_none() {
            println!("not tried: no file system that shares data can be made and mounted here");
        }
        volume
    }

    fn try_mount(program: &str, options: &[&str]) -> Option<Self> {
        let path = format!("{}:/usr/sbin:/sbin", environment()["PATH"]);
        let program = find_program(program, &path, &[])?;
        let dir = tempfile::tempdir().unwrap();
        let image = dir.path().join("image");
        File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
        Cmd::new(program.as_str()).args(options.iter().copied()).arg(&image).run_checked().ok()?;
        let place = AbsPath::new(fs::canonicalize(dir.path()).unwrap()).unwrap().join("volume");
        fs::create_dir(&place).unwrap();
        let mount = Cmd::new("mount").args(["-o", "loop"]).arg(&image).arg(place.as_str());
        mount.run_checked().ok()?;
        Some(Self { dir, place })
    }

    fn world(&self) -> World {
        World::at(&self.place)
    }
}

impl Drop for Volume {
    #[expect(clippy::print_stdout, reason = "a mount that stays is said")]
    fn drop(&mut self) {
        let unmounted = Cmd::new("umount").arg(self.place.as_str()).run_checked();
        if let Err(error) = unmounted {
            println!("{} stays mounted: {error}", self.dir.path().display());
        }
    }
}

fn exclusive(folder: &AbsPath) -> u64 {
    // Space is given out late: before that, extents are nobody's.
    Cmd::new("sync").run_checked().unwrap();
    WorktreeEnvironments.footprint(folder, Effort::Whatever).unwrap().exclusive
}

#[test]
fn caches_share_their_data_until_they_change() {
    let Some(volume) = Volume::mounted() else { return };
    let world = volume.world();
    world.write_both("Cargo.toml", "");
    world.write("target/debug/.cargo-lock", "");
    for number in 0..32_u8 {
        write(&world.source.join(&format!("target/debug/deps/{number}")), &vec![number; MEBIBYTE as usize]);
    }
    let (source, target) = (world.source.join("target"), world.worktree.join("target"));
    assert!(exclusive(&source) >= 32 * MEBIBYTE);
    // What a crash has left of an earlier try.
    write(&world.worktree.join(".owt-partial/half"), b"x");
    let furnished = world.carry(&["target"]);
    assert_eq!((furnished.carried.len(), furnished.rebuilt.len()), (1, 0), "{furnished:?}");
    assert_eq!((furnished.carried[0].bytes, furnished.carried[0].files), (32 * MEBIBYTE, 33));
    assert!(exclusive(&target) < MEBIBYTE && exclusive(&source) < MEBIBYTE);
    assert!(!world.has(".owt-partial"));
    let modified = |root: &AbsPath| fs::metadata(root.join("debug/deps/7")).unwrap().modified().unwrap();
    assert_eq!(modified(&source), modified(&target));
    write(&target.join("debug/deps/7"), &vec![0; MEBIBYTE as usize]);
    assert!((MEBIBYTE..2 * MEBIBYTE).contains(&exclusive(&target)), "{}", exclusive(&target));
    assert_eq!(fs::read(source.join("debug/deps/7")).unwrap(), vec![7; MEBIBYTE as usize]);
    assert_eq!(world.carry(&["target"]).carried, [], "a second time there is nothing to do");
}

#[test]
fn two_file_systems_share_nothing() {
    let Some(volume) = Volume::mounted() else { return };
    let mut world = World::new();
    world.source = volume.place.join("app");
    fs::create_dir_all(&world.source).unwrap();
    world.write_both("Cargo.toml", "");
    world.write("target/debug/app", "x");
    let furnished = world.carry(&["target"]);
    assert_eq!(furnished.rebuilt[0].reason, "the file system cannot share data between the two checkouts");
    assert!(!world.has("target") && !world.has(".owt-partial"));
}

const LOCK: &str = r#"{"packages":{"":{},"node_modules/a":{"version":"1.0.0","integrity":"x"},
    "node_modules/fs":{"version":"2.0.0","optional":true}}}"#;

#[test]
fn npms_packages_save_the_install_only_when_they_are_complete() {
    let Some(volume) = Volume::mounted() else { return };
    let world = volume.world();
    world.write_both("package.json", r#"{"dependencies":{"a":"1"}}"#);
    world.write_both("package-lock.json", LOCK);
    world.write("node_modules/a/cli.js", "1");
    fs::create_dir_all(world.source.join("node_modules/.bin")).unwrap();
    symlink("../a/cli.js", world.source.join("node_modules/.bin/a")).unwrap();
    let record = |version: &str| {
        let text =
            format!(r#"{{"packages":{{"node_modules/a":{{"version":"{version}","integrity":"x"}}}}}}"#);
        world.write("node_modules/.package-lock.json", &text);
    };
    record("0.9.0");
    let stale = world.carry(&["node_modules"]);
    assert_eq!(stale.rebuilt[0].reason, "it is not all that package-lock.json asks for");
    assert!(!world.has("node_modules") && !world.has(".owt-partial"));
    record("1.0.0");
    let complete = world.carry(&["node_modules"]);
    assert_eq!((complete.carried.len(), complete.installed.len()), (1, 1), "{complete:?}");
    let request = SurveyRequest {
        root: world.worktree.clone(),
        listing: Listing::Walk,
        search_path: environment()["PATH"].clone(),
    };
    let survey = WorktreeEnvironments.survey(&request).unwrap();
    assert!(survey.projects[0].ecosystem == Ecosystem::Node && complete.has_installed(&survey.projects[0]));
    assert_eq!(fs::read_to_string(world.worktree.join("node_modules/.bin/a")).unwrap(), "1");
}

#[test]
fn a_link_back_to_the_other_checkout_gives_the_cache_up() {
    let Some(volume) = Volume::mounted() else { return };
    let world = volume.world();
    world.write_both("yarn.lock", "x");
    world.write("node_modules/a/index.js", "1");
    symlink(world.source.join("packages/b").as_path(), world.source.join("node_modules/b")).unwrap();
    let furnished = world.carry(&["node_modules"]);
    assert!(
        furnished.rebuilt[0].reason.ends_with("node_modules/b leads to the other checkout"),
        "{furnished:?}"
    );
    assert!(!world.has("node_modules"));
}

#[test]
fn cargo_takes_up_what_was_carried() {
    let Some(volume) = Volume::mounted() else { return };
    let world = volume.world();
    world.write_both(
        "helper/Cargo.toml",
        "[package]\nname = \"helper\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
    );
    world.write_both("helper/src/lib.rs", "pub fn one() -> u32 { 1 }\n");
    let manifest =
        "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nitoa = \"1\"\n";
    world.write("Cargo.toml", manifest);
    world.write("src/main.rs", "fn main() { println!(\"{}\", itoa::Buffer::new().format(1)); }\n");
    let cargo = |root: &AbsPath| {
        let build = Cmd::new("cargo").args(["build", "-v"]).current_dir(root).env_remove("CARGO_TARGET_DIR");
        build.timeout(Duration::from_secs(240)).run().unwrap()
    };
    let first = cargo(&world.source);
    if !first.success() {
        println!("not tried: cargo cannot build here: {}", first.stderr_utf8_lossy());
        return;
    }
    for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
        write(&world.worktree.join(file), &fs::read(world.source.join(file)).unwrap());
    }
    let furnished = world.carry(&["target"]);
    assert_eq!(furnished.carried.len(), 1, "{furnished:?}");
    let second = cargo(&world.worktree);
    let said = second.stderr_utf8_lossy();
    assert!(second.success() && said.contains("Fresh itoa"), "{said}");
}

#[test]
#[ignore = "writes a gigabyte; prints how long its clone takes and what it costs"]
fn a_gigabyte_of_target_is_measured() {
    let Some(volume) = Volume::mounted() else { return };
    let world = volume.world();
    world.write_both("Cargo.toml", "");
    for number in 0..4096_u32 {
        let bytes = number.to_le_bytes().repeat(64 * 1024);
        write(&world.source.join(&format!("target/debug/deps/{}/{number}", number % 64)), &bytes);
    }
    Cmd::new("sync").run_checked().unwrap();
    let furnished = world.carry(&["target"]);
    let carried = &furnished.carried[0];
    assert_eq!((carried.bytes, carried.files), (1024 * MEBIBYTE, 4096));
    let begun = std::time::Instant::now();
    let own = exclusive(&world.worktree.join("target"));
    println!("cloned in {:?}; {own} bytes of its own, counted in {:?}", carried.took, begun.elapsed());
}
