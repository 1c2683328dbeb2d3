//! The server that commands start by themselves.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::net::UnixListener;

use owt_server::Instance;
use owt_server::Patience;
use owt_server::StopReason;
use rustix::process::Pid;
use rustix::process::Signal;

use crate::rehearsal::PATIENCE;
use crate::sealed::Sealed;
use crate::sealed::Staged;

/// A command that needs a server, and nothing else.
const NEEDS_SERVER: [&str; 3] = ["list", "--all-repos", "--json"];

fn pid(sealed: &Sealed) -> i32 {
    let status = sealed.run(&["server", "status", "--json"]);
    i32::try_from(status.json()["data"]["pid"].as_i64().unwrap()).unwrap()
}

#[test]
fn the_first_command_starts_it_and_later_ones_find_it() {
    let sealed = Sealed::new();
    let none = sealed.run(&["server", "status", "--json"]);
    assert_eq!((none.code, none.json()["error"]["code"].as_str()), (5, Some("not_found")));
    let ran = sealed.run(&NEEDS_SERVER);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr, "");
    let first = pid(&sealed);
    assert_eq!(sealed.run(&NEEDS_SERVER).code, 0);
    assert_eq!(pid(&sealed), first);
    let restarted = sealed.run(&["server", "restart", "--json"]);
    assert_ne!(restarted.json()["data"]["pid"].as_i64(), Some(first.into()));
    assert_eq!(sealed.run(&["server", "stop", "--json"]).json()["data"]["was_running"], true);
    assert_eq!(sealed.run(&["server", "stop", "--json"]).json()["data"]["was_running"], false);
    assert_eq!(sealed.run(&["server", "status"]).code, 5);
}

#[test]
fn many_commands_at_once_start_one() {
    let sealed = Sealed::new();
    std::thread::scope(|scope| {
        let commands: Vec<_> = (0..8).map(|_| scope.spawn(|| sealed.run(&NEEDS_SERVER))).collect();
        for command in commands {
            let ran = command.join().unwrap();
            assert_eq!(ran.code, 0, "{ran:?}");
        }
    });
    let log = std::fs::read_to_string(sealed.places().data.join("server.log").as_path()).unwrap();
    assert_eq!(log.matches("serving").count(), 1, "{log}");
}

#[test]
fn after_a_kill_the_next_command_starts_another() {
    let sealed = Sealed::new();
    assert_eq!(sealed.run(&NEEDS_SERVER).code, 0);
    let first = pid(&sealed);
    rustix::process::kill_process(Pid::from_raw(first).unwrap(), Signal::KILL).unwrap();
    let ran = sealed.run(&NEEDS_SERVER);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_ne!(pid(&sealed), first);
}

#[test]
fn it_ends_by_itself_when_nobody_needs_it() {
    let sealed = Sealed::new().with("OWT_SERVER_IDLE_EXIT", "1s");
    assert_eq!(sealed.run(&NEEDS_SERVER).code, 0);
    let lock = sealed.places().data.join("server.lock");
    drop(Instance::claim(lock.as_path(), Patience::UntilItEnds(PATIENCE)).unwrap());
    let log = std::fs::read_to_string(sealed.places().data.join("server.log").as_path()).unwrap();
    assert!(log.contains("reason=Idle"), "{log}");
}

#[test]
fn two_homes_have_two_servers() {
    let (one, two) = (Sealed::new(), Sealed::new());
    assert_eq!((one.run(&NEEDS_SERVER).code, two.run(&NEEDS_SERVER).code), (0, 0));
    assert_ne!(pid(&one), pid(&two));
}

#[test]
fn an_older_server_drains_and_is_replaced() {
    let mut staged = Staged::of(Sealed::new(), owt_api::Build(1));
    let ran = staged.run(&NEEDS_SERVER);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(staged.ended(), StopReason::Asked);
    assert_ne!(pid(&staged.sealed), i32::try_from(std::process::id()).unwrap());
}

