//! The allow-list `xtask/tidy-allow.toml`: sizes that are over the limit and known. It may only shrink.
//!
//! An entry excuses one thing up to the size it had; a smaller thing asks for a smaller entry, a vanished one
//! for none. Against the last two commits no entry may be new and none may have grown.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;

use super::Finding;
use super::Severity;
use crate::failure::Failure;
use crate::program::Program;
use crate::workspace::Workspace;

const RULE: &str = "allow-list";
const FILE: &str = "xtask/tidy-allow.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowList {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    file: PathBuf,
    rule: String,
    thing: String,
    size: usize,
}

impl Exception {
    fn excuses(&self, finding: &Finding) -> bool {
        finding.severity == Severity::Error && self.is_about(finding).is_some_and(|size| size <= self.size)
    }

    /// The measured size, when the finding is about this exception's thing.
    fn is_about(&self, finding: &Finding) -> Option<usize> {
        let measured = finding.measured.as_ref()?;
        let same = finding.file == self.file && finding.rule == self.rule && measured.thing == self.thing;
        same.then_some(measured.size)
    }

    fn is_same_thing(&self, other: &Self) -> bool {
        self.file == other.file && self.rule == other.rule && self.thing == other.thing
    }
}

/// Takes the excused findings out and adds what is wrong with the list itself.
pub(super) fn apply(workspace: &Workspace, findings: Vec<Finding>) -> Result<Vec<Finding>, Failure> {
    let list = parse(&workspace.text(FILE)?)?;
    let mut kept = excuse(&list, findings);
    for commit in ["HEAD", "HEAD~1"] {
        // A first commit, a shallow clone or a list that is new there: nothing to compare with.
        let shown =
            Program::new("git").args(["show", &format!("{commit}:{FILE}")]).directory(&workspace.root);
        if let Ok(text) = shown.read() {
            kept.extend(grown(&list, &parse(&text)?));
        }
    }
    Ok(kept)
}

fn parse(text: &str) -> Result<AllowList, Failure> {
    toml::from_str(text).map_err(|error| Failure::new(format!("{FILE}: {error}")))
}

fn excuse(list: &AllowList, findings: Vec<Finding>) -> Vec<Finding> {
    let stale = list.exception.iter().filter_map(|exception| {
        let about = findings.iter().find_map(|finding| {
            (finding.severity == Severity::Error).then(|| exception.is_about(finding)).flatten()
        });
        let name = format!("{} in {}", exception.thing, exception.file.display());
        match about {
            None => Some(format!("{name} needs no exception any more: take the entry out")),
            Some(size) if size < exception.size => Some(format!("{name} is smaller now: write {size}")),
            Some(_) => None,
        }
    });
    let stale: Vec<Finding> =
        stale.map(|message| Finding::error(Path::new(FILE), 0, RULE, message)).collect();
    let excused = |finding: &Finding| list.exception.iter().any(|exception| exception.excuses(finding));
    findings.into_iter().filter(|finding| !excused(finding)).chain(stale).collect()
}

fn grown(now: &AllowList, before: &AllowList) -> Vec<Finding> {
    let allowed = |entry: &&Exception| {
        before.exception.iter().any(|old| old.is_same_thing(entry) && old.size >= entry.size)
    };
    let message = |entry: &Exception| {
        let (thing, file) = (&entry.thing, entry.file.display());
        Finding::error(Path::new(FILE), 0, RULE, format!("{thing} in {file}: this list may only shrink"))
    };
    now.exception.iter().filter(|entry| !allowed(entry)).map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Measured;
    use super::*;

    fn list(size: usize) -> AllowList {
        let (file, rule, thing) = (PathBuf::from("a.rs"), "size".to_owned(), "fn long".to_owned());
        AllowList { exception: vec![Exception { file, rule, thing, size }] }
    }

    fn finding(size: usize) -> Finding {
        let measured = Some(Measured { thing: "fn long".to_owned(), size });
        Finding { measured, ..Finding::error(Path::new("a.rs"), 7, "size", "too long") }
    }

    #[test]
    fn an_entry_excuses_up_to_its_size() {
        assert_eq!(excuse(&list(120), vec![finding(120)]), Vec::new());
        assert_eq!(excuse(&list(120), vec![finding(121)]), vec![finding(121)]);
    }

    #[test]
    fn an_entry_that_is_too_large_or_for_nothing_is_itself_an_error() {
        assert_eq!(excuse(&list(120), vec![finding(110)]).len(), 1);
        assert_eq!(excuse(&list(120), Vec::new()).len(), 1);
    }

    #[test]
    fn the_list_may_only_shrink() {
        assert_eq!(grown(&list(120), &AllowList::default()).len(), 1);
        assert_eq!(grown(&list(121), &list(120)).len(), 1);
        assert_eq!(grown(&list(119), &list(120)), Vec::new());
        assert_eq!(grown(&AllowList::default(), &list(120)), Vec::new());
    }
}
