//! The test binary in other roles: a server in a process of its own, a host with an agent below it.
//!
//! A role is a test that does nothing unless it was started with [`ROLE`] set.

use std::io::BufRead;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use owt_api as api;
use owt_api::Problem;
use owt_client::Client;
use owt_process::Child;
use owt_process::Cmd;
use owt_process::Streams;
use owt_server::Instance;
use owt_server::Patience;
use owt_server::Service;

use crate::house;
use crate::rehearsal::Rehearsal;

const ROLE: &str = "OWT_TEST_ROLE";
const HOME: &str = "OWT_TEST_HOME";
const TOKEN: &str = "OWT_TEST_TOKEN";

/// Marks the line that a role says to the test, among those of the test harness.
const SAYS: &str = "role says: ";

#[expect(clippy::disallowed_methods, reason = "a role is told to a test process by its environment")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn cmd(role: &str, home: &Path) -> Cmd {
    Cmd::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("role::{role}"), "--nocapture"])
        .env(ROLE, role)
        .env(HOME, home)
}

/// Starts a role; it may be spoken to over its standard input and heard on its standard output.
pub(crate) fn start(role: &str, home: &Path, token: Option<&str>) -> Child {
    let cmd = token.into_iter().fold(cmd(role, home), |cmd, token| cmd.env(TOKEN, token));
    cmd.spawn(Streams { stderr: owt_process::Stream::Inherit, ..Streams::piped() }).unwrap()
}

/// What a role says next.
pub(crate) fn said(child: &mut Child) -> String {
    let mut bytes = Vec::new();
    let stdout = child.stdout.as_mut().unwrap();
    loop {
        let mut byte = [0];
        assert_eq!(std::io::Read::read(stdout, &mut byte).unwrap(), 1, "the role ended without a word");
        bytes.push(byte[0]);
        if byte[0] == b'\n' {
            let line = String::from_utf8(std::mem::take(&mut bytes)).unwrap();
            if let Some((_, word)) = line.trim_end().split_once(SAYS) {
                return word.to_owned();
            }
        }
    }
}

/// Lets a role that waits go on.
pub(crate) fn nudge(child: &mut Child) {
    child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
}

fn is(role: &str) -> Option<PathBuf> {
    (told(ROLE).as_deref() == Some(role)).then(|| PathBuf::from(told(HOME).unwrap()))
}

fn heed() {
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
}

/// A server.
#[test]
fn server() {
    let Some(home) = is("server") else { return };
    let (lock, socket) = (home.join("server.lock"), home.join("run/s"));
    let instance = match Instance::claim(&lock, Patience::None) {
        Ok(instance) => instance,
        Err(error) => return println!("{SAYS}{error}"),
    };
    let listener = owt_server::bind(&socket, &instance).unwrap();
    let service: Arc<dyn Service> = Rehearsal::new();
    let options = house::options(socket, None);
    let reason = owt_server::serve(instance, listener, service, options, || println!("{SAYS}ready")).unwrap();
    println!("{SAYS}{reason:?}");
}

/// A host: once told, it starts an agent and passes on what that says.
#[test]
fn host() {
    let Some(home) = is("host") else { return };
    heed();
    let output = cmd("agent", &home).run().unwrap();
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

/// An agent's process: asks for an approval and for the server's end.
#[test]
fn agent() {
    let Some(home) = is("agent") else { return };
    let identity = house::identity(told(TOKEN).as_deref());
    let mut client = Client::connect(&home.join("run/s"), &identity).unwrap();
    let approve = api::Approve {
        cwd: "/".to_owned(),
        digest: "abc".to_owned(),
        decision: api::Decision::Allow,
        dry_run: false,
    };
    let code = |error: owt_client::ClientError| Problem::from(error).code.as_str();
    let approved = client.approve(&approve).map_or_else(code, |_| "ok");
    let stopped = client.stop_server().map_or_else(code, |()| "ok");
    println!("{SAYS}{approved} {stopped}");
}
