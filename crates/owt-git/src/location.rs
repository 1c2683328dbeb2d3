//! Where a folder stands: which repository, which worktree, where HEAD points. Reads only.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::Checkout;
use owt_core::vcs::Head;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::identity::repository_id;

/// What git says about a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// The worktree's own git folder: the common directory for the main worktree.
    pub(crate) git_dir: AbsPath,
    /// The repository's common directory, symlinks resolved.
    pub(crate) common_dir: AbsPath,
    /// The worktree's root; `None` in a bare repository and inside a git folder.
    pub(crate) worktree: Option<AbsPath>,
    /// Whether git calls the repository bare from here. Never true in a linked worktree.
    pub(crate) bare: bool,
    /// Where HEAD points.
    pub(crate) head: Head,
}

impl Location {
    /// Whether this is a linked worktree.
    pub(crate) fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// The commit of HEAD.
    pub(crate) const fn commit(&self) -> Option<&ObjectId> {
        self.head.commit()
    }

    /// The branch that HEAD is on, with or without a commit.
    pub(crate) const fn branch(&self) -> Option<&BranchName> {
        match &self.head {
            Head::Branch { name, .. } | Head::Unborn { name } => Some(name),
            Head::Detached { .. } => None,
        }
    }

    /// The worktree's root.
    pub(crate) fn require_worktree(&self, dir: &AbsPath) -> Result<&AbsPath, GitError> {
        self.worktree.as_ref().ok_or_else(|| GitError::NotARepository { dir: dir.clone() })
    }
}

/// The checkout that `dir` lies in. One git process in a main worktree, two elsewhere.
pub(crate) fn discover(client: &GitCli, dir: &AbsPath) -> Result<Checkout, GitError> {
    let location = locate(client, dir)?;
    let root = main_root(client, &location)?;
    let repository = Repository {
        id: repository_id(location.common_dir.as_path()),
        name: display_name(&root, &location.common_dir),
        stand_in: location.worktree.clone().filter(|_| root == location.common_dir),
        common_dir: location.common_dir,
        root,
    };
    Ok(Checkout { repository, worktree: location.worktree, head: location.head })
}

/// Asks git about a folder.
pub(crate) fn locate(client: &GitCli, dir: &AbsPath) -> Result<Location, GitError> {
    // One answer a line: a path with a line break could be taken for two.
    let real = std::fs::canonicalize(dir).map_err(|_| GitError::NotARepository { dir: dir.clone() })?;
    if real.as_os_str().as_bytes().contains(&b'\n') {
        return Err(unusable_path(&real, "contains a line break"));
    }
    // In a bare repository `--show-toplevel` ends the answer, on an unborn branch `HEAD` does, both with code
    // 128 and with everything before it printed: so these two come last, in this order.
    let answer = Call::in_checkout(client, dir, "rev-parse")
        .args(["rev-parse", "--path-format=absolute", "--git-common-dir", "--git-dir"])
        .args(["--is-bare-repository", "--show-toplevel", "HEAD", "--symbolic-full-name", "HEAD"])
        .answer()?;
    let mut lines = answer.bytes().split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let (Some(common), Some(git_dir), Some(bare)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(answer.failure());
    };
    let rest: Vec<&[u8]> = lines.collect();
    let bare = match bare {
        b"true" => true,
        b"false" => false,
        _ => return Err(answer.strange()),
    };
    let (worktree, head) = match rest.as_slice() {
        [top, oid, name] => (Some(absolute(top)?), born_head(oid, name).ok_or_else(|| answer.strange())?),
        // "HEAD" itself is printed when it cannot be resolved.
        [top, _] => (Some(absolute(top)?), head_elsewhere(client, dir)?),
        [] => (None, head_elsewhere(client, dir)?),
        _ => return Err(answer.strange()),
    };
    Ok(Location {
        git_dir: canonical(&absolute(git_dir)?)?,
        common_dir: canonical(&absolute(common)?)?,
        worktree,
        bare,
        head,
    })
}

