//! Texts that Claude Code 2.1.197 does not give to the model: what a delivery must never turn into.

/// Whether a text is a command of the agent's own: a slash and a word, and not a path.
pub(super) fn is_slash_command(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else { return false };
    let word = rest.split_whitespace().next().unwrap_or_default();
    !word.is_empty() && !word.contains('/') && !rest.starts_with(char::is_whitespace)
}

/// Whether a text typed into the box would be run by a shell.
pub(super) fn is_shell_command(text: &str) -> bool {
    text.starts_with('!')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_or_a_line_before_it_is_no_command() {
        assert!(is_slash_command("/foo bar"));
        for text in ["/etc/passwd is a file", "\n/cost", " /cost", "from a person:\n/compact", "/ x", "plain"]
        {
            assert!(!is_slash_command(text), "{text}");
        }
    }
}
