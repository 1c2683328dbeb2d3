//! A program of the person's own that is told.

use std::time::Duration;

use owt_ports::NotifyError;
use owt_ports::Telling;
use owt_process::Cmd;
use owt_process::Input;
use owt_process::ProcessError;

use crate::facts;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of what it says is kept, for the case that it fails.
const OUTPUT: usize = 16 * 1024;

/// Runs it: the facts in its environment and on its standard input.
pub(crate) fn run(argv: &[String], telling: &Telling) -> Result<(), NotifyError> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(NotifyError::Unavailable("there is no command".to_owned()));
    };
    let mut input = facts::json(telling).to_string().into_bytes();
    input.push(b'\n');
    let command = Cmd::new(program.as_str())
        .args(arguments)
        .envs(facts::variables(telling))
        .current_dir("/")
        .stdin(Input::Bytes(input))
        .label("notify.command");
    finish(&command)
}

/// Runs a command to its end, within its limits.
pub(crate) fn finish(command: &Cmd) -> Result<(), NotifyError> {
    match command.clone().timeout(PATIENCE).output_cap(OUTPUT).run_checked() {
        Ok(_) => Ok(()),
        Err(ProcessError::TimedOut { after, .. }) => Err(NotifyError::TimedOut(after)),
        Err(error) => Err(NotifyError::Failed(error.to_string())),
    }
}
