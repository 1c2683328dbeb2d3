//! Which lines of a text changed, as git's merge sees it, and what becomes of two changes of it. Pure.
//!
//! Where changes of two sides touch, git looks at the whole region (xdiff/xmerge.c, `xdl_do_merge`; git 2.47): the very same
//! change on both sides is taken once, and a region that came out different is a conflict, whichever style conflicts are
//! written in. Only one that came out alike by changes that differ depends on the style, and is left to git.

use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash as _;
use std::hash::Hasher as _;

use owt_core::radar::LineRange;
use owt_core::radar::Overlap;
use owt_core::vcs::ObjectId;

/// Lines that were taken away and lines that came instead, where they stand counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    old: u32,
    new: u32,
    taken: Vec<Line>,
    come: Vec<Line>,
}

/// A line by its content: 64 bits are enough to tell the lines of one region from one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line(u64);

impl Line {
    fn of(text: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// The same without a newline at its end, which is another line.
    const fn unended(self) -> Self {
        Self(!self.0)
    }
}

/// How many, as git counts them.
fn count(lines: &[Line]) -> u32 {
    u32::try_from(lines.len()).unwrap_or(u32::MAX)
}

impl Hunk {
    fn end(&self) -> u32 {
        self.old.saturating_add(count(&self.taken))
    }

    fn lines(&self) -> LineRange {
        let count = count(&self.come);
        // Of no lines: behind which they were.
        let first = if count == 0 { self.new } else { self.new + 1 };
        LineRange { first, count }
    }

    /// git takes such a change once.
    fn is_same(&self, other: &Self) -> bool {
        self.old == other.old && self.taken.len() == other.taken.len() && self.come == other.come
    }
}

/// The hunks of texts, by their versions before and after.
pub(super) type Hunks = HashMap<(ObjectId, ObjectId), Vec<Hunk>>;

/// What becomes of two changes of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// git merges them.
    Merged,
    /// It cannot, because of these.
    Clash(Vec<Overlap>),
    /// It depends on more than the lines.
    Unclear,
}

/// What becomes of two changes of one text.
pub(super) fn outcome(a: &[Hunk], b: &[Hunk]) -> Outcome {
    let (mut clashing, mut unclear) = (Vec::new(), false);
    for region in regions(a, b) {
        match region.is_alike() {
            Some(true) => unclear |= !region.is_one_change(),
            Some(false) => clashing.extend(region.overlaps()),
            None => unclear = true,
        }
    }
    match (clashing.is_empty(), unclear) {
        (_, true) => Outcome::Unclear,
        (true, false) => Outcome::Merged,
        (false, false) => Outcome::Clash(clashing),
    }
}

/// Where two changes of one text meet and are not the same.
pub(super) fn meet(a: &[Hunk], b: &[Hunk]) -> Vec<Overlap> {
    regions(a, b).filter(|region| !region.is_one_change()).flat_map(|region| region.overlaps()).collect()
}

/// Changes of both sides that touch one another: git merges by itself only what has a line between.
struct Region<'a> {
    a: &'a [Hunk],
    b: &'a [Hunk],
}

fn regions<'a>(mut a: &'a [Hunk], mut b: &'a [Hunk]) -> impl Iterator<Item = Region<'a>> {
    std::iter::from_fn(move || {
        loop {
            let (one, other) = (a.first()?, b.first()?);
            if one.end() < other.old {
                a = &a[1..];
            } else if other.end() < one.old {
                b = &b[1..];
            } else {
                break;
            }
        }
        let (first, rest) = region_of(a, b);
        (a, b) = rest;
        Some(first)
    })
}

/// The region that the first of both are in, and what comes after it.
fn region_of<'a>(a: &'a [Hunk], b: &'a [Hunk]) -> (Region<'a>, (&'a [Hunk], &'a [Hunk])) {
    let (mut of_a, mut of_b) = (1, 1);
    loop {
        if a.get(of_a).is_some_and(|next| next.old <= b[of_b - 1].end()) {
            of_a += 1;
        } else if b.get(of_b).is_some_and(|next| next.old <= a[of_a - 1].end()) {
            of_b += 1;
        } else {
            return (Region { a: &a[..of_a], b: &b[..of_b] }, (&a[of_a..], &b[of_b..]));
        }
    }
}

