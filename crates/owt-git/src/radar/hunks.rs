//! Which lines of a text changed, as git's merge sees it, and where two changes of it meet. Pure.

use std::collections::HashMap;

use owt_core::radar::LineRange;
use owt_core::radar::Overlap;
use owt_core::vcs::ObjectId;

/// Lines that were taken away and lines that came instead; both counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hunk {
    old: u32,
    old_count: u32,
    new: u32,
    new_count: u32,
}

impl Hunk {
    const fn end(&self) -> u32 {
        self.old + self.old_count
    }

    const fn lines(&self) -> LineRange {
        // Of no lines: behind which they were.
        let first = if self.new_count == 0 { self.new } else { self.new + 1 };
        LineRange { first, count: self.new_count }
    }
}

/// The hunks of texts, by their versions before and after.
pub(super) type Hunks = HashMap<(ObjectId, ObjectId), Vec<Hunk>>;

/// Where two changes of one text meet: git merges what has a line between, or is the same on both sides.
pub(super) fn meet(a: &[Hunk], b: &[Hunk]) -> Vec<Overlap> {
    let (mut found, mut rest) = (Vec::new(), b);
    for one in a {
        // Whoever is over before this one begins cannot meet a later one either.
        while rest.first().is_some_and(|other| other.end() < one.old) {
            rest = &rest[1..];
        }
        let meeting = rest.iter().take_while(|other| other.old <= one.end());
        found.extend(meeting.map(|other| Overlap { a: one.lines(), b: other.lines() }));
    }
    found
}

/// Reads what `diff-tree --stdin -p -U1 --full-index` prints. Texts that git takes for binary have no entry.
pub(super) fn read(bytes: &[u8]) -> Option<Hunks> {
    let mut all = Hunks::new();
    let mut reader: Option<Reader> = None;
    for line in bytes.split(|&byte| byte == b'\n') {
        if let Some(open) = reader.as_mut().filter(|open| open.is_inside()) {
            open.take(line)?;
            continue;
        }
        if let Some(rest) = line.strip_prefix(b"index ") {
            finish(&mut all, reader.replace(Reader::new(rest)?));
        } else if let Some(rest) = line.strip_prefix(b"@@ ") {
            reader.as_mut()?.begin(rest)?;
        }
    }
    finish(&mut all, reader);
    Some(all)
}

fn finish(all: &mut Hunks, reader: Option<Reader>) {
    if let Some(reader) = reader.filter(|reader| reader.begun) {
        all.insert(reader.versions, reader.hunks);
    }
}

/// One file of a patch on its way.
struct Reader {
    versions: (ObjectId, ObjectId),
    hunks: Vec<Hunk>,
    /// Where the next line is, before and after.
    at: (u32, u32),
    /// Lines that the part has still to come, before and after.
    left: (u32, u32),
    open: bool,
    begun: bool,
}

impl Reader {
    /// `<object>..<object>[ <mode>]`.
    fn new(rest: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(rest).ok()?;
        let (before, after) = text.split(' ').next()?.split_once("..")?;
        let versions = (ObjectId::new(before).ok()?, ObjectId::new(after).ok()?);
        Some(Self { versions, hunks: Vec::new(), at: (0, 0), left: (0, 0), open: false, begun: false })
    }

    const fn is_inside(&self) -> bool {
        self.left.0 > 0 || self.left.1 > 0
    }

    /// `-<first>[,<count>] +<first>[,<count>] @@ ...`.
    fn begin(&mut self, rest: &[u8]) -> Option<()> {
        let text = String::from_utf8_lossy(rest);
        let mut fields = text.split(' ');
        let (old, new) = (span(fields.next()?, '-')?, span(fields.next()?, '+')?);
        (self.at, self.left) = ((old.0, new.0), (old.1, new.1));
        (self.open, self.begun) = (false, true);
        Some(())
    }

