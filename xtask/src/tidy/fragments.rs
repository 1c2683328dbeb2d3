//! Fragments of the change log: `changes/NAME.KIND.md` (see `changes/README.md`).

use std::path::Path;

use super::Finding;

const RULE: &str = "changes";
const KINDS: [&str; 5] = ["added", "changed", "fixed", "removed", "security"];

/// Checks the name of a file below `changes/`.
pub(super) fn check(path: &Path) -> Option<Finding> {
    let name = path.strip_prefix("changes").ok()?.to_str()?;
    if name == "README.md" || is_fragment(name) {
        return None;
    }
    let message = format!("a fragment is called NAME.KIND.md, with lower-case words and a KIND of {KINDS:?}");
    Some(Finding::error(path, 0, RULE, message))
}

fn is_fragment(name: &str) -> bool {
    let Some((slug, kind)) = name.strip_suffix(".md").and_then(|stem| stem.rsplit_once('.')) else {
        return false;
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    KINDS.contains(&kind) && !slug.is_empty() && slug.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fragments_live_in_changes() {
        for (name, good) in [
            ("changes/README.md", true),
            ("changes/owt-new.added.md", true),
            ("changes/owt-new.md", false),
            ("changes/Owt New.added.md", false),
            ("changes/x.broken.md", false),
            ("changes/.added.md", false),
            ("docs/anything.md", true),
        ] {
            assert_eq!(check(Path::new(name)).is_none(), good, "{name}");
        }
    }
}
