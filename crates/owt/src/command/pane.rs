//! `owt pane`: what stands beside an agent in its window.

use std::path::PathBuf;

use clap::Args;
use owt_core::AbsPath;

use crate::failure::Failure;

/// Hold one pane beside an agent's.
#[derive(Debug, Args)]
pub(crate) struct PaneArgs {
    /// How the session was started.
    #[arg(long, value_name = "FILE")]
    launch: PathBuf,
    /// Which of its panes, from 0.
    #[arg(value_name = "NUMBER")]
    number: usize,
}

pub(super) fn run(args: &PaneArgs) -> Result<(), Failure> {
    let file = AbsPath::new(&args.launch).map_err(|error| Failure::usage(error.to_string()))?;
    Failure::of_exit_code(owt_terminal::pane::run(&file, args.number))
}
