//! `owt queue --ship`: the whole queue lands as it was checked, and what does not belong is put out by name.

mod altered;
mod called_off;
mod from_the_board;
mod going_back;
mod killed;

use std::fs;

use serde_json::Value;
use serde_json::json;

use super::finish;
use super::tip;
use crate::agents::install_script;
use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// Overlapping edits, by the name of the workspace: some clash, some break the check, some are not committed.
const SEVERAL: &str = r#"
cat > /dev/null
name="$OWT_WORKTREE_NAME"
echo "$name" > "$name.txt"
case "$name" in
    clash-*) echo "$name" > shared.txt ;;
    bad*) echo bad > bad.txt ;;
esac
git add -A && git commit -q -m "Make $name"
case "$name" in
    left*) echo left > left.txt ;;
esac
"#;

/// The repository's check: counted, and red where `bad.txt` is.
const CHECK: &str = "echo run >> \"$RECORD/checks\"\ntest ! -e bad.txt\n";
/// The same, once the test lets it.
const HELD: &str =
    "echo run >> \"$RECORD/checks\"\nuntil [ -e \"$RECORD/go\" ]; do sleep 0.1; done\ntest ! -e bad.txt\n";

/// A home with agents that do several things, and a repository with a check that is approved.
fn house() -> Sealed {
    Sealed::new().with_tool("worker", SEVERAL)
}

fn checked<'a>(sealed: &'a Sealed, script: &str) -> Project<'a> {
    install_script(sealed, "check", script);
    let app = sealed.repository("app");
    app.write(".worktreerc.toml", "[landing]\nchecks = [\"check\"]\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Rules"]);
    for content in app.data(&["approvals"]).as_array().unwrap() {
        app.data(&["approvals", "allow", content["digest"].as_str().unwrap()]);
    }
    app
}

fn runs(sealed: &Sealed) -> usize {
    fs::read_to_string(sealed.record("checks")).unwrap_or_default().lines().count()
}

fn go(sealed: &Sealed) {
    fs::write(sealed.record("go"), "").unwrap();
}

/// The workspaces of a list in an answer.
fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["workspace"].as_str().unwrap()).collect()
}

/// What a train came to that has put something out.
fn incomplete(app: &Project<'_>) -> Value {
    let ran = app.owt(&["queue", "--ship", "--yes", "--json"]);
    ran.refused(1, "ship_incomplete");
    ran.json()["data"].clone()
}

fn out<'a>(shipped: &'a Value, name: &str) -> &'a Value {
    let all = shipped["out"].as_array().unwrap();
    all.iter().find(|it| it["workspace"] == name).unwrap_or_else(|| panic!("{name} is not out: {shipped:#}"))
}

/// Nothing of the way there is left.
fn assert_tidy(app: &Project<'_>) {
    until("the candidates to go", || app.git(&["for-each-ref", "refs/owt/landings"]).is_empty());
    assert!(!app.git(&["worktree", "list"]).contains("/landing/"), "a private worktree is left");
}

/// Its check is run once more on what is in the target, by hand.
#[track_caller]
fn assert_green(app: &Project<'_>) {
    let sealed = app.sealed;
    let place = app.beside(sealed.work().join("green"));
    app.git(&["worktree", "add", "-q", "--detach", place.root.to_str().unwrap(), "main"]);
    let checked = sealed.command(sealed.bin().join("check"), &place.root).run().unwrap();
    assert!(checked.success(), "the target is not green: {checked:?}");
    app.git(&["worktree", "remove", "--force", place.root.to_str().unwrap()]);
}

/// Settles what the clashing agents wrote: both lines hold.
const SETTLER: &str = r#"
cat > "$RECORD/settle"
printf 'clash-a\nclash-b\n' > shared.txt
printf 'Both hold.\nCONFIDENCE: 0.9\n'
"#;

