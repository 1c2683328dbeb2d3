//! What a line of work changed since it parted from another, by paths, and what follows for merging the two. Pure.
//!
//! [`foresee`] answers as `git merge` would, or not at all: wherever renames, folders that moved, links, submodules or
//! modes may have a say, git is asked.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::vcs::ObjectId;

/// Mode and content of a file at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Version {
    pub(super) mode: String,
    pub(super) object: ObjectId,
}

impl Version {
    fn is_text_like(&self) -> bool {
        self.mode == "100644" || self.mode == "100755"
    }
}

/// How one path changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) before: Option<Version>,
    pub(super) after: Option<Version>,
}

impl Change {
    const fn adds(&self) -> bool {
        self.before.is_none()
    }

    const fn deletes(&self) -> bool {
        self.after.is_none()
    }
}

/// All that a line of work changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    by_path: BTreeMap<Vec<u8>, Change>,
    /// Folders above what was added, and above what was deleted; the root is the empty path.
    added_below: BTreeSet<Vec<u8>>,
    deleted_below: BTreeSet<Vec<u8>>,
    attributes: bool,
}

/// A path whose text both changed, with no more to it than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Twice {
    pub(super) path: Vec<u8>,
    pub(super) before: ObjectId,
    pub(super) a: ObjectId,
    pub(super) b: ObjectId,
}

/// What can be said before git is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Foresight {
    /// git merges them if it can merge each of these texts; none: it does.
    Clean(Vec<Twice>),
    /// git has to be asked.
    Unclear(Vec<Twice>),
}

impl Changes {
    /// Notes one path.
    fn note(&mut self, path: &[u8], change: Change) {
        if change.adds() {
            self.added_below.extend(folders(path));
        }
        if change.deletes() {
            self.deleted_below.extend(folders(path));
        }
        self.attributes |= path == b".gitattributes" || path.ends_with(b"/.gitattributes");
        self.by_path.insert(path.to_vec(), change);
    }

    /// Whether it says anew how paths are merged.
    pub(super) const fn attributes(&self) -> bool {
        self.attributes
    }

    #[cfg(test)]
    fn of(&self, path: &[u8]) -> Option<&Change> {
        self.by_path.get(path)
    }

    /// How many paths.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.by_path.len()).unwrap_or(u32::MAX)
    }

    fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// git may see files here that got another name, and whole folders with them.
    fn may_rename(&self) -> bool {
        !self.added_below.is_empty() && !self.deleted_below.is_empty()
    }

    /// Whether a file of the one is where the other has a folder.
    fn stands_in(&self, folders: &BTreeSet<Vec<u8>>) -> bool {
        let (few, many) = (self.by_path.len(), folders.len());
        let is_file = |change: &Change| !change.deletes();
        match few < many {
            true => self.by_path.iter().any(|(path, change)| is_file(change) && folders.contains(path)),
            false => folders.iter().any(|folder| self.by_path.get(folder).is_some_and(is_file)),
        }
    }
}

/// The folders above a path, the root (empty) included.
fn folders(path: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    std::iter::once(Vec::new()).chain(slashes.map(|(at, _)| path[..at].to_vec()))
}

/// What can be said of merging two lines of work that parted where both lists of changes begin.
pub(super) fn foresee(a: &Changes, b: &Changes) -> Foresight {
    if a.is_empty() || b.is_empty() {
        return Foresight::Clean(Vec::new());
    }
    let (twice, mut clear) = both_changed(a, b, Renames::of(a, b));
    clear &= !a.stands_in(&b.added_below) && !b.stands_in(&a.added_below);
    // Files that the one adds may belong into a folder that the other has moved.
    clear &= !(a.may_rename() && shares(&a.deleted_below, &b.added_below));
    clear &= !(b.may_rename() && shares(&b.deleted_below, &a.added_below));
    if clear { Foresight::Clean(twice) } else { Foresight::Unclear(twice) }
}

fn shares(one: &BTreeSet<Vec<u8>>, other: &BTreeSet<Vec<u8>>) -> bool {
    let (few, many) = if one.len() < other.len() { (one, other) } else { (other, one) };
    few.iter().any(|folder| many.contains(folder))
}

/// Whether a path that came or went may have been another one before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renames {
    Possible,
    /// Neither side has both taken files away and added some.
    Impossible,
}

impl Renames {
    fn of(a: &Changes, b: &Changes) -> Self {
        match a.may_rename() || b.may_rename() {
            true => Self::Possible,
            false => Self::Impossible,
        }
    }
}

/// The texts that both changed, and whether nothing else that both touched needs git.
fn both_changed(a: &Changes, b: &Changes, renames: Renames) -> (Vec<Twice>, bool) {
    let (mut twice, mut clear) = (Vec::new(), true);
    let (few, many) = if a.by_path.len() <= b.by_path.len() { (a, b) } else { (b, a) };
    for path in few.by_path.keys().filter(|path| many.by_path.contains_key(*path)) {
        let (one, other) = (&a.by_path[path], &b.by_path[path]);
        match text_of_both(one, other) {
            Some((before, ours, theirs)) if ours != theirs => {
                twice.push(Twice { path: path.clone(), before, a: ours, b: theirs });
            }
            Some(_) => {}
            // What both did alike stands (merge-ort.c, `process_entry`, `match_mask`; git 2.47).
            None => clear &= same(one, other) && (stays(one) || renames == Renames::Impossible),
        }
    }
    (twice, clear)
}

fn same(one: &Change, other: &Change) -> bool {
    one.after == other.after
}

const fn stays(change: &Change) -> bool {
    !change.adds() && !change.deletes()
}

