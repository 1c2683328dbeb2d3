//! `owt hook`: what an agent's hook reports. It never makes an agent fail or wait: whatever goes wrong, it ends
//! soon, silently and with 0.

use std::ffi::OsString;
use std::io;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use clap::Args;
use clap::Parser;
use owt_api::ErrorCode;
use owt_api::HookReport;
use owt_client::Client;
use owt_client::ClientError;
use owt_client::Identity;
use owt_config::Environment;
use owt_config::Places;
use owt_ports::Clock;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;

use crate::context;
use crate::spool;

/// How long the agent may take to write the payload, and the server to take the report.
const PATIENCE: Duration = Duration::from_millis(300);

/// The largest payload that is passed on, in bytes. Of a larger one the event itself and its beginning remain.
const PAYLOAD_LIMIT: usize = 1024 * 1024;

/// So much of a payload that is too large is passed on, in characters.
const BEGINNING: usize = 300;

/// Report an event of an agent's session.
#[derive(Debug, Args)]
pub(crate) struct HookArgs {
    /// The agent.
    #[arg(long, value_name = "NAME")]
    agent: String,
    /// The agent's name of the event.
    #[arg(long, value_name = "EVENT")]
    event: String,
    /// What the agent says of it; on standard input when absent.
    #[arg(value_name = "PAYLOAD", allow_hyphen_values = true)]
    payload: Option<String>,
}

/// The words of a hook, with no other command beside it.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true)]
struct Alone {
    #[command(flatten)]
    args: HookArgs,
}

impl HookArgs {
    /// `owt hook ...` as programs write it; anything else is for the whole command line, which also says what is wrong with it.
    pub(crate) fn alone(arguments: &[OsString]) -> Option<Self> {
        let behind = arguments.get(1..)?;
        behind.first().filter(|word| *word == "hook")?;
        let is_known = |word: &OsString| {
            !word.to_string_lossy().starts_with('-') || word == "--agent" || word == "--event"
        };
        behind.iter().all(is_known).then(|| Alone::try_parse_from(behind).ok().map(|line| line.args))?
    }
}

pub(crate) fn run(args: &HookArgs, environment: &Environment) {
    // Outside of our sessions the hook has nothing to say and nobody to say it to.
    let (Some(attempt), Some(token)) = (environment.session_attempt(), environment.session_token()) else {
        return;
    };
    let places = Places::of(environment).map(Places::settled);
    let (payload, is_cut) = bounded(args.payload.clone().unwrap_or_else(from_stdin));
    let report = HookReport {
        agent: args.agent.clone(),
        event: args.event.clone(),
        attempt: attempt.to_owned(),
        token: token.to_owned(),
        at_ms: owt_store::system::SystemClock.now().as_millis(),
        payload,
        is_cut,
    };
    let socket = environment.session_socket().or_else(|| Some(places.as_ref().ok()?.server_socket()));
    let told = socket.is_some_and(|socket| is_settled(&sent(socket.as_path(), &report)));
    if let (false, Ok(places)) = (told, places) {
        // Without room for it the report is lost, and nobody here could be told.
        drop(spool::keep(places.data.join("spool").as_path(), &report));
    }
}

/// What is passed on of a payload, and whether that is its beginning alone.
fn bounded(payload: String) -> (String, bool) {
    match payload.len() > PAYLOAD_LIMIT {
        true => (payload.chars().take(BEGINNING).collect(), true),
        false => (payload, false),
    }
}

/// Everything until the end, or what has come when patience ends.
fn from_stdin() -> String {
    let deadline = Instant::now() + PATIENCE;
    let mut stdin = io::stdin().lock();
    let mut bytes = Vec::new();
    let mut part = [0; 16 * 1024];
    while bytes.len() <= PAYLOAD_LIMIT && is_readable(deadline.saturating_duration_since(Instant::now())) {
        match stdin.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_readable(within: Duration) -> bool {
    let stdin = io::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    let limit = Timespec { tv_sec: 0, tv_nsec: within.subsec_nanos().into() };
    matches!(rustix::event::poll(&mut polled, Some(&limit)), Ok(ready) if ready > 0)
}

/// Whether a server has the report, or refuses it for good.
fn is_settled(sent: &Result<(), ClientError>) -> bool {
    match sent {
        Ok(()) => true,
        Err(ClientError::Refused(problem)) => is_final(problem.code),
        Err(_) => false,
    }
}

/// A revoked credential stays revoked; a server that is busy, stopping or broken is replaced by the next.
const fn is_final(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::BadCredential | ErrorCode::Usage | ErrorCode::Forbidden)
}

fn sent(socket: &Path, report: &HookReport) -> Result<(), ClientError> {
    let identity = Identity { token: None, request_id: context::fresh_request().to_string() };
    let gone = |error: owt_client::ConnectError| ClientError::Gone(io::Error::other(error.to_string()));
    let mut client = Client::connect(socket, &identity).map_err(gone)?;
    client.set_patience(Some(PATIENCE))?;
    client.hook(report)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::command::Command;
    use crate::command_line::CommandLine;

    #[test]
    fn a_hook_read_alone_is_what_the_whole_command_line_reads() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for line in [
            "owt hook --agent claude --event Stop",
            "owt hook --event Stop --agent codex {\"a\":1}",
            "owt hook --agent codex --event notify {}",
        ] {
            let alone = HookArgs::alone(&words(line)).unwrap();
            let Some(Command::Hook(whole)) = CommandLine::try_parse_from(words(line)).unwrap().command else {
                panic!("{line}")
            };
            let told = |args: &HookArgs| (args.agent.clone(), args.event.clone(), args.payload.clone());
            assert_eq!(told(&alone), told(&whole), "{line}");
        }
        for line in [
            "owt hook",
            "owt hook --json --agent a --event b",
            "owt hook --help",
            "owt list",
            "owt",
            "owt hook --agent a",
        ] {
            assert!(HookArgs::alone(&words(line)).is_none(), "{line}");
        }
    }
}
