//! Command lines as people write them: split into words without a shell, and quoted back for the few programs
//! that take a shell string by their own design (hook commands). Must not know what the words mean.

/// Why a command line cannot be split without a shell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A character that only a shell understands, outside quotes.
    #[error(
        "'{character}' at column {column} needs a shell, and none is used: quote it, or put the command into a script"
    )]
    NeedsShell {
        /// The character.
        character: char,
        /// Its column, counted in characters from 1.
        column: usize,
    },
    /// A quote that is not closed.
    #[error("the {quote} opened at column {column} is not closed")]
    Unclosed {
        /// The quote character.
        quote: char,
        /// Its column, counted in characters from 1.
        column: usize,
    },
    /// A backslash with nothing after it.
    #[error("the command line ends with a lone backslash")]
    LoneBackslash,
    /// `NAME=value` before the program, which is a shell's way to set a variable.
    #[error("'{0}=' sets a variable as a shell would, and none is used: set it in the environment instead")]
    Assignment(String),
}

/// Characters that mean something to a shell and are refused outside quotes.
const SHELL_ONLY: &str = "|&;<>()$`*?[]\n\r";

/// Splits a command line into words: white space separates, single quotes keep everything, double quotes and
/// backslash as in POSIX `sh`. What would need a shell (pipes, variables, globs, `~`) is an error, never a guess.
///
/// # Errors
/// [`SplitError`], with the column.
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut splitter =
        Splitter { chars: line.chars().enumerate().peekable(), words: Vec::new(), word: None, quoted: false };
    splitter.run()?;
    Ok(splitter.words)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

struct Splitter<'a> {
    chars: std::iter::Peekable<std::iter::Enumerate<std::str::Chars<'a>>>,
    words: Vec<String>,
    /// The word being read; `None` between words.
    word: Option<String>,
    /// Whether some of the word was quoted: then it sets no variable.
    quoted: bool,
}

impl Splitter<'_> {
    fn run(&mut self) -> Result<(), SplitError> {
        while let Some((index, c)) = self.chars.next() {
            match c {
                ' ' | '\t' => self.end_word(),
                '\'' => self.single_quoted(index)?,
                '"' => self.double_quoted(index)?,
                '\\' => {
                    let (_, escaped) = self.chars.next().ok_or(SplitError::LoneBackslash)?;
                    self.quoted = true;
                    self.push(escaped);
                }
                c if SHELL_ONLY.contains(c) || (self.word.is_none() && (c == '~' || c == '#')) => {
                    return Err(SplitError::NeedsShell { character: c, column: index + 1 });
                }
                '=' if self.sets_variable() => {
                    return Err(SplitError::Assignment(self.word.take().unwrap_or_default()));
                }
                c => self.push(c),
            }
        }
        self.end_word();
        Ok(())
    }

    /// Whether an `=` now would make the first word an assignment.
    fn sets_variable(&self) -> bool {
        self.words.is_empty() && !self.quoted && self.word.as_deref().is_some_and(is_variable)
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
        self.quoted = false;
    }

    fn single_quoted(&mut self, opened: usize) -> Result<(), SplitError> {
        self.quoted = true;
        self.word.get_or_insert_default();
        for (_, c) in self.chars.by_ref() {
            match c {
                '\'' => return Ok(()),
                c => self.word.get_or_insert_default().push(c),
            }
        }
        Err(SplitError::Unclosed { quote: '\'', column: opened + 1 })
    }

    fn double_quoted(&mut self, opened: usize) -> Result<(), SplitError> {
        self.quoted = true;
        self.word.get_or_insert_default();
        while let Some((index, c)) = self.chars.next() {
            match c {
                '"' => return Ok(()),
                '$' | '`' => return Err(SplitError::NeedsShell { character: c, column: index + 1 }),
                '\\' => match self.chars.next() {
                    Some((_, escaped @ ('"' | '\\' | '$' | '`'))) => self.push(escaped),
                    Some((_, other)) => {
                        self.push('\\');
                        self.push(other);
                    }
                    None => return Err(SplitError::LoneBackslash),
                },
                c => self.push(c),
            }
        }
        Err(SplitError::Unclosed { quote: '"', column: opened + 1 })
    }
}

