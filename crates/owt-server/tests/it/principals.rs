//! Who a request is from.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::AttemptId;
use owt_server::Caller;

use crate::house::House;
use crate::role;

const OURS: AttemptId = AttemptId::from_bits(1);
const OTHER: AttemptId = AttemptId::from_bits(2);

fn house() -> House {
    let house = House::open();
    house.service.set(|scene| {
        scene.tokens.insert("ours".to_owned(), OURS);
        scene.tokens.insert("other".to_owned(), OTHER);
        scene.approvals.push(api::Approval {
            digest: "abcdef".to_owned(),
            repository: "/repos/app".to_owned(),
            files: vec![".mcp.json".to_owned()],
            commands: Vec::new(),
            hook: None,
            contents: Vec::new(),
            state: "pending".to_owned(),
        });
    });
    house
}

fn asked(house: &House, token: Option<&str>) -> Result<Caller, ErrorCode> {
    let answer = house.client_with(token).list(&api::ListWorkspaces::default());
    answer.map_err(|error| Problem::from(error).code)?;
    Ok(house.service.scene().calls.last().unwrap().1.by.clone())
}

#[test]
fn outside_every_host_it_is_the_person_or_the_bearer() {
    let house = house();
    assert_eq!(asked(&house, None), Ok(Caller::Person { pid: Some(std::process::id()) }));
    assert_eq!(asked(&house, Some("ours")), Ok(Caller::Attempt(OURS)));
    assert_eq!(asked(&house, Some("revoked")), Err(ErrorCode::BadCredential));
    assert_eq!(asked(&house, Some("")), Err(ErrorCode::BadCredential));
    house.close();
}

#[test]
fn inside_a_host_it_is_that_attempt_and_no_other() {
    let house = house();
    house.service.set(|scene| scene.hosts.push((OURS, std::process::id())));
    assert_eq!(asked(&house, None), Ok(Caller::Attempt(OURS)));
    assert_eq!(asked(&house, Some("ours")), Ok(Caller::Attempt(OURS)));
    assert_eq!(asked(&house, Some("other")), Err(ErrorCode::Forbidden));
    assert_eq!(asked(&house, Some("revoked")), Err(ErrorCode::BadCredential));
    house.service.set(|scene| scene.hosts.clear());
    house.close();
}

#[test]
fn a_process_below_a_host_is_refused_what_is_a_persons_with_and_without_token() {
    for (token, expected) in [
        (None, "person_only person_only"),
        (Some("ours"), "person_only person_only"),
        (Some("other"), "forbidden forbidden"),
    ] {
        let house = house();
        let mut host = role::start("host", house.home.path(), token);
        house.service.set(|scene| scene.hosts.push((OURS, host.pid())));
        role::nudge(&mut host);
        assert_eq!(role::said(&mut host), expected, "{token:?}");
        host.wait().unwrap();
        assert_eq!(house.service.scene().approvals[0].state, "pending");
        house.close();
    }
}

#[test]
fn the_routes_of_the_whole_home_say_who_asks() {
    let house = house();
    house.service.set(|scene| scene.hosts.push((OURS, std::process::id())));
    let mut client = house.client();
    client.database_health(&()).unwrap();
    client.back_up_database(&()).unwrap();
    client.vacuum_database(&()).unwrap();
    assert_eq!(client.rebuild_database(&()).unwrap().streams, 7);
    let purged = client.purge_database(&api::PurgeDatabase { days: 30, named: Vec::new() }).unwrap();
    assert!(purged.dry_run);
    let test = api::NotifyTest::One("bell".to_owned());
    assert_eq!(client.notify(&api::ReadNotify { test }).unwrap().events, "One(\"bell\")");
    let name = api::FindingName { code: "stale_row".to_owned(), subject: "job job_1".to_owned() };
    let mended = client.check_up(&api::Checkup { mend: vec![name.clone()], cwd: None }).unwrap();
    assert_eq!(mended.iter().map(api::Finding::name).collect::<Vec<_>>(), [name]);
    let calls: Vec<_> =
        house.service.scene().calls.iter().map(|(what, call)| (what.clone(), call.by.clone())).collect();
    let ours = |what: &str| (what.to_owned(), Caller::Attempt(OURS));
    let asked = [
        "database_health",
        "back_up_database",
        "vacuum_database",
        "rebuild_database",
        "purge_database",
        "notify",
        "check_up",
    ];
    assert_eq!(calls, asked.map(ours));
    drop(client);
    house.service.set(|scene| scene.hosts.clear());
    house.close();
}

#[test]
fn a_hook_report_is_accepted_by_its_own_token_alone() {
    let house = house();
    let report = |token: &str| api::HookReport {
        agent: "claude".to_owned(),
        event: "Stop".to_owned(),
        attempt: OURS.to_string(),
        token: token.to_owned(),
        at_ms: 1,
        payload: "{}".to_owned(),
        is_cut: false,
    };
    house.client().hook(&report("ours")).unwrap();
    let refused = house.client().hook(&report("revoked")).unwrap_err();
    assert_eq!(Problem::from(refused).code, ErrorCode::BadCredential);
    assert_eq!(house.service.scene().hooks.len(), 1);
    house.close();
}
