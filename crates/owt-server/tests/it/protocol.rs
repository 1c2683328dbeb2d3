//! The wire itself: headers, refusals, limits.

use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixStream;

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_api::Status;

use crate::house::House;
use crate::rehearsal::workspace;

/// Sends bytes and returns everything that comes back.
fn raw(house: &House, request: &str) -> String {
    let mut stream = UnixStream::connect(house.socket()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: owt\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n{headers}\r\n{body}"
    )
}

#[test]
fn a_client_of_another_protocol_learns_whom_it_talks_to_and_no_more() {
    let house = House::open();
    let handshake = raw(&house, "GET /v1/handshake HTTP/1.1\r\nhost: owt\r\nconnection: close\r\n\r\n");
    assert!(handshake.starts_with("HTTP/1.1 200 OK"), "{handshake}");
    assert!(handshake.contains("\"protocol\":1"), "{handshake}");
    for headers in ["", "owt-protocol: 99\r\n", "owt-protocol: x\r\n"] {
        let answer = raw(&house, &post("/v1/workspaces/list", headers, "{}"));
        assert!(answer.starts_with("HTTP/1.1 426"), "{answer}");
        assert!(answer.contains("protocol_mismatch"), "{answer}");
    }
    assert!(house.service.scene().calls.is_empty());
    house.close();
}

#[test]
fn the_request_keeps_its_name() {
    let house = House::open();
    let id = "req_00000000000000000000000007";
    let headers = format!("owt-protocol: 1\r\nowt-request-id: {id}\r\n");
    let answer = raw(&house, &post("/v1/workspaces/list", &headers, "{}"));
    assert!(answer.contains(&format!("owt-request-id: {id}\r\n")), "{answer}");
    let unnamed = raw(&house, &post("/v1/workspaces/list", "owt-protocol: 1\r\nowt-request-id: x\r\n", "{}"));
    assert!(unnamed.contains("owt-request-id: req_"), "{unnamed}");
    house.close();
}

#[test]
fn bad_requests_are_problems_too() {
    let house = House::open();
    let headers = "owt-protocol: 1\r\n";
    for (path, body, code) in [
        ("/v1/workspaces/list", "{", "usage"),
        ("/v1/workspaces/list", "{\"unheard_of\":1}", "usage"),
        ("/v1/workspaces/list", "3", "usage"),
        ("/v1/nowhere", "{}", "not_found"),
        ("/v1/handshake", "{}", "not_found"),
    ] {
        let answer = raw(&house, &post(path, headers, body));
        assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{path} {body}: {answer}");
    }
    house.close();
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let house = House::open();
    let request = api::NewWorkspace { task: Some("x".repeat(api::MAX_BODY_BYTES)), ..Default::default() };
    let refused = Problem::from(house.client().new_workspace(&request).unwrap_err());
    assert_eq!(refused.code, ErrorCode::LimitReached);
    let fits = api::NewWorkspace { task: Some("x".repeat(api::MAX_BODY_BYTES - 4096)), ..Default::default() };
    house.client().new_workspace(&fits).unwrap();
    house.close();
}

#[test]
fn a_panic_is_one_requests_problem() {
    let house = House::open();
    let panic = api::Selector { cwd: "/".to_owned(), name: "panic".to_owned() };
    let mut client = house.client();
    let problem = Problem::from(client.show(&panic).unwrap_err());
    assert_eq!(problem.code, ErrorCode::Internal);
    assert_eq!(client.list(&api::ListWorkspaces::default()).unwrap(), Vec::new());
    house.close();
}

#[test]
fn one_connection_carries_many_requests_and_many_connections_work_at_once() {
    let house = House::open();
    house.service.set(|scene| scene.workspaces.push(workspace("auth", Status::Working)));
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let mut client = house.client();
                for _ in 0..10 {
                    assert_eq!(client.list(&api::ListWorkspaces::default()).unwrap().len(), 1);
                }
            });
        }
    });
    assert_eq!(house.service.scene().calls.len(), 200);
    house.close();
}

#[test]
fn more_work_than_there_is_room_for_is_refused_at_once() {
    const ROOM: usize = 64;
    let house = House::open();
    house.service.set(|scene| scene.workspaces.push(workspace("hold", Status::Working)));
    let hold = api::Selector { cwd: "/".to_owned(), name: "hold".to_owned() };
    std::thread::scope(|scope| {
        for _ in 0..ROOM {
            scope.spawn(|| house.client().show(&hold).unwrap());
        }
        house.service.until(|scene| scene.waiting == ROOM);
        let refused = Problem::from(house.client().show(&hold).unwrap_err());
        assert_eq!(refused.code, ErrorCode::LimitReached);
        house.service.set(|scene| scene.released = true);
    });
    house.client().show(&hold).unwrap();
    house.close();
}
