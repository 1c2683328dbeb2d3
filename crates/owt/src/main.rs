//! The `owt` binary: command line and composition root.
//!
//! One file per command under [`command`]; what an answer looks like is [`rendering`]; what an error means is
//! [`failure`]; which adapters the server has is [`composition`]. No logic of the product is here.

mod arenas;
mod board_commands;
mod clap_error;
mod command;
mod command_line;
mod completion;
mod composition;
mod connect;
mod context;
mod database_complaint;
mod demo_agent;
mod doubts;
mod duration;
mod editor;
mod failure;
mod home_faults;
mod interrupt;
mod landing_words;
mod logging;
#[cfg(test)]
mod mentions;
mod old_words;
mod output;
mod pager;
mod progress;
mod question;
mod reader;
#[cfg(test)]
mod reference;
mod rendering;
mod server_log;
mod skill;
mod spool;
mod task_text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::command_line::CommandLine;
use crate::context::Call;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let environment = owt_config::Environment::capture();
    if let Some(answered) = completion::answer(&arguments, &environment) {
        return answered;
    }
    // An agent waits for each of its hooks: the tree of all commands is a good part of what one takes.
    if let Some(hook) = command::hook::HookArgs::alone(&arguments) {
        command::hook::run(&hook, &environment);
        return ExitCode::SUCCESS;
    }
    let parsed = match CommandLine::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => return clap_error::report(&error, &arguments, &environment),
    };
    let output = Output::new(&parsed.globals, &environment);
    let command = parsed.command.unwrap_or_default();
    let call = Call { globals: parsed.globals, environment, output: output.clone() };
    output.conclude(command.run(call))
}
