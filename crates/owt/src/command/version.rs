//! `owt version`.

use clap::Args;
use owt_api::PROTOCOL;
use serde::Serialize;

use crate::connect;
use crate::context::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  owt version
  owt version --json";

/// Print the version.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VersionArgs {}

#[derive(Debug, Serialize)]
struct Version {
    version: &'static str,
    /// The protocol between commands and server.
    protocol: u32,
}

pub(super) fn run(_args: &VersionArgs, context: &Context) -> Result<(), Failure> {
    let version = Version { version: connect::VERSION, protocol: PROTOCOL };
    context.output.answer(&version, |_| format!("owt {}\n", version.version))
}
