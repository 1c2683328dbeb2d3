//! What a shell is told when Tab is pressed: commands and flags from their one definition, and for each argument the
//! names that there are now. What a server knows comes from the one that runs, or from its records:
//! none is started for a key press.

mod line;
mod names;
mod source;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Arg;
use clap::Command;
use clap::CommandFactory;
use clap_complete::CompleteEnv;
use owt_config::Environment;

use crate::command_line::CommandLine;

use self::line::Line;
use self::names::Names;

/// The variable by which a shell's script says that it asks, and which shell it is.
pub(crate) const ASKED_BY: &str = "OWT_COMPLETE";

/// Answers a shell, when it is one that asks.
pub(crate) fn answer(arguments: &[OsString], environment: &Environment) -> Option<ExitCode> {
    environment.get(ASKED_BY)?;
    let cwd = owt_config::environment::working_directory().ok();
    let line = Arc::new(Line::asked_about(arguments, environment));
    let answered = CompleteEnv::with_factory(|| definition(&line))
        .var(ASKED_BY)
        .try_complete(arguments.iter().cloned(), cwd.as_ref().map(owt_core::AbsPath::as_path));
    match answered {
        Ok(true) => Some(ExitCode::SUCCESS),
        // The variable names no shell: then it is an ordinary command.
        Ok(false) => None,
        // There is nobody to tell: an error in the middle of a line that is being typed helps nobody.
        Err(_) => Some(ExitCode::FAILURE),
    }
}

/// The command line, with the names that are there now.
fn definition(line: &Arc<Line>) -> Command {
    CommandLine::command().mut_subcommands(|command| {
        let path = command.get_name().to_owned();
        with_names(command, &path, line)
    })
}

fn with_names(command: Command, path: &str, line: &Arc<Line>) -> Command {
    let named = |argument: Arg| match names_for(path, argument.get_id().as_str()) {
        Some(names) => names.put_on(argument, line),
        None => argument,
    };
    command.mut_args(named).mut_subcommands(|below| {
        let path = format!("{path} {}", below.get_name());
        with_names(below, &path, line)
    })
}

/// Whether an argument of a command names a workspace.
pub(crate) fn takes_workspaces(command: &str, argument: &str) -> bool {
    matches!(names_for(command, argument), Some(Names::Workspaces | Names::Recipients))
}

/// Which names an argument of a command takes.
fn names_for(command: &str, argument: &str) -> Option<Names> {
    let names = match (command, argument) {
        ("agents test", "name") => Names::Agents,
        ("skill show", "name") => Names::Pieces,
        (_, "name" | "names" | "from") => Names::Workspaces,
        ("send", "words") => Names::Recipients,
        ("restore", "what") => Names::Snapshots,
        ("approvals show" | "approvals allow" | "approvals deny", "digest") => Names::Contents,
        ("db restore", "backup") => Names::Backups,
        ("note", "remove") => Names::Notes,
        ("man", "command") => Names::Pages,
        (_, "base") => Names::Revisions,
        ("create", "branch") | ("merge" | "ship" | "critic", "into") => Names::Branches,
        (_, "template") => Names::Templates,
        (_, "agent") => Names::Agents,
        _ => return None,
    };
    Some(names)
}
