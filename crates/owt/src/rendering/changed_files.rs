//! `owt diff --stat` and `--name-only`: files, and how much of them differs.

use owt_api::ChangedFile;
use owt_core::counting::counted;
use owt_tui::text::columns;
use owt_tui::text::cut;
use owt_tui::text::one_line;
use serde::Serialize;

use crate::rendering::Page;
use crate::rendering::Tone;

/// Columns where nobody says how many there are, as git has it (git-diff(1), `--stat`).
const WIDTH: usize = 80;

/// The most columns of a bar.
const BAR: u64 = 40;

/// Sums over files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Totals {
    /// How many files differ.
    files: usize,
    /// Lines added, binary files left out.
    additions: u64,
    /// Lines removed, binary files left out.
    deletions: u64,
    /// How many of the files are binary.
    binary: usize,
}

impl Totals {
    pub(crate) fn of(files: &[ChangedFile]) -> Self {
        Self {
            files: files.len(),
            additions: files.iter().filter_map(|file| file.additions).sum(),
            deletions: files.iter().filter_map(|file| file.deletions).sum(),
            binary: files.iter().filter(|file| file.binary).count(),
        }
    }
}

/// One name a line for a program, of a renamed file the new one: as it is, or quoted as git does it (git-config(1), `core.quotePath`
/// off) where it has a quote, a backslash or a control character in it.
pub(crate) fn exact_names(files: &[ChangedFile]) -> String {
    files.iter().map(|file| format!("{}\n", quoted(&file.path))).collect()
}

fn quoted(path: &str) -> String {
    if !path.contains(|sign: char| sign.is_ascii_control() || matches!(sign, '"' | '\\')) {
        return path.to_owned();
    }
    let sign = |sign: char| match sign {
        '\x07' => "\\a".to_owned(),
        '\x08' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\x0b' => "\\v".to_owned(),
        '\x0c' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '"' | '\\' => format!("\\{sign}"),
        control if control.is_ascii_control() => format!("\\{:03o}", u32::from(control)),
        other => other.to_string(),
    };
    format!("\"{}\"", path.chars().map(sign).collect::<String>())
}

/// One name a line for a person; of a renamed file the new one.
pub(crate) fn names(files: &[ChangedFile]) -> String {
    files.iter().map(|file| format!("{}\n", one_line(&file.path))).collect()
}

/// A line for each file, and one for all.
pub(crate) fn stat(page: &Page, files: &[ChangedFile]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = files.iter().map(label).collect();
    let counts: Vec<String> = files.iter().map(count).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| columns(text)).max().unwrap_or(0);
    let count_width = widest(&counts);
    let most = files.iter().map(changed).max().unwrap_or(0);
    let room = page.width.unwrap_or(usize::MAX);
    // A blank before each name, ` | ` after it, a blank before the bar.
    let bar = usize::try_from(most.min(BAR)).unwrap_or(0).min(page.width.unwrap_or(WIDTH) / 3);
    let name_room = room.saturating_sub(bar + count_width + 5).max(8);
    let name_width = widest(&labels).min(name_room);
    let mut text = String::new();
    for ((file, label), count) in files.iter().zip(&labels).zip(&counts) {
        let label = cut(label, name_width);
        let blanks = " ".repeat(name_width - columns(&label));
        let line = format!(" {label}{blanks} | {count:>count_width$} {}", painted_bar(page, file, most, bar));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text + &sum(page, Totals::of(files))
}

fn label(file: &ChangedFile) -> String {
    match &file.old_path {
        Some(old) => format!("{} => {}", one_line(old), one_line(&file.path)),
        None => one_line(&file.path),
    }
}

fn changed(file: &ChangedFile) -> u64 {
    file.additions.unwrap_or(0) + file.deletions.unwrap_or(0)
}

fn count(file: &ChangedFile) -> String {
    if file.binary { "binary".to_owned() } else { changed(file).to_string() }
}

