//! Absolute paths of one checkout in a text, made into those of another: each once, and no other path.

use crate::AbsPath;

/// Where a checkout's files are now, and where they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedPaths {
    /// The old root under each of its spellings, the longest first.
    old: Vec<AbsPath>,
    new: AbsPath,
}

impl MovedPaths {
    /// From a checkout to another. A root that is reached through symbolic links has several spellings.
    pub fn new(old: impl IntoIterator<Item = AbsPath>, new: AbsPath) -> Self {
        let mut old: Vec<AbsPath> =
            old.into_iter().filter(|path| *path != new && path.as_str() != "/").collect();
        old.sort_by(|a, b| b.as_str().len().cmp(&a.as_str().len()).then_with(|| a.cmp(b)));
        old.dedup();
        Self { old, new }
    }

    /// The text with the old root replaced wherever it is a whole path or the beginning of one. `/p/app` is not found
    /// in `/p/app-other` or `/x/p/app`, and a path that is the new root's already stays, although the new root may
    /// lie below the old one.
    pub fn apply(&self, text: &str) -> String {
        String::from_utf8(self.apply_to_bytes(text.as_bytes()))
            .expect("whole paths in a text are replaced by text")
    }

    /// The same in bytes of which some may be no text: those are taken for part of a name, and stay as they are.
    pub fn apply_to_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut moved = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'/') {
            let slash = at + found;
            moved.extend_from_slice(&bytes[at..slash]);
            match self.root_at(bytes, slash) {
                Some(root) => {
                    moved.extend_from_slice(self.new.as_str().as_bytes());
                    at = slash + root.as_str().len();
                }
                None => {
                    moved.push(b'/');
                    at = slash + 1;
                }
            }
        }
        moved.extend_from_slice(&bytes[at..]);
        moved
    }

    /// Whether the old root occurs.
    pub fn occurs_in(&self, text: &str) -> bool {
        self.occurs_in_bytes(text.as_bytes())
    }

    /// Whether the old root occurs in bytes of which some may be no text.
    pub fn occurs_in_bytes(&self, bytes: &[u8]) -> bool {
        let mut slashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        slashes.any(|(slash, _)| self.root_at(bytes, slash).is_some_and(|root| *root != self.new))
    }

    /// The longest root, old or new, that the path at this slash begins with.
    fn root_at(&self, bytes: &[u8], slash: usize) -> Option<&AbsPath> {
        let (before, path) = bytes.split_at(slash);
        let fits = |root: &&AbsPath| path.strip_prefix(root.as_str().as_bytes()).is_some_and(ends_a_name);
        let mut roots = self.old.iter().chain([&self.new]).filter(fits).peekable();
        // Most slashes are no root's, and then what stands before them need not be looked at.
        roots.peek()?;
        if !begins_a_path(before) {
            return None;
        }
        roots.max_by_key(|root| root.as_str().len())
    }
}

/// More bytes than any three characters have.
const NEAR: usize = 16;

/// The characters at a cut that matter; a byte that is no text stands as one that goes on with a name.
fn characters(bytes: &[u8]) -> Vec<char> {
    String::from_utf8_lossy(bytes).chars().collect()
}

/// Whether a name that ends here is whole.
fn ends_a_name(after: &[u8]) -> bool {
    let following = characters(&after[..after.len().min(NEAR)]);
    match (following.first(), following.get(1)) {
        // The end of a sentence, or `app.old`.
        (Some('.'), Some(next)) => !is_of_a_name(*next) && *next != '.',
        // A space that the shell is told to take as part of the name.
        (Some('\\'), Some(' ')) => false,
        (Some(next), _) => !is_of_a_name(*next),
        (None, _) => true,
    }
}

/// Whether a slash after this text is where an absolute path begins.
fn begins_a_path(before: &[u8]) -> bool {
    let near = characters(&before[before.len().saturating_sub(NEAR)..]);
    let mut preceding = near.iter().rev();
    match (preceding.next(), preceding.next(), preceding.next()) {
        (None, ..) => true,
        // The one letter of an option, as in `-L/usr/lib`.
        (Some(letter), Some('-'), further) if letter.is_ascii_alphabetic() => {
            further.is_none_or(|c| !is_of_a_name(*c))
        }
        // `$HOME/x`, `~/x`, `../x` and `x/y` are parts of other paths.
        (Some('.' | '}' | ')'), ..) => false,
        (Some(c), ..) => !is_of_a_name(*c),
    }
}

