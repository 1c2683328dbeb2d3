//! What can be done on the board, and by which key: data, from which the help, the palette and the footer follow. It must
//! not know how anything is done.

use std::str::FromStr;

use owt_core::spelling::nearest;

use crate::key::Key;

/// Something that a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum Verb {
    Allow,
    Deny,
    Answer,
    Send,
    Attach,
    Ship,
    Merge,
    Sync,
    Review,
    Diff,
    Log,
    Explain,
    Fix,
    Preview,
    Dismiss,
    Interrupt,
    Stop,
    Delete,
    Resume,
    New,
    Broadcast,
    Undo,
    Clear,
    Conflicts,
    Queue,
    ShipQueue,
    Down,
    Up,
    Top,
    Bottom,
    PaneDown,
    PaneUp,
    PaneRight,
    PaneLeft,
    Zoom,
    Redraw,
    Find,
    Palette,
    Help,
    Quit,
}

/// What a verb is about: a heading of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Row,
    Moving,
    Board,
}

impl Group {
    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::Row => "The selected workspace",
            Self::Moving => "Moving",
            Self::Board => "The board",
        }
    }
}

/// A verb as people meet it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) verb: Verb,
    pub(crate) group: Group,
    /// Its word: in the palette, the footer and the keymap of the configuration.
    pub(crate) word: &'static str,
    /// What it does.
    pub(crate) help: &'static str,
    /// The keys that it has unless the person says otherwise.
    keys: &'static [&'static str],
}

const fn entry(
    verb: Verb,
    group: Group,
    word: &'static str,
    keys: &'static [&'static str],
    help: &'static str,
) -> Entry {
    Entry { verb, group, word, help, keys }
}

/// Everything, in the order of the help and the footer.
pub(crate) const ENTRIES: [Entry; 40] = [
    entry(Verb::Allow, Group::Row, "allow", &["y"], "allow what it asks for"),
    entry(Verb::Deny, Group::Row, "deny", &["N"], "deny it, with a reason if you like"),
    entry(Verb::Ship, Group::Row, "ship", &["s"], "commit what is left, check, land; first you see it all"),
    entry(
        Verb::Answer,
        Group::Row,
        "answer",
        &["enter"],
        "read all that it asks, and answer; else its last words",
    ),
    entry(Verb::Send, Group::Row, "send", &["i"], "send its agent a message"),
    entry(
        Verb::Attach,
        Group::Row,
        "attach",
        &["a"],
        "go to its terminal; the board is there when you come back",
    ),
    entry(Verb::Merge, Group::Row, "merge", &["m"], "land its commits; first you see what would happen"),
    entry(
        Verb::Review,
        Group::Row,
        "review",
        &["r"],
        "the critic's word and its changes, with comments to it",
    ),
    entry(
        Verb::Preview,
        Group::Row,
        "preview",
        &["p"],
        "its terminal as it is now; without one its last words",
    ),
    entry(Verb::Diff, Group::Row, "diff", &["d"], "what it changed"),
    entry(Verb::Log, Group::Row, "log", &["l"], "what its agent printed"),
    entry(Verb::Explain, Group::Row, "explain", &["e"], "why it has the status that it has"),
    entry(Verb::Fix, Group::Row, "fix", &["f"], "the files that conflict, in your editor"),
    entry(Verb::Dismiss, Group::Row, "dismiss", &["x"], "take it as seen"),
    entry(Verb::Stop, Group::Row, "stop", &["K"], "end its session; the workspace stays"),
    entry(Verb::Delete, Group::Row, "delete", &["D"], "delete it; first you see what goes"),
    entry(
        Verb::Interrupt,
        Group::Row,
        "interrupt",
        &["I"],
        "end the turn that its agent is in; its session goes on",
    ),
    entry(
        Verb::Resume,
        Group::Row,
        "resume",
        &["R"],
        "take its ended session up again, with a word of yours",
    ),
    entry(Verb::Sync, Group::Row, "sync", &["U"], "bring in what has come to its base; first you see it"),
    entry(Verb::Down, Group::Moving, "down", &["j", "down"], "the next workspace"),
    entry(Verb::Up, Group::Moving, "up", &["k", "up"], "the one before"),
    entry(Verb::Top, Group::Moving, "top", &["g", "home"], "the first"),
    entry(Verb::Bottom, Group::Moving, "bottom", &["G", "end"], "the last"),
    entry(
        Verb::PaneDown,
        Group::Moving,
        "page-down",
        &["pagedown", "ctrl-d"],
        "further down in the open pane",
    ),
    entry(Verb::PaneUp, Group::Moving, "page-up", &["pageup", "ctrl-u"], "further up in it"),
    entry(Verb::PaneRight, Group::Moving, "right", &["right", ">"], "further right in a diff or a terminal"),
    entry(Verb::PaneLeft, Group::Moving, "left", &["left", "<"], "further left in it"),
    entry(Verb::Zoom, Group::Moving, "zoom", &["z"], "the pane over the whole screen, and back"),
    entry(Verb::Redraw, Group::Moving, "redraw", &["ctrl-l"], "draw the whole screen once more"),
    entry(Verb::New, Group::Board, "new", &["n"], "start an agent on a task, in a workspace of its own"),
    entry(Verb::Find, Group::Board, "find", &["/"], "find a workspace by its name, task or branch"),
    entry(Verb::Broadcast, Group::Board, "broadcast", &["b"], "send every running agent a message"),
    entry(
        Verb::Undo,
        Group::Board,
        "undo",
        &["u"],
        "take back the last landing or deletion; first you see it",
    ),
    entry(Verb::Clear, Group::Board, "clear", &["X"], "take as seen what has happened by itself"),
    entry(Verb::Queue, Group::Board, "queue", &["Q"], "in which order work should land, and why"),
    entry(Verb::ShipQueue, Group::Board, "ship-queue", &["S"], "land the whole queue; first you see it all"),
    entry(
        Verb::Conflicts,
        Group::Board,
        "conflicts",
        &["C"],
        "who would not merge with whom, in which lines",
    ),
    entry(Verb::Palette, Group::Board, "commands", &[":"], "everything by name, the command line's too"),
    entry(Verb::Help, Group::Board, "help", &["?"], "this help"),
    entry(Verb::Quit, Group::Board, "quit", &["q", "ctrl-c"], "leave; the agents go on"),
];

