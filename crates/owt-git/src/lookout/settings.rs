//! The files that git is configured by, for one repository: its own configuration, the person's and the system's,
//! what they include, and the lists of ignored files and attributes that they name. What any of them says can
//! change an answer about a worktree.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use owt_core::AbsPath;
use owt_ports::Mark;

use super::lock;
use super::place::Place;
use super::post::Post;
use super::post::Refused;
use super::standpoint::Standpoint;
use super::table::Part;
use super::table::Watcher;
use crate::GitCli;
use crate::call::Call;

/// How often git is asked for its files, until two answers agree.
const TRIES: usize = 3;

/// Where the person's and the system's files are. git is not asked: what is missing now may be made later.
#[derive(Debug, Clone, Default)]
pub struct PersonalFiles {
    /// What `~` means to git.
    pub home: Option<AbsPath>,
    /// The configuration, lists of ignored files and attributes outside of any repository, there or not.
    pub files: Vec<AbsPath>,
}

/// The files of one repository, watched.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) watcher: Watcher,
    mark: Mark,
    places: Vec<Place>,
    /// Whether other worktrees of the repository may have other files.
    pub(super) differ: bool,
}

/// Settings that were found to hold, or not, in one question about many worktrees.
#[derive(Debug, Default)]
pub(super) struct Checked(HashMap<Watcher, bool>);

impl Checked {
    pub(super) fn holds(&mut self, settings: &Settings, post: &Post) -> bool {
        *self.0.entry(settings.watcher).or_insert_with(|| settings.hold(post))
    }
}

/// What one answer of git names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    files: BTreeSet<PathBuf>,
    differ: bool,
}

impl Settings {
    /// Asks git for the files, and watches them.
    pub(super) fn watch(
        git: &GitCli,
        post: &Mutex<Post>,
        personal: &PersonalFiles,
        worktree: &AbsPath,
        standpoint: &Standpoint,
    ) -> Result<Self, Refused> {
        let watcher = lock(post).enter();
        let watched = watch_until_agreed(git, post, watcher, personal, worktree, standpoint);
        watched.inspect_err(|_| lock(post).leave(watcher))
    }

    /// Whether nothing of it has changed. The post must have caught up.
    pub(super) fn hold(&self, post: &Post) -> bool {
        post.mark(self.watcher) == Some(self.mark) && self.places.iter().all(Place::holds)
    }
}

fn watch_until_agreed(
    git: &GitCli,
    post: &Mutex<Post>,
    watcher: Watcher,
    personal: &PersonalFiles,
    worktree: &AbsPath,
    standpoint: &Standpoint,
) -> Result<Settings, Refused> {
    let mut named = Named { files: BTreeSet::new(), differ: false };
    for _ in 0..TRIES {
        let known = named.files.iter().cloned();
        let personal_files = personal.files.iter().map(|file| file.as_path().to_owned());
        let config = standpoint.common_dir.join("config");
        let places: Vec<Place> = known.chain(personal_files).chain([config]).map(Place::look).collect();
        let folder = Place::look(standpoint.common_dir.clone());
        let mark = {
            let mut post = lock(post);
            for place in &places {
                post.watch_file(watcher, place.path())?;
            }
            // Written anew, it is another file: its folder tells.
            let name = Some(OsStr::new("config"));
            post.watch_folder(watcher, &[Part::Own], &standpoint.common_dir, name)?;
            post.catch_up();
            post.mark(watcher).ok_or(Refused::Unfit)?
        };
        let answer = ask(git, worktree)?;
        let found = read(&answer, worktree.as_path(), personal.home.as_ref().map(AbsPath::as_path))?;
        if found == named {
            let places = places.into_iter().chain([folder]).collect();
            return Ok(Settings { watcher, mark, places, differ: found.differ });
        }
        named = found;
    }
    Err(Refused::Unfit)
}

fn ask(git: &GitCli, worktree: &AbsPath) -> Result<Vec<u8>, Refused> {
    let call = Call::in_checkout(git, worktree, "config").args(["config", "--list", "--show-origin", "-z"]);
    let answer = call.succeed().map_err(|_| Refused::Unfit)?;
    Ok(answer.bytes().to_vec())
}

