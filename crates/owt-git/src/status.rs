//! `git status --porcelain=v2 -z`: the question and its answer as values. The parser is pure.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;

/// How a checkout differs from HEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    /// The commit of HEAD; `None` while the branch is unborn.
    pub(crate) head: Option<ObjectId>,
    /// The branch of HEAD, with or without a commit; `None` when HEAD is on none.
    pub(crate) branch: Option<BranchName>,
    /// What differs, in git's order.
    pub(crate) entries: Vec<Entry>,
}

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative to the worktree's root. A folder that is a repository of its own ends with `/`.
    pub(crate) path: OsString,
    /// How it differs.
    pub(crate) kind: Kind,
}

/// How a path differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Known to git.
    Tracked(Tracked),
    /// In conflict in the index; our side's version.
    Unmerged(Version),
    /// Not known to git and not ignored.
    Untracked,
    /// Ignored (only when asked for).
    Ignored,
}

/// A path known to HEAD or to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// Whether the index differs from HEAD.
    pub(crate) staged: bool,
    /// Whether the file is gone from the working tree.
    pub(crate) deleted: bool,
    /// What HEAD has.
    pub(crate) in_head: Version,
    /// What the index has.
    pub(crate) in_index: Version,
    /// A submodule with changes or new files of its own, which no commit of ours can hold.
    pub(crate) dirty_submodule: bool,
}

/// A path's mode and object as git prints them; all zeros (in the repository's length) where there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) mode: String,
    pub(crate) object: String,
}

impl Tracked {
    /// Whether HEAD has it, and the index does not any more.
    pub(crate) fn is_removed(&self) -> bool {
        self.staged && self.in_index.mode == NO_MODE
    }
}

impl Version {
    fn new(mode: &[u8], object: &[u8]) -> Option<Self> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        Some(Self { mode: text(mode)?, object: text(object)? })
    }
}

/// Which paths a status lists beside the changed ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Untracked files, submodules as the configuration says: what a person calls dirty.
    AsConfigured,
    /// The same, and ignored files; of a folder that is ignored as a whole its name alone, with a `/` at its end.
    WithIgnoredFolders,
    /// Untracked files, and everything about submodules.
    Everything,
    /// The same, and ignored files.
    WithIgnored,
}

/// The mode of what is not there.
const NO_MODE: &str = "000000";

/// What git calls a HEAD that is on no branch (wt-status.c, `wt_porcelain_v2_print_tracking`).
const DETACHED: &str = "(detached)";

/// Asks git. Never writes the index.
pub(crate) fn status(client: &GitCli, worktree: &AbsPath, listing: Listing) -> Result<Status, GitError> {
    let call = Call::in_checkout(client, worktree, "status")
        .args(["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all"])
        // One changed file is one entry; looking for renames costs time.
        .arg("--no-renames");
    let call = match listing {
        Listing::AsConfigured => call,
        Listing::WithIgnoredFolders => call.arg("--ignored=matching"),
        Listing::Everything => call.arg("--ignore-submodules=none"),
        Listing::WithIgnored => call.args(["--ignore-submodules=none", "--ignored=traditional"]),
    };
    let answer = call.succeed()?;
    parse(answer.bytes()).ok_or_else(|| answer.strange())
}

/// Reads the answer; `None` when it is not in the format of git-status(1), "Porcelain Format Version 2".
fn parse(bytes: &[u8]) -> Option<Status> {
    let mut status = Status { head: None, branch: None, entries: Vec::new() };
    for record in bytes.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let (kind, rest) = (record[0], record.get(2..)?);
        let entry = match kind {
            b'#' => {
                header(&mut status, rest)?;
                continue;
            }
            b'1' => tracked(rest)?,
            b'u' => unmerged(rest)?,
            b'?' => Entry { path: path(rest), kind: Kind::Untracked },
            b'!' => Entry { path: path(rest), kind: Kind::Ignored },
            // '2' is a rename, which we do not ask for.
            _ => return None,
        };
        status.entries.push(entry);
    }
    Some(status)
}

fn header(status: &mut Status, header: &[u8]) -> Option<()> {
    if let Some(name) = header.strip_prefix(b"branch.head ") {
        let name = std::str::from_utf8(name).ok().filter(|name| *name != DETACHED);
        status.branch = name.and_then(|name| BranchName::new(name).ok());
    }
    let oid = match header.strip_prefix(b"branch.oid ") {
        Some(b"(initial)") | None => return Some(()),
        Some(oid) => oid,
    };
    status.head = Some(ObjectId::new(std::str::from_utf8(oid).ok()?).ok()?);
    Some(())
}