/// Whether a character goes on with a file's name. Names may have others (spaces, commas), which more often end one.
fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '~' | '@' | '%' | char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> AbsPath {
        AbsPath::new(text).unwrap()
    }

    fn moved(old: &str, new: &str, text: &str) -> String {
        MovedPaths::new([path(old)], path(new)).apply(text)
    }

    #[test]
    fn whole_paths_are_moved_and_others_are_not() {
        for (text, expected) in [
            ("/p/app", "/w/x"),
            ("DB=/p/app/db.sqlite", "DB=/w/x/db.sqlite"),
            ("sqlite:////p/app/db", "sqlite:////w/x/db"),
            ("file:///p/app/a and '/p/app'", "file:///w/x/a and '/w/x'"),
            ("A=/p/app:/p/app/bin", "A=/w/x:/w/x/bin"),
            ("-I/p/app/include", "-I/w/x/include"),
            ("It is in /p/app.", "It is in /w/x."),
            ("/p/app-other /p/app2 /p/app.old /p/app_b", "/p/app-other /p/app2 /p/app.old /p/app_b"),
            ("/x/p/app http://host/p/app ~/p/app", "/x/p/app http://host/p/app ~/p/app"),
            ("${HOME}/p/app ../p/app", "${HOME}/p/app ../p/app"),
            ("/p/app\\ two /p/appé", "/p/app\\ two /p/appé"),
        ] {
            assert_eq!(moved("/p/app", "/w/x", text), expected, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_and_belong_to_names() {
        let paths = MovedPaths::new([path("/p/app")], path("/w/x"));
        let latin1 = b"# caf\xe9\nA=/p/app/db\nB=/p/app\xe9/db\nC=\xe9/p/app\nD=\xff /p/app\xff\nE=/p/app\n";
        let moved = b"# caf\xe9\nA=/w/x/db\nB=/p/app\xe9/db\nC=\xe9/p/app\nD=\xff /p/app\xff\nE=/w/x\n";
        assert_eq!(paths.apply_to_bytes(latin1), moved);
        assert!(paths.occurs_in_bytes(latin1) && !paths.occurs_in_bytes(moved));
    }

    #[test]
    fn a_new_root_beside_or_below_the_old_one_is_written_once() {
        assert_eq!(
            moved("/p/app", "/p/app-feat", "/p/app/db /p/app-feat/db"),
            "/p/app-feat/db /p/app-feat/db"
        );
        let (old, new) = ("/p/app", "/p/app/.worktrees/x");
        assert_eq!(moved(old, new, "/p/app/db"), "/p/app/.worktrees/x/db");
        assert_eq!(moved(old, new, "/p/app/.worktrees/x/db"), "/p/app/.worktrees/x/db");
        assert_eq!(moved(old, new, "/p/app/.worktrees/y/db"), "/p/app/.worktrees/x/.worktrees/y/db");
        assert_eq!(moved(new, old, "/p/app/.worktrees/x/db"), "/p/app/db");
    }

    #[test]
    fn every_spelling_of_the_old_root_is_known() {
        let both = MovedPaths::new([path("/home/me/app"), path("/mnt/data/app")], path("/w/x"));
        assert_eq!(both.apply("/home/me/app/a:/mnt/data/app/b"), "/w/x/a:/w/x/b");
        assert!(both.occurs_in("x=/mnt/data/app") && !both.occurs_in("x=/mnt/data/app2 /w/x"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_moved_once_and_for_all(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..4),
                    Just(b"/p/app".to_vec()),
                    Just(b"/p/app/.w/x".to_vec()),
                ],
                0..12,
            ),
        ) {
            let paths = MovedPaths::new([path("/p/app")], path("/p/app/.w/x"));
            let once = paths.apply_to_bytes(&parts.concat());
            prop_assert!(!paths.occurs_in_bytes(&once));
            prop_assert_eq!(paths.apply_to_bytes(&once), once);
        }

        #[test]
        fn twice_is_once(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "/p/app", "/p/app-feat", "/p/app/.w/x", "/db", "-other", " ", "=", ":", "'", "a", ".", "é", "\n",
                ]),
                0..12,
            ),
            new in prop::sample::select(vec!["/p/app-feat", "/p/app/.w/x", "/w/p/app", "/w"]),
        ) {
            let text = parts.concat();
            let once = moved("/p/app", new, &text);
            prop_assert_eq!(moved("/p/app", new, &once), once);
        }

        #[test]
        fn the_old_root_is_gone_and_the_rest_stays(
            fields in prop::collection::vec("[a-z0-9/._-]{0,12}", 1..8),
        ) {
            let text = |root: &str| -> String {
                fields.iter().map(|field| format!("A={root}/{field}\n")).collect()
            };
            prop_assert_eq!(moved("/p/app", "/p/app-feat", &text("/p/app")), text("/p/app-feat"));
            prop_assert_eq!(moved("/p/app", "/w", &text("/p/app")), text("/w"));
        }
    }
}
