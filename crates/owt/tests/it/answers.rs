//! The envelope of every command, and exit codes.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_api::Status;
use serde_json::Value;

use crate::rehearsal::workspace;
use crate::sealed::Ran;
use crate::sealed::Staged;

fn staged() -> Staged {
    let staged = Staged::new();
    staged.service.set(|scene| scene.workspaces.push(workspace("auth", Status::Working)));
    staged
}

fn data(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{ran:?}");
    let json = ran.json();
    assert_eq!(json["ok"], true);
    json["data"].clone()
}

/// Exit code, error code, and the data that goes with it.
fn error(ran: &Ran) -> (i32, String, Value) {
    let json = ran.json();
    assert_eq!(json["ok"], false, "{ran:?}");
    assert!(json["error"]["message"].is_string(), "{ran:?}");
    (ran.code, json["error"]["code"].as_str().unwrap().to_owned(), json["data"].clone())
}

#[test]
fn listings_are_arrays_and_one_thing_is_an_object() {
    let staged = staged();
    let list = data(&staged.run(&["list", "--json"]));
    for field in [
        "name",
        "branch",
        "path",
        "repository",
        "kind",
        "agent",
        "model",
        "backend",
        "session",
        "status",
        "status_since",
        "status_source",
        "failure",
        "job",
        "task",
        "base",
        "base_sha",
        "head_sha",
        "commits_ahead",
        "commits_behind",
        "dirty_files",
        "conflicts_with",
        "cost_usd",
        "tokens",
        "modified_files",
        "created_at",
        "updated_at",
    ] {
        assert!(list[0].get(field).is_some(), "{field}");
    }
    assert_eq!(data(&staged.run(&["ls", "--json"])), list);
    assert_eq!(data(&staged.run(&["status", "--json", "--all-repos"])), list);
    let show = data(&staged.run(&["--json", "show", "auth"]));
    assert_eq!((&show["name"], &show["attempts"]), (&"auth".into(), &Value::Array(Vec::new())));
    assert_eq!(data(&staged.run(&["status", "auth", "--json"])), show);
    for command in ["agents", "restore", "approvals"] {
        assert!(data(&staged.run(&[command, "--json"])).is_array(), "{command}");
    }
    let status = data(&staged.run(&["server", "status", "--json"]));
    for field in ["pid", "version", "socket", "started_at", "uptime_s", "sessions"] {
        assert!(status.get(field).is_some(), "{field}");
    }
}

#[test]
fn new_answers_one_workspace_as_itself_and_rivals_as_a_list() {
    let staged = staged();
    let one = data(&staged.run(&["new", "Do it", "--json"]));
    assert_eq!(
        (one["delivery"]["state"].as_str(), one["permissions"].as_str()),
        (Some("observed"), Some("ask"))
    );
    let two = data(&staged.run(&["new", "Do it", "--agent", "claude,codex", "--json"]));
    assert_eq!(two.as_array().map(Vec::len), Some(2));
}

