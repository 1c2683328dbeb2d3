//! `owt host`: the process that an attempt lives under.

use std::path::PathBuf;

use clap::Args;
use owt_core::AbsPath;

use crate::failure::Failure;

/// Hold one attempt's session.
#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// What to start, and how.
    #[arg(long, value_name = "FILE")]
    launch: PathBuf,
}

pub(super) fn run(args: &HostArgs) -> Result<(), Failure> {
    let file = AbsPath::new(&args.launch).map_err(|error| Failure::usage(error.to_string()))?;
    Failure::of_exit_code(owt_terminal::host::run(&file))
}
