//! `owt host-attach`: a window on a session.

use std::path::PathBuf;

use clap::Args;
use owt_core::AbsPath;

use crate::failure::Failure;

/// Show a session in this terminal.
#[derive(Debug, Args)]
pub(crate) struct HostAttachArgs {
    /// The terminal is a person's own: the host draws on it, and Ctrl-b d leaves.
    #[arg(long)]
    person: bool,
    /// The host's socket.
    #[arg(value_name = "SOCKET")]
    socket: PathBuf,
}

pub(super) fn run(args: &HostAttachArgs) -> Result<(), Failure> {
    let socket = AbsPath::new(&args.socket).map_err(|error| Failure::usage(error.to_string()))?;
    let show = if args.person { owt_terminal::relay::run } else { owt_terminal::attach::run };
    Failure::of_exit_code(show(&socket))
}
