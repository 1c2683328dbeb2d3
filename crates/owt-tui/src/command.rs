//! What the command line can do besides the board, for the palette. It must not know how a line of it is run.

/// A command of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its name: `restore`, `pr create`.
    pub words: String,
    /// What it does.
    pub about: String,
    /// Whether it is about one workspace, which is named first.
    pub is_of_a_workspace: bool,
}

impl Command {
    /// The line that a person completes. A name that would have to be quoted they write themselves.
    pub(crate) fn line(&self, workspace: Option<&str>) -> String {
        let is_plain = |name: &&str| {
            !name.starts_with('-') && name.chars().all(|it| it.is_alphanumeric() || "-_./+@".contains(it))
        };
        match workspace.filter(|_| self.is_of_a_workspace).filter(is_plain) {
            Some(name) => format!("{} {name}", self.words),
            None => self.words.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_one_word_stands_in_the_line() {
        let command = |is_of_a_workspace| Command {
            words: "pr create".to_owned(),
            about: String::new(),
            is_of_a_workspace,
        };
        assert_eq!(command(true).line(Some("feat/x")), "pr create feat/x");
        assert_eq!(command(false).line(Some("feat/x")), "pr create");
        for name in [Some("-f"), Some("a b"), Some("$(x)"), None] {
            assert_eq!(command(true).line(name), "pr create", "{name:?}");
        }
    }
}