impl Region<'_> {
    fn is_one_change(&self) -> bool {
        matches!((self.a, self.b), ([a], [b]) if a.is_same(b))
    }

    /// Whether both sides made the same text of it.
    fn is_alike(&self) -> Option<bool> {
        Some(self.text(self.a, self.b)? == self.text(self.b, self.a)?)
    }

    /// What one side made of it. What that side left as it was, the other has changed: so it is known.
    fn text(&self, own: &[Hunk], other: &[Hunk]) -> Option<Vec<Line>> {
        let begin = self.a.first()?.old.min(self.b.first()?.old);
        let end = self.a.last()?.end().max(self.b.last()?.end());
        let (mut text, mut at) = (Vec::new(), begin);
        for hunk in own {
            text.extend(before(other, at, hunk.old)?);
            text.extend(&hunk.come);
            at = hunk.end();
        }
        text.extend(before(other, at, end)?);
        Some(text)
    }

    fn overlaps(&self) -> Vec<Overlap> {
        let mut found = Vec::new();
        for one in self.a {
            let meeting = self.b.iter().filter(|other| one.old <= other.end() && other.old <= one.end());
            found.extend(meeting.map(|other| Overlap { a: one.lines(), b: other.lines() }));
        }
        found
    }
}

/// The lines from one to another as they were, of which these hunks took each.
fn before(hunks: &[Hunk], from: u32, to: u32) -> Option<Vec<Line>> {
    let line = |at: u32| {
        let hunk = hunks.iter().find(|hunk| hunk.old <= at && at < hunk.end())?;
        hunk.taken.get(usize::try_from(at - hunk.old).ok()?).copied()
    };
    (from..to).map(line).collect()
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
        if line.starts_with(b"\\") {
            reader.as_mut()?.unend();
        } else if let Some(rest) = line.strip_prefix(b"index ") {
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
    last: Last,
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
        let (at, left) = ((0, 0), (0, 0));
        Some(Self { versions, hunks: Vec::new(), last: Last::Kept, at, left, open: false, begun: false })
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
                (self.open, self.last) = (false, Last::Kept);
                self.step(1, 1)
            }
            Some(b'-') => {
                self.hunk().taken.push(Line::of(&line[1..]));
                self.last = Last::Taken;
                self.step(1, 0)
            }
            Some(b'+') => {
                self.hunk().come.push(Line::of(&line[1..]));
                self.last = Last::Come;
                self.step(0, 1)
            }
            Some(b'\\') => {
                self.unend();
                Some(())
            }
            Some(_) => None,
        }
    }

    /// The line before had no newline at its end.
    fn unend(&mut self) {
        let lines = self.hunks.last_mut().and_then(|hunk| match self.last {
            Last::Kept => None,
            Last::Taken => hunk.taken.last_mut(),
            Last::Come => hunk.come.last_mut(),
        });
        if let Some(line) = lines {
            *line = line.unended();
        }
    }

    fn hunk(&mut self) -> &mut Hunk {
        if !std::mem::replace(&mut self.open, true) {
            let (old, new) = self.at;
            self.hunks.push(Hunk { old, new, taken: Vec::new(), come: Vec::new() });
        }
        self.hunks.last_mut().expect("one was pushed when the part was opened")
    }

    fn step(&mut self, old: u32, new: u32) -> Option<()> {
        self.at = (self.at.0 + old, self.at.1 + new);
        self.left = (self.left.0.checked_sub(old)?, self.left.1.checked_sub(new)?);
        Some(())
    }
}

