//! `owt http-bridge`: what stands between a session and an agent that serves HTTP on loopback.

use std::io;

use clap::Args;
use owt_api::ErrorCode;
use owt_bridge::Bridge;
use owt_bridge::Patience;
use owt_config::Environment;

use crate::failure::Failure;

/// What is added to a signal's number in an exit code, as shells do.
const SIGNALLED: i32 = 128;

/// Talk with a program that serves HTTP on loopback, in lines.
#[derive(Debug, Args)]
pub(crate) struct HttpBridgeArgs {
    /// The path of its stream of events.
    #[arg(long, value_name = "PATH")]
    events: String,
    /// A type of events that are not passed on.
    #[arg(long, value_name = "TYPE")]
    leave_out: Vec<String>,
    /// Who it knows us as.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The variable in which it is told its password.
    #[arg(long, value_name = "VARIABLE")]
    password_variable: String,
    /// The program and its arguments.
    #[arg(required = true, last = true, value_name = "PROGRAM")]
    argv: Vec<String>,
}

pub(super) fn run(args: &HttpBridgeArgs, environment: &Environment) -> Result<(), Failure> {
    let bridge = Bridge {
        argv: args.argv.clone(),
        environment: environment.variables().clone(),
        events: args.events.clone(),
        leaves_out: args.leave_out.clone(),
        user: args.user.clone(),
        password_variable: args.password_variable.clone(),
        patience: Patience::OF_AGENTS,
    };
    let ended = bridge
        .run(io::stdin(), io::stdout())
        .map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?;
    let code = match ended {
        owt_process::ExitOutcome::Code(code) => code,
        owt_process::ExitOutcome::Signal(signal) => SIGNALLED.saturating_add(signal),
    };
    Failure::of_exit_code(u8::try_from(code).unwrap_or(u8::MAX))
}