/// Signs for the lines, fewer where they do not fit; what there is at all has one.
fn painted_bar(page: &Page, file: &ChangedFile, most: u64, width: usize) -> String {
    let width = width as u64;
    let scaled = |lines: u64| match lines {
        0 => 0,
        lines if most <= width => lines,
        lines => (lines * width / most).max(1),
    };
    let signs = |lines: Option<u64>, sign: &str| {
        sign.repeat(usize::try_from(scaled(lines.unwrap_or(0))).unwrap_or(0))
    };
    let added = page.style.paint(Tone::Good, &signs(file.additions, "+"));
    let removed = page.style.paint(Tone::Bad, &signs(file.deletions, "-"));
    format!("{added}{removed}")
}

fn sum(page: &Page, totals: Totals) -> String {
    let mut parts = vec![counted(totals.files, "file changed", "files changed")];
    if totals.additions > 0 {
        parts.push(counted(totals.additions, "insertion(+)", "insertions(+)"));
    }
    if totals.deletions > 0 {
        parts.push(counted(totals.deletions, "deletion(-)", "deletions(-)"));
    }
    let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(1));
    format!(" {}\n", page.style.paint(Tone::Dim, &cut(&parts.join(", "), room)))
}

#[cfg(test)]
mod tests {
    use owt_api::FileStatus;

    use super::*;
    use crate::rendering::Style;

    fn file(path: &str, old: Option<&str>, lines: Option<(u64, u64)>) -> ChangedFile {
        ChangedFile {
            path: path.to_owned(),
            old_path: old.map(str::to_owned),
            status: FileStatus::Modified,
            additions: lines.map(|(added, _)| added),
            deletions: lines.map(|(_, removed)| removed),
            binary: lines.is_none(),
        }
    }

    fn at(width: Option<usize>) -> String {
        let files = [
            file("src/main.rs", None, Some((7, 3))),
            file("docs/how-to-write-a-long-name.md", None, Some((400, 1))),
            file("picture.png", None, None),
            file("new/place.rs", Some("old/place.rs"), Some((0, 0))),
            file("a\u{1b}[2Jb", None, Some((1, 0))),
        ];
        stat(&Page { style: Style::PLAIN, width, now: jiff::Timestamp::UNIX_EPOCH }, &files)
    }

    #[test]
    fn files_with_bars() {
        insta::assert_snapshot!(at(None), @r"
    src/main.rs                      |     10 +-
    docs/how-to-write-a-long-name.md |    401 +++++++++++++++++++++++++-
    picture.png                      | binary
    old/place.rs => new/place.rs     |      0
    a\x1b[2Jb                        |      1 +
    5 files changed, 408 insertions(+), 4 deletions(-)
    ");
        insta::assert_snapshot!(at(Some(50)), @r"
        src/main.rs             |     10 +-
        docs/how-to-write-a-lo… |    401 +++++++++++++++-
        picture.png             | binary
        old/place.rs => new/pl… |      0
        a\x1b[2Jb               |      1 +
        5 files changed, 408 insertions(+), 4 deletions(…
        ");
        assert_eq!(
            stat(&Page { style: Style::PLAIN, width: None, now: jiff::Timestamp::UNIX_EPOCH }, &[]),
            ""
        );
    }

    #[test]
    fn a_program_gets_names_as_they_are_or_as_git_quotes_them() {
        let named = |path: &str| exact_names(&[file(path, None, Some((1, 0)))]);
        for same in [" lead", "trail ", "ümlaut und mehr", "new place.rs"] {
            assert_eq!(named(same), format!("{same}\n"));
        }
        assert_eq!(named("a\nb\t\"c\\\u{1b}"), "\"a\\nb\\t\\\"c\\\\\\033\"\n");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 40..120 {
            for line in at(Some(width)).lines() {
                assert!(columns(line) <= width, "{width}: {line}");
            }
        }
    }
}
