//! A witness for the first invariant: no command changes the person's checkout. Remembers everything that a person
//! would call theirs, and says afterwards what differs.
//!
//! Reads files only, so that looking changes nothing either; hence it knows the `files` ref backend and not
//! reftable.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;

/// Files of the git folder that are the person's, beside index and refs.
const THEIR_FILES: &[&str] =
    &["HEAD", "config", "config.worktree", "info/exclude", "info/attributes", "logs/refs/stash", "hooks"];

/// A file as it was seen: mode, time of change of its content, and a hash of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    mode: u32,
    modified: (i64, i64),
    hash: u64,
}

/// What a checkout was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutWitness {
    root: PathBuf,
    files: BTreeMap<String, Seen>,
    index: Option<Seen>,
    theirs: BTreeMap<String, Seen>,
    refs: BTreeMap<String, String>,
}

impl CheckoutWitness {
    /// Looks at the checkout whose root this is: a main checkout or a linked worktree.
    ///
    /// # Panics
    /// When there is no checkout.
    pub fn of(root: &AbsPath) -> Self {
        let root = root.as_path();
        let (git_dir, common_dir) = git_dirs(root);
        let mut theirs = BTreeMap::new();
        for dir in BTreeSet::from([&git_dir, &common_dir]) {
            for name in THEIR_FILES {
                walk(&dir.join(name), &dir.join(name).display().to_string(), &mut theirs);
            }
        }
        let mut files = BTreeMap::new();
        walk(root, "", &mut files);
        let refs = refs(&common_dir);
        Self { root: root.to_owned(), files, index: seen(&git_dir.join("index")), theirs, refs }
    }

    /// What differs now, one line each: files of the working tree (ignored ones too) with their times, index
    /// bytes and time, configuration, hooks, stash, HEAD, and refs outside `refs/owt/`. The full names in
    /// `expected_refs` may differ.
    pub fn differences(&self, expected_refs: &[&str]) -> Vec<String> {
        self.compared_with(&self.now(), expected_refs)
    }

    /// Panics when anything differs.
    ///
    /// # Panics
    /// With every difference, one a line.
    #[track_caller]
    pub fn assert_untouched(&self, expected_refs: &[&str]) {
        let lines = self.differences(expected_refs);
        assert!(
            lines.is_empty(),
            "the checkout at {} was touched:\n{}",
            self.root.display(),
            lines.join("\n")
        );
    }

    /// The same while a person uses git beside: their `git status` and `git gc` write index and stash log anew with
    /// the same bytes, so the times of git's own files do not count. Those of the working tree do.
    ///
    /// # Panics
    /// With every difference, one a line.
    #[track_caller]
    pub fn assert_untouched_beside_git(&self, expected_refs: &[&str]) {
        let lines =
            self.without_times_of_git().compared_with(&self.now().without_times_of_git(), expected_refs);
        assert!(
            lines.is_empty(),
            "the checkout at {} was touched:\n{}",
            self.root.display(),
            lines.join("\n")
        );
    }

    fn now(&self) -> Self {
        Self::of(&AbsPath::new(&self.root).expect("the root was an absolute path before"))
    }

    fn without_times_of_git(&self) -> Self {
        let mut copy = self.clone();
        for seen in copy.theirs.values_mut().chain(&mut copy.index) {
            seen.modified = (0, 0);
        }
        copy
    }

    fn compared_with(&self, now: &Self, expected_refs: &[&str]) -> Vec<String> {
        let mut lines = compare("file", &self.files, &now.files);
        lines.extend(compare("git file", &self.theirs, &now.theirs));
        if self.index != now.index {
            lines.push(format!("index: {:?} -> {:?}", self.index, now.index));
        }
        let expected = |name: &String| expected_refs.contains(&name.as_str());
        let mine = |refs: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            refs.iter().filter(|(name, _)| !expected(name)).map(|(a, b)| (a.clone(), b.clone())).collect()
        };
        lines.extend(compare("ref", &mine(&self.refs), &mine(&now.refs)));
        lines
    }
}

fn compare<T: PartialEq + Debug>(
    what: &str,
    before: &BTreeMap<String, T>,
    now: &BTreeMap<String, T>,
) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let differing = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
    differing.map(|name| format!("{what} {name}: {:?} -> {:?}", before.get(name), now.get(name))).collect()
}

/// The worktree's own git folder and the common one (gitrepository-layout(5)).
fn git_dirs(root: &Path) -> (PathBuf, PathBuf) {
    let dot_git = root.join(".git");
    let git_dir = match fs::read_to_string(&dot_git) {
        Ok(link) => root.join(link.trim_end().strip_prefix("gitdir: ").expect("a link to a git folder")),
        Err(_) => dot_git,
    };
    assert!(git_dir.join("HEAD").exists(), "{} is a checkout", root.display());
    let common_dir = match fs::read_to_string(git_dir.join("commondir")) {
        Ok(link) => git_dir.join(link.trim_end()),
        Err(_) => git_dir.clone(),
    };
    (git_dir, fs::canonicalize(common_dir).expect("the common folder is there"))
}

/// Everything below `path` but `.git`, by its path relative to it.
fn walk(path: &Path, name: &str, found: &mut BTreeMap<String, Seen>) {
    let Ok(meta) = path.symlink_metadata() else { return };
    if !meta.is_dir() {
        found.extend(seen(path).map(|seen| (name.to_owned(), seen)));
        return;
    }
    let entries = fs::read_dir(path).expect("a folder of a test can be read");
    for entry in entries.flatten().filter(|entry| entry.file_name() != ".git") {
        walk(&entry.path(), &format!("{name}/{}", entry.file_name().to_string_lossy()), found);
    }
}

fn seen(path: &Path) -> Option<Seen> {
    let meta = path.symlink_metadata().ok()?;
    let content = match meta.is_symlink() {
        true => fs::read_link(path).ok()?.into_os_string().into_encoded_bytes(),
        false => fs::read(path).ok()?,
    };
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    Some(Seen { mode: meta.mode(), modified: (meta.mtime(), meta.mtime_nsec()), hash: hasher.finish() })
}

/// All refs outside `refs/owt/`. Loose ones are read first: packing writes the packed file before it removes them.
fn refs(common_dir: &Path) -> BTreeMap<String, String> {
    let mut loose = BTreeMap::new();
    loose_refs(&common_dir.join("refs"), "refs", &mut loose);
    let packed = fs::read_to_string(common_dir.join("packed-refs")).unwrap_or_default();
    let mut all: BTreeMap<String, String> = packed
        .lines()
        .filter(|line| !line.starts_with(['#', '^']))
        .filter_map(|line| line.split_once(' '))
        .map(|(value, name)| (name.to_owned(), value.to_owned()))
        .collect();
    all.extend(loose);
    all.retain(|name, _| !name.starts_with("refs/owt/"));
    all
}

fn loose_refs(folder: &Path, name: &str, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        let is_lock = Path::new(&name).extension().is_some_and(|it| it == "lock");
        if entry.path().is_dir() {
            loose_refs(&entry.path(), &name, found);
        } else if let (false, Ok(value)) = (is_lock, fs::read_to_string(entry.path())) {
            found.insert(name, value.trim_end().to_owned());
        }
    }
}
