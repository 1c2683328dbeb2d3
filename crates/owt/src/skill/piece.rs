//! The texts, and where Claude Code looks for each: `skills/NAME/SKILL.md` and `commands/NAME.md` below its
//! configuration folder or a project's `.claude` (2.1.197).

/// One file of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Its place below Claude Code's folder.
    pub(crate) path: &'static str,
    /// What it says, without our stamp. It ends with a newline.
    pub(crate) text: &'static str,
}

/// All of them.
pub(crate) const PIECES: [Piece; 6] = [
    Piece { name: "owt", path: "skills/owt/SKILL.md", text: include_str!("texts/skill.md") },
    Piece { name: "worktree", path: "commands/worktree.md", text: include_str!("texts/worktree.md") },
    Piece { name: "wt-create", path: "commands/wt-create.md", text: include_str!("texts/wt-create.md") },
    Piece { name: "wt-list", path: "commands/wt-list.md", text: include_str!("texts/wt-list.md") },
    Piece { name: "wt-status", path: "commands/wt-status.md", text: include_str!("texts/wt-status.md") },
    Piece { name: "wt-cleanup", path: "commands/wt-cleanup.md", text: include_str!("texts/wt-cleanup.md") },
];

/// The one of a name.
pub(crate) fn piece(name: &str) -> Option<Piece> {
    PIECES.into_iter().find(|piece| piece.name == name)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use clap::error::ErrorKind;
    use owt_agents::shell_words;
    use owt_api::Status;

    use super::PIECES;
    use crate::command_line::CommandLine;
    use crate::skill::block::TEXT;

    fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
        PIECES.into_iter().map(|piece| (piece.name, piece.text)).chain([("agents-md", TEXT)])
    }

    /// Whole lines of code, and code among words, that call us.
    fn command_lines(text: &str) -> Vec<&str> {
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with("owt "));
        let spans = text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("owt "));
        lines.chain(spans).collect()
    }

    #[test]
    fn every_command_that_the_texts_name_is_one_of_todays() {
        let mut read = 0;
        for (name, text) in texts() {
            for line in command_lines(text) {
                let words =
                    shell_words::split(line).unwrap_or_else(|error| panic!("{name}: {line}: {error}"));
                match CommandLine::try_parse_from(words) {
                    Ok(_) => read += 1,
                    Err(error) if error.kind() == ErrorKind::DisplayHelp => read += 1,
                    Err(error) => panic!("{name}: {line}\n{error}"),
                }
            }
        }
        assert!(read > 40, "only {read} command lines were found");
    }

    #[test]
    fn every_flag_that_the_texts_name_is_one_of_todays() {
        use clap::CommandFactory as _;
        let command = CommandLine::command();
        let all: Vec<String> = command
            .get_subcommands()
            .chain([&command])
            .flat_map(|command| command.get_arguments().filter_map(|it| it.get_long()).map(str::to_owned))
            .collect();
        for (name, text) in texts() {
            for flag in text.split('`').skip(1).step_by(2).filter_map(|span| span.strip_prefix("--")) {
                assert!(all.iter().any(|known| known == flag), "{name}: --{flag}");
            }
        }
    }

    #[test]
    fn the_skill_explains_every_status() {
        let rows = PIECES[0].text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let told: Vec<&str> = rows.filter(|row| *row != "status").collect();
        for status in &told {
            let known: Result<Status, _> = serde_json::from_value((*status).into());
            assert!(known.is_ok(), "{status}");
        }
        assert_eq!(told.len(), 10);
    }

    #[test]
    fn each_begins_with_front_matter_that_says_when_it_is_of_use() {
        for piece in PIECES {
            let (front, body) = piece.text.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
            assert!(front.lines().any(|line| line.starts_with("description: ")), "{}", piece.name);
            // Claude Code takes no more of a description than this.
            assert!(front.lines().all(|line| line.len() < 1024), "{}", piece.name);
            assert!(body.len() > 100 && piece.text.ends_with('\n'), "{}", piece.name);
        }
    }
}
