//! The second worktree of a repository with a large build cache: how long it takes and what it costs, where the file
//! system can share data and where it cannot.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use super::Thoroughness;
use super::report::Report;
use super::report::Row;
use super::timing::Sample;
use crate::failure::Failure;
use crate::program::Program;
use crate::program::find;
use crate::rig::Rig;

const MEBIBYTE: u64 = 1024 * 1024;

/// Bytes of each file of the cache.
const FILE: u64 = MEBIBYTE / 4;

/// The image is a file of holes; XFS shares nothing in an allocation group that is nearly full.
const IMAGE: u64 = 8 * 1024 * MEBIBYTE;

pub(super) fn measure(rig: &Rig, thoroughness: Thoroughness, report: &mut Report) -> Result<(), Failure> {
    let mebibytes = thoroughness.cache_mebibytes();
    one(rig, &rig.root.join("plain"), "no reflink", mebibytes, report)?;
    match Volume::mounted(rig) {
        Ok(volume) => one(rig, &volume.place.join("shared"), "reflink (XFS)", mebibytes, report),
        Err(error) => {
            println!("not measured with reflink: {error}");
            Ok(())
        }
    }
}

fn one(rig: &Rig, folder: &Path, how: &str, mebibytes: u64, report: &mut Report) -> Result<(), Failure> {
    let repository = rust_repository(rig, folder, mebibytes)?;
    // What is not on the disk yet would be put there before it can be shared.
    Program::new("sync").timed()?;
    let began = Instant::now();
    rig.new_headless(&repository, "c/second").timed()?;
    let took = Sample::of(vec![began.elapsed()]);
    rig.owt_in(&repository, &["wait", "second", "--timeout", "120"]).timed()?;
    // Space is given out late: before that nobody can tell whose it is.
    Program::new("sync").timed()?;
    let shown = rig.owt_in(&repository, &["show", "second", "--json"]).read()?;
    let shown: Value = serde_json::from_str(&shown)
        .map_err(|error| Failure::new(format!("owt show printed no JSON: {error}")))?;
    let exclusive = shown["data"]["disk"]["exclusive_bytes"].as_u64();
    let began = Instant::now();
    rig.worktree_add(&repository, "c/floor").timed()?;
    let copied = folder.join("floor-c-floor/target");
    Program::new("cp")
        .args(["-a", "--reflink=never", "target"])
        .arg(&copied)
        .directory(&repository)
        .timed()?;
    let floor = Sample::of(vec![began.elapsed()]);
    fs::remove_dir_all(&copied).map_err(|error| Failure::at(&copied, error))?;
    let what = format!("owt new beside a target of {mebibytes} MiB, {how}");
    let carried =
        shown["data"]["furnishing"]["carried"].as_array().is_some_and(|carried| !carried.is_empty());
    let fate = if carried { "carried over" } else { "to be built anew" };
    report.add(
        Row::time(&format!("{what}: {fate}"), &took).beside("git worktree add and cp -a target", &floor),
    );
    report.add(Row::disk(&format!("{what}: of its own"), exclusive));
    Ok(())
}

/// A repository that cargo would have built in. Nothing is fetched: it depends on nothing.
fn rust_repository(rig: &Rig, folder: &Path, mebibytes: u64) -> Result<PathBuf, Failure> {
    let root = folder.join("repository");
    let write = |path: &str, bytes: &[u8]| {
        let file = root.join(path);
        let parent = file.parent().unwrap_or(&root);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&file, bytes))
            .map_err(|error| Failure::at(&file, error))
    };
    write("Cargo.toml", b"[package]\nname = \"sample\"\nversion = \"1.0.0\"\nedition = \"2021\"\n")?;
    write("Cargo.lock", b"version = 3\n[[package]]\nname = \"sample\"\nversion = \"1.0.0\"\n")?;
    write("src/lib.rs", b"")?;
    write(".gitignore", b"target\n")?;
    rig.git(&root, &["init", "--quiet"]).read()?;
    rig.git(&root, &["add", "."]).read()?;
    rig.git(&root, &["commit", "--quiet", "--message", "First"]).read()?;
    write("target/debug/.cargo-lock", b"")?;
    for number in 0..mebibytes * MEBIBYTE / FILE {
        let words = usize::try_from(FILE / 8).unwrap_or_default();
        write(&format!("target/debug/deps/{}/{number}", number % 64), &number.to_le_bytes().repeat(words))?;
    }
    Ok(root)
}

/// A file system that can share data, in a file; away when this is dropped.
struct Volume {
    place: PathBuf,
}

impl Volume {
    fn mounted(rig: &Rig) -> Result<Self, Failure> {
        let mkfs = ["/usr/sbin/mkfs.xfs", "/sbin/mkfs.xfs"].map(PathBuf::from).into_iter();
        let mkfs = mkfs.chain(find("mkfs.xfs")).find(|program| program.is_file());
        let mkfs = mkfs.ok_or_else(|| Failure::new("mkfs.xfs is not installed"))?;
        let (image, place) = (rig.root.join("image"), rig.root.join("volume"));
        let made = File::create(&image).and_then(|file| file.set_len(IMAGE));
        made.and_then(|()| fs::create_dir(&place)).map_err(|error| Failure::at(&image, error))?;
        Program::new(mkfs).args(["-q", "-m", "reflink=1"]).arg(&image).read()?;
        Program::new("mount").args(["-o", "loop"]).arg(&image).arg(&place).read()?;
        Ok(Self { place })
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Whoever still looks at it keeps it until then, and nobody else finds it.
        if let Err(error) = Program::new("umount").arg("--lazy").arg(&self.place).read() {
            println!("{} stays mounted: {error}", self.place.display());
        }
    }
}
