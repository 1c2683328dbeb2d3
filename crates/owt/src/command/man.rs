//! `owt man`.

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
  owt man --dir ~/.local/share/man/man1";

/// Print a manual page, or write all of them into a folder.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// The command; owt itself without one.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write the pages of all commands into DIR.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs, context: &Context) -> Result<(), Failure> {
    match &args.dir {
        Some(dir) => write_all(&context.path(dir), context),
        None => {
            let text = chosen(args.command.as_deref())?.text()?;
            context.output.answer(&text, |_| text.clone())
        }
    }
}

fn chosen(name: Option<&str>) -> Result<Page, Failure> {
    let wanted = name.map_or_else(|| "owt".to_owned(), |name| format!("owt-{name}"));
    let is_it =
        |page: &Page| page.name == wanted || page.command.get_all_aliases().any(|alias| Some(alias) == name);
    let unknown = || {
        let message = format!("there is no command '{}'", name.unwrap_or_default());
        Failure::usage(message).hint("see all commands: owt --help")
    };
    pages().into_iter().find(is_it).ok_or_else(unknown)
}

/// The page of a command.
struct Page {
    name: String,
    command: Command,
}

impl Page {
    fn text(&self) -> Result<String, Failure> {
        let mut text = Vec::new();
        let unwritten =
            |error: io::Error| Failure::new(ErrorCode::Internal, format!("no page can be made: {error}"));
        Man::new(self.command.clone()).render(&mut text).map_err(unwritten)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// Of `owt` and of each command that is for people.
fn pages() -> Vec<Page> {
    let mut owt = CommandLine::command().disable_help_subcommand(true);
    owt.build();
    let commands: Vec<Command> =
        owt.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    let page = |command: Command| {
        let name = format!("owt-{}", command.get_name());
        Page { command: command.display_name(name.clone()), name }
    };
    let first = Page { name: "owt".to_owned(), command: owt };
    std::iter::once(first).chain(commands.into_iter().map(page)).collect()
}

fn write_all(dir: &Path, context: &Context) -> Result<(), Failure> {
    let unwritten = |error: io::Error| Failure::usage(format!("{}: {}", dir.display(), in_words(&error)));
    std::fs::create_dir_all(dir).map_err(unwritten)?;
    let mut written = Vec::new();
    for page in pages() {
        let file = dir.join(format!("{}.1", page.name));
        std::fs::write(&file, page.text()?).map_err(unwritten)?;
        written.push(file.display().to_string());
    }
    context.output.answer(&written, |_| format!("{} pages in {}\n", written.len(), dir.display()))
}
