//! Why a workspace has its status, what was used, and the list as it changes, by the real program.

use std::io::BufRead;
use std::io::BufReader;

use owt_process::Streams;
use serde_json::Value;
use serde_json::json;

use crate::ran::Ran;
use crate::sealed::Sealed;

fn words(answer: &Value, field: &str) -> Vec<String> {
    let items = answer.as_array().unwrap().iter();
    items.map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_reasons_of_a_status_come_with_their_evidence() {
    let sealed = Sealed::with_worker().with_tool("waiter", crate::agents::WAITER);
    let app = sealed.repository("app");
    app.data(&["new", "Wait a while", "--branch", "slow", "--agent", "waiter", "--headless"]);
    app.until_status("slow", "working");
    let explained = app.data(&["explain", "slow"]);
    let shown = app.data(&["show", "slow"]);
    for (ours, theirs) in [("status", "status"), ("since", "status_since"), ("source", "status_source")] {
        assert_eq!(explained[ours], shown[theirs], "{explained:#}");
    }
    assert_eq!(explained["decided"]["rule"], "newest_evidence");
    let deciding: Vec<&Value> =
        explained["evidence"].as_array().unwrap().iter().filter(|piece| piece["decides"] == true).collect();
    assert_eq!(deciding.len(), 1, "{explained:#}");
    assert_eq!((&deciding[0]["made"], &deciding[0]["at"]), (&json!("working"), &explained["since"]));

    sealed.kill_server();
    sealed.open_gate("slow");
    app.data(&["wait", "slow"]);
    let explained = app.data(&["explain", "slow"]);
    assert_eq!(explained["status"], app.data(&["show", "slow"])["status"]);
    assert_eq!(explained["decided"]["rule"], "session_ended");
    let says = words(&explained["evidence"], "says");
    assert!(says.last().unwrap().starts_with("its session ended (code 0)"), "{says:?}");

    // Whatever the agent said: only a person can mend that its folder is gone.
    std::fs::remove_dir_all(shown["path"].as_str().unwrap()).unwrap();
    let explained = app.data(&["explain", "slow"]);
    assert_eq!(
        (&explained["status"], &explained["decided"]["rule"]),
        (&json!("blocked"), &json!("folder_gone"))
    );
    assert_eq!(words(&explained["overruled"], "rule"), ["session_ended"]);
    app.data(&["delete", "slow", "--force", "--yes"]);
    app.refused(&["explain", "slow"], 5, "not_found");
}

#[test]
fn what_was_used_is_counted_and_what_nobody_said_is_not_invented() {
    let sealed = Sealed::with_worker().with_tool("failing", "cat > /dev/null; exit 7\n");
    let app = sealed.repository("app");
    assert_eq!(app.owt(&["usage"]).done().matches("Nothing was used since").count(), 1);
    for (branch, agent) in [("one", "worker"), ("two", "worker"), ("three", "failing")] {
        app.data(&["new", "Do it", "--branch", branch, "--agent", agent, "--headless"]);
        let _ = app.owt(&["wait", branch]);
    }
    // It prints words alone: git knows what it made.
    let modified = json!({"paths": ["made.txt"], "more": false, "source": "git"});
    assert_eq!(app.data(&["show", "two"])["modified_files"], modified);
    app.data(&["delete", "one", "--force", "--yes"]);
    let used = app.data(&["usage", "--days", "2"]);
    let counts = |counted: &Value| {
        let jobs = ["done", "failed", "exited", "open"].map(|end| counted["jobs"][end].as_u64().unwrap());
        let sums = ["workspaces", "attempts", "deliveries"].map(|field| counted[field].as_u64().unwrap());
        (sums, jobs.iter().sum::<u64>(), jobs[1])
    };
    assert_eq!(counts(&used["total"]), ([3, 3, 3], 3, 1), "{used:#}");
    assert_eq!((&used["total"]["tokens"], &used["total"]["cost_usd"]), (&Value::Null, &Value::Null));
    assert_eq!(words(&used["by_agent"], "agent"), ["failing", "worker"]);
    let mut names = words(&used["by_workspace"], "workspace");
    names.sort_unstable();
    assert_eq!(names, ["one", "three", "two"]);
    assert_eq!(counts(&used["by_repository"][0]), ([3, 3, 3], 3, 1));
    assert_eq!(used["by_model"][0]["attempts"], 3, "no agent names its model: {used:#}");
    assert_eq!(counts(&used["by_agent"][1]), ([2, 2, 2], 2, 0));
    assert_eq!(words(&used["by_job"], "title"), ["Do it"; 3], "{used:#}");
    assert_eq!(used["by_attempt"].as_array().map(Vec::len), Some(3), "{used:#}");
    let told = app.owt(&["usage", "--by", "attempt"]).done();
    assert!(["one #1", "two #1", "three #1"].iter().all(|attempt| told.contains(attempt)), "{told}");
    assert!(app.owt(&["usage"]).done().contains("  -"), "what nobody said is a dash");
    // Another repository has used nothing; all together have.
    let other = sealed.repository("other");
    assert_eq!(other.data(&["usage"])["total"]["workspaces"], 0);
    assert_eq!(other.data(&["usage", "--all-repos"])["total"]["workspaces"], 3);
    app.refused(&["usage", "--days", "0"], 2, "usage");
}

#[test]
fn the_agents_own_word_on_tokens_and_costs_is_summed_up() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    let app = sealed.repository("app");
    app.data(&[
        "new",
        "Greet",
        "--branch",
        "greet",
        "--agent",
        "demo",
        "--headless",
        "--permissions",
        "edits",
    ]);
    let _ = app.owt(&["wait", "greet"]);
    let (used, shown) = (app.data(&["usage"]), app.data(&["show", "greet"]));
    // The files it names in its event stream are those of its commit, also for who only looks at the list.
    let changed = app.git(&["diff", "--name-only", "main...greet"]);
    let modified = json!({"paths": changed.lines().collect::<Vec<_>>(), "more": false, "source": "agent"});
    assert_eq!(shown["modified_files"], modified, "{shown:#}");
    assert_eq!(app.data(&["list"])[0]["modified_files"], modified);
    assert!(app.owt(&["show", "greet"]).done().contains(changed.lines().next().expect("a file")));
    for field in ["tokens", "cost_usd"] {
        assert_eq!(used["total"][field], shown[field], "{field}");
    }
}

