//! `gh api`: GitHub's own program, with the login that the person gave it. Its environment is the caller's.
//!
//! With `--include` it prints the status line and the headers before the body, whatever the status (gh 2.40 and later; its
//! source, pkg/cmd/api/api.go, `processResponse`).

use std::time::Duration;

use owt_core::AbsPath;
use owt_ports::CallerEnvironment;
use owt_ports::ForgeError;
use owt_process::Cmd;
use owt_process::Input;
use owt_process::Placement;
use owt_process::ProcessError;
use owt_process::find_program;

use crate::access::kept_from;
use crate::exchange::ANSWER;
use crate::exchange::Answer;
use crate::exchange::HEADERS;
use crate::exchange::Place;
use crate::exchange::Question;
use crate::exchange::Way;

/// How long it may take to say whether it is logged in: it reads a file, or asks the person's keyring.
const LOOK: Duration = Duration::from_secs(10);
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What would have it print or ask more than it is to.
const SILENT: &[(&str, &str)] = &[
    ("GH_PROMPT_DISABLED", "1"),
    ("GH_NO_UPDATE_NOTIFIER", "1"),
    ("GH_PAGER", "cat"),
    ("NO_COLOR", "1"),
    ("CLICOLOR_FORCE", "0"),
];

/// The program, as the caller would start it.
pub(crate) struct Gh<'a> {
    program: AbsPath,
    caller: &'a CallerEnvironment,
}

impl<'a> Gh<'a> {
    /// The one on the caller's `PATH`.
    pub(crate) fn of(caller: &'a CallerEnvironment) -> Option<Self> {
        let program = find_program("gh", caller.get("PATH")?, &[])?;
        Some(Self { program, caller })
    }

    /// Whether it has a login for a host; the host is not asked. What it prints is the login itself: it is dropped.
    pub(crate) fn is_logged_in(&self, host: &str) -> bool {
        let asked =
            self.start(host).args(["auth", "token", "--hostname", host]).timeout(LOOK).label("gh auth token");
        asked.run().is_ok_and(|output| output.success())
    }

    fn start(&self, host: &str) -> Cmd {
        let cmd = Cmd::new(self.program.as_path())
            .env_base(self.caller.variables().clone())
            .envs(SILENT.iter().copied());
        kept_from(self.caller, host)
            .fold(cmd, Cmd::env_remove)
            // They would have it print requests, and with them what nobody is to read.
            .env_remove("GH_DEBUG")
            .env_remove("DEBUG")
            .current_dir("/")
            .placement(Placement::OwnSession)
            .output_cap(ANSWER)
    }
}

impl Way for Gh<'_> {
    fn ask(&self, host: &str, question: &Question) -> Result<Answer, ForgeError> {
        let mut command = self.start(host).args(["api", "--hostname", host, "--include"]);
        for (name, value) in HEADERS {
            command = command.args(["--header", &format!("{name}: {value}")]);
        }
        if let Some(mark) = &question.unless {
            command = command.args(["--header", &format!("if-none-match: {}", mark.0)]);
        }
        command = match &question.body {
            Some(body) => command
                .args(["--method", "POST", "--input", "-"])
                .stdin(Input::Bytes(body.to_string().into_bytes())),
            None => command.args(["--method", "GET"]),
        };
        let path = match &question.place {
            Place::Rest(path) => path,
            Place::GraphQl => "graphql",
        };
        let output =
            command.arg(path).timeout(PATIENCE).label("gh api").run().map_err(|error| gone(host, &error))?;
        let words = output.stderr_utf8_lossy();
        answer(&output.stdout_utf8_lossy()).ok_or_else(|| unreachable(host, &words))
    }
}

fn gone(host: &str, error: &ProcessError) -> ForgeError {
    let why = match error {
        ProcessError::TimedOut { after, .. } => format!("gh has no answer within {} s", after.as_secs()),
        other => other.to_string(),
    };
    ForgeError::Unreachable { host: host.to_owned(), why }
}

/// Without a status line there was no answer of the host's; what gh says of it is its last line.
fn unreachable(host: &str, words: &str) -> ForgeError {
    let last = words.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("gh says nothing");
    ForgeError::Unreachable { host: host.to_owned(), why: format!("gh: {last}") }
}

/// The status line, the headers, an empty line, the body.
fn answer(printed: &str) -> Option<Answer> {
    let mut rest = printed;
    let mut next = || {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        line.trim_end_matches('\r')
    };
    let mut words = next().split(' ');
    let status =
        words.next().filter(|word| word.starts_with("HTTP/")).and_then(|_| words.next())?.parse().ok()?;
    let mut headers = Vec::new();
    while let Some((name, value)) = next().split_once(':') {
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(Answer { status, headers, body: rest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gh_prints_is_an_answer() {
        let printed = "HTTP/2.0 200 OK\nEtag: W/\"abc\"\r\nX-Ratelimit-Remaining: 12\r\n\r\n{\"a\":1}\n\n{}";
        let read = answer(printed).unwrap();
        assert_eq!((read.status, read.header("etag")), (200, Some("W/\"abc\"")));
        assert_eq!(
            (read.header("x-ratelimit-remaining"), read.body.as_str()),
            (Some("12"), "{\"a\":1}\n\n{}")
        );
        let unchanged = answer("HTTP/2.0 304 Not Modified\nEtag: \"x\"\n\n").unwrap();
        assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
        for none in ["", "error connecting", "HTTP/2.0", "HTTP/2.0 no"] {
            assert_eq!(answer(none), None, "{none}");
        }
    }
}
