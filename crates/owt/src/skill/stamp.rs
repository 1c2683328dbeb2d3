//! Whose a file is: each of ours ends with a line that carries the digest of all before it, so that a file of an older
//! version can be told from one that a person changed.

use sha2::Digest as _;
use sha2::Sha256;

/// How the last line of a file of ours begins.
const MARK: &str = "<!-- Written by owt ";

/// What stands behind the digest.
const TAIL: &str = " \"owt skill install\" renews it, unless you changed it. -->\n";

/// What is at the place of a file of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// Nothing.
    Absent,
    /// Ours, of this version.
    Current,
    /// Ours, of another version.
    Outdated,
    /// It was ours, and somebody changed it.
    Changed,
    /// Something else.
    Foreign,
}

impl Standing {
    /// Whether it is ours alone: nobody's words are lost with it.
    pub(crate) const fn is_ours(self) -> bool {
        matches!(self, Self::Current | Self::Outdated)
    }
}

/// A text as it is written to disk.
pub(crate) fn stamped(text: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("{text}\n{MARK}{version} sha256:{}{TAIL}", digest(&format!("{text}\n")))
}

/// What these bytes are, where this text belongs.
pub(crate) fn judge(found: &[u8], text: &str) -> Standing {
    if found == stamped(text).as_bytes() {
        return Standing::Current;
    }
    let Ok(found) = std::str::from_utf8(found) else { return Standing::Foreign };
    let Some(at) = found.rfind(MARK) else { return Standing::Foreign };
    let (before, line) = found.split_at(at);
    let said = line.split_once(" sha256:").and_then(|(_, rest)| rest.strip_suffix(TAIL));
    match said {
        Some(said) if said == digest(before) => Standing::Outdated,
        _ => Standing::Changed,
    }
}

/// In hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ours_are_known_by_their_digest() {
        let file = stamped("---\nname: a\n---\nText\n");
        assert_eq!(judge(file.as_bytes(), "---\nname: a\n---\nText\n"), Standing::Current);
        assert_eq!(judge(file.as_bytes(), "Another text\n"), Standing::Outdated);
        let older = file.replace(env!("CARGO_PKG_VERSION"), "0.0.1");
        assert_eq!(judge(older.as_bytes(), "---\nname: a\n---\nText\n"), Standing::Outdated);
        for changed in [file.replace("Text", "Test"), format!("{file}More\n"), file.replace('\n', "\r\n")] {
            assert_eq!(
                judge(changed.as_bytes(), "---\nname: a\n---\nText\n"),
                Standing::Changed,
                "{changed}"
            );
        }
        for foreign in [&b"Mine\n"[..], b"", b"\xff\xfe"] {
            assert_eq!(judge(foreign, "Text\n"), Standing::Foreign);
        }
    }

    proptest! {
        #[test]
        fn no_change_goes_unseen(text in "[a-z<>!\\-\n ]{1,80}", at in 0usize..200, with in "[a-zA-Z]") {
            let file = stamped(&text);
            let at = at % file.len();
            let mut changed = file.clone();
            changed.insert_str(at, &with);
            prop_assert!(!judge(changed.as_bytes(), &text).is_ours() || is_version(&file, at));
        }
    }

    /// The version is said, not sealed.
    fn is_version(file: &str, at: usize) -> bool {
        let from = file.rfind(MARK).unwrap() + MARK.len();
        (from..=file.rfind(" sha256:").unwrap()).contains(&at)
    }
}