impl FromStr for Verb {
    type Err = KeymapError;

    /// By its word.
    fn from_str(word: &str) -> Result<Self, KeymapError> {
        let found = ENTRIES.iter().find(|entry| entry.word == word).map(|entry| entry.verb);
        found.ok_or_else(|| {
            let nearest = nearest(word, ENTRIES.iter().map(|entry| entry.word));
            KeymapError::NoVerb { word: word.to_owned(), nearest }
        })
    }
}

impl Verb {
    pub(crate) fn entry(self) -> &'static Entry {
        ENTRIES
            .iter()
            .find(|entry| entry.verb == self)
            .expect("each verb stands in the table, a test holds it")
    }
}

/// Which key does what.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Key, Verb)>,
}

/// Why a keymap is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// There is no such verb.
    #[error("'{word}' is nothing that the board can do{}", nearest.map(|verb| format!("; did you mean '{verb}'?")).unwrap_or_default())]
    NoVerb {
        /// As it was written.
        word: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// It is no key.
    #[error(transparent)]
    NoKey(#[from] crate::key::NoKey),
    /// Two verbs were given one key.
    #[error("'{key}' is both {one} and {other}")]
    Twice {
        /// The key.
        key: String,
        /// The verb that has it.
        one: &'static str,
        /// The verb that wants it, too.
        other: &'static str,
    },
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&[]).expect("the keys of the table are keys and each has one verb, a test holds it")
    }
}

impl Keymap {
    /// The table's keys, but those of the named verbs as said here. A key that is said here belongs to no other verb any more: one that
    /// a later version brings takes none away.
    ///
    /// # Errors
    /// [`KeymapError`].
    pub fn with(own: &[(String, Vec<String>)]) -> Result<Self, KeymapError> {
        let mut bindings: Vec<(Key, Verb)> = Vec::new();
        for (word, keys) in own {
            let verb: Verb = word.parse()?;
            for key in keys {
                let key: Key = key.parse()?;
                if let Some((_, taken)) = bindings.iter().find(|(bound, _)| *bound == key) {
                    let (one, other) = (taken.entry().word, verb.entry().word);
                    return Err(KeymapError::Twice { key: key.to_string(), one, other });
                }
                bindings.push((key, verb));
            }
        }
        for entry in ENTRIES.iter().filter(|entry| !own.iter().any(|(word, _)| word == entry.word)) {
            for key in entry.keys {
                let key: Key = key.parse()?;
                if !bindings.iter().any(|(bound, _)| *bound == key) {
                    bindings.push((key, entry.verb));
                }
            }
        }
        Ok(Self { bindings })
    }

    pub(crate) fn verb(&self, key: Key) -> Option<Verb> {
        self.bindings.iter().find(|(bound, _)| *bound == key).map(|(_, verb)| *verb)
    }

    /// The keys of a verb, as a person reads them.
    pub(crate) fn keys(&self, verb: Verb) -> String {
        let keys = self.bindings.iter().filter(|(_, bound)| *bound == verb);
        keys.map(|(key, _)| key.to_string()).collect::<Vec<_>>().join(", ")
    }

    /// The first key of a verb, for the footer.
    pub(crate) fn key(&self, verb: Verb) -> Option<String> {
        self.bindings.iter().find(|(_, bound)| *bound == verb).map(|(key, _)| key.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_stands_in_the_table_and_has_a_key_of_its_own() {
        let map = Keymap::default();
        for entry in &ENTRIES {
            assert_eq!(entry.verb.entry().word, entry.word);
            for key in entry.keys {
                assert_eq!(map.verb(key.parse().unwrap()), Some(entry.verb), "{key}");
            }
        }
    }

    #[test]
    fn a_person_changes_keys_and_is_told_what_is_wrong() {
        let own = |word: &str, key: &str| vec![(word.to_owned(), vec![key.to_owned()])];
        let map = Keymap::with(&own("stop", "ctrl-k")).unwrap();
        assert_eq!(map.verb("ctrl-k".parse().unwrap()), Some(Verb::Stop));
        assert_eq!(map.verb("K".parse().unwrap()), None);
        assert_eq!(
            Keymap::with(&own("fly", "f")).unwrap_err().to_string(),
            "'fly' is nothing that the board can do"
        );
        assert_eq!(
            Keymap::with(&own("mege", "f")).unwrap_err().to_string(),
            "'mege' is nothing that the board can do; did you mean 'merge'?"
        );
        let taken = Keymap::with(&own("stop", "y")).unwrap();
        assert_eq!(taken.verb("y".parse().unwrap()), Some(Verb::Stop));
        assert_eq!(taken.keys(Verb::Allow), "", "the palette has it");
        let twice = [own("stop", "y"), own("allow", "y")].concat();
        assert_eq!(Keymap::with(&twice).unwrap_err().to_string(), "'y' is both stop and allow");
        assert!(Keymap::with(&own("stop", "shift")).is_err());
    }
}
