//! What the command line can do besides the board, for the board's palette. It must not know how a line of it is run.

use owt_tui::Verb;

use crate::command::man;
use crate::completion::takes_workspaces;

/// The board itself, and what is another word for one of its keys.
const LEFT_OUT: [&str; 2] = ["dashboard", "switch"];

/// Each command for people, but those that the board does by a key.
pub(crate) fn commands() -> Vec<owt_tui::Command> {
    let owt = man::definition();
    let is_key = |word: &str| word.parse::<Verb>().is_ok() || LEFT_OUT.contains(&word);
    let besides = man::for_people(&owt).filter(|command| !is_key(command.get_name()));
    besides.flat_map(|command| below(command, command.get_name())).collect()
}

/// A command, unless it is only what those below it have in common, and those.
fn below(command: &clap::Command, words: &str) -> Vec<owt_tui::Command> {
    let does_something = !command.is_subcommand_required_set();
    let itself = does_something.then(|| owt_tui::Command {
        words: words.to_owned(),
        about: command.get_about().map(ToString::to_string).unwrap_or_default(),
        is_of_a_workspace: is_of_a_workspace(command, words),
    });
    let others = man::for_people(command).flat_map(|it| below(it, &format!("{words} {}", it.get_name())));
    itself.into_iter().chain(others).collect()
}

fn is_of_a_workspace(command: &clap::Command, words: &str) -> bool {
    let first = command.get_positionals().next();
    first.is_some_and(|argument| takes_workspaces(words, argument.get_id().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_for_people_is_a_key_of_the_board_or_stands_in_its_palette() {
        let all = commands();
        let stands = |words: &str| all.iter().any(|it| it.words == words);
        for command in man::for_people(&man::definition()) {
            let name = command.get_name();
            let is_key = name.parse::<Verb>().is_ok() || LEFT_OUT.contains(&name);
            let is_there = all.iter().any(|it| it.words.split(' ').next() == Some(name));
            assert!(is_key != is_there, "{name}");
        }
        assert!(
            ["restore", "cleanup", "usage", "pr create", "doctor"].iter().all(|it| stands(it)),
            "{all:#?}"
        );
        assert!(!["hook", "dashboard", "ship", "pr"].iter().any(|it| stands(it)), "{all:#?}");
        let of_a_workspace = |words: &str| all.iter().find(|it| it.words == words).unwrap().is_of_a_workspace;
        assert!(of_a_workspace("pr create") && of_a_workspace("show"));
        assert!(!of_a_workspace("agents test") && !of_a_workspace("restore"));
        assert!(all.iter().all(|it| !it.about.is_empty()), "{all:#?}");
    }
}