/// The three versions of a text that both changed and nobody did anything else to.
fn text_of_both(one: &Change, other: &Change) -> Option<(ObjectId, ObjectId, ObjectId)> {
    let (before, a, b) = (one.before.as_ref()?, one.after.as_ref()?, other.after.as_ref()?);
    let plain = before.is_text_like() && before.mode == a.mode && before.mode == b.mode;
    plain.then(|| (before.object.clone(), a.object.clone(), b.object.clone()))
}

/// Reads what `diff-tree --stdin --always -r --raw -z --no-renames` prints for these questions: for each its state's id,
/// then what changed, if anything. One state may be asked about twice, so it is the order that says whose an answer is.
pub(super) fn read(bytes: &[u8], states: &[ObjectId]) -> Option<Vec<Changes>> {
    let mut all: Vec<Changes> = states.iter().map(|_| Changes::default()).collect();
    let mut fields = bytes.split(|&byte| byte == 0).filter(|field| !field.is_empty());
    let mut at: Option<usize> = None;
    while let Some(field) = fields.next() {
        match field.strip_prefix(b":") {
            None => {
                let id = std::str::from_utf8(field).ok()?.trim_end_matches('\n');
                let next = at.map_or(0, |at| at + 1);
                at = states.get(next).filter(|state| state.as_str() == id).map(|_| next);
                at?;
            }
            Some(meta) => {
                let change = change(std::str::from_utf8(meta).ok()?)?;
                all.get_mut(at?)?.note(fields.next()?, change);
            }
        }
    }
    let answered = at.map_or(0, |at| at + 1);
    (answered == states.len()).then_some(all)
}

/// `<mode> <mode> <object> <object> <letter>` (git-diff-tree(1), "Raw output format").
fn change(meta: &str) -> Option<Change> {
    let fields: Vec<&str> = meta.split(' ').collect();
    let [mode_before, mode_after, before, after, _] = fields.as_slice() else { return None };
    let version = |mode: &str, object: &str| match mode {
        "000000" => Some(None),
        mode => Some(Some(Version { mode: mode.to_owned(), object: ObjectId::new(object).ok()? })),
    };
    Some(Change { before: version(mode_before, before)?, after: version(mode_after, after)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: u8 = 0;

    fn version(content: u8) -> Option<Version> {
        let object = ObjectId::new(format!("{content:040x}")).unwrap();
        (content != NONE).then(|| Version { mode: "100644".to_owned(), object })
    }

    /// Paths with what was there before and after.
    fn changes(all: &[(&str, u8, u8)]) -> Changes {
        let mut changes = Changes::default();
        for (path, before, after) in all {
            changes.note(path.as_bytes(), Change { before: version(*before), after: version(*after) });
        }
        changes
    }

    fn clear(a: &[(&str, u8, u8)], b: &[(&str, u8, u8)]) -> bool {
        foresee(&changes(a), &changes(b)) == Foresight::Clean(Vec::new())
    }

    #[test]
    fn different_paths_are_clear_unless_something_may_have_moved() {
        assert!(clear(&[("a", 1, 2)], &[("b", 1, 2), ("new", 0, 1)]));
        assert!(clear(&[("d/a", 1, 0)], &[("d/new", 0, 1)]));
        // A folder may have moved below the other's new file.
        assert!(!clear(&[("d/a", 1, 0), ("e/a", 0, 1)], &[("d/new", 0, 2)]));
        assert!(!clear(&[("new", 0, 2)], &[("a", 1, 0), ("e/a", 0, 1)]));
        assert!(clear(&[("d/a", 1, 0), ("e/a", 0, 1)], &[("other", 1, 2)]));
        // A file where the other has a folder.
        assert!(!clear(&[("d", 0, 1)], &[("d/x", 0, 1)]));
        assert!(!clear(&[("d/x/y", 0, 1)], &[("d", 0, 1)]));
    }

    #[test]
    fn what_both_touched_is_clear_only_when_it_is_the_same_text() {
        assert!(clear(&[("a", 1, 2)], &[("a", 1, 2)]));
        assert!(clear(&[("a", 1, 0)], &[("a", 1, 0)]), "nobody added what it may have become");
        assert!(clear(&[("a", 0, 1)], &[("a", 0, 1)]), "nobody took away what it may have been");
        assert!(!clear(&[("a", 1, 0)], &[("a", 1, 0), ("b", 0, 1)]), "one of them may have renamed it");
        assert!(!clear(&[("a", 0, 1), ("b", 1, 0)], &[("a", 0, 1)]));
        assert!(!clear(&[("a", 0, 1)], &[("a", 0, 2)]), "both added it, with other contents");
        assert!(!clear(&[("a", 1, 0)], &[("a", 1, 2)]));
        let Foresight::Clean(twice) = foresee(&changes(&[("a", 1, 2)]), &changes(&[("a", 1, 3)])) else {
            panic!("two texts are compared by their lines");
        };
        assert_eq!(twice.len(), 1);
    }

    #[test]
    fn answers_are_told_apart_by_their_order() {
        let state = |n: u8| ObjectId::new(format!("{n:040x}")).unwrap();
        let (one, two) = (state(1), state(2));
        // The same state is asked about twice, the first time against itself.
        let printed = format!("{two}\0{two}\0:100644 000000 {one} {} D\0gone\0{one}\0", "0".repeat(40));
        let asked = [two.clone(), two, one.clone()];
        let all = read(printed.as_bytes(), &asked).unwrap();
        assert!(all[0].is_empty() && all[2].is_empty());
        assert!(all[1].of(b"gone").unwrap().deletes());
        assert!(read(printed.as_bytes(), &asked[1..]).is_none(), "more than was asked");
        assert!(read(format!("{one}\0").as_bytes(), &[one.clone(), one]).is_none(), "less than was asked");
        assert!(read(b"garbage\0", &[state(1)]).is_none());
    }
}
