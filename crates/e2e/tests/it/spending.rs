//! What agents in terminals took, which only their own records say, and what that cost.

use serde_json::Value;
use serde_json::json;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// A prompt whose turn takes so many tokens.
fn taking(words: &str, input: u64, output: u64) -> String {
    let script = json!([{ "tokens": { "input": input, "output": output } }, { "say": "Done." }]);
    format!("{words} [[script:{script}]]")
}

fn tokens(input: u64, output: u64) -> Value {
    json!({ "input": input, "output": output })
}

#[track_caller]
fn until_used(app: &Project<'_>, name: &str, expected: &Value) {
    until("its tokens to be counted", || app.data(&["show", name])["tokens"] == *expected);
}

#[test]
fn what_an_agent_in_a_terminal_took_is_counted_once_from_its_own_record_through_a_killed_server_and_a_resume()
{
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let first = taking("Begin", 1000, 50);
    app.data(&["new", &first, "--branch", "spends", "--agent", "claude", "--pty"]);
    app.until_status("spends", "idle");
    until_used(&app, "spends", &tokens(1000, 50));
    assert_eq!(app.data(&["show", "spends"])["cost_usd"], Value::Null, "nobody says what it cost");
    sealed.kill_server();
    app.data(&["send", "spends", "--wait", "--timeout", "50s", &taking("Go on", 200, 7)]);
    app.until_status("spends", "idle");
    until_used(&app, "spends", &tokens(1200, 57));
    // Taken up again, the record holds all of it: what was counted for the attempt before is not this one's.
    app.data(&["stop", "spends"]);
    app.data(&["resume", "spends"]);
    app.until_status("spends", "idle");
    app.data(&["send", "spends", "--wait", "--timeout", "50s", &taking("And on", 30, 1)]);
    app.until_status("spends", "idle");
    until_used(&app, "spends", &tokens(30, 1));
    assert_eq!(app.data(&["usage"])["total"]["tokens"], tokens(1230, 58));
}

#[test]
fn what_no_agent_says_of_its_costs_is_estimated_by_the_persons_prices_and_marked() {
    let sealed = Sealed::new().with_scripted_claude();
    sealed.configure(
        "[usage.prices]\n\"scripted\" = \"input 5, output 25\"\n\"other\" = \"input 900, output 900\"\n",
    );
    let app = sealed.repository("app");
    let prompt = taking("Begin", 200_000, 10_000);
    app.data(&["new", &prompt, "--branch", "guessed", "--agent", "claude", "--pty"]);
    app.until_status("guessed", "idle");
    until_used(&app, "guessed", &tokens(200_000, 10_000));
    until("its model", || app.data(&["show", "guessed"])["model"] == "scripted");
    let (listed, used) = (app.data(&["list"]), app.data(&["usage"]));
    for told in [&app.data(&["show", "guessed"]), &listed[0], &used["total"], &used["by_agent"][0]] {
        assert_eq!((&told["cost_usd"], &told["cost_estimated"]), (&json!(1.25), &json!(true)), "{told:#}");
    }
    assert!(app.owt(&["show", "guessed"]).done().contains("~$1.25"));
    assert!(app.owt(&["usage"]).done().contains("~$1.25"));
    // What an agent says itself is no estimate, whatever the prices; with one that is, the sum is.
    let words =
        ["new", &prompt, "--branch", "told", "--agent", "claude", "--headless", "--permissions", "edits"];
    app.data(&words);
    assert_eq!(app.owt(&["wait", "told"]).code, 0);
    let told = app.data(&["show", "told"]);
    assert_eq!(told["cost_estimated"], false, "{told:#}");
    assert_ne!(told["cost_usd"], json!(1.25), "{told:#}");
    let sum = app.data(&["usage"])["total"].clone();
    let expected = 1.25 + told["cost_usd"].as_f64().unwrap();
    assert!((sum["cost_usd"].as_f64().unwrap() - expected).abs() < 1e-6, "{sum:#}");
    assert_eq!(sum["cost_estimated"], true, "{sum:#}");
    sealed.configure("third = \"input 5\"\n");
    let error = app.refused(&["config", "validate"], 2, "bad_configuration");
    assert!(error["message"].as_str().unwrap().contains("output"), "{error:#}");
}
