//! Writing an index: the checkout's own, or a copy of a moment. Paths are named one by one, so that nothing enters
//! that was not looked at (no `add -A`).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::critic::is_local_setting;
use owt_core::secret_rule;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::failure;
use crate::status;
use crate::status::Entry;
use crate::status::Kind;
use crate::status::Tracked;
use crate::status::Version;
use crate::throw_away::ThrowAway;

/// The mode of a submodule's entry.
const SUBMODULE: &str = "160000";

/// An index that calls work on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Index<'a> {
    pub(crate) client: &'a GitCli,
    pub(crate) worktree: &'a AbsPath,
    /// `None`: the checkout's own.
    pub(crate) file: Option<&'a Path>,
    /// Where what is new goes; `None`: into the repository.
    pub(crate) objects: Option<&'a ThrowAway>,
}

impl<'a> Index<'a> {
    fn call(&self, operation: &'static str) -> Call<'a> {
        let call = Call::in_checkout(self.client, self.worktree, operation).tree_work();
        let call = match self.objects {
            Some(objects) => objects.of(call),
            None => call,
        };
        match self.file {
            // A copy that is split would leave its shared part in the git folder.
            Some(file) => call.args(["-c", "core.splitIndex=false"]).env("GIT_INDEX_FILE", file),
            None => call,
        }
    }

    /// Takes over what the working tree has at these paths: content, mode, or that it is gone.
    pub(crate) fn take<'p>(&self, paths: impl Iterator<Item = &'p OsStr>) -> Result<(), GitError> {
        let mut list = Vec::new();
        for path in paths {
            list.extend_from_slice(path.as_bytes());
            list.push(0);
        }
        if list.is_empty() {
            return Ok(());
        }
        self.call("update-index")
            .args(["update-index", "--add", "--remove", "--replace", "-z", "--stdin"])
            .input(list)
            .succeed()
            .map(|_| ())
    }

    /// Puts these versions at these paths. Mode 0 removes the entry (git-update-index(1), "Using --index-info").
    pub(crate) fn put<'p>(
        &self,
        versions: impl Iterator<Item = (&'p OsStr, &'p Version)>,
    ) -> Result<(), GitError> {
        let mut lines = Vec::new();
        for (path, version) in versions {
            lines.extend_from_slice(format!("{} {}\t", version.mode, version.object).as_bytes());
            lines.extend_from_slice(path.as_bytes());
            lines.push(0);
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.call("update-index")
            .args(["update-index", "-z", "--index-info"])
            .input(lines)
            .succeed()
            .map(|_| ())
    }

    /// Takes over what a commit of this selection holds.
    pub(crate) fn enter(&self, selection: &Selection<'_>) -> Result<(), GitError> {
        self.put(selection.staged_secrets())?;
        self.take(selection.allowed_paths())?;
        self.stage_again(selection)
    }

    /// Where the disk has only what HEAD has, and something else was staged on purpose, that is the work: a file that was
    /// taken out of the index and still lies there, a submodule's commit that is not checked out.
    fn stage_again(&self, selection: &Selection<'_>) -> Result<(), GitError> {
        let staged: BTreeMap<&OsStr, &Tracked> = selection.staged_on_purpose().collect();
        if staged.is_empty() {
            return Ok(());
        }
        // All of it: so many may be staged that their names are too long for a command.
        let listed = self.call("ls-files").args(["ls-files", "--stage", "-z"]).succeed()?;
        let again = listed.records().filter_map(|record| {
            let (path, version) = status::staged_version(record)?;
            let (path, tracked) = staged.get_key_value(path)?;
            (version == tracked.in_head).then_some((*path, &tracked.in_index))
        });
        self.put(again)
    }

    /// Whether it has anything that HEAD has not; whatever the configuration ignores.
    pub(crate) fn differs_from_head(&self) -> Result<bool, GitError> {
        let answer =
            self.call("diff").args(["diff", "--cached", "--quiet", "--ignore-submodules=none"]).answer()?;
        match answer.code() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(answer.failure()),
        }
    }

    /// What it holds: paths with their modes, contents and flags, and not what is known of the files on the disk, which every git
    /// renews.
    pub(crate) fn entries(&self) -> Result<Vec<u8>, GitError> {
        let answer = self.call("ls-files").args(["ls-files", "--stage", "-v", "-z"]).succeed()?;
        Ok(answer.bytes().to_vec())
    }

    /// Writes it as a tree.
    pub(crate) fn write_tree(&self) -> Result<ObjectId, GitError> {
        let answer = self.call("write-tree").arg("write-tree").succeed()?;
        ObjectId::new(answer.text()).map_err(|_| answer.strange())
    }
}

