//! Arguments that could not be read, in our own words and with our own exit codes.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_config::Environment;
use owt_core::spelling::nearest;

use crate::command_line::CommandLine;
use crate::old_words;
use crate::output::Form;
use crate::output::Output;

/// Prints help, the version, or what is wrong.
pub(crate) fn report(error: &clap::Error, arguments: &[OsString], environment: &Environment) -> ExitCode {
    let form = if asks_for_json(arguments) { Form::Json } else { Form::Text };
    let output = Output::bare(form, environment);
    match error.kind() {
        // Agents take a hook's exit code as a verdict (Claude Code 2.1: 2 blocks what was about to be done).
        _ if arguments.get(1).is_some_and(|word| word == "hook") => ExitCode::SUCCESS,
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            output.conclude(output.write(error.render().to_string().as_bytes()))
        }
        _ => output.conclude(Err(problem(error, arguments).into())),
    }
}

/// The flag counts wherever it stands before `--`, since the arguments as a whole could not be read.
fn asks_for_json(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json")
}

fn problem(error: &clap::Error, arguments: &[OsString]) -> Problem {
    if let Some(renamed) = renamed(error, arguments) {
        return renamed;
    }
    let code = match error.kind() {
        ErrorKind::ArgumentConflict => ErrorCode::FlagConflict,
        _ => ErrorCode::Usage,
    };
    let rendered = error.render().to_string();
    let mut message = Vec::new();
    let mut tips: Vec<String> = near_command(error, arguments).into_iter().collect();
    for line in rendered.lines() {
        let line = line.trim();
        match line.strip_prefix("tip: ") {
            // Told above, in full words.
            Some(tip) if tip.contains("subcommand") => {}
            Some(tip) => tips.push(tip.to_owned()),
            None if line.starts_with("Usage:") => break,
            None if line.is_empty() || line.starts_with("For more information") => {}
            None => message.push(line.strip_prefix("error: ").unwrap_or(line).to_owned()),
        }
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        message = vec!["it needs a word that says what to do".to_owned()];
        tips = words_after(arguments).into_iter().collect();
    }
    tips.push(format!("see: {}", help_for(arguments)));
    Problem::new(code, message.join(" ")).hint(joined(&tips))
}

/// One sentence after the other: what ends with its own mark needs none of ours.
fn joined(tips: &[String]) -> String {
    tips.iter().fold(String::new(), |text, tip| match text.as_str() {
        "" => tip.clone(),
        asked if asked.ends_with('?') => format!("{text} {tip}"),
        _ => format!("{text}; {tip}"),
    })
}

/// What may follow a command that wants a second word.
fn words_after(arguments: &[OsString]) -> Option<String> {
    let known = CommandLine::command();
    let command = named_command(&known, arguments)?;
    let words: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    Some(format!("owt {} {}", command.get_name(), words.join("|")))
}

/// The command that was meant most probably, by its name or one of its short forms.
fn near_command(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let mut known = CommandLine::command();
    // Its words that other commands take (`help` takes all) are there once it is built.
    known.build();
    let within = named_command(&known, arguments).filter(|command| command.has_subcommands());
    let commands = within.unwrap_or(&known).get_subcommands().filter(|command| !command.is_hide_set());
    let names =
        commands.flat_map(|command| std::iter::once(command.get_name()).chain(command.get_visible_aliases()));
    // A short form of one letter is one slip away from every other.
    let long = names.filter(|name| name.len() > 1 || word.len() == 1);
    nearest(word, long).map(|name| format!("did you mean '{name}'?"))
}

/// The command whose help answers the question.
fn help_for(arguments: &[OsString]) -> String {
    let known = CommandLine::command();
    match named_command(&known, arguments) {
        Some(command) => format!("owt {} --help", command.get_name()),
        None => "owt --help".to_owned(),
    }
}

fn named_command<'a>(known: &'a clap::Command, arguments: &[OsString]) -> Option<&'a clap::Command> {
    let words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    words.filter_map(|word| known.find_subcommand(word).filter(|command| !command.is_hide_set())).next()
}

/// The new word for a word of the original.
fn renamed(error: &clap::Error, arguments: &[OsString]) -> Option<Problem> {
    let given = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let advice = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = given(ContextKind::InvalidSubcommand)?;
            (format!("owt {word}"), old_words::command(word)?)
        }
        ErrorKind::UnknownArgument => {
            let flag = given(ContextKind::InvalidArg)?.split('=').next().unwrap_or_default();
            let command =
                arguments.iter().skip(1).filter_map(|word| word.to_str()).find(|word| !word.starts_with('-'));
            (flag.to_owned(), old_words::flag(command, flag)?)
        }
        _ => return None,
    };
    let (word, advice) = advice;
    Some(Problem::new(ErrorCode::RenamedWord, format!("'{word}' is a word of the original")).hint(advice))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn refused(line: &str) -> Problem {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        problem(&CommandLine::try_parse_from(&arguments).unwrap_err(), &arguments)
    }

    #[test]
    fn the_definition_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn unknown_words_are_answered_with_near_ones() {
        let problem = refused("owt lsit");
        assert_eq!(problem.code, ErrorCode::Usage);
        assert_eq!(problem.message, "unrecognized subcommand 'lsit'");
        assert!(problem.hint.unwrap().contains("'list'"));
        for (line, meant) in [
            ("owt nwe x", "new"),
            ("owt sotp x", "stop"),
            ("owt lss", "ls"),
            ("owt mr x", "rm"),
            ("owt answr x", "answer"),
            ("owt confg show", "config"),
            ("owt config shwo", "show"),
            ("owt server stauts", "status"),
        ] {
            let hint = refused(line).hint.unwrap();
            assert!(hint.starts_with(&format!("did you mean '{meant}'?")), "{line}: {hint}");
        }
        assert_eq!(refused("owt zzzzzz").hint.as_deref(), Some("see: owt --help"));
        let problem = refused("owt list --all-repo");
        assert!(problem.hint.unwrap().contains("'--all-repos'"));
    }

    #[test]
    fn flags_that_exclude_each_other_say_so() {
        assert_eq!(refused("owt new x --headless --tmux").code, ErrorCode::FlagConflict);
        assert_eq!(refused("owt new x --in-place --no-git").code, ErrorCode::FlagConflict);
        assert_eq!(refused("owt new x --headless --attach").code, ErrorCode::FlagConflict);
    }

    #[test]
    fn old_words_give_the_new_one() {
        for (line, expected) in [
            ("owt --legacy-cards", "owt list"),
            ("owt wait x --poll 3", "told"),
            ("owt list --all", "--all-repos"),
            ("owt tokens show", "owt show"),
            ("owt delete x --keep-tmux", "owt stop"),
        ] {
            let problem = refused(line);
            assert_eq!(problem.code, ErrorCode::RenamedWord, "{line}");
            assert!(problem.hint.clone().unwrap().contains(expected), "{line}: {problem:?}");
        }
    }

    #[test]
    fn json_is_asked_for_only_before_the_task() {
        let asks = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            asks_for_json(&words)
        };
        assert!(asks("owt new --json"));
        assert!(!asks("owt new -- --json"));
    }
}
