//! What hooks report, and report again because nobody answered them in time.

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::authority::Principal;
use owt_core::status::Rule;
use owt_core::status::judge;
use owt_engine::use_cases;
use owt_engine::use_cases::HookError;
use owt_engine::use_cases::HookReport;
use owt_engine::use_cases::WantedSession;
use owt_ports::Clock;
use owt_ports::StreamKind;
use owt_testkit::simulation::Move;

use crate::scene::Scene;
use crate::scene::some_request;

fn turns(scene: &Scene) -> u32 {
    scene.rows::<Attempt>(StreamKind::Attempt)[0].turns
}

#[test]
fn a_stop_that_comes_again_is_the_end_of_one_turn() {
    let scene = Scene::new();
    let mut new = Scene::request(&scene.root(), "Fix the login page");
    new.agent.session = WantedSession::Terminal;
    use_cases::begin_new_workspace(&scene.engine, &Principal::Person, some_request(), &new).unwrap();
    scene.settle();
    let attempt = scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
    for chosen in [Move::Boot, Move::Read] {
        scene.act(attempt, chosen);
    }
    let stop = |at: Timestamp, words: &str| HookReport {
        agent: owt_agents::AgentName::new("demo").unwrap(),
        event: "Stop".to_owned(),
        attempt,
        at,
        payload: format!("{{\"session_id\":\"c\",\"last_assistant_message\":\"{words}\"}}"),
        is_cut: false,
    };
    let now = scene.world.clock.now();
    let report = |report: &HookReport| {
        use_cases::hook(&scene.engine, some_request(), report).unwrap();
        scene.settle();
        turns(&scene)
    };
    assert_eq!(report(&stop(now, "done")), 1);
    assert_eq!(report(&stop(now, "done")), 1, "it was spooled too");
    assert_eq!(report(&stop(now, "another hook of the same moment")), 2);
    assert_eq!(report(&stop(scene.world.clock.now(), "done")), 3, "the next turn ends in the same words");
}

/// A program can be up, and its hooks with it, before the record says so.
#[test]
fn a_report_before_the_start_is_recorded_waits() {
    let scene = Scene::new();
    let mut new = Scene::request(&scene.root(), "Fix the login page");
    new.agent.session = WantedSession::Terminal;
    use_cases::begin_new_workspace(&scene.engine, &Principal::Person, some_request(), &new).unwrap();
    scene.settle_until(|scene| !scene.rows::<Attempt>(StreamKind::Attempt).is_empty());
    let attempt = scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
    let report = HookReport {
        agent: owt_agents::AgentName::new("demo").unwrap(),
        event: "Stop".to_owned(),
        attempt,
        at: scene.world.clock.now(),
        payload: "{\"session_id\":\"c\"}".to_owned(),
        is_cut: false,
    };
    let take = || use_cases::hook(&scene.engine, some_request(), &report);
    assert_eq!(take(), Err(HookError::TooEarly));
    scene.settle();
    scene.act(attempt, Move::Boot);
    assert_eq!(take(), Ok(()));
}

/// What is no JSON changes nothing; of what was too large to be passed on the event counts.
#[test]
fn a_payload_that_is_no_json_is_refused_and_one_that_was_left_out_names_its_event() {
    let scene = Scene::new();
    let mut new = Scene::request(&scene.root(), "Fix the login page");
    new.agent.session = WantedSession::Terminal;
    use_cases::begin_new_workspace(&scene.engine, &Principal::Person, some_request(), &new).unwrap();
    scene.settle();
    let attempt = scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
    for chosen in [Move::Boot, Move::Read] {
        scene.act(attempt, chosen);
    }
    let before = scene.rows::<Attempt>(StreamKind::Attempt);
    let report = |payload: &str| {
        let report = HookReport {
            agent: owt_agents::AgentName::new("demo").unwrap(),
            event: "Stop".to_owned(),
            attempt,
            at: scene.world.clock.now(),
            payload: payload.to_owned(),
            is_cut: false,
        };
        let taken = use_cases::hook(&scene.engine, some_request(), &report);
        scene.settle();
        taken
    };
    for garbage in ["nonsense", "[]", "{\"session_id\":", "\u{0}\u{1b}[2J", "WORKER_DONE", "null", "{}{}"] {
        assert!(matches!(report(garbage), Err(HookError::Payload(_))), "{garbage:?}");
        assert_eq!(scene.rows::<Attempt>(StreamKind::Attempt), before, "{garbage:?}");
    }
    assert_eq!(report(""), Ok(()));
    assert_eq!(turns(&scene), 1);
}

