//! The scripted agent as a program: [`owt_testkit::scripted_agent`].

use std::io;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let argv: Vec<String> = std::env::args().collect();
    match owt_testkit::scripted_agent::run(&argv) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _nobody_listens = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
