//! The hooks that a commit in the private worktree is to run. They are read before, as bytes, so that what is run is
//! what was looked at; a folder in the tree is read as the target has it, never as the branch under judgement does.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use owt_core::vcs::ObjectId;
use owt_ports::Committing;
use owt_ports::GitError;
use owt_ports::HookFile;
use owt_ports::HookFileKind;
use owt_ports::HookPlace;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::location;

/// What a merge or a commit runs and what can refuse it (githooks(5)).
const RUN: &[&str] = &["pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg"];

/// Hooks that tell others of what has happened, or are of other commands: a candidate is nothing that has happened.
const NOT_RUN: &[&str] = &[
    "post-commit",
    "post-merge",
    "post-checkout",
    "post-rewrite",
    "post-index-change",
    "pre-rebase",
    "pre-push",
    "reference-transaction",
];

/// The most files, the deepest folder and the most bytes that are looked at.
const MAX_FILES: usize = 500;
const MAX_DEPTH: usize = 6;
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Finds them; see [`owt_ports::Landing::hooks`].
pub(super) fn find(
    client: &GitCli,
    common_dir: &AbsPath,
    onto: &ObjectId,
) -> Result<Vec<HookFile>, GitError> {
    let mut found = Found { files: Vec::new(), bytes: 0, place: HookPlace::Inside };
    match configured(client, common_dir)? {
        None => found.folder(common_dir.join("hooks").as_path(), &RelPath::root(), 0)?,
        Some(path) if path.is_absolute() => found.folder(&path, &RelPath::root(), 0)?,
        Some(path) => match path.strip_prefix(".git") {
            // Meant for the main checkout, whose `.git` is the common directory.
            Ok(rest) => found.folder(&common_dir.as_path().join(rest), &RelPath::root(), 0)?,
            Err(_) => {
                let clean = RelPath::new(&path).map_err(|error| unusable(&error.to_string()))?;
                found.committed(client, common_dir, (onto, &clean), Deep::Yes)?;
                if found.files.is_empty() && !clean.is_root() {
                    found.generated(client, common_dir, onto, &clean)?;
                }
            }
        },
    }
    Ok(found.relevant())
}

/// An error of git with the hooks that ran: git does not say which of them it was.
pub(crate) fn name(error: GitError, committing: Committing, hooks: &[HookFile]) -> GitError {
    let names = committing.runs(hooks);
    let with = |operation: &str| match names.as_slice() {
        [] => operation.to_owned(),
        [name] => format!("{operation} with the repository's hook {name}"),
        names => format!("{operation} with the repository's hooks {}", names.join(", ")),
    };
    match error {
        GitError::Failed { operation, message } => GitError::Failed { operation: with(&operation), message },
        GitError::TimedOut { operation, limit } => {
            GitError::TimedOut { operation: format!("{} (worktree.hook_limit)", with(&operation)), limit }
        }
        other => other,
    }
}

/// `core.hooksPath`, as the repository and the person have it.
fn configured(client: &GitCli, common_dir: &AbsPath) -> Result<Option<PathBuf>, GitError> {
    let answer = Call::in_repository(client, common_dir, "config")
        .args(["config", "--show-scope", "-z", "--type=path", "--get-all", "core.hooksPath"])
        .succeed()?;
    let fields: Vec<&[u8]> = answer.bytes().split(|&byte| byte == 0).collect();
    // Ours is on the command line.
    let other = fields.chunks_exact(2).rfind(|pair| pair[0] != b"command").map(|pair| pair[1]);
    Ok(other.filter(|path| !path.is_empty()).map(|path| Path::new(OsStr::from_bytes(path)).to_owned()))
}

struct Found {
    files: Vec<HookFile>,
    bytes: usize,
    /// Where it looks.
    place: HookPlace,
}

impl Found {
    fn add(&mut self, path: RelPath, content: Vec<u8>, kind: HookFileKind) -> Result<(), GitError> {
        self.bytes += content.len();
        self.files.push(HookFile { place: self.place, path, content, kind });
        if self.files.len() <= MAX_FILES && self.bytes <= MAX_BYTES {
            return Ok(());
        }
        let message = format!(
            "the folder of the hooks (core.hooksPath) holds more than {MAX_FILES} files or {MAX_BYTES} bytes: \
             nobody could look at them"
        );
        Err(GitError::Failed { operation: "hooks".to_owned(), message })
    }

