//! The words that stand before the cursor, as a shell's script hands them over. It knows only so much of the command
//! line as is needed to tell a command's own words from what stands before it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Arg;
use clap::Command;
use clap::CommandFactory;
use owt_config::Environment;

use crate::command_line::CommandLine;

/// The variable by which the scripts of bash, zsh and elvish say which word the cursor is in; those of fish and
/// PowerShell hand over no word behind it (`clap_complete` 4.6, `env/shells.rs`).
const CURSOR: &str = "_CLAP_COMPLETE_INDEX";

/// What was typed before the word that is being completed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The command's arguments.
    arguments: Vec<String>,
    /// Those of them that are neither flags nor values of flags.
    pub(super) plain: Vec<String>,
    /// What `-C` says.
    pub(super) directory: Option<PathBuf>,
}

impl Line {
    pub(super) fn asked_about(arguments: &[OsString], environment: &Environment) -> Self {
        let words = arguments.iter().skip_while(|word| *word != "--").skip(1);
        let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        let cursor = environment.get(CURSOR).and_then(|index| index.parse().ok());
        let cursor = cursor.unwrap_or_else(|| words.len().saturating_sub(1));
        // The first word is the program.
        Self::of(words.get(1..cursor.min(words.len())).unwrap_or_default())
    }

    fn of(words: &[String]) -> Self {
        let mut definition = CommandLine::command();
        definition.build();
        let named = words.iter().enumerate();
        let command = named.filter_map(|(at, word)| Some((at, definition.find_subcommand(word)?))).next();
        let directory = directory(words);
        let Some((at, command)) = command else { return Self { directory, ..Self::default() } };
        let arguments = words[at + 1..].to_vec();
        Self { plain: plain(&arguments, command), arguments, directory }
    }

    /// Whether a word stands among the command's arguments already.
    pub(super) fn has(&self, word: &str) -> bool {
        self.arguments.iter().any(|argument| argument == word)
    }
}

fn plain(arguments: &[String], command: &Command) -> Vec<String> {
    let takes_next = |word: &str| {
        let is_it = |flag: &&Arg| {
            let short = flag.get_short().map(|letter| format!("-{letter}"));
            let long = flag.get_long().map(|long| format!("--{long}"));
            [short, long].iter().flatten().any(|name| name == word)
        };
        let flag = command.get_arguments().find(is_it);
        flag.is_some_and(|flag| flag.get_action().takes_values())
    };
    let mut words = arguments.iter();
    let mut plain = Vec::new();
    while let Some(word) = words.next() {
        match word.starts_with('-') {
            true if takes_next(word) => drop(words.next()),
            true => {}
            false => plain.push(word.clone()),
        }
    }
    plain
}

fn directory(words: &[String]) -> Option<PathBuf> {
    let at = words.iter().rposition(|word| word.starts_with("-C"))?;
    let attached = words[at].strip_prefix("-C").filter(|rest| !rest.is_empty());
    let directory = match attached {
        Some(rest) => rest.strip_prefix('=').unwrap_or(rest),
        None => words.get(at + 1)?,
    };
    Some(PathBuf::from(directory))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn line(words: &[&str], cursor: Option<usize>) -> Line {
        let words = ["owt", "--"].iter().chain(words).map(OsString::from);
        let variables: BTreeMap<String, String> =
            cursor.map(|cursor| (CURSOR.to_owned(), cursor.to_string())).into_iter().collect();
        Line::asked_about(&words.collect::<Vec<_>>(), &Environment::new(variables, 1000))
    }

    #[test]
    fn only_what_stands_before_the_cursor_and_behind_the_command_counts() {
        let typed = line(&["owt", "wait", "try", "", "later"], Some(3));
        assert_eq!((typed.has("try"), typed.has("later"), typed.has("wait")), (true, false, false));
        // A shell that names no place: its last word is the one.
        let typed = line(&["owt", "--json", "man", "db", "-v", "he"], None);
        assert_eq!(typed.plain, ["db"]);
        assert_eq!(
            line(&["owt", "send", "--timeout", "5m", "--wait", "--file=x", "try", ""], None).plain,
            ["try"]
        );
        assert_eq!(line(&["owt"], Some(0)), Line::default());
        assert_eq!(line(&[], Some(7)), Line::default());
    }

    #[test]
    fn the_folder_is_known_in_every_spelling() {
        for words in [
            &["owt", "-C", "/a", "wait", ""][..],
            &["owt", "wait", "-C/a", ""],
            &["owt", "wait", "-C=/a", ""],
        ] {
            assert_eq!(line(words, None).directory, Some(PathBuf::from("/a")), "{words:?}");
        }
        assert_eq!(line(&["owt", "-C", ""], None).directory, None);
    }
}
