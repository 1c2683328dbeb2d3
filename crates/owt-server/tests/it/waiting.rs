//! Calls that wait: ended by the client's going and by the server's stopping.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_api::Status;

use crate::house::House;
use crate::house::identity;
use crate::rehearsal::workspace;
use crate::role;

fn house() -> House {
    let house = House::open();
    house.service.set(|scene| scene.workspaces.push(workspace("auth", Status::Working)));
    house
}

fn message(text: &str, wait_ms: u64) -> api::SendMessage {
    api::SendMessage {
        cwd: "/".to_owned(),
        to: api::Audience::One("auth".to_owned()),
        text: text.to_owned(),
        as_command: false,
        wait_ms,
        dry_run: false,
        idempotency_key: None,
    }
}

#[test]
fn a_wait_ends_with_what_was_waited_for() {
    let house = house();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| house.client().wait(&api::Wait::default()));
        house.service.until(|scene| scene.waiting == 1);
        house.service.set(|scene| scene.released = true);
        assert_eq!(waiter.join().unwrap().unwrap().outcome, api::WaitOutcome::Done);
    });
    assert_eq!(house.service.scene().left, 0);
    house.close();
}

#[test]
fn a_client_that_hangs_up_ends_its_wait() {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    let house = house();
    for (path, body) in [
        ("/v1/wait", "{}"),
        ("/v1/deliveries", r#"{"cwd":"/","to":{"one":"auth"},"text":"hold","wait_ms":60000}"#),
        ("/v1/workspaces/logs", r#"{"cwd":"/","name":"auth","follow":true}"#),
    ] {
        let left = house.service.scene().left;
        let mut stream = UnixStream::connect(house.socket()).unwrap();
        let head = "host: owt\r\nowt-protocol: 1\r\ncontent-type: application/json";
        write!(stream, "POST {path} HTTP/1.1\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .unwrap();
        house.service.until(|scene| scene.waiting == 1);
        drop(stream);
        house.service.until(|scene| scene.waiting == 0 && scene.left == left + 1);
    }
    house.close();
}

#[test]
fn a_server_that_stops_sends_waiters_to_the_next_and_keeps_what_it_accepted() {
    let house = house();
    let service = std::sync::Arc::clone(&house.service);
    let socket = house.socket();
    let client = || owt_client::Client::connect(&socket, &identity(None)).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| client().wait(&api::Wait::default()));
        let sender = scope.spawn(|| client().send(&message("hold", 60_000)));
        service.until(|scene| scene.waiting == 2);
        house.close();
        let waited = waiter.join().unwrap().unwrap_err();
        assert!(waited.is_worth_asking_again(), "{waited:?}");
        assert_eq!(Problem::from(waited).code, ErrorCode::ServerUnreachable);
        assert_eq!(sender.join().unwrap().unwrap()[0].state, "queued");
    });
}

#[test]
fn a_client_process_that_is_killed_ends_nothing_but_its_own() {
    let house = house();
    let mut host = role::start("host", house.home.path(), None);
    host.terminate_tree(&owt_process::Escalation::TOOL).unwrap();
    house.client().send(&message("still there?", 0)).unwrap();
    assert_eq!(house.service.scene().sent.len(), 1);
    house.close();
}