/// What the last line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Kept,
    Taken,
    Come,
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

    /// Takes `old_count` lines called after where they were, and puts some instead that are called after `said`.
    fn said(said: &str, old: u32, old_count: u32, new: u32, new_count: u32) -> Hunk {
        let line = |text: String| Line::of(text.as_bytes());
        let taken = (old..old + old_count).map(|at| line(format!("line {at}"))).collect();
        let come = (0..new_count).map(|at| line(format!("{said} {at}"))).collect();
        Hunk { old, new, taken, come }
    }

    fn ours(old: u32, old_count: u32, new: u32, new_count: u32) -> Hunk {
        said("ours", old, old_count, new, new_count)
    }

    fn theirs(old: u32, old_count: u32, new: u32, new_count: u32) -> Hunk {
        said("theirs", old, old_count, new, new_count)
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
        let lines = |all: &[&str]| all.iter().map(|text| Line::of(text.as_bytes())).collect::<Vec<_>>();
        let hunk = |old, new, taken: &[&str], come: &[&str]| Hunk {
            old,
            new,
            taken: lines(taken),
            come: lines(come),
        };
        let mut last = hunk(8, 7, &["index"], &["i", "j"]);
        last.taken[0] = last.taken[0].unended();
        last.come[1] = last.come[1].unended();
        let expected = [hunk(1, 1, &["@@ b"], &["diff --git"]), hunk(3, 3, &["d"], &[]), last];
        assert_eq!(all[&(id(OID), id(other))], expected);
    }

    #[test]
    fn changes_with_a_line_between_do_not_meet() {
        let one = [ours(4, 1, 4, 1)];
        let clashes = |a: &[Hunk], b: &[Hunk]| match outcome(a, b) {
            Outcome::Merged => 0,
            Outcome::Clash(all) => all.len(),
            Outcome::Unclear => panic!("they made something else of it"),
        };
        assert_eq!(clashes(&one, &[theirs(2, 1, 2, 1), theirs(6, 1, 6, 1)]), 0);
        assert_eq!(clashes(&one, &[theirs(3, 1, 3, 1)]), 1);
        assert_eq!(clashes(&one, &[theirs(5, 1, 5, 1)]), 1);
        // Two insertions at one place, and one just behind a changed line.
        assert_eq!(clashes(&[ours(4, 0, 4, 2)], &[theirs(4, 0, 4, 1)]), 1);
        assert_eq!(clashes(&one, &[theirs(5, 0, 5, 1)]), 1);
        assert_eq!(clashes(&[ours(0, 9, 0, 1)], &[theirs(2, 1, 2, 1), theirs(7, 0, 7, 3)]), 2);
        // One that touches both joins them.
        let both = [ours(2, 2, 2, 2), ours(6, 1, 6, 1)];
        assert_eq!(clashes(&both, &[theirs(3, 3, 3, 1)]), 2);
    }

    #[test]
    fn what_both_did_alike_is_merged_and_what_came_out_alike_otherwise_is_left_to_git() {
        let (one, same) = ([ours(4, 1, 4, 2)], [ours(4, 1, 9, 2)]);
        assert_eq!(outcome(&one, &same), Outcome::Merged);
        assert_eq!(meet(&one, &same), []);
        // One took two lines away and put the second back.
        let back = Hunk { come: vec![Line::of(b"line 5")], ..ours(4, 2, 4, 0) };
        assert_eq!(outcome(&[back], &[ours(4, 1, 4, 0)]), Outcome::Unclear);
        // Alike in one place does not help in another.
        let (a, b) = ([ours(1, 1, 1, 1), ours(9, 1, 9, 1)], [ours(1, 1, 1, 1), theirs(9, 1, 9, 1)]);
        assert_eq!(outcome(&a, &b), Outcome::Clash(meet(&a[1..], &b[1..])));
    }

    #[test]
    fn lines_are_told_as_each_side_has_them() {
        let found = meet(&[ours(9, 2, 11, 3)], &[theirs(10, 1, 4, 0)]);
        assert_eq!(found[0].a.to_string(), "12-14");
        assert_eq!(found[0].b.to_string(), "4+");
    }
}
