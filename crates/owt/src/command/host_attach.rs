//! `owt host-attach`: a window on a session.

use std::path::PathBuf;

use clap::Args;
use owt_core::AbsPath;

use crate::failure::Failure;

/// Show a session in this terminal.
#[derive(Debug, Args)]
pub(crate) struct HostAttachArgs {
    /// The host's socket.
    #[arg(value_name = "SOCKET")]
    socket: PathBuf,
}

pub(super) fn run(args: &HostAttachArgs) -> Result<(), Failure> {
    let socket = AbsPath::new(&args.socket).map_err(|error| Failure::usage(error.to_string()))?;
    Failure::of_exit_code(owt_terminal::attach::run(&socket))
}