#[test]
fn a_days_work_of_six_lands_whole_but_for_what_breaks_the_checks_where_an_agent_settles_what_clashes() {
    let sealed = house().with_tool("settler", SETTLER);
    sealed.configure("[landing]\nconcurrency = \"1\"\nresolve = \"settler\"\n");
    let app = checked(&sealed, CHECK);
    for name in ["one", "two", "clash-a", "clash-b", "bad", "left"] {
        finish(&app, name);
    }
    let tips = ["one", "two", "clash-a", "clash-b"].map(|name| tip(&app, name));
    let clash = app.try_git(&["merge-tree", "--write-tree", "--name-only", "clash-a", "clash-b"]);
    assert!(!clash.success(), "by themselves they do not go together");
    let shipped = incomplete(&app);
    let mut landed = names(&shipped["landed"]);
    landed.sort_unstable();
    assert_eq!(landed, ["clash-a", "clash-b", "left", "one", "two"], "{shipped:#}");
    assert_eq!(names(&shipped["out"]), ["bad"]);
    assert_eq!(app.read("shared.txt"), "clash-a\nclash-b\n");
    assert!(tips.iter().all(|tip| super::has(&app, "main", tip)), "each with its history");
    let told = fs::read_to_string(sealed.record("settle")).unwrap();
    assert!(
        told.contains("shared.txt") && told.contains("check"),
        "what conflicts, and by what it is judged: {told}"
    );
    assert_green(&app);
    assert_eq!(app.git(&["status", "--porcelain"]), "");
    assert_tidy(&app);
}

#[test]
fn a_days_work_of_six_lands_but_for_what_clashes_and_what_breaks_the_checks() {
    let sealed = house();
    sealed.configure("[landing]\nconcurrency = \"1\"\n");
    let app = checked(&sealed, CHECK);
    for name in ["one", "two", "clash-a", "clash-b", "bad", "left"] {
        finish(&app, name);
    }
    app.write("draft.txt", "draft\n");
    let (before, witness) = (tip(&app, "main"), app.witness());
    let would = app.data(&["queue", "--ship", "--dry-run"]);
    assert_eq!((&would["state"], &would["dry_run"]), (&json!("would_land"), &json!(true)), "{would:#}");
    assert_eq!((would["cars"].as_array().unwrap().len(), &would["out"]), (6, &json!([])));
    let keeps_out: Vec<&Value> =
        would["cars"].as_array().unwrap().iter().map(|car| &car["conflicts"]).collect();
    let known: Vec<&&Value> = keeps_out.iter().filter(|conflicts| **conflicts != &json!([])).collect();
    assert!(
        known.len() == 1 && known[0][0]["files"] == json!(["shared.txt"]),
        "the second of the two: {would:#}"
    );
    assert_eq!((&would["checkout"], &would["in_the_way"]), (&json!(app.root), &json!(null)));
    assert_eq!(
        (&would["checks"]["outcome"], &would["checks"]["commands"]),
        (&json!("would_run"), &json!(["check"]))
    );
    let told = app.owt(&["queue", "--ship", "--dry-run"]).done();
    assert!(
        told.contains(" in shared.txt: it would be put out") && told.contains("checks would run: check"),
        "{told}"
    );
    let queue = app.owt(&["queue"]).done();
    assert!(queue.contains("; conflicts with clash-"), "{queue}");
    let unsure = app.owt(&["queue", "--ship", "--json"]);
    unsure.refused(3, "needs_confirmation");
    witness.assert_untouched(&[]);

    let shipped = incomplete(&app);
    let landed = names(&shipped["landed"]);
    assert!(
        landed.len() == 4 && ["one", "two", "left"].iter().all(|name| landed.contains(name)),
        "{shipped:#}"
    );
    let clash = if landed.contains(&"clash-a") { "clash-b" } else { "clash-a" };
    assert_eq!(out(&shipped, clash)["code"], "merge_conflicts");
    assert!(out(&shipped, clash)["reason"].as_str().unwrap().contains("shared.txt"), "{shipped:#}");
    assert_eq!(out(&shipped, "bad")["code"], "checks_failed");
    assert!(fs::exists(out(&shipped, "bad")["log"].as_str().unwrap()).unwrap(), "its log is there");
    // Five built on one another; the bad one is found by bisection, and what was behind it is checked once more.
    assert_eq!(shipped["check_runs"], json!(runs(&sealed)));
    assert!(runs(&sealed) <= 1 + 3 + 1, "{shipped:#}");

    assert_eq!((&shipped["before"], &shipped["after"]), (&json!(before), &json!(tip(&app, "main"))));
    assert_eq!((app.read("one.txt").as_str(), app.read("left.txt").as_str()), ("one\n", "left\n"));
    assert_green(&app);
    assert_eq!(app.git(&["status", "--porcelain"]), "?? draft.txt");
    let stays: Vec<Value> =
        app.data(&["list"]).as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(stays.len(), 2, "{stays:?}");
    assert_tidy(&app);
    // They are out for the same reasons until somebody settles them; what has landed comes back.
    assert_eq!(names(&incomplete(&app)["landed"]), Vec::<&str>::new());
    app.data(&["restore", "one"]);
}

