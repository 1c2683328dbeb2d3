//! `owt queue --cancel`: nothing more lands, and nothing is half done.

use super::*;
use crate::landing::has;
use crate::processes;

/// A check that fails what is bad, and waits on what the last one brings until the test lets it.
const LAST_HELD: &str = r#"
echo run >> "$RECORD/checks"
test ! -e bad.txt || exit 1
test -e clash-a.txt || exit 0
echo $$ > "$RECORD/pid.new" && mv "$RECORD/pid.new" "$RECORD/pid"
until [ -e "$RECORD/go" ]; do sleep 0.1; done
"#;

#[test]
fn what_has_landed_stays_the_check_that_runs_is_ended_and_the_rest_is_as_it_was() {
    let sealed = house().with_tool("waiter", crate::agents::WAITER);
    sealed.configure("[landing]\nconcurrency = \"1\"\n");
    let app = checked(&sealed, LAST_HELD);
    app.refused(&["queue", "--cancel"], 5, "not_found");
    // The last conflicts with the one before it, which does not land: then it would agree with all that has.
    for name in ["one", "bad", "clash-a", "clash-b"] {
        finish(&app, name);
    }
    app.data(&["new", "Wait", "--branch", "busy", "--agent", "waiter", "--headless"]);
    until("the agent to work", || sealed.runs("busy") == 1);
    let ship = || app.owt(&["queue", "--ship", "--yes", "--json"]);
    std::thread::scope(|scope| {
        let first = scope.spawn(ship);
        until("the last check to run", || fs::exists(sealed.record("pid")).unwrap());
        app.refused(&["undo", "--dry-run"], 3, "git_busy");
        let joined = scope.spawn(ship);
        let would = app.data(&["queue", "--cancel", "--dry-run"]);
        assert_eq!((&would["dry_run"], names(&would["landed"])), (&json!(true), vec!["one"]), "{would:#}");
        let there = app.workspace("clash-a").witness();

        let ended = app.data(&["queue", "--cancel"]);
        assert_eq!((&ended["state"], names(&ended["landed"])), (&json!("ended"), vec!["one"]), "{ended:#}");
        assert_eq!(out(&ended, "bad")["code"], "checks_failed");
        assert_eq!(out(&ended, "clash-a")["code"], "called_off");
        assert_eq!(out(&ended, "clash-b")["code"], "merge_conflicts");
        // Whoever looks on is told the same, whoever stayed behind before it began included.
        assert_eq!(out(&ended, "busy")["code"], "agent_working");
        for looks_on in [first, joined] {
            let told = looks_on.join().unwrap();
            told.refused(1, "ship_incomplete");
            assert_eq!(told.json()["data"]["out"], ended["out"]);
        }
        there.assert_untouched(&[]);
        assert!(!has(&app, "main", &tip(&app, "clash-b")), "nothing lands after it was called off");
    });
    let pid = fs::read_to_string(sealed.record("pid")).unwrap().trim().parse().unwrap();
    until("the check to be ended", || !processes::is_alive(pid));
    assert_eq!(app.read("one.txt"), "one\n");
    assert!(!app.root.join("clash-a.txt").exists());
    assert_tidy(&app);
    app.refused(&["queue", "--cancel"], 5, "not_found");
    go(&sealed);
    assert_eq!(names(&incomplete(&app)["landed"]), ["clash-a"]);
    app.data(&["stop", "busy"]);
}
