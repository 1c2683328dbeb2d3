//! Logs as streams.

use std::ops::ControlFlow;

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::LogChunk;
use owt_api::Problem;
use owt_api::Status;
use owt_client::ClientError;

use crate::house::House;
use crate::rehearsal::workspace;

fn text(text: &str) -> LogChunk {
    LogChunk::Text { stream: "output".to_owned(), attempt: 1, text: text.to_owned() }
}

fn house(log: Vec<LogChunk>) -> House {
    let house = House::open();
    house.service.set(|scene| {
        scene.workspaces.push(workspace("auth", Status::Working));
        scene.log = log;
    });
    house
}

fn request(name: &str, follow: bool) -> api::ReadLogs {
    api::ReadLogs { cwd: "/".to_owned(), name: name.to_owned(), follow, ..Default::default() }
}

fn read(house: &House, request: &api::ReadLogs) -> Result<Vec<LogChunk>, ClientError> {
    let mut chunks = Vec::new();
    house.client().logs(request, |chunk| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    })?;
    Ok(chunks)
}

#[test]
fn every_chunk_arrives_in_order_however_many() {
    let log: Vec<_> = (0..500).map(|number| text(&format!("line {number} \u{1b}[1m\n"))).collect();
    let house = house(log.clone());
    assert_eq!(read(&house, &request("auth", false)).unwrap(), log);
    house.close();
}

#[test]
fn an_empty_log_is_no_error_and_an_unknown_name_is() {
    let house = house(Vec::new());
    assert_eq!(read(&house, &request("auth", false)).unwrap(), Vec::new());
    let refused = Problem::from(read(&house, &request("nobody", false)).unwrap_err());
    assert_eq!(refused.code, ErrorCode::NotFound);
    house.close();
}

#[test]
fn a_log_that_breaks_off_says_so() {
    let house = house(vec![text("a")]);
    let problem = Problem::new(ErrorCode::Database, "gone");
    house.service.set(|scene| scene.log_failure = Some(problem.clone()));
    let chunks = read(&house, &request("auth", false)).unwrap();
    assert_eq!(chunks, [text("a"), LogChunk::Broken { problem }]);
    house.close();
}

#[test]
fn a_reader_that_has_enough_ends_the_follow() {
    let house = house(vec![text("a")]);
    let mut seen = 0;
    let enough = |_| {
        seen += 1;
        ControlFlow::Break(())
    };
    house.client().logs(&request("auth", true), enough).unwrap();
    assert_eq!(seen, 1);
    house.service.until(|scene| scene.waiting == 0 && scene.calls.len() == 1);
    house.close();
}

#[test]
fn a_follower_is_told_when_the_server_stops() {
    let house = house(vec![text("a")]);
    let service = std::sync::Arc::clone(&house.service);
    let client = house.client();
    std::thread::scope(|scope| {
        let follower = scope.spawn(move || {
            let mut last = None;
            let each = |chunk| {
                last = Some(chunk);
                ControlFlow::Continue(())
            };
            client.logs(&request("auth", true), each).unwrap();
            last
        });
        service.until(|scene| scene.waiting == 1);
        house.close();
        match follower.join().unwrap() {
            Some(LogChunk::Broken { problem }) => assert_eq!(problem.code, ErrorCode::ServerUnreachable),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_follower_of_a_silent_log_is_told_too() {
    let house = house(Vec::new());
    let service = std::sync::Arc::clone(&house.service);
    let client = house.client();
    std::thread::scope(|scope| {
        let follower =
            scope.spawn(move || client.logs(&request("auth", true), |_| ControlFlow::Continue(())));
        service.until(|scene| scene.waiting == 1);
        house.close();
        let refused = Problem::from(follower.join().unwrap().unwrap_err());
        assert_eq!(refused.message, "the server is stopping");
    });
}
