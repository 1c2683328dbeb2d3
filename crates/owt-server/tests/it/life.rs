//! A server's beginning and end.

use std::time::Duration;

use owt_api as api;
use owt_client::Client;
use owt_client::ConnectError;
use owt_process::ExitOutcome;
use owt_server::Instance;
use owt_server::InstanceError;
use owt_server::Patience;
use owt_server::StopReason;
use rustix::process::Pid;
use rustix::process::Signal;

use crate::house::House;
use crate::house::identity;
use crate::rehearsal::Rehearsal;
use crate::role;

const SHORT: Duration = Duration::from_millis(30);

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

#[test]
fn it_says_who_and_how_it_is() {
    let house = House::open();
    house.service.set(|scene| scene.sessions = 3);
    let mut client = house.client();
    let handshake = client.handshake().unwrap();
    let expected = api::Handshake {
        protocol: 1,
        version: "0.0.1".to_owned(),
        build: api::Build(7),
        pid: std::process::id(),
    };
    assert_eq!(handshake, expected);
    let status = client.server_status().unwrap();
    assert_eq!((status.pid, status.sessions), (std::process::id(), 3));
    assert_eq!(status.socket, house.socket().display().to_string());
    assert_eq!(house.close(), StopReason::Asked);
}

#[test]
fn nobody_and_nothing_to_do_end_it() {
    let house = House::open_for(Some(SHORT));
    let socket = house.socket();
    assert_eq!(house.ended(), StopReason::Idle);
    assert!(matches!(Client::connect(&socket, &identity(None)), Err(ConnectError::Absent(_))));
}

#[test]
fn a_client_a_session_and_a_plan_keep_it() {
    // Until the first client is there, too: it may take longer than the server waits.
    let service = Rehearsal::new();
    service.set(|scene| scene.sessions = 1);
    let house = House::open_with(Some(SHORT), service);
    let mut client = house.client();
    client.handshake().unwrap();
    // While there is a session the server asks for it again and again: several looks pass.
    drop(client);
    let mut late = house.client();
    late.handshake().unwrap();
    house.service.set(|scene| (scene.sessions, scene.has_plans) = (0, true));
    late.list(&api::ListWorkspaces::default()).unwrap();
    drop(late);
    let mut last = house.client();
    last.handshake().unwrap();
    house.service.set(|scene| scene.has_plans = false);
    last.list(&api::ListWorkspaces::default()).unwrap();
    drop(last);
    assert_eq!(house.ended(), StopReason::Idle);
}

#[test]
fn one_server_a_home() {
    let home = tempfile::tempdir().unwrap();
    let mut first = role::start("server", home.path(), None);
    assert_eq!(role::said(&mut first), "ready");
    let mut second = role::start("server", home.path(), None);
    assert_eq!(role::said(&mut second), "another server is running");
    second.wait().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut third = role::start("server", elsewhere.path(), None);
    assert_eq!(role::said(&mut third), "ready");
}

#[test]
fn after_a_kill_the_next_takes_over_the_socket() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("run/s");
    let mut first = role::start("server", home.path(), None);
    assert_eq!(role::said(&mut first), "ready");
    signal(first.pid(), Signal::KILL);
    assert_eq!(first.wait().unwrap(), ExitOutcome::Signal(9));
    assert!(matches!(Client::connect(&socket, &identity(None)), Err(ConnectError::Refused(_))));
    let mut second = role::start("server", home.path(), None);
    assert_eq!(role::said(&mut second), "ready");
    let handshake = Client::connect(&socket, &identity(None)).unwrap().handshake().unwrap();
    assert_eq!(handshake.pid, second.pid());
}

#[test]
fn signals_end_it_in_good_order() {
    for name in [Signal::TERM, Signal::INT, Signal::HUP] {
        let home = tempfile::tempdir().unwrap();
        let mut server = role::start("server", home.path(), None);
        assert_eq!(role::said(&mut server), "ready");
        signal(server.pid(), name);
        assert_eq!(role::said(&mut server), "Signal");
        assert_eq!(server.wait().unwrap(), ExitOutcome::Code(0));
        assert!(!home.path().join("run/s").exists());
    }
}

#[test]
fn a_server_whose_runtime_folder_was_wiped_listens_again_when_somebody_wants_one() {
    let house = House::open();
    let lock = house.home.path().join("server.lock");
    for _ in 0..2 {
        std::fs::remove_dir_all(house.socket().parent().unwrap()).unwrap();
        let (socket, patience) = (house.socket(), Duration::from_secs(30));
        let claimed = Instance::claim(&lock, Patience::UnlessItAnswers(&socket, patience));
        assert!(matches!(claimed, Err(InstanceError::Held(_))), "{claimed:?}");
        house.client().server_status().unwrap();
    }
    assert_eq!(house.close(), StopReason::Asked);
}
