//! `git diff --raw --numstat -z`: files with their kind of change and their counts of lines. Pure.

use std::collections::HashMap;

use owt_core::vcs::ObjectId;
use owt_ports::ChangeKind;
use owt_ports::ChangedFile;

/// Lines added and removed; `None` where the content is binary.
type Lines = Option<(u64, u64)>;

/// Reads the answer; `None` when it is not in the format of git-diff(1), "Raw output format" and "Other diff formats".
pub(crate) fn parse(bytes: &[u8]) -> Option<Vec<ChangedFile>> {
    let mut fields = bytes.split(|&byte| byte == 0);
    let mut told = Told::default();
    while let Some(field) = fields.next() {
        if !field.is_empty() {
            told.take(field, &mut fields)?;
        }
    }
    Some(told.end())
}

/// Reads the answer to `show` of many commits, each behind a field with its name; behind that a line ends.
pub(super) fn parse_steps(bytes: &[u8]) -> Option<Vec<(ObjectId, Vec<ChangedFile>)>> {
    let mut fields = bytes.split(|&byte| byte == 0);
    let mut steps: Vec<(ObjectId, Told)> = Vec::new();
    while let Some(field) = fields.next() {
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        if field.is_empty() {
            continue;
        }
        match std::str::from_utf8(field).ok().and_then(|name| ObjectId::new(name).ok()) {
            Some(commit) => steps.push((commit, Told::default())),
            None => steps.last_mut()?.1.take(field, &mut fields)?,
        }
    }
    Some(steps.into_iter().map(|(commit, told)| (commit, told.end())).collect())
}

/// What was read of one comparison.
#[derive(Default)]
struct Told {
    files: Vec<ChangedFile>,
    counts: HashMap<Vec<u8>, Lines>,
    paths: Vec<Vec<u8>>,
}

impl Told {
    /// Reads a record, which begins with this field.
    fn take<'a>(&mut self, field: &'a [u8], fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<()> {
        if let Some(raw) = field.strip_prefix(b":") {
            let letter = *raw.rsplit(|&byte| byte == b' ').next()?.first()?;
            let kind = kind(letter)?;
            let first = fields.next()?;
            let second = match kind {
                ChangeKind::Renamed | ChangeKind::Copied => Some(fields.next()?),
                _ => None,
            };
            let (path, old_path) = match second {
                Some(path) => (path, Some(text(first))),
                None => (first, None),
            };
            let changes_mode = changes_mode(raw)?;
            self.files.push(ChangedFile { path: text(path), old_path, kind, changes_mode, lines: None });
            self.paths.push(path.to_vec());
        } else {
            let (lines, path) = count(field)?;
            let path = match path {
                // A rename: the old and the new path follow.
                [] => {
                    fields.next()?;
                    fields.next()?
                }
                path => path,
            };
            self.counts.insert(path.to_vec(), lines);
        }
        Some(())
    }

    fn end(mut self) -> Vec<ChangedFile> {
        for (file, path) in self.files.iter_mut().zip(&self.paths) {
            file.lines = self.counts.get(path).copied().unwrap_or(Some((0, 0)));
        }
        self.files
    }
}

/// `OLD_MODE NEW_MODE ...`: whether both are files, and one of them a program.
fn changes_mode(raw: &[u8]) -> Option<bool> {
    let mut modes = raw.split(|&byte| byte == b' ');
    let (old, new) = (modes.next()?, modes.next()?);
    Some(old != new && old.starts_with(b"100") && new.starts_with(b"100"))
}

/// `ADDED<tab>REMOVED<tab>PATH`, with `-` twice for binary content.
fn count(field: &[u8]) -> Option<(Lines, &[u8])> {
    let mut parts = field.splitn(3, |&byte| byte == b'\t');
    let (added, removed, path) = (parts.next()?, parts.next()?, parts.next()?);
    if (added, removed) == (b"-", b"-") {
        return Some((None, path));
    }
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse().ok();
    Some((Some((number(added)?, number(removed)?)), path))
}

/// The letter of a change (git-diff(1), "Possible status letters"); an unmerged path counts as modified: what differs
/// is what lies in the working tree.
const fn kind(letter: u8) -> Option<ChangeKind> {
    match letter {
        b'A' => Some(ChangeKind::Added),
        b'M' | b'U' => Some(ChangeKind::Modified),
        b'D' => Some(ChangeKind::Deleted),
        b'R' => Some(ChangeKind::Renamed),
        b'C' => Some(ChangeKind::Copied),
        b'T' => Some(ChangeKind::TypeChanged),
        _ => None,
    }
}

fn text(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str, old: Option<&str>, kind: ChangeKind, lines: Lines) -> ChangedFile {
        let (path, old_path) = (path.to_owned(), old.map(str::to_owned));
        ChangedFile { path, old_path, kind, changes_mode: false, lines }
    }

    #[test]
    fn names_kinds_and_counts_belong_together() {
        let answer = ":000000 100644 0000000 20b5be9 A\0bin\0:100644 100644 0fdf397 0000000 M\0a\tb\n c\0\
            :100644 100644 ac74a37 ac74a37 R087\0old\0new\0:100644 000000 ac74a37 0000000 D\0:odd\0\
            :100644 120000 ac74a37 0000000 T\0link\0\
            :100644 100755 ac74a37 ac74a37 M\0tool\0\
            -\t-\tbin\x005\t2\ta\tb\n c\x001\t0\t\0old\0new\x000\t3\t:odd\x001\t1\tlink\0";
        assert_eq!(
            parse(answer.as_bytes()).unwrap(),
            [
                file("bin", None, ChangeKind::Added, None),
                file("a\tb\n c", None, ChangeKind::Modified, Some((5, 2))),
                file("new", Some("old"), ChangeKind::Renamed, Some((1, 0))),
                file(":odd", None, ChangeKind::Deleted, Some((0, 3))),
                file("link", None, ChangeKind::TypeChanged, Some((1, 1))),
                ChangedFile { changes_mode: true, ..file("tool", None, ChangeKind::Modified, Some((0, 0))) },
            ]
        );
        assert_eq!(parse(b""), Some(Vec::new()));
        assert_eq!(parse(b":000000 100644 0000000 20b5be9 X\0bin\0"), None);
        assert_eq!(parse(b"words\0"), None);
    }

    /// A file may be called as a commit is: its place says what it is.
    #[test]
    fn each_commit_has_its_own_files() {
        let [a, b, c] = ["a", "b", "c"].map(|digit| digit.repeat(40));
        let raw = ":000000 100644 0000000 20b5be9 A";
        let answer = format!("\0{a}\0\n{raw}\0{b}\01\t0\t{b}\0\0{b}\0\0{c}\0\n{raw}\0x\02\t0\tx\0");
        let found = parse_steps(answer.as_bytes()).unwrap();
        let found: Vec<_> = found.iter().map(|(of, files)| (of.as_str(), files.as_slice())).collect();
        let [first, last] = [
            file(&b, None, ChangeKind::Added, Some((1, 0))),
            file("x", None, ChangeKind::Added, Some((2, 0))),
        ];
        assert_eq!(found, [(a.as_str(), &[first][..]), (&b, &[]), (&c, &[last])]);
        assert_eq!(parse_steps(format!("{raw}\0x\0").as_bytes()), None, "of which commit?");
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(answer: Vec<u8>) {
            drop(parse_steps(&answer));
            drop(parse(&answer));
        }
    }
}
