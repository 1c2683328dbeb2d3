//! `install-agents [FOLDER]` installs the pinned agent programs for tests, by default where tests look for them, and
//! prints the folder. Exit code 3 and a reason when this machine cannot have them.

use std::error::Error;
use std::io;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use owt_testkit::lab;

/// This machine cannot have them: not a failure of the tests, but a reason to leave some out.
const UNAVAILABLE: u8 = 3;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tell(&reason.to_string());
            ExitCode::from(UNAVAILABLE)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let folder = match std::env::args_os().nth(1) {
        Some(folder) => std::path::absolute(PathBuf::from(folder))?,
        None => lab::agents_folder()?,
    };
    lab::install(&folder, &mut tell)?;
    writeln!(io::stdout(), "{}", folder.display())?;
    Ok(())
}

fn tell(text: &str) {
    let _nobody_listens = writeln!(io::stderr(), "{text}");
}
