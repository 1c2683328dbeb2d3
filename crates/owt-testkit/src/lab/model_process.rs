//! The scripted model as a process of its own, in the network where the agents are.

use std::io;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;

use owt_process::Child;
use owt_process::Streams;

use super::Network;
use super::Unavailable;
use super::built_program;
use crate::model::LoggedRequest;
use crate::model::read_log;

/// A running `scripted-model`; it ends when this is dropped.
#[derive(Debug)]
pub struct ModelProcess {
    base_url: String,
    log_file: PathBuf,
    _process: Child,
}

impl ModelProcess {
    /// Starts one in this network, logging to `log_file`, with the scenarios of a file beside the built-in ones.
    ///
    /// # Errors
    /// When the program cannot be built or started.
    pub fn start(network: &Network, log_file: &Path, scenarios: Option<&Path>) -> Result<Self, Unavailable> {
        let mut command = network.command(built_program("scripted-model")?).arg("--log").arg(log_file);
        if let Some(scenarios) = scenarios {
            command = command.arg("--scenarios").arg(scenarios);
        }
        let unavailable =
            |error: String| Unavailable::because(format!("scripted-model did not start: {error}"));
        let mut process = command.spawn(Streams::piped()).map_err(|error| unavailable(error.to_string()))?;
        let stdout = process.stdout.take().expect("its output is a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| unavailable(error.to_string()))?;
        let base_url = line.trim().to_owned();
        if !base_url.starts_with("http://") {
            return Err(unavailable(format!("it said {base_url:?}")));
        }
        Ok(Self { base_url, log_file: log_file.to_owned(), _process: process })
    }

    /// Where it is reached, inside its network: `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Every request so far, oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> io::Result<Vec<LoggedRequest>> {
        read_log(&self.log_file)
    }
}
