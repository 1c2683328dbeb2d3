//! `owt logs --follow` while servers come and go.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::process::ChildStdout;

use owt_process::Child;
use owt_process::Streams;
use owt_server::StopReason;

use crate::sealed::Sealed;
use crate::sealed::Staged;

/// Prints a hundred lines and the half of the next, waits for a file, and prints the rest.
const SCRIPT: &str = r#"
count() { n=$1; while [ "$n" -le "$2" ]; do echo "line $n"; n=$((n + 1)); done; }
count 1 100
printf 'line '
until [ -e "$GATE" ]; do sleep 0.02; done
echo 101
count 102 200
"#;

fn all_lines() -> Vec<String> {
    (1..=200).map(|number| format!("line {number}")).collect()
}

/// A workspace whose agent waits at the gate.
fn waiting_at_the_gate() -> Sealed {
    let sealed = Sealed::new();
    sealed.make_repository();
    let gate = sealed.home.path().join("gate").display().to_string();
    let sealed = sealed.with("GATE", &gate);
    sealed.make_agent("counter", SCRIPT);
    let made = sealed.run(&["new", "Count them", "--agent", "counter", "--headless", "--json"]);
    assert_eq!(made.code, 0, "{made:?}");
    sealed
}

fn follower(sealed: &Sealed, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut child = sealed.cmd(arguments).spawn(Streams::piped()).unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_server_that_is_killed_meanwhile_loses_and_repeats_nothing() {
    let sealed = waiting_at_the_gate();
    let (mut child, mut stdout) = follower(&sealed, &["logs", "count", "--follow"]);
    let mut heard: Vec<String> = (0..100).map(|_| line(&mut stdout)).collect();
    sealed.kill_server();
    std::fs::write(sealed.home.path().join("gate"), "").unwrap();
    heard.extend(stdout.lines().map(Result::unwrap));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
    assert_eq!(heard, all_lines());
}

#[test]
fn bytes_go_on_where_they_were_after_a_server_that_stopped_in_good_order() {
    let sealed = waiting_at_the_gate();
    let (mut child, mut stdout) = follower(&sealed, &["logs", "count", "--follow", "--raw"]);
    let mut heard: Vec<String> = (0..100).map(|_| line(&mut stdout)).collect();
    assert_eq!(sealed.run(&["server", "stop"]).code, 0);
    std::fs::write(sealed.home.path().join("gate"), "").unwrap();
    heard.extend(stdout.lines().map(Result::unwrap));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(heard, all_lines());
}

#[test]
fn a_stream_of_objects_goes_on_and_ends_with_the_attempt() {
    let sealed = waiting_at_the_gate();
    let (mut child, mut stdout) = follower(&sealed, &["logs", "count", "--follow", "--json"]);
    let mut text = String::new();
    let mut hear = |line: &str| {
        let chunk: serde_json::Value = serde_json::from_str(line).unwrap();
        text.push_str(chunk["text"].as_str().unwrap_or_default());
        chunk["type"].as_str().unwrap().to_owned()
    };
    assert_eq!(hear(&line(&mut stdout)), "text");
    sealed.kill_server();
    std::fs::write(sealed.home.path().join("gate"), "").unwrap();
    let last = stdout.lines().map(|line| hear(&line.unwrap())).last();
    assert_eq!((child.wait().unwrap().code(), last.as_deref()), (Some(0), Some("end")));
    assert_eq!(text.lines().collect::<Vec<_>>(), all_lines());
}

#[test]
fn without_a_server_to_go_on_with_it_says_so() {
    let mut staged = Staged::new();
    staged.service.set(|scene| {
        scene.workspaces.push(crate::rehearsal::workspace("auth", owt_api::Status::Working));
    });
    // Inside a session no server is started.
    let cmd = staged.sealed.cmd(&["logs", "auth", "--follow", "--json"]);
    let cmd =
        cmd.env("OWT_ATTEMPT", "att_1").env("OWT_SOCKET", staged.sealed.places().server_socket().as_str());
    let mut child = cmd.spawn(Streams::piped()).unwrap();
    staged.service.until(|scene| scene.waiting == 1);
    assert_eq!(staged.run(&["server", "stop"]).code, 0);
    assert_eq!(staged.ended(), StopReason::Asked);
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(stdout.contains("\"server_unreachable\""), "{stdout}");
}