/// A report of a demo agent's hook.
fn report_of(attempt: AttemptId, event: &str, at: Timestamp, payload: &str) -> HookReport {
    let agent = owt_agents::AgentName::new("demo").unwrap();
    HookReport { agent, event: event.to_owned(), attempt, at, payload: payload.to_owned(), is_cut: false }
}

/// An agent in a terminal that has read its prompt.
fn in_a_turn() -> (Scene, WorkspaceId, AttemptId) {
    let scene = Scene::new();
    let mut new = Scene::request(&scene.root(), "Fix the login page");
    new.agent.session = WantedSession::Terminal;
    let (workspace, _) =
        use_cases::begin_new_workspace(&scene.engine, &Principal::Person, some_request(), &new).unwrap()[0];
    scene.settle();
    let attempt = scene.rows::<Attempt>(StreamKind::Attempt)[0].id;
    for chosen in [Move::Boot, Move::Read] {
        scene.act(attempt, chosen);
    }
    (scene, workspace, attempt)
}

/// Why an agent in a terminal works: a tool that it has begun to use and not finished. With its turn all are put down.
#[test]
fn the_tools_in_use_are_those_begun_and_not_finished() {
    let (scene, workspace, attempt) = in_a_turn();
    let tell = |event: &str, payload: &str| {
        let report = report_of(attempt, event, scene.world.clock.now(), payload);
        use_cases::hook(&scene.engine, some_request(), &report).unwrap();
        scene.settle();
    };
    let in_use = || {
        let (root, name) = (scene.root(), scene.name(workspace));
        let shown = use_cases::show(&scene.engine, &Principal::Person, &root, &name).unwrap().tools;
        let explained = use_cases::explain(&scene.engine, &Principal::Person, &root, &name).unwrap().tools;
        assert_eq!(shown, explained);
        shown.iter().map(|tool| format!("{}: {}", tool.tool, tool.summary)).collect::<Vec<_>>()
    };
    let bash = r#"{"tool_name":"Bash","tool_use_id":"t1","tool_input":{"command":"npm test"}}"#;
    let read = r#"{"tool_name":"Read","tool_use_id":"t2","tool_input":{"file_path":"a.rs"}}"#;
    tell("PreToolUse", bash);
    tell("PreToolUse", read);
    assert_eq!(in_use(), ["Bash: npm test", "Read: a.rs"]);
    tell("PostToolUse", bash);
    assert_eq!(in_use(), ["Read: a.rs"]);
    tell("Stop", "{}");
    assert_eq!(in_use(), Vec::<String>::new(), "its turn is over");
    let late = report_of(attempt, "PreToolUse", Timestamp::EPOCH, read);
    use_cases::hook(&scene.engine, some_request(), &late).unwrap();
    scene.settle();
    assert_eq!(in_use(), Vec::<String>::new(), "it was on its way for too long");
}

