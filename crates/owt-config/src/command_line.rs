//! A command written as one line, as people type it: words, and quotes around what has blanks. No shell reads it, so what
//! only a shell understands is refused rather than handed to a program as a word.

/// What only a shell understands.
const OF_SHELLS: &[char] = &['|', '&', ';', '<', '>', '`', '$', '(', ')', '*', '?', '~', '\n'];

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotACommand {
    /// There is no program in it.
    #[error("it names no program")]
    Empty,
    /// A quote has no end.
    #[error("a quote has no end")]
    OpenQuote,
    /// A shell would have to read it.
    #[error("no shell runs it, so '{0}' has no meaning; write it in quotes, or as \"sh -c '...'\"")]
    OfShells(char),
    /// A NUL.
    #[error("it contains a NUL")]
    Nul,
}

/// The words of a line: a program and its arguments.
pub(crate) fn words(line: &str) -> Result<Vec<String>, NotACommand> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\0' => return Err(NotACommand::Nul),
            ' ' | '\t' => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match signs.next().ok_or(NotACommand::OpenQuote)? {
                        '\0' => return Err(NotACommand::Nul),
                        end if end == sign => break,
                        '\\' if sign == '"' => word.push(signs.next().ok_or(NotACommand::OpenQuote)?),
                        other => word.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(signs.next().ok_or(NotACommand::OpenQuote)?),
            sign if OF_SHELLS.contains(&sign) => return Err(NotACommand::OfShells(sign)),
            sign => word.get_or_insert_default().push(sign),
        }
    }
    words.extend(word);
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err(NotACommand::Empty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_quotes_are_read_as_people_type_them() {
        for (line, expected) in [
            ("cargo test", &["cargo", "test"][..]),
            ("  cargo\ttest  --all ", &["cargo", "test", "--all"]),
            ("sh -c 'a | b > \"c\"'", &["sh", "-c", "a | b > \"c\""]),
            ("echo \"a \\\"b\\\" c\" d\\ e ''", &["echo", "a \"b\" c", "d e", ""]),
        ] {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_a_shell_would_have_to_read_is_refused() {
        for (line, expected) in [
            ("", NotACommand::Empty),
            ("''", NotACommand::Empty),
            ("a && b", NotACommand::OfShells('&')),
            ("a | b", NotACommand::OfShells('|')),
            ("a $HOME", NotACommand::OfShells('$')),
            ("a 'b", NotACommand::OpenQuote),
            ("a\0", NotACommand::Nul),
        ] {
            assert_eq!(words(line), Err(expected), "{line}");
        }
    }
}
