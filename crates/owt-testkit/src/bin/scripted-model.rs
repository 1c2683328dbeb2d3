//! The scripted model server as a program of its own, for use inside a network namespace.
//!
//! `scripted-model [--port N] [--log FILE] [--scenarios FILE]` prints its base URL and serves until its standard
//! input ends.

use std::error::Error;
use std::fs;
use std::io;
use std::io::Read as _;
use std::io::Write as _;
use std::process::ExitCode;

use owt_testkit::model::ModelConfig;
use owt_testkit::model::ModelServer;
use owt_testkit::model::Scenarios;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _nobody_listens = writeln!(io::stderr(), "scripted-model: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let server = ModelServer::start(read_arguments()?)?;
    writeln!(io::stdout(), "{}", server.base_url())?;
    io::stdout().flush()?;
    let mut rest = [0; 64];
    while io::stdin().read(&mut rest)? > 0 {}
    Ok(())
}

fn read_arguments() -> Result<ModelConfig, Box<dyn Error>> {
    let mut config = ModelConfig::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--port" => config.port = value.parse()?,
            "--log" => config.log_file = Some(value.into()),
            "--scenarios" => config.scenarios = Scenarios::parse(&fs::read_to_string(value)?)?,
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    Ok(config)
}
