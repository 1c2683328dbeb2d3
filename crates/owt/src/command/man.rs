//! `owt man`.

use owt_core::counting::counted;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::Command;
use clap::CommandFactory;
use clap_mangen::Man;
use owt_api::ErrorCode;

use crate::command_line::CommandLine;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::in_words;

const EXAMPLES: &str = "\
Examples:
  owt man | man -l -
  owt man new | man -l -
  owt man db purge | man -l -
  owt man --dir ~/.local/share/man/man1";

/// Print a manual page, or write all of them into a folder.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// The command; owt itself without one.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write the pages of all commands into DIR.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs, context: &Context) -> Result<(), Failure> {
    match &args.dir {
        Some(dir) => write_all(&context.path(dir), context),
        None => {
            let text = chosen(&args.command)?.text()?;
            context.output.answer(&text, |_| text.clone())
        }
    }
}

/// The names of the commands below one (of all, below none), with what each is for.
pub(crate) fn commands_below(words: &[String]) -> Vec<(String, String)> {
    let owt = definition();
    let Some(command) = found(&owt, words) else { return Vec::new() };
    let about = |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
    for_people(command).map(|command| (command.get_name().to_owned(), about(command))).collect()
}

fn chosen(words: &[String]) -> Result<Page, Failure> {
    let owt = definition();
    let unknown = || {
        let message = format!("there is no command '{}'", words.join(" "));
        Failure::usage(message).hint("see all commands: owt --help")
    };
    found(&owt, words).map(Page::of).ok_or_else(unknown)
}

fn found<'a>(owt: &'a Command, words: &[String]) -> Option<&'a Command> {
    words.iter().try_fold(owt, |command, word| {
        let is_it =
            |below: &&Command| below.get_name() == word || below.get_all_aliases().any(|it| it == word);
        for_people(command).find(is_it)
    })
}

pub(crate) fn for_people(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|below| !below.is_hide_set())
}

/// The command line, with each command's whole name in it.
pub(crate) fn definition() -> Command {
    let mut owt = CommandLine::command().disable_help_subcommand(true);
    owt.build();
    owt
}

/// The page of a command.
struct Page {
    name: String,
    command: Command,
}

impl Page {
    fn of(command: &Command) -> Self {
        let name = command.get_bin_name().unwrap_or("owt").replace(' ', "-");
        Self { command: command.clone().display_name(name.clone()), name }
    }

    fn text(&self) -> Result<String, Failure> {
        let mut text = Vec::new();
        let unwritten =
            |error: io::Error| Failure::new(ErrorCode::Internal, format!("no page can be made: {error}"));
        Man::new(self.command.clone()).render(&mut text).map_err(unwritten)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// Of a command and of all below it that are for people.
fn pages(command: &Command) -> Vec<Page> {
    std::iter::once(Page::of(command)).chain(for_people(command).flat_map(pages)).collect()
}

fn write_all(dir: &Path, context: &Context) -> Result<(), Failure> {
    let unwritten = |error: io::Error| Failure::usage(format!("{}: {}", dir.display(), in_words(&error)));
    std::fs::create_dir_all(dir).map_err(unwritten)?;
    let mut written = Vec::new();
    for page in pages(&definition()) {
        let file = dir.join(format!("{}.1", page.name));
        std::fs::write(&file, page.text()?).map_err(unwritten)?;
        written.push(file.display().to_string());
    }
    context
        .output
        .answer(&written, |_| format!("{} in {}\n", counted(written.len(), "page", "pages"), dir.display()))
}