    fn take(&mut self, line: &[u8]) -> Option<()> {
        match line.first() {
            // Some settings drop the blank before an empty line.
            Some(b' ') | None => {
                self.open = false;
                self.step(1, 1)
            }
            Some(b'-') => {
                self.hunk().old_count += 1;
                self.step(1, 0)
            }
            Some(b'+') => {
                self.hunk().new_count += 1;
                self.step(0, 1)
            }
            // No newline at the end of the file.
            Some(b'\\') => Some(()),
            Some(_) => None,
        }
    }

    fn hunk(&mut self) -> &mut Hunk {
        if !std::mem::replace(&mut self.open, true) {
            let (old, new) = self.at;
            self.hunks.push(Hunk { old, old_count: 0, new, new_count: 0 });
        }
        self.hunks.last_mut().expect("one was pushed when the part was opened")
    }

    fn step(&mut self, old: u32, new: u32) -> Option<()> {
        self.at = (self.at.0 + old, self.at.1 + new);
        self.left = (self.left.0.checked_sub(old)?, self.left.1.checked_sub(new)?);
        Some(())
    }
}

/// First line, counted from 0, and how many.
fn span(field: &str, sign: char) -> Option<(u32, u32)> {
    let field = field.strip_prefix(sign)?;
    let (first, count) = match field.split_once(',') {
        Some((first, count)) => (first.parse::<u32>().ok()?, count.parse().ok()?),
        None => (field.parse().ok()?, 1),
    };
    // Of no lines, it is the line before.
    Some((if count == 0 { first } else { first.checked_sub(1)? }, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "4caaecb60d40148e5e4940f925d0b876461c78cc";

    fn hunk(old: u32, old_count: u32, new: u32, new_count: u32) -> Hunk {
        Hunk { old, old_count, new, new_count }
    }

    #[test]
    fn parts_are_read_to_the_line() {
        let other = "5caaecb60d40148e5e4940f925d0b876461c78cc";
        let text = format!(
            "{OID}\ndiff --git a/x b/x\nindex {OID}..{other} 100644\n--- a/x\n+++ b/x\n\
             @@ -1,4 +1,4 @@ index {OID}\n a\n-@@ b\n+diff --git\n\n-d\n\
             @@ -9 +8,2 @@\n-index\n\\ No newline at end of file\n+i\n+j\n\\ No newline at end of file\n\
             diff --git a/y b/y\nindex {other}..{OID} 100644\nBinary files a/y and b/y differ\n"
        );
        let all = read(text.as_bytes());
        // The part is a line short of what it says: not understood rather than misread.
        assert_eq!(all, None);
        let text = text.replace("-1,4 +1,4", "-1,4 +1,3");
        let all = read(text.as_bytes()).unwrap();
        let id = |text: &str| ObjectId::new(text).unwrap();
        assert_eq!(all.len(), 1, "nothing is known of what is no text");
        let found = &all[&(id(OID), id(other))];
        assert_eq!(found, &[hunk(1, 1, 1, 1), hunk(3, 1, 3, 0), hunk(8, 1, 7, 2)]);
    }

    #[test]
    fn changes_with_a_line_between_do_not_meet() {
        let one = [hunk(4, 1, 4, 1)];
        assert_eq!(meet(&one, &[hunk(2, 1, 2, 1), hunk(6, 1, 6, 1)]), []);
        assert_eq!(meet(&one, &[hunk(3, 1, 3, 1)]).len(), 1);
        assert_eq!(meet(&one, &[hunk(5, 1, 5, 1)]).len(), 1);
        // Two insertions at one place, and one just behind a changed line.
        assert_eq!(meet(&[hunk(4, 0, 4, 2)], &[hunk(4, 0, 4, 1)]).len(), 1);
        assert_eq!(meet(&one, &[hunk(5, 0, 5, 1)]).len(), 1);
        assert_eq!(meet(&[hunk(0, 9, 0, 1)], &[hunk(2, 1, 2, 1), hunk(7, 0, 7, 3)]).len(), 2);
    }

    #[test]
    fn lines_are_told_as_each_side_has_them() {
        let found = meet(&[hunk(9, 2, 11, 3)], &[hunk(10, 1, 4, 0)]);
        assert_eq!(found[0].a.to_string(), "12-14");
        assert_eq!(found[0].b.to_string(), "4+");
    }
}