/// HEAD where the first question could not reach it: in a bare repository, in a git folder, on an unborn branch.
fn head_elsewhere(client: &GitCli, dir: &AbsPath) -> Result<Head, GitError> {
    let answer =
        Call::in_checkout(client, dir, "rev-parse").args(["rev-parse", "-q", "--verify", "HEAD"]).answer()?;
    let symbolic = Call::in_checkout(client, dir, "symbolic-ref").args(["symbolic-ref", "-q", "HEAD"]);
    let name = symbolic.answer()?;
    let branch = branch_of(name.text().as_bytes());
    match (answer.success(), branch) {
        (true, branch) => {
            let at = ObjectId::new(answer.text()).map_err(|_| answer.strange())?;
            Ok(branch.map_or(Head::Detached { at: at.clone() }, |name| Head::Branch { name, tip: at }))
        }
        (false, Some(name)) => Ok(Head::Unborn { name }),
        (false, None) => Err(answer.failure()),
    }
}

fn born_head(oid: &[u8], name: &[u8]) -> Option<Head> {
    let oid = ObjectId::new(std::str::from_utf8(oid).ok()?).ok()?;
    // A detached HEAD has no other name than "HEAD"; one that points outside `refs/heads/` is no branch either.
    match branch_of(name) {
        Some(name) => Some(Head::Branch { name, tip: oid }),
        None => Some(Head::Detached { at: oid }),
    }
}

fn branch_of(full_ref: &[u8]) -> Option<BranchName> {
    let short = full_ref.strip_prefix(b"refs/heads/")?;
    BranchName::new(std::str::from_utf8(short).ok()?).ok()
}

/// The main worktree's root, or the common directory of a bare repository.
fn main_root(client: &GitCli, location: &Location) -> Result<AbsPath, GitError> {
    if let (false, Some(worktree)) = (location.is_linked(), &location.worktree) {
        return Ok(worktree.clone());
    }
    if location.bare {
        return Ok(location.common_dir.clone());
    }
    // From a linked worktree git does not say whether the repository is bare; from the common directory it does,
    // and it knows `core.worktree` there (a submodule's checkout).
    let answer = Call::in_checkout(client, &location.common_dir, "rev-parse")
        .args(["rev-parse", "--path-format=absolute", "--is-bare-repository", "--show-toplevel"])
        .answer()?;
    let text = answer.text();
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some("true"), _) => Ok(location.common_dir.clone()),
        (Some("false"), Some(top)) => absolute(top.as_bytes()),
        // The plain layout: `.git` lies in the main worktree.
        (Some("false"), None) if location.common_dir.file_name() == ".git" => {
            Ok(location.common_dir.parent().unwrap_or_else(|| location.common_dir.clone()))
        }
        // A separate git folder does not know its main worktree (git's own `worktree list` names the folder too).
        (Some("false"), None) => Ok(location.common_dir.clone()),
        _ => Err(answer.failure()),
    }
}

/// The last part of the root. A hidden git folder (`.bare`, `.git`) is called by the folder around it.
fn display_name(root: &AbsPath, common_dir: &AbsPath) -> String {
    let own = root.file_name();
    let short = own.strip_suffix(".git").unwrap_or(own);
    let is_hidden = root == common_dir && short.starts_with('.');
    if !short.is_empty() && !is_hidden {
        return short.to_owned();
    }
    root.parent().map(|parent| parent.file_name().to_owned()).unwrap_or_default()
}

/// A path that git printed.
pub(crate) fn absolute(bytes: &[u8]) -> Result<AbsPath, GitError> {
    let path = Path::new(OsStr::from_bytes(bytes));
    AbsPath::new(path).map_err(|error| unusable_path(path, &error.to_string()))
}

fn canonical(path: &AbsPath) -> Result<AbsPath, GitError> {
    let real = std::fs::canonicalize(path)
        .map_err(|error| crate::failure::of_file(&error, "rev-parse", path.as_path()))?;
    AbsPath::new(&real).map_err(|error| unusable_path(&real, &error.to_string()))
}

fn unusable_path(path: &Path, why: &str) -> GitError {
    let message = format!("the path '{}' cannot be used: {why}", path.display().to_string().escape_debug());
    GitError::Failed { operation: "rev-parse".to_owned(), message }
}