/// `XY sub mH mI mW hH hI path`.
fn tracked(rest: &[u8]) -> Option<Entry> {
    let fields: Vec<&[u8]> = rest.splitn(8, |&byte| byte == b' ').collect();
    let [xy, submodule, mode_head, mode_index, _, oid_head, oid_index, name] = fields.as_slice() else {
        return None;
    };
    let [x, y] = *xy else { return None };
    let in_head = Version::new(mode_head, oid_head)?;
    let in_index = Version::new(mode_index, oid_index)?;
    // `S<c><m><u>`: changes inside (m), new files inside (u). A new commit alone (c) is recorded as git does.
    let dirty_submodule = submodule.first() == Some(&b'S') && submodule.get(2..4)? != b"..";
    let (staged, deleted) = (*x != b'.', *y == b'D');
    let tracked = Tracked { staged, deleted, in_head, in_index, dirty_submodule };
    Some(Entry { path: path(name), kind: Kind::Tracked(tracked) })
}

/// A record of `ls-files --stage -z`: `mode object stage<TAB>path`.
pub(crate) fn staged_version(record: &[u8]) -> Option<(&OsStr, Version)> {
    let at = record.iter().position(|&byte| byte == b'\t')?;
    let mut fields = record[..at].split(|&byte| byte == b' ');
    let version = Version::new(fields.next()?, fields.next()?)?;
    Some((OsStr::from_bytes(&record[at + 1..]), version))
}

/// `XY sub m1 m2 m3 mW h1 h2 h3 path`, where stage 2 is our side.
fn unmerged(rest: &[u8]) -> Option<Entry> {
    let fields: Vec<&[u8]> = rest.splitn(10, |&byte| byte == b' ').collect();
    let [_, _, _, mode, _, _, _, oid, _, name] = fields.as_slice() else {
        return None;
    };
    Some(Entry { path: path(name), kind: Kind::Unmerged(Version::new(mode, oid)?) })
}

fn path(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OID: &str = "4caaecb60d40148e5e4940f925d0b876461c78cc";
    const NONE: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn every_kind_of_record_is_read() {
        let text = format!(
            "# branch.oid {OID}\0# branch.head main\0\
             1 .M N... 100644 100644 100644 {OID} {OID} a b\nc\0\
             1 A. N... 000000 100644 100644 {NONE} {OID} new\0\
             1 .D N... 100644 100644 000000 {OID} {OID} gone\0\
             1 D. N... 100644 000000 000000 {OID} {NONE} out\0\
             1 .M SC.U 160000 160000 160000 {OID} {OID} sub\0\
             1 .M SC.. 160000 160000 160000 {OID} {OID} moved\0\
             u UU N... 100644 100644 100644 100644 {OID} {OID} {OID} clash x\0\
             ? nest/\0! target/\0"
        );
        let status = parse(text.as_bytes()).unwrap();
        assert_eq!(status.head.unwrap().as_str(), OID);
        let names: Vec<_> = status.entries.iter().map(|entry| entry.path.to_str().unwrap()).collect();
        assert_eq!(names, ["a b\nc", "new", "gone", "out", "sub", "moved", "clash x", "nest/", "target/"]);
        let in_head = Version { mode: "100644".to_owned(), object: OID.to_owned() };
        let of = |at: usize| match &status.entries[at].kind {
            Kind::Tracked(tracked) => tracked.clone(),
            other => panic!("{other:?} is not tracked"),
        };
        let unchanged = in_head.clone();
        let in_index = in_head.clone();
        let changed = Tracked { staged: false, deleted: false, in_head, in_index, dirty_submodule: false };
        assert_eq!(of(0), changed);
        assert!(of(1).staged && !of(1).is_removed() && of(1).in_head.object == NONE);
        assert!(of(2).deleted && !of(2).is_removed());
        assert!(of(3).is_removed() && !of(3).deleted);
        assert!(of(4).dirty_submodule && !of(5).dirty_submodule);
        assert_eq!(status.entries[6].kind, Kind::Unmerged(unchanged));
        assert_eq!(status.entries[8].kind, Kind::Ignored);
    }

    #[test]
    fn an_unborn_branch_has_no_head() {
        assert_eq!(parse(b"# branch.oid (initial)\0# branch.head main\0").unwrap().head, None);
    }

    #[test]
    fn a_rename_that_was_not_asked_for_is_not_understood() {
        assert_eq!(parse(b"2 R. N... 1 1 1 a b R100 to\0from\0"), None);
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_name_survives(name in "[^\0]{1,40}") {
            let status = parse(format!("? {name}\0").as_bytes()).unwrap();
            prop_assert_eq!(status.entries[0].path.to_str(), Some(name.as_str()));
        }
    }
}
