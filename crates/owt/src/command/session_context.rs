//! `owt session-context`: what a hook of Claude Code's asks when a session starts (2.1.197). It tells a session that the
//! person started themselves in a worktree where it is, and nothing to any other. It starts no server, never makes a
//! session wait or fail, and is silent whenever there is nothing to tell.

use std::io;
use std::io::Write as _;
use std::time::Duration;
use std::time::Instant;

use owt_api::ReadContext;
use owt_client::Client;
use owt_client::Identity;
use owt_config::Environment;
use owt_config::Places;
use serde_json::json;

use crate::context;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_millis(300);

pub(super) fn run(environment: &Environment) {
    // A session of ours has been told already, and more.
    if environment.session_attempt().is_some() {
        return;
    }
    if let Some(text) = asked(environment) {
        let output = json!({
            "hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": text}
        });
        // A program that does not listen any more needs nothing.
        drop(writeln!(io::stdout(), "{output}"));
    }
}

fn asked(environment: &Environment) -> Option<String> {
    let deadline = Instant::now() + PATIENCE;
    let folder = owt_config::environment::working_directory().ok()?;
    let socket = Places::of(environment).ok()?.settled().server_socket();
    let identity = Identity { token: None, request_id: context::fresh_request().to_string() };
    let mut client = Client::connect(socket.as_path(), &identity).ok()?;
    let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
    client.set_patience(Some(left)).ok()?;
    client.session_context(&ReadContext { cwd: folder.as_str().to_owned() }).ok()?.text
}