#[test]
fn what_the_person_is_at_keeps_out_who_changes_it_and_the_others_land() {
    let sealed = house();
    let app = checked(&sealed, CHECK);
    for name in ["one", "two", "clash-a"] {
        finish(&app, name);
    }
    app.write("two.txt", "mine\n");
    app.write("shared.txt", "mine, too\n");
    let ran = app.owt(&["queue", "--ship", "--yes", "--json"]);
    let error = ran.refused(1, "ship_incomplete");
    let shipped = ran.json()["data"].clone();
    assert_eq!(names(&shipped["landed"]), ["one"], "{shipped:#}");
    for (name, file) in [("two", "two.txt"), ("clash-a", "shared.txt")] {
        let out = out(&shipped, name);
        assert_eq!(out["code"], "target_dirty", "{out:#}");
        assert!(
            out["reason"].as_str().unwrap().ends_with(&format!("not committed there: {file}")),
            "{out:#}"
        );
    }
    assert_eq!((app.read("two.txt").as_str(), app.read("one.txt").as_str()), ("mine\n", "one\n"));
    let (_, again) = error["hint"].as_str().unwrap().split_once("land the rest: owt ").unwrap();
    for file in ["two.txt", "shared.txt"] {
        fs::remove_file(app.root.join(file)).unwrap();
    }
    let words: Vec<&str> = again.split(' ').chain(["--yes"]).collect();
    assert_eq!(names(&app.data(&words)["landed"]).len(), 2);
    assert_green(&app);
    assert_tidy(&app);
}

#[test]
fn when_all_is_well_one_run_of_the_checks_lands_all() {
    let sealed = house();
    let app = checked(&sealed, CHECK);
    assert_eq!(app.data(&["queue", "--ship", "--yes"])["landed"], json!([]), "nothing to do");
    for name in ["one", "two", "three"] {
        finish(&app, name);
    }
    let shipped = app.data(&["queue", "--ship", "--yes"]);
    assert_eq!((names(&shipped["landed"]).len(), &shipped["out"], runs(&sealed)), (3, &json!([]), 1));
    assert_eq!(app.data(&["list"]), json!([]));
    assert_tidy(&app);

    // Who has nothing to land is told, and nothing has failed.
    finish(&app, "four");
    app.data(&["create", "idle", "--agent", "demo"]);
    let shipped = app.data(&["queue", "--ship", "--yes"]);
    assert_eq!(names(&shipped["landed"]), ["four"]);
    assert_eq!(out(&shipped, "idle")["code"], "nothing_to_land");
    let again = app.owt(&["queue", "--ship", "--yes"]).done();
    assert!(again.contains("nothing"), "{again}");
}

#[test]
fn nothing_is_done_before_the_checks_are_approved() {
    let sealed = house();
    install_script(&sealed, "check", CHECK);
    let app = sealed.repository("app");
    app.write(".worktreerc.toml", "[landing]\nchecks = [\"check\"]\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Rules"]);
    finish(&app, "left");
    let there = app.workspace("left").witness();
    app.refused(&["queue", "--ship", "--yes"], 4, "needs_approval");
    there.assert_untouched(&[]);
    assert_eq!(runs(&sealed), 0);
}

#[test]
fn while_it_runs_the_queue_shows_it_another_joins_it_and_what_others_land_is_built_upon() {
    let sealed = house();
    sealed.configure("[landing]\nconcurrency = \"1\"\n");
    let app = checked(&sealed, HELD);
    for name in ["one", "two"] {
        finish(&app, name);
    }
    let ship = || app.owt(&["queue", "--ship", "--yes", "--json"]);
    std::thread::scope(|scope| {
        let first = scope.spawn(ship);
        until("the checks to run", || runs(&sealed) == 1);
        let shown = app.data(&["queue"]);
        let states: Vec<&str> =
            shown.as_array().unwrap().iter().map(|it| it["train"].as_str().unwrap()).collect();
        assert_eq!(states, ["built", "checking"], "{shown:#}");
        assert!(app.owt(&["queue"]).done().contains("being checked"), "told");
        app.refused(&["merge", "one"], 3, "git_busy");
        // The person goes on meanwhile.
        app.write("meanwhile.txt", "meanwhile\n");
        app.git(&["add", "-A"]);
        app.git(&["commit", "-q", "-m", "Meanwhile"]);
        let joined = scope.spawn(ship);
        go(&sealed);
        assert_eq!(names(&first.join().unwrap().data()["landed"]), ["one", "two"]);
        // Whoever comes when it has ended finds nothing left.
        let joined = joined.join().unwrap().data();
        assert!(joined["landed"] == json!([]) || names(&joined["landed"]) == ["one", "two"], "{joined:#}");
    });
    assert_eq!(runs(&sealed), 2, "what was checked did not hold what had come meanwhile");
    assert_eq!(
        (app.read("one.txt"), app.read("meanwhile.txt")),
        ("one\n".to_owned(), "meanwhile\n".to_owned())
    );
    assert_tidy(&app);
}