#[test]
fn while_a_helper_of_its_works_an_agent_is_not_idle() {
    let (scene, workspace, attempt) = in_a_turn();
    let decided = |event: &str, payload: &str| {
        let report = report_of(attempt, event, scene.world.clock.now(), payload);
        use_cases::hook(&scene.engine, some_request(), &report).unwrap();
        scene.settle();
        let (root, name) = (scene.root(), scene.name(workspace));
        let told = use_cases::explain(&scene.engine, &Principal::Person, &root, &name).unwrap();
        told.reasoning.decided().rule
    };
    let busy =
        r#"{"background_tasks":[{"id":"a1","type":"subagent","status":"running","description":"look"}]}"#;
    assert_eq!(decided("Stop", busy), Rule::HelpersWork);
    let over = busy.replacen('{', r#"{"agent_id":"a1","#, 1);
    assert_eq!(decided("SubagentStop", &over), Rule::NewestEvidence);
}

/// A new version of a program shows in what it says and nobody understands. Of the newest there is the beginning; the event of
/// one that was too large counts all the same.
#[test]
fn what_hooks_say_and_nobody_understands_is_counted_and_the_newest_kept() {
    let (scene, workspace, attempt) = in_a_turn();
    let tell = |event: &str, payload: &str, is_cut: bool| {
        let report = report_of(attempt, event, scene.world.clock.now(), payload);
        let taken = use_cases::hook(&scene.engine, some_request(), &HookReport { is_cut, ..report });
        scene.settle();
        let (root, name) = (scene.root(), scene.name(workspace));
        let told = use_cases::explain(&scene.engine, &Principal::Person, &root, &name).unwrap();
        let told = told.strange_reports.map(|strange| (strange.count, strange.what, strange.line));
        (taken.is_ok(), told)
    };
    let strange = |count, what: &str, line: &str| Some((count, what.to_owned(), line.to_owned()));
    assert_eq!(tell("SessionStart", "{}", false), (true, None));
    let no_json = strange(1, "Stop (the hook's payload is not a JSON object)", "nonsense");
    assert_eq!(tell("Stop", "nonsense", false), (false, no_json));
    let unknown = strange(2, "Weather (an unknown event)", "{\"is\":\"fine\"}");
    assert_eq!(tell("Weather", "{\"is\":\"fine\"}", false), (true, unknown));
    assert_eq!(turns(&scene), 0);
    let long = "x".repeat(1000);
    let (taken, told) = tell("Stop", &long, true);
    assert_eq!((taken, told), (true, strange(3, "Stop (too large)", &long[..300])));
    assert_eq!(turns(&scene), 1, "a turn whose last words are long is over too");
}

/// Whoever asks why it waits learns what for: the hook says it.
#[test]
fn a_hook_that_tells_of_a_wait_says_what_is_asked() {
    for (event, payload, expected) in [
        (
            "PermissionRequest",
            r#"{"tool_name":"Bash","tool_input":{"command":"make\ninstall"}}"#,
            Some("Bash: make install"),
        ),
        (
            "Notification",
            r#"{"message":"It needs you","notification_type":"permission_prompt"}"#,
            Some("It needs you"),
        ),
        (
            "PermissionRequest",
            r#"{"tool_name":"AskUserQuestion","tool_input":{"questions":[{"question":"Which?"}]}}"#,
            Some("Which?"),
        ),
        ("PermissionRequest", "{}", None),
    ] {
        let (scene, workspace, attempt) = in_a_turn();
        use_cases::hook(
            &scene.engine,
            some_request(),
            &report_of(attempt, event, scene.world.clock.now(), payload),
        )
        .unwrap();
        scene.settle();
        let (root, name) = (scene.root(), scene.name(workspace));
        let told = use_cases::explain(&scene.engine, &Principal::Person, &root, &name).unwrap();
        let at = told.account.deciding().unwrap();
        let about = told.account.pieces().nth(at).unwrap().about.clone();
        assert_eq!(about.as_deref(), expected, "{event} {payload}");
        assert_eq!(detail(&scene).as_deref(), expected, "{event} {payload}");
    }
}

/// Why it is as it is, as everybody sees it.
fn detail(scene: &Scene) -> Option<String> {
    let (workspace, attempt) =
        (scene.rows(StreamKind::Workspace).remove(0), scene.rows(StreamKind::Attempt).remove(0));
    judge(&workspace, None, Some(&attempt)).detail
}

/// Droid tells only that it needs somebody; what it is about to do it has told before. A picture says nothing of that, whichever of
/// them is first.
#[test]
fn a_wait_in_the_only_tool_in_use_is_about_that() {
    let needs = r#"{"message":"It needs you","notification_type":"permission_prompt"}"#;
    let using = |call: &str| {
        format!(r#"{{"tool_name":"Bash","tool_use_id":"{call}","tool_input":{{"command":"touch {call}"}}}}"#)
    };
    for (calls, expected) in [(&["x"][..], "Bash: touch x"), (&["x", "y"], "It needs you")] {
        let (scene, _, attempt) = in_a_turn();
        let calls = calls.iter().map(|call| ("PreToolUse", using(call)));
        for (event, payload) in calls.chain([("Notification", needs.to_owned())]) {
            let report = report_of(attempt, event, scene.world.clock.now(), &payload);
            use_cases::hook(&scene.engine, some_request(), &report).unwrap();
            scene.settle();
        }
        assert_eq!(detail(&scene).as_deref(), Some(expected));
    }
}

/// What a new version of a program tells beside its conversation names another one, perhaps.
#[test]
fn an_event_that_nobody_knows_does_not_rename_the_conversation() {
    let (scene, _, attempt) = in_a_turn();
    let conversation = |event: &str, id: &str| {
        let payload = format!(r#"{{"session_id":"{id}","prompt":"Go on"}}"#);
        use_cases::hook(
            &scene.engine,
            some_request(),
            &report_of(attempt, event, scene.world.clock.now(), &payload),
        )
        .unwrap();
        scene.settle();
        scene.rows::<Attempt>(StreamKind::Attempt)[0].conversation.clone()
    };
    assert_eq!(conversation("UserPromptSubmit", "c1").as_deref(), Some("c1"));
    for event in ["Weather", "SubagentStop", "SessionEnd", "Notification"] {
        assert_eq!(conversation(event, "another").as_deref(), Some("c1"), "{event}");
    }
    // The person has begun another one.
    assert_eq!(conversation("SessionStart", "c2").as_deref(), Some("c2"));
}