#[test]
fn a_choice_that_is_open_is_an_error_where_nobody_can_be_asked() {
    let staged = staged();
    let problem = Problem::new(ErrorCode::ChooseAgent, "several agents are installed")
        .hint("name one: --agent claude")
        .candidates(["claude", "codex"]);
    staged.service.set(|scene| scene.refusal = Some(problem));
    let ran = staged.run(&["new", "Do it", "--json"]);
    assert_eq!(error(&ran).1, "choose_agent");
    assert_eq!(ran.json()["error"]["candidates"], serde_json::json!(["claude", "codex"]));
    insta::assert_snapshot!(staged.run(&["new", "Do it"]).told(), @r"
    error: several agents are installed
      claude
      codex
    hint: name one: --agent claude
    [exit 2]
    ");
    assert_eq!(data(&staged.run(&["new", "Do it", "--yes", "--json"]))["agent"], "claude");
}

#[test]
fn a_wait_ends_with_the_code_of_its_outcome_and_always_with_its_report() {
    let staged = staged();
    for (outcome, status, exit, code) in [
        (api::WaitOutcome::Done, Status::Done, 0, None),
        (api::WaitOutcome::Failed, Status::Failed, 1, Some("agent_failed")),
        (api::WaitOutcome::NeedsPerson, Status::Blocked, 4, Some("waiting_on_person")),
        (api::WaitOutcome::TimedOut, Status::Working, 124, Some("timed_out")),
    ] {
        let waited =
            api::Waited { name: "auth".to_owned(), status, detail: Some("why".to_owned()), failure: None };
        let report = api::WaitReport { outcome, workspaces: vec![waited], elapsed_s: 1.0 };
        staged.service.set(|scene| scene.report = Some(report));
        let ran = staged.run(&["wait", "auth", "--json", "--timeout", "1h"]);
        assert_eq!(ran.code, exit, "{ran:?}");
        let json = ran.json();
        assert_eq!(json["error"]["code"].as_str(), code);
        assert_eq!(json["data"]["workspaces"][0]["name"], "auth");
        let text = staged.run(&["wait", "auth"]);
        assert!(text.stdout.contains("auth") && text.code == exit, "{text:?}");
    }
    assert_eq!(error(&staged.run(&["wait", "nobody", "--json"])).0, 5);
}

#[test]
fn what_became_of_a_message_decides() {
    let staged = staged();
    for (state, waits, exit) in [
        ("observed", true, 0),
        ("queued", false, 0),
        ("queued", true, 124),
        ("uncertain", false, 4),
        ("failed", false, 1),
    ] {
        staged.service.set(|scene| scene.delivery_state = Some(state.to_owned()));
        let wait: &[&str] = if waits { &["--wait"] } else { &[] };
        let arguments: Vec<&str> = ["send", "auth", "hello", "--json"].iter().chain(wait).copied().collect();
        let ran = staged.run(&arguments);
        assert_eq!(ran.code, exit, "{state}: {ran:?}");
        let data = &ran.json()["data"];
        let delivery = if data.is_array() { &data[0] } else { data };
        assert_eq!(delivery["state"], state);
    }
}

#[test]
fn deleting_needs_a_yes_and_refuses_what_would_be_lost() {
    let staged = staged();
    // What cannot be deleted at all is said rather than asked about, and a name that is none is not found.
    assert_eq!(error(&staged.run(&["delete", "auth", "--json"])).1, "unsaved_work");
    assert_eq!(error(&staged.run(&["delete", "nobody", "--json"])).0, 5);
    let (code, word, would) = error(&staged.run(&["delete", "auth", "--force", "--json"]));
    assert_eq!((code, word.as_str()), (3, "needs_confirmation"));
    assert_eq!((would["name"].as_str(), would["dry_run"].as_bool()), (Some("auth"), Some(true)));
    insta::assert_snapshot!(staged.run(&["delete", "auth", "--force"]).told(), @r"
    error: it needs your word:
    'auth' would be deleted.
      The branch feat/auth goes too: its commits are all elsewhere.
      It holds 1 changed file.
      Everything is kept in snap_1.
    hint: say --yes to do it
    [exit 3]
    ");
    assert!(staged.service.scene().deleted.iter().all(|asked| asked.dry_run));
    assert_eq!(error(&staged.run(&["rm", "auth", "--yes", "--json"])).1, "unsaved_work");
    insta::assert_snapshot!(staged.run(&["rm", "auth", "--force", "--dry-run"]).told(), @r"
    'auth' would be deleted.
      The branch feat/auth goes too: its commits are all elsewhere.
      It holds 1 changed file.
      Everything is kept in snap_1.
    [exit 0]
    ");
    assert!(staged.service.scene().deleted.iter().all(|asked| asked.dry_run || !asked.force));
    let deleted = data(&staged.run(&["rm", "auth", "--force", "--yes", "--json"]));
    assert_eq!((deleted["snapshot"].as_str(), deleted["dry_run"].as_bool()), (Some("snap_1"), Some(false)));
}

#[test]
fn logs_are_text_lines_bytes_or_objects() {
    let staged = staged();
    staged.service.set(|scene| {
        scene.log = vec![
            api::LogChunk::Text { stream: "output".to_owned(), attempt: 1, text: "a\u{1b}[2Jb\n".to_owned() },
            api::LogChunk::Raw {
                stream: "output".to_owned(),
                attempt: 1,
                base64: api::base64::encode(b"\x1b[31mraw\xff\n"),
            },
            api::LogChunk::End { attempt: 1, exit: Some("code 0".to_owned()) },
        ];
        scene.released = true;
    });
    let output = staged.sealed.cmd(&["logs", "auth"]).run().unwrap();
    assert_eq!(output.stdout, b"a\\x1b[2Jb\n\x1b[31mraw\xff\n");
    assert_eq!(data(&staged.run(&["logs", "auth", "--json"])).as_array().map(Vec::len), Some(3));
    let followed = staged.run(&["logs", "auth", "--follow", "--json"]);
    let types: Vec<Value> = followed
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].clone())
        .collect();
    assert_eq!((followed.code, types), (0, vec!["text".into(), "raw".into(), "end".into()]));
    staged.service.set(|scene| scene.log_failure = Some(Problem::new(ErrorCode::Database, "gone")));
    let broken = staged.run(&["logs", "auth"]);
    assert_eq!(broken.code, 1);
    assert!(broken.stdout.contains("raw") && broken.stderr.contains("error: gone"), "{broken:?}");
    assert_eq!(error(&staged.run(&["logs", "auth", "--json"])).1, "database");
    assert_eq!(error(&staged.run(&["logs", "nobody", "--json"])).0, 5);
}

#[test]
fn refusals_keep_code_message_hint_and_exit_code() {
    let staged = staged();
    insta::assert_snapshot!(staged.run(&["show", "nobody"]).told(), @r"
    error: there is no workspace 'nobody'
    hint: see what there is: owt list
    [exit 5]
    ");
    insta::assert_snapshot!(staged.run(&["show", "nobody", "--json"]).told(), @r#"
    {"ok":false,"error":{"code":"not_found","message":"there is no workspace 'nobody'","hint":"see what there is: owt list"}}
    [exit 5]
    "#);
    insta::assert_snapshot!(staged.run(&["attach", "auth"]).told(), @r#"
    error: there is no terminal here to hand over to the session
    hint: run it in a terminal; without one: owt logs NAME --follow, owt send NAME "..."
    [exit 1]
    "#);
    insta::assert_snapshot!(staged.run(&["attach", "nobody"]).told(), @r"
    error: there is no workspace 'nobody'
    hint: see what there is: owt list
    [exit 5]
    ");
    insta::assert_snapshot!(staged.run(&["show", "\u{1b}[2Jx"]).told(), @r"
    error: there is no workspace '\x1b[2Jx'
    hint: see what there is: owt list
    [exit 5]
    ");
    assert_eq!(error(&staged.run(&["show", "panic", "--json"])).1, "internal");
}

#[test]
fn what_can_never_be_taken_up_is_told_and_waits_for_the_person() {
    let staged = staged();
    let one = |name: &str, outcome, error: Option<&str>| api::Resumed {
        name: name.to_owned(),
        repository: None,
        outcome,
        agent: Some("claude".to_owned()),
        backend: None,
        conversation: None,
        attempt: Some(2),
        notice: None,
        error: error.map(|error| Problem::new(ErrorCode::CannotResume, error).hint("look")),
    };
    let begun = one("early", api::ResumeOutcome::Begun, None);
    let stays = one("old", api::ResumeOutcome::Stays, Some("its conversation is not known"));
    staged.service.set(|scene| scene.interrupted = vec![begun, stays]);
    insta::assert_snapshot!(staged.run(&["resume", "--all"]).told(), @r"
    'early': claude had read nothing yet, and begins afresh.
    'old' stays as it is: its conversation is not known (look)
    error: never to be taken up again as they were: old
    hint: each line says why and what you can do; one that you need no more: owt delete NAME
    [exit 4]
    ");
    let away = one("away", api::ResumeOutcome::NotResumed, Some("its folder is gone"));
    staged.service.set(|scene| scene.interrupted.push(away));
    let ran = staged.run(&["resume", "--all", "--json"]);
    assert_eq!((ran.code, ran.json()["data"].as_array().unwrap().len()), (3, 3), "{ran:?}");
    assert_eq!(ran.json()["error"]["message"], "not taken up again: away, old");
}

#[test]
fn what_is_only_said_of_the_database_is_not_done() {
    let staged = staged();
    let folder = staged.sealed.places().data.join("backups").to_string();
    let backup = staged.run(&["db", "backup", "--dry-run", "--json"]).json()["data"].clone();
    assert_eq!(
        backup,
        serde_json::json!({"path": folder, "taken_at": null, "size_bytes": 4096, "dry_run": true})
    );
    let vacuum = staged.run(&["db", "vacuum", "--dry-run", "--json"]).json()["data"].clone();
    assert_eq!(vacuum, serde_json::json!({"before_bytes": 4096, "after_bytes": null, "dry_run": true}));
    insta::assert_snapshot!(staged.run(&["db", "vacuum", "--dry-run"]).told(), @r"
    The database is 4 KiB; its holes would be closed.
    [exit 0]
    ");
    assert_eq!(staged.run(&["db", "vacuum", "--json"]).json()["data"]["dry_run"], false);
    let calls: Vec<String> = staged.service.scene().calls.iter().map(|(call, _)| call.clone()).collect();
    assert_eq!(calls.iter().filter(|call| *call == "database_health").count(), 3, "{calls:?}");
    assert_eq!(calls.iter().filter(|call| *call == "vacuum_database").count(), 1, "{calls:?}");
    assert!(!calls.contains(&"back_up_database".to_owned()), "{calls:?}");
}

#[test]
fn the_rest_says_what_it_did() {
    let staged = staged();
    insta::assert_snapshot!(staged.run(&["stop", "auth"]).told(), @r"
    The session of 'auth' has ended.
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["stop", "auth", "--dry-run"]).told(), @r"
    The session of 'auth' would be ended.
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["restore", "auth"]).told(), @r"
    'auth' is back in /repos/app-back on feat/back.
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["restore"]).told(), @r"
    There is nothing to bring back.
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["send", "auth", "hello"]).told(), @r"
    auth  observed  the agent has it
    [exit 0]
    ");
    insta::assert_snapshot!(staged.run(&["send", "--all", "hello"]).told(), @r"
    all  observed  the agent has it
    [exit 0]
    ");
}