/// One argument as a word of a POSIX shell: unchanged when it is plainly harmless, else in single quotes.
pub fn quote(argument: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_@%+:,./-".contains(c);
    if !argument.is_empty() && argument.chars().all(harmless) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// A whole command as one POSIX shell string.
pub fn join<S: AsRef<str>>(arguments: &[S]) -> String {
    arguments.iter().map(|argument| quote(argument.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would_split_them() {
        let cases: [(&str, &[&str]); 9] = [
            ("", &[]),
            ("  mytool   run\t--fast ", &["mytool", "run", "--fast"]),
            (
                "{binary} run {{task}} {{worktree}} --json",
                &["{binary}", "run", "{{task}}", "{{worktree}}", "--json"],
            ),
            ("a 'b c' \"d e\"", &["a", "b c", "d e"]),
            (r#"a '' "" b"#, &["a", "", "", "b"]),
            (r#"x\ y "\"q\"" '\n'"#, &["x y", "\"q\"", "\\n"]),
            ("pre'mid dle'post", &["premid dlepost"]),
            ("a 'b|c;d&e$(f)`g`*?~#'", &["a", "b|c;d&e$(f)`g`*?~#"]),
            ("--key=value a=b", &["--key=value", "a=b"]),
        ];
        for (line, words) in cases {
            assert_eq!(split(line).as_deref(), Ok(words.map_to_owned().as_slice()), "{line}");
        }
    }

    #[test]
    fn what_needs_a_shell_is_refused_with_its_column() {
        let cases = [
            ("a | b", '|', 3),
            ("a;b", ';', 2),
            ("a &", '&', 3),
            ("a $HOME", '$', 3),
            ("a \"$HOME\"", '$', 4),
            ("a `b`", '`', 3),
            ("a > b", '>', 3),
            ("ls *", '*', 4),
            ("~/bin/tool", '~', 1),
            ("a # comment", '#', 3),
            ("a\nb", '\n', 2),
        ];
        for (line, character, column) in cases {
            assert_eq!(split(line), Err(SplitError::NeedsShell { character, column }), "{line}");
        }
        assert_eq!(split("a 'b"), Err(SplitError::Unclosed { quote: '\'', column: 3 }));
        assert_eq!(split("a \\"), Err(SplitError::LoneBackslash));
        assert_eq!(split("FOO=1 tool"), Err(SplitError::Assignment("FOO".to_owned())));
        assert_eq!(split("'FOO'=1 tool").as_deref(), Ok(&["FOO=1".to_owned(), "tool".to_owned()][..]));
    }

    #[test]
    fn quoting_follows_the_shell_grammar() {
        assert_eq!(quote("/usr/bin/owt"), "/usr/bin/owt");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("$(rm -rf /)"), "'$(rm -rf /)'");
        assert_eq!(quote("~"), "'~'");
        assert_eq!(quote("a=b"), "'a=b'");
        assert_eq!(join(&["/o w/t", "hook", "--event", "Stop"]), "'/o w/t' hook --event Stop");
    }

    proptest! {
        #[test]
        fn a_joined_command_splits_into_the_same_words(words in proptest::collection::vec("\\PC*|(.|\n|'|\"|\\\\)*", 0..5)) {
            prop_assert_eq!(split(&join(&words)), Ok(words));
        }

        #[test]
        fn splitting_never_panics(line in ".*") {
            let _ = split(&line);
        }
    }

    /// Owned copies of a list of words.
    trait MapToOwned {
        fn map_to_owned(&self) -> Vec<String>;
    }

    impl MapToOwned for &[&str] {
        fn map_to_owned(&self) -> Vec<String> {
            self.iter().map(|word| (*word).to_owned()).collect()
        }
    }
}
