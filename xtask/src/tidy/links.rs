//! Links of the pages: what a page points to inside the repository is there, the heading after a `#` too. Addresses of
//! other hosts are not asked.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use super::Finding;
use super::TextFile;

const RULE: &str = "links";

/// Checks every link of every page.
pub(super) fn check(files: &[TextFile], exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for page in files.iter().filter(|file| is_page(&file.path)) {
        for (line, link) in links(&page.text) {
            if let Some(message) = fault(page, link, files, &exists) {
                found.push(Finding::error(&page.path, line, RULE, message));
            }
        }
    }
    found
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// What is wrong with one link.
fn fault(page: &TextFile, link: &str, files: &[TextFile], exists: impl Fn(&Path) -> bool) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (target, heading) = link.split_once('#').map_or((link, None), |(target, to)| (target, Some(to)));
    let folder = page.path.parent().unwrap_or(Path::new(""));
    let target = if target.is_empty() { page.path.clone() } else { resolved(&folder.join(target)) };
    if !exists(&target) {
        return Some(format!("the link '{link}' leads to nothing in the tree"));
    }
    let heading = heading?;
    let text = &files.iter().find(|file| file.path == target)?.text;
    let there = headings(text).any(|known| known == heading);
    (!there).then(|| format!("no heading of {} is '#{heading}'", target.display()))
}

/// Without `.` and `..`; a link that leads out of the repository leads to nothing.
fn resolved(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if !plain.pop() => return path.to_owned(),
            Component::ParentDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The targets of all links and pictures, with their line numbers: `[text](target)`, `![text](target "title")`.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prose(text).flat_map(|(number, line)| {
        let outside_code = line.split('`').step_by(2);
        let targets = outside_code.flat_map(|part| part.split("](").skip(1));
        targets.filter_map(move |rest| {
            let target = rest.split([')', ' ']).next().filter(|target| !target.is_empty())?;
            Some((number, target))
        })
    })
}

/// The lines outside of fenced code, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fence && !fenced).then_some((index + 1, line))
    })
}

/// The headings as a host makes addresses of them: lower case, words joined by hyphens, without punctuation.
fn headings(text: &str) -> impl Iterator<Item = String> + '_ {
    prose(text).filter(|(_, line)| line.starts_with('#')).map(|(_, line)| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.into(), text: text.to_owned() }
    }

    /// The faults of a page in a folder, in a tree with a readme, another page and a picture.
    fn faults(text: &str) -> Vec<usize> {
        let files = [
            file("docs/page.md", text),
            file("docs/other.md", "# Where things are, now\n"),
            file("README.md", "# It\n"),
        ];
        let exists = |path: &Path| {
            ["docs", "docs/a.svg"].map(Path::new).contains(&path)
                || files.iter().any(|file| file.path == path)
        };
        check(&files, exists).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn links_lead_somewhere() {
        assert_eq!(
            faults("![a](a.svg) and [b](other.md)\n[c](../README.md), [d](./)\n"),
            Vec::<usize>::new()
        );
        assert_eq!(faults("[a](other.md)\n[b](othr.md)\n[c](../docs/a.svg) [d](a.png)\n"), [2, 3]);
        assert_eq!(faults("[out](../../elsewhere.md)\n"), [1]);
    }

    #[test]
    fn headings_are_found_in_this_page_and_in_others() {
        let here = "## Two words\n[a](#two-words) [b](other.md#where-things-are-now)\n";
        assert_eq!(faults(here), Vec::<usize>::new());
        assert_eq!(faults("# One\n[a](#two) [b](other.md#where)\n"), [2, 2]);
    }

    #[test]
    fn code_and_other_hosts_are_left_alone() {
        let text = "```\n[a](nothing)\n```\n`[b](nothing)` [c](https://example.com/nothing)\n";
        assert_eq!(faults(text), Vec::<usize>::new());
    }
}