#[test]
fn a_newer_server_is_left_alone() {
    let sealed = Sealed::new();
    sealed.places().make_folders().unwrap();
    let listener = UnixListener::bind(sealed.places().server_socket().as_path()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                request.read_line(&mut line).unwrap();
            }
            let body = "{\"protocol\":99,\"version\":\"9.9.9\",\"build\":1,\"pid\":1}";
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        });
        insta::assert_snapshot!(sealed.run(&["list"]).told(), @r"
        error: the server is newer: owt 9.9.9 with protocol 99; this is owt 0.1.0 with protocol 1
        hint: use the newer owt
        [exit 1]
        ");
    });
}

#[test]
fn inside_a_session_no_server_is_started() {
    let sealed = Sealed::new().with("OWT_ATTEMPT", "att_1").with("OWT_TOKEN", "t");
    let ran = sealed.run(&NEEDS_SERVER);
    assert_eq!((ran.code, ran.json()["error"]["code"].as_str()), (1, Some("server_unreachable")));
    assert!(!sealed.home.path().join("owt").exists());
}

#[test]
fn what_keeps_it_from_starting_is_told_to_the_command() {
    let sealed = Sealed::new();
    std::fs::create_dir_all(sealed.home.path().join("owt/data/server.lock")).unwrap();
    let ran = sealed.run(&["list", "--all-repos"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("server.lock") && ran.stderr.contains("OWT_HOME"), "{ran:?}");
}

#[test]
fn a_second_server_in_the_foreground_is_refused() {
    let sealed = Sealed::new();
    assert_eq!(sealed.run(&NEEDS_SERVER).code, 0);
    let ran = sealed.run(&["serve", "--json"]);
    let json = ran.json();
    assert_eq!((ran.code, json["error"]["code"].as_str()), (1, Some("server_running")));
    assert!(json["error"]["message"].as_str().unwrap().contains(&pid(&sealed).to_string()));
}

#[test]
fn its_log_names_request_and_workspace() {
    let sealed = Sealed::new();
    assert_eq!(sealed.run(&NEEDS_SERVER).code, 0);
    assert_eq!(sealed.run(&["show", "no-such-thing"]).code, 5);
    let log = std::fs::read_to_string(sealed.places().data.join("server.log").as_path()).unwrap();
    let line = log.lines().find(|line| line.contains("no-such-thing")).unwrap();
    assert!(line.contains("id=req_") && line.contains("path=\"/v1/workspaces/show\""), "{line}");
}

#[test]
fn its_log_can_be_json_with_request_and_workspace_in_each_record_of_a_request() {
    let sealed = Sealed::new();
    let mut server =
        sealed.cmd(&["serve", "--log-format", "json"]).spawn(owt_process::Streams::piped()).unwrap();
    let mut said = String::new();
    BufReader::new(server.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, format!("Serving on {}.\n", sealed.places().server_socket()));
    assert_eq!(sealed.run(&["show", "no-such-thing"]).code, 5);
    assert_eq!(sealed.run(&["server", "stop"]).code, 0);
    assert_eq!(server.wait().unwrap().code(), Some(0));
    let log = std::fs::read_to_string(sealed.places().data.join("server.log").as_path()).unwrap();
    let records = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let of_request: Vec<_> =
        records.filter(|record| record["span"]["workspace"] == "no-such-thing").collect();
    assert!(
        of_request.iter().any(|record| record["message"] == "answered" && record["status"] == 404),
        "{log}"
    );
    for record in of_request {
        assert!(record["span"]["id"].as_str().unwrap().starts_with("req_"), "{record}");
    }
}

#[test]
fn twice_verbose_shows_each_program_that_is_started() {
    let sealed = Sealed::new();
    let ran = sealed.run(&[&NEEDS_SERVER[..], &["-vv"]].concat());
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("starting a server"), "{ran:?}");
    assert!(ran.stderr.contains("owt_process::spawn") && ran.stderr.contains("--announce"), "{ran:?}");
    let quieter = sealed.run(&[&NEEDS_SERVER[..], &["-v"]].concat());
    assert!(
        quieter.stderr.contains("connected") && !quieter.stderr.contains("owt_process::spawn"),
        "{quieter:?}"
    );
}