#[test]
fn a_watch_tells_each_change_in_a_line_through_a_killed_server() {
    let sealed = Sealed::with_worker().with_tool("waiter", crate::agents::WAITER);
    let app = sealed.repository("app");
    app.data(&["new", "Wait", "--branch", "slow", "--agent", "waiter", "--headless"]);
    app.until_status("slow", "working");
    let mut watching = app.command(&["list", "--watch"]).spawn(Streams::piped()).unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut until = |so: &dyn Fn(&Value) -> bool| loop {
        let line = lines.next().expect("it goes on").unwrap();
        let change: Value = serde_json::from_str(&line).unwrap();
        if so(&change) {
            return change;
        }
    };
    let is = |status: &'static str| move |change: &Value| change["workspace"]["status"] == status;
    assert_eq!(until(&is("working"))["workspace"]["name"], "slow");
    sealed.kill_server();
    sealed.open_gate("slow");
    until(&|change| change["workspace"]["name"] == "slow" && change["workspace"]["status"] != "working");
    app.data(&["new", "More", "--branch", "more", "--agent", "worker", "--headless"]);
    until(&|change| change["workspace"]["name"] == "more");
    app.data(&["delete", "slow", "--force", "--yes"]);
    until(&|change| change["type"] == "gone" && change["name"] == "slow");
    let pid = rustix::process::Pid::from_raw(i32::try_from(watching.pid()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(watching.wait().unwrap().code(), Some(130));
}

#[test]
fn a_dry_run_is_refused_as_the_deed_would_be_and_does_nothing() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.data(&["new", "Do it", "--branch", "done", "--agent", "worker", "--headless"]);
    let _ = app.owt(&["wait", "done"]);
    let refused = |words: &[&str]| {
        let ran = |words: &[&str]| {
            let ran = app.owt(&[&["--json"], words].concat());
            (ran.code, ran.json()["error"].clone())
        };
        let (dry, real) = (ran(&[words, &["--dry-run"]].concat()), ran(words));
        assert_eq!(dry, real, "{words:?}");
        assert_ne!(dry.0, 0, "{words:?}: {dry:?}");
    };
    for words in [
        &["send", "done", "hello"][..],
        &["send", "nobody", "hello"],
        &["send", "done"],
        &["answer", "done", "allow"],
        &["answer", "nobody", "deny"],
        &["approvals", "allow", "0123456789ab"],
        &["stop", "nobody"],
        &["delete", "done"],
        &["restore", "done"],
        &["restore", "nobody"],
    ] {
        refused(words);
    }
    let before = sealed.server_pid();
    assert_eq!(app.data(&["server", "stop", "--dry-run"]), json!({"was_running": true, "dry_run": true}));
    assert_eq!(app.data(&["server", "restart", "--dry-run"]), json!({"was_running": true, "dry_run": true}));
    assert_eq!(sealed.server_pid(), before);
    app.write(".mcp.json", r#"{"mcpServers":{"x":{"command":"echo"}}}"#);
    let digest = app.data(&["approvals"])[0]["digest"].as_str().unwrap().to_owned();
    assert_eq!(app.data(&["approvals", "allow", &digest, "--dry-run"])["state"], "allowed");
    assert_eq!(app.data(&["approvals"])[0]["state"], "pending");
    drop(Ran::of(&app.command(&["server", "stop"])));
    assert_eq!(app.data(&["server", "stop", "--dry-run"])["was_running"], false);
}
