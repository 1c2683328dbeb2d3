//! What may be written after `owt`.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::ValueEnum;

use crate::command::Command;
use crate::rendering::palette::Theme;
use crate::rendering::style::ColourChoice;

const EXAMPLES: &str = "\
Examples:
  owt new \"Add user authentication with JWT\"    an agent starts on it, in a worktree of its own
  owt list                                      what all of them are doing
  owt attach auth-jwt                           look over its shoulder, or take over
  owt send auth-jwt \"Fix the failing tests\"     tell it something
  owt ship auth-jwt                             commit what is left, check it, land it, clean up
  owt merge auth-jwt                            land it in the branch it came from
  owt delete auth-jwt                           clean up; nothing unmerged is lost";

/// Run a fleet of coding agents on real repositories, each in a workspace of its own.
#[derive(Debug, Parser)]
#[command(name = "owt", version, propagate_version = true, subcommand_required = false, after_help = EXAMPLES)]
#[command(max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Run as if started in DIR.
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,
    /// Answer in JSON: {"ok":true,"data":...} or {"ok":false,"error":{"code","message","hint"}}.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The colours of the terminal.
    #[arg(long, value_name = "THEME", value_enum, global = true)]
    pub(crate) theme: Option<Theme>,
    /// When to use colours.
    #[arg(long, value_name = "WHEN", value_enum, global = true)]
    pub(crate) color: Option<ColourChoice>,
    /// The form of log records on standard error.
    #[arg(long, value_name = "FORMAT", value_enum, global = true)]
    pub(crate) log_format: Option<LogFormat>,
    /// Say what is done; twice: each program that is started, too.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
}

impl Globals {
    /// As if no flag were given.
    pub(crate) const fn none() -> Self {
        Self { directory: None, json: false, theme: None, color: None, log_format: None, verbose: 0 }
    }
}

/// The form of log records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}