    /// Files of a folder; symbolic links mean what they lead to. One that git may enter and we may not list is not one
    /// without hooks.
    fn folder(&mut self, folder: &Path, below: &RelPath, depth: usize) -> Result<(), GitError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if is_none(&error) => return Ok(()),
            Err(error) => return Err(unreadable(folder, &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(folder, &error))?;
            let name = below.join(entry.file_name()).map_err(|error| unusable(&error.to_string()))?;
            self.entry(&entry.path(), name, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: RelPath, depth: usize) -> Result<(), GitError> {
        match path.metadata() {
            Ok(meta) if meta.is_dir() && depth < MAX_DEPTH => self.folder(path, &name, depth + 1),
            Ok(meta) if meta.is_file() && !is_sample(path) => {
                let room = u64::try_from(MAX_BYTES - self.bytes.min(MAX_BYTES)).unwrap_or(u64::MAX);
                if meta.len() > room {
                    return self.add(name, vec![0; MAX_BYTES + 1], HookFileKind::Plain);
                }
                let content = fs::read(path).map_err(|error| unreadable(path, &error))?;
                let program = meta.permissions().mode() & 0o111 != 0;
                let kind = if program { HookFileKind::Program } else { HookFileKind::Plain };
                self.add(name, content, kind)
            }
            Err(error) if !is_none(&error) => Err(unreadable(path, &error)),
            _ => Ok(()),
        }
    }

    /// What some tool has made in the main checkout and git ignores: there git would run it. Husky 9 is such a one, and its
    /// hooks run the scripts around their folder (`husky` 9.1.7, `index.js`); those are the target's, as all that is committed.
    fn generated(
        &mut self,
        client: &GitCli,
        common_dir: &AbsPath,
        onto: &ObjectId,
        folder: &RelPath,
    ) -> Result<(), GitError> {
        let root = location::discover(client, common_dir)?.repository.root;
        self.folder(&root.as_path().join(folder.as_path()), &RelPath::root(), 0)?;
        let around = folder.as_path().parent().filter(|around| !around.as_os_str().is_empty());
        let Some(around) = around.filter(|_| !self.files.is_empty()) else { return Ok(()) };
        self.place = HookPlace::Around;
        let around = RelPath::new(around).map_err(|error| unusable(&error.to_string()))?;
        self.committed(client, common_dir, (onto, &around), Deep::No)?;
        for name in RUN {
            let is_committed = |file: &HookFile| {
                file.place == HookPlace::Around && file.path.to_str().is_some_and(|path| path == *name)
            };
            if !self.files.iter().any(is_committed) {
                let path = RelPath::root().join(name).map_err(|error| unusable(&error.to_string()))?;
                self.entry(&root.as_path().join(around.as_path()).join(name), path, MAX_DEPTH)?;
            }
        }
        Ok(())
    }

    /// Files of a folder in a commit.
    fn committed(
        &mut self,
        client: &GitCli,
        common_dir: &AbsPath,
        (onto, folder): (&ObjectId, &RelPath),
        deep: Deep,
    ) -> Result<(), GitError> {
        let mut call =
            Call::in_repository(client, common_dir, "ls-tree").args(["ls-tree", "-z", "--full-tree"]);
        if deep == Deep::Yes {
            call = call.arg("-r");
        }
        call = call.arg(onto.as_str());
        if !folder.is_root() {
            // With the slash it is what the folder holds.
            let mut inside = folder.as_path().as_os_str().to_owned();
            inside.push("/");
            call = call.arg("--").arg(inside);
        }
        let answer = call.succeed()?;
        for line in answer.records() {
            let (kind, object, path) = leaf(line).ok_or_else(|| answer.strange())?;
            let Some(kind) = kind else { continue };
            let path = RelPath::new(path).ok().and_then(|path| path.below(folder));
            let path = path.ok_or_else(|| answer.strange())?;
            self.add(path, blob(client, common_dir, object)?.bytes().to_vec(), kind)?;
        }
        Ok(())
    }

    /// All of them if there is one that would run, in the order of their names.
    fn relevant(mut self) -> Vec<HookFile> {
        let named =
            |file: &HookFile, names: &[&str]| file.path.to_str().is_some_and(|path| names.contains(&path));
        let runs = |file: &HookFile| file.place == HookPlace::Inside && file.kind == HookFileKind::Program;
        if !self.files.iter().any(|file| runs(file) && named(file, RUN)) {
            return Vec::new();
        }
        self.files.retain(|file| !named(file, NOT_RUN));
        self.files
            .sort_by(|one, other| (one.place, one.path.as_path()).cmp(&(other.place, other.path.as_path())));
        self.files
    }
}

/// Whether a folder is looked at with all below it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deep {
    Yes,
    No,
}

/// One line of `ls-tree -z`: `<mode> <type> <object>\t<path>`. Links and submodules are no hooks.
fn leaf(line: &[u8]) -> Option<(Option<HookFileKind>, &str, &Path)> {
    let tab = line.iter().position(|&byte| byte == b'\t')?;
    let mut meta = std::str::from_utf8(&line[..tab]).ok()?.split(' ');
    let kind = match meta.next()? {
        "100755" => Some(HookFileKind::Program),
        "100644" => Some(HookFileKind::Plain),
        _ => None,
    };
    let object = meta.nth(1)?;
    Some((kind, object, Path::new(OsStr::from_bytes(&line[tab + 1..]))))
}

fn blob(client: &GitCli, common_dir: &AbsPath, object: &str) -> Result<Answer, GitError> {
    Call::in_repository(client, common_dir, "cat-file").args(["cat-file", "blob", object]).succeed()
}

fn is_sample(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sample")
}

/// git finds nothing there either.
fn is_none(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, error: &io::Error) -> GitError {
    let message = format!(
        "the repository's hooks in {} cannot be looked at, so nobody knows what would run: {error}",
        path.display()
    );
    GitError::Failed { operation: "hooks".to_owned(), message }
}

fn unusable(why: &str) -> GitError {
    let message = format!("core.hooksPath cannot be used for a landing: {why}");
    GitError::Failed { operation: "hooks".to_owned(), message }
}