/// A copy of an index, removed when it is dropped.
#[derive(Debug)]
pub(crate) struct IndexCopy {
    folder: PathBuf,
}

/// How an index came to be as its copy is.
enum Put {
    /// The lock became it.
    Renamed,
    /// There was none.
    Removed,
}

impl IndexCopy {
    /// Copies the index of the checkout with this git folder into `scratch`; an absent index is an empty one.
    ///
    /// The copy keeps the time of the original: git takes files that are not older than the index for
    /// possibly changed ("racy git"), and a younger copy would hide changes of the same moment and size.
    pub(crate) fn of(git_dir: &AbsPath, scratch: &AbsPath, name: &str) -> Result<Self, GitError> {
        let failed = |error: &io::Error, path: &Path| failure::of_file(error, "copy of the index", path);
        let copy = Self::empty(scratch, name)?;
        let original = git_dir.as_path().join("index");
        match File::open(&original) {
            Ok(mut source) => copy.fill(&mut source).map_err(|error| failed(&error, &copy.folder))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&error, &original)),
        }
        Ok(copy)
    }

    /// Another one of what this one holds.
    pub(crate) fn again(&self, scratch: &AbsPath, name: &str) -> Result<Self, GitError> {
        let failed = |error: &io::Error, path: &Path| failure::of_file(error, "copy of the index", path);
        let copy = Self::empty(scratch, name)?;
        match File::open(self.path()) {
            Ok(mut source) => copy.fill(&mut source).map_err(|error| failed(&error, &copy.folder))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&error, &self.path())),
        }
        Ok(copy)
    }

    /// Its folder alone, which is the same as an empty index.
    pub(crate) fn empty(scratch: &AbsPath, name: &str) -> Result<Self, GitError> {
        let failed = |error: &io::Error, path: &Path| failure::of_file(error, "copy of the index", path);
        let folder = scratch.as_path().join(format!("index-{name}"));
        // What a crash left, a lock file perhaps.
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&error, &folder)),
            _ => {}
        }
        crate::private_file::make_folder(&folder).map_err(|error| failed(&error, &folder))?;
        Ok(Self { folder })
    }

    fn fill(&self, source: &mut File) -> io::Result<()> {
        let modified = source.metadata()?.modified()?;
        let mut target = crate::private_file::create(&self.path())?;
        io::copy(source, &mut target)?;
        target.set_modified(modified)
    }

    /// The copy.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join("index")
    }

    /// Whether the original is still the very same, byte for byte. Under its lock it has to be told at once: whoever is killed then
    /// leaves the lock behind.
    pub(crate) fn is_copy_of(&self, git_dir: &AbsPath) -> bool {
        let read = |path: &Path| match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        };
        let (now, copied) = (read(&git_dir.as_path().join("index")), read(&self.path()));
        now.is_ok_and(|now| copied.is_ok_and(|copied| copied == now))
    }

    /// Puts it in the place of the original, under git's own lock, if that is then still as it was left: what somebody has
    /// staged since is theirs. Whether it was.
    pub(crate) fn put_back(&self, git_dir: &AbsPath, is_as_left: impl FnOnce() -> bool) -> io::Result<bool> {
        let (index, lock) = (git_dir.as_path().join("index"), git_dir.as_path().join("index.lock"));
        let mut target = File::create_new(&lock)?;
        if !is_as_left() {
            return fs::remove_file(&lock).map(|()| false);
        }
        let put = match File::open(self.path()) {
            Ok(mut source) => Self::replace(&mut source, &mut target, (&lock, &index)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::remove_file(&index) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(Put::Removed),
            },
            Err(error) => Err(error),
        };
        // With the copy in its place the lock is gone; one that is there now is another git's.
        match put {
            Ok(Put::Renamed) => Ok(true),
            Ok(Put::Removed) => fs::remove_file(&lock).map(|()| true),
            Err(error) => {
                // A lock that stays is told by the next git; why it was taken matters more.
                let _ = fs::remove_file(&lock);
                Err(error)
            }
        }
    }

    fn replace(source: &mut File, target: &mut File, (lock, index): (&Path, &Path)) -> io::Result<Put> {
        io::copy(source, target)?;
        match fs::metadata(index) {
            Ok(meta) => target.set_permissions(meta.permissions())?,
            // The first one of a checkout gets what git gives it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        target.set_modified(source.metadata()?.modified()?)?;
        fs::rename(lock, index).map(|()| Put::Renamed)
    }

    /// A place for something else that lasts as long as the copy.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for IndexCopy {
    fn drop(&mut self) {
        // Also a lock file that an ended git left; what cannot be removed is found in the scratch folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What of a status may enter a commit of ours, and what may not.
#[derive(Debug, Default)]
pub(crate) struct Selection<'a> {
    /// May enter.
    pub(crate) allowed: Vec<&'a Entry>,
    /// Taken out of the index on purpose; the file may still be there.
    pub(crate) removed: Vec<&'a Entry>,
    /// Secret, and there: content that git must not get.
    pub(crate) secret: Vec<&'a Entry>,
    /// Repositories of their own, and submodules with work of their own.
    pub(crate) nested: Vec<&'a Entry>,
}

impl<'a> Selection<'a> {
    /// Sorts the entries of a status, to keep what lies on the disk.
    pub(crate) fn of_the_disk(worktree: &AbsPath, entries: &'a [Entry]) -> Self {
        let mut selection = Self::default();
        entries.iter().for_each(|entry| selection.sort_in(worktree, entry));
        selection
    }

    /// Sorts the entries of a status, to commit the work: what was taken out of the index is gone in it, and what still lies
    /// in its place is a file like any other that git does not know.
    pub(crate) fn of_the_work(worktree: &AbsPath, entries: &'a [Entry]) -> Self {
        let mut selection = Self::default();
        for entry in entries {
            match &entry.kind {
                Kind::Tracked(tracked) if tracked.is_removed() => selection.removed.push(entry),
                _ => selection.sort_in(worktree, entry),
            }
        }
        selection
    }

    fn sort_in(&mut self, worktree: &AbsPath, entry: &'a Entry) {
        let is_nested = entry.path.as_bytes().ends_with(b"/");
        match &entry.kind {
            Kind::Ignored => {}
            Kind::Tracked(tracked) if tracked.dirty_submodule => self.nested.push(entry),
            Kind::Untracked if is_nested => self.nested.push(entry),
            // As the repository has it already, it is the repository's.
            Kind::Untracked if is_local_setting(&entry.path.to_string_lossy()) => self.secret.push(entry),
            _ if is_secret(worktree, entry) => self.secret.push(entry),
            _ => self.allowed.push(entry),
        }
    }

    /// The paths that a commit changes.
    pub(crate) fn changed_paths(&self) -> BTreeSet<&'a OsStr> {
        self.allowed.iter().chain(&self.removed).map(|entry| entry.path.as_os_str()).collect()
    }

    fn staged_on_purpose(&self) -> impl Iterator<Item = (&'a OsStr, &'a Tracked)> + '_ {
        let of_submodules = self.allowed.iter().filter(|entry| match &entry.kind {
            Kind::Tracked(tracked) => tracked.staged && tracked.in_index.mode == SUBMODULE,
            _ => false,
        });
        of_submodules.chain(&self.removed).filter_map(|entry| match &entry.kind {
            Kind::Tracked(tracked) => Some((entry.path.as_os_str(), tracked)),
            _ => None,
        })
    }

    /// Secret files that are in the index already, and what HEAD has there.
    pub(crate) fn staged_secrets(&self) -> impl Iterator<Item = (&'a OsStr, &'a Version)> + '_ {
        self.secret.iter().filter_map(|entry| match &entry.kind {
            Kind::Tracked(tracked) if tracked.staged => Some((entry.path.as_os_str(), &tracked.in_head)),
            Kind::Unmerged(ours) => Some((entry.path.as_os_str(), ours)),
            _ => None,
        })
    }

    /// The paths that may enter.
    pub(crate) fn allowed_paths(&self) -> impl Iterator<Item = &'a OsStr> + '_ {
        self.allowed.iter().map(|entry| entry.path.as_os_str())
    }
}

/// A file that is gone has no content to keep out; unless the index still has it.
fn is_secret(worktree: &AbsPath, entry: &Entry) -> bool {
    let file = worktree.as_path().join(&entry.path);
    let staged = matches!(&entry.kind, Kind::Tracked(tracked) if tracked.staged);
    if !staged && file.symlink_metadata().is_err() {
        return false;
    }
    secret_rule::secret(&entry.path, || beginning(&file)).is_some()
}

fn beginning(file: &Path) -> Option<Vec<u8>> {
    let meta = file.symlink_metadata().ok()?;
    if meta.is_symlink() {
        return fs::read_link(file).ok().map(|target| target.into_os_string().into_vec());
    }
    // Opening a pipe would wait for a writer.
    if !meta.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(secret_rule::LOOKED_AT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