#[test]
fn candidates_are_checked_at_once_as_configured() {
    let sealed = house();
    sealed.configure("[landing]\nconcurrency = \"3\"\n");
    // Each waits until all three have begun.
    let app = checked(
        &sealed,
        "echo run >> \"$RECORD/checks\"\nuntil [ \"$(wc -l < \"$RECORD/checks\")\" -ge 3 ]; do sleep 0.05; done\n",
    );
    for name in ["one", "two", "three"] {
        finish(&app, name);
    }
    let shipped = app.data(&["queue", "--ship", "--yes"]);
    assert_eq!((names(&shipped["landed"]).len(), runs(&sealed)), (3, 3), "{shipped:#}");
}

#[test]
fn a_check_that_fails_is_run_again_as_configured_and_counted() {
    let sealed = house();
    sealed.configure("[landing]\nretries = \"1\"\n");
    let app =
        checked(&sealed, "echo run >> \"$RECORD/checks\"\ntest \"$(wc -l < \"$RECORD/checks\")\" -gt 1\n");
    finish(&app, "one");
    let shipped = app.data(&["queue", "--ship", "--yes"]);
    assert_eq!((&shipped["check_runs"], &shipped["flaky_retries"]), (&json!(2), &json!(1)), "{shipped:#}");
    assert_eq!(names(&shipped["landed"]), ["one"]);
}

#[test]
fn who_works_has_nothing_or_is_denied_is_named_and_the_rest_lands() {
    let sealed = house().with_tool("waiter", crate::agents::WAITER);
    let app = checked(&sealed, CHECK);
    for name in ["one", "denied"] {
        finish(&app, name);
    }
    app.workspace("denied").write("made.txt", "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n");
    app.data(&["new", "Wait", "--branch", "busy", "--agent", "waiter", "--headless"]);
    until("the agent to work", || sealed.runs("busy") == 1);
    let shipped = incomplete(&app);
    assert_eq!(names(&shipped["landed"]), ["one"]);
    assert_eq!(out(&shipped, "denied")["code"], "critic_denied");
    assert_eq!(out(&shipped, "busy")["code"], "agent_working");
    app.data(&["stop", "busy"]);
}

#[test]
fn an_agent_does_not_ship_the_queue() {
    const SHIPPER: &str = "cat > /dev/null\nowt queue --ship --yes --json > \"$RECORD/answer\" 2>&1\nowt queue --cancel --json > \"$RECORD/off\" 2>&1\nowt queue --json > \"$RECORD/seen\"\n";
    let sealed = house().with_tool("shipper", SHIPPER);
    let app = checked(&sealed, CHECK);
    finish(&app, "one");
    let before = tip(&app, "main");
    app.data(&["new", "Ship it", "--branch", "other", "--agent", "shipper", "--headless"]);
    app.data(&["wait", "other"]);
    for answer in ["answer", "off"] {
        let answer = fs::read_to_string(sealed.record(answer)).unwrap();
        assert!(answer.contains("person_only"), "{answer}");
    }
    assert!(fs::read_to_string(sealed.record("seen")).unwrap().contains("\"ok\":true"), "it may look");
    assert_eq!((tip(&app, "main"), runs(&sealed)), (before, 0));
}

#[test]
fn who_is_aboard_is_not_deleted() {
    let sealed = house();
    let app = checked(&sealed, HELD);
    finish(&app, "a");
    finish(&app, "b");
    std::thread::scope(|scope| {
        let ships = scope.spawn(|| app.data(&["queue", "--ship", "--yes"]));
        until("the check to run", || runs(&sealed) > 0);
        let refused = app.refused(&["delete", "a", "--force", "--yes"], 3, "git_busy");
        assert!(refused["hint"].as_str().unwrap().contains("owt queue --cancel"), "{refused}");
        fs::write(sealed.record("go"), "").unwrap();
        ships.join().unwrap();
    });
    assert_eq!(app.data(&["list"]), json!([]));
    assert_eq!((app.read("a.txt").as_str(), app.read("b.txt").as_str()), ("a\n", "b\n"));
}