/// `ORIGIN<nul>KEY<newline>VALUE<nul>...` (git-config(1), "-z"; a key without value has no newline).
fn read(answer: &[u8], worktree: &Path, home: Option<&Path>) -> Result<Named, Refused> {
    let mut named = Named { files: BTreeSet::new(), differ: false };
    let mut fields = answer.split(|&byte| byte == 0);
    while let (Some(origin), Some(setting)) = (fields.next(), fields.next()) {
        // What comes from our own command line is the same every time.
        let file = origin.strip_prefix(b"file:").map(|file| worktree.join(OsStr::from_bytes(file)));
        let (key, value) = match setting.iter().position(|&byte| byte == b'\n') {
            Some(at) => (&setting[..at], &setting[at + 1..]),
            None => (setting, &b""[..]),
        };
        let conditional = key.starts_with(b"includeif.") && key.ends_with(b".path");
        named.differ |= conditional || key == b"extensions.worktreeconfig";
        if conditional || [&b"include.path"[..], b"core.excludesfile", b"core.attributesfile"].contains(&key)
        {
            let beside = file.as_deref().and_then(Path::parent);
            named.files.extend(expand(value, beside, home)?);
        }
        named.files.extend(file);
    }
    Ok(named)
}

/// A path as git reads it in its configuration (git-config(1), "pathname"); an empty one names nothing.
fn expand(value: &[u8], beside: Option<&Path>, home: Option<&Path>) -> Result<Option<PathBuf>, Refused> {
    let text = |bytes| Path::new(OsStr::from_bytes(bytes));
    match (value, beside) {
        (b"", _) => Ok(None),
        ([b'/', ..], _) => Ok(Some(text(value).to_owned())),
        ([b'~', b'/', rest @ ..], _) => Ok(Some(home.ok_or(Refused::Unfit)?.join(text(rest)))),
        // Somebody else's home, or the folder that git is installed in: only git knows.
        ([b'~' | b'%', ..], _) | (_, None) => Err(Refused::Unfit),
        (_, Some(beside)) => Ok(Some(beside.join(text(value)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(answer: &str) -> Option<(Vec<String>, bool)> {
        let named = read(answer.as_bytes(), Path::new("/w"), Some(Path::new("/home/me"))).ok()?;
        let files = named.files.iter().map(|file| file.to_str().unwrap().to_owned()).collect();
        Some((files, named.differ))
    }

    fn some(files: &[&str], differ: bool) -> Option<(Vec<String>, bool)> {
        Some((files.iter().map(|&file| file.to_owned()).collect(), differ))
    }

    #[test]
    fn what_is_read_and_what_is_named_counts() {
        assert_eq!(files("file:.git/config\0core.bare\nfalse\0"), some(&["/w/.git/config"], false));
        assert_eq!(files("command line:\0core.quotepath\nfalse\0file:/c\0a.b\0"), some(&["/c"], false));
        let ignore = "file:/c/config\0core.excludesfile\n~/ignore\0";
        assert_eq!(files(ignore), some(&["/c/config", "/home/me/ignore"], false));
        let include = "file:/c/config\0include.path\nmore\0file:/c/more\0x.y\n1\0";
        assert_eq!(files(include), some(&["/c/config", "/c/more"], false));
        assert_eq!(files("file:/c\0core.attributesfile\n\0"), some(&["/c"], false));
    }

    #[test]
    fn conditions_and_settings_of_one_worktree_make_a_difference() {
        let conditional = "file:/c\0includeif.gitdir:~/Work/.path\n/x\0";
        assert_eq!(files(conditional), some(&["/c", "/x"], true));
        assert_eq!(files("file:/c\0extensions.worktreeconfig\ntrue\0"), some(&["/c"], true));
    }

    #[test]
    fn a_path_that_only_git_knows_is_refused() {
        for path in ["~other/x", "%(prefix)/etc/x"] {
            assert_eq!(files(&format!("file:/c\0include.path\n{path}\0")), None);
        }
        assert_eq!(files("command line:\0core.excludesfile\nrelative\0"), None);
    }
}
