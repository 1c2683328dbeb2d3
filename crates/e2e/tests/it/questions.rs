//! Questions over a machine protocol: how they are shown, and how their answers reach the agent.

use owt_testkit::scripted_agent::Received;
use serde_json::Value;
use serde_json::json;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

fn begin(app: &Project<'_>, agent: &str, task: &str) {
    let how = ["--branch", "it", "--agent", agent, "--structured", "--permissions", "edits"];
    app.data(&[&["new", task], how.as_slice()].concat());
}

/// The note that the demo agent has written.
fn note(app: &Project<'_>) -> String {
    app.workspace("it").git(&["show", "HEAD:demo/x.md"])
}

#[test]
fn a_question_is_data_and_words_answer_it() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "demo", "x [[demo:question]]");
    let shown = app.until_status("it", "waiting_input");
    let options = json!([{"label": "short", "description": null}, {"label": "long", "description": null}]);
    let asked = json!([{
        "text": "Short or long notes?", "header": null, "options": options, "multi_select": false, "free_text": true,
    }]);
    assert_eq!(
        (&shown["pending"][0]["tool"], &shown["pending"][0]["questions"]),
        (&"question".into(), &asked)
    );
    assert_eq!(shown["pending"][0]["answer"], "owt answer it -m WORDS");
    assert_eq!(shown["status_detail"], "Short or long notes? (short, long)");
    assert_eq!(app.only_workspace()["pending"], shown["pending"]);
    let page = app.owt(&["show", "it"]).done();
    for line in
        ["question  Short or long notes?  owt answer it -m WORDS\n", "      1  short\n", "      2  long\n"]
    {
        assert!(page.contains(line), "{page}");
    }
    let list = app.owt(&["list"]);
    assert!(list.stdout.contains("needs answer"), "{list:?}");
    let explained = app.data(&["explain", "it"]);
    assert_eq!(explained["status"], "waiting_input", "{explained:#}");
    app.refused(&["wait", "it"], 4, "waiting_on_person");
    until("the person to be told", || app.only_workspace()["notice"]["kind"] == "needs_person");
    assert_eq!(app.only_workspace()["notice"]["detail"], "Short or long notes? (short, long)");

    // What is no answer is refused, and nothing has been said to the agent.
    let refused = app.refused(&["answer", "it", "allow"], 2, "usage");
    let hint = "owt answer it -m WORDS   answers: Short or long notes? (short, long)";
    assert_eq!(refused["hint"], hint, "{refused}");
    let refused = app.refused(&["answer", "it", "-m", "long", "-m", "wide"], 2, "usage");
    assert_eq!(refused["hint"], hint, "{refused}");
    app.refused(&["answer", "it", "-m", "  "], 2, "usage");
    app.refused(&["answer", "it", "allow", "-m", "long"], 2, "flag_conflict");
    app.data(&["answer", "it", "-m", "long", "--dry-run"]);
    assert_eq!(app.data(&["show", "it"])["pending"], shown["pending"]);

    // A number stands for its option.
    let answered = app.data(&["answer", "it", "-m", "2"]);
    assert_eq!(answered["pending"], json!([]), "{answered:#}");
    app.until_status("it", "idle");
    assert!(note(&app).contains("> x"), "{}", note(&app));
    app.refused(&["answer", "it", "-m", "2"], 5, "not_found");
}

#[test]
fn a_question_may_be_left_without_an_answer() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "demo", "x [[demo:question]]");
    app.until_status("it", "waiting_input");
    app.data(&["answer", "it", "deny", "-m", "you choose"]);
    app.until_status("it", "idle");
    assert!(!note(&app).contains("> x"), "{}", note(&app));
}

#[test]
fn words_are_no_answer_to_a_request_for_permission() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "demo", "x [[demo:ask]]");
    let shown = app.until_status("it", "waiting_permission");
    assert_eq!(shown["pending"][0]["questions"], json!([]), "{shown:#}");
    assert_eq!(shown["pending"][0]["answer"], "owt answer it allow|deny");
    let refused = app.refused(&["answer", "it", "-m", "yes"], 2, "usage");
    assert!(refused["hint"].as_str().unwrap().contains("owt answer it allow"), "{refused}");
    app.data(&["answer", "it", "allow"]);
}

/// Several at once, as Claude Code's `AskUserQuestion` asks them; each gets its own answer, under the program's own
/// text of the question. Across a server that was killed meanwhile.
#[test]
fn each_of_several_questions_gets_its_answer() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let option = |label: &str| json!({"label": label, "description": format!("a {label} one")});
    let input = json!({"questions": [
        {"question": "Which colour?", "header": "Colour", "multiSelect": false, "options": [option("Red"), option("Blue")]},
        {"question": "Which sizes?", "header": "Size", "multiSelect": true, "options": [option("S"), option("L")]},
    ]});
    let steps = json!([{"ask": {"tool": "AskUserQuestion", "input": input}}, {"say": "Thank you"}]);
    begin(&app, "claude", &format!("Ask [[script:{steps}]]"));
    let shown = app.until_status("it", "waiting_input");
    assert_eq!(shown["pending"].as_array().map(Vec::len), Some(1), "{shown:#}");
    let pending = &shown["pending"][0];
    assert_eq!(pending["answer"], "owt answer it -m WORDS -m WORDS");
    assert_eq!(pending["questions"][1]["multi_select"], true);
    assert_eq!(pending["questions"][0]["options"][1]["description"], "a Blue one");
    assert_eq!(shown["status_detail"], "Which colour? (Red, Blue) / Which sizes? (S, L)");
    let refused = app.refused(&["answer", "it", "-m", "Blue"], 2, "usage");
    assert!(
        refused["message"].as_str().unwrap().contains("2 questions, and 1 answer was given"),
        "{refused}"
    );
    assert!(refused["hint"].as_str().unwrap().contains("2. Which sizes? (S, L)"), "{refused}");
    sealed.kill_server();
    assert_eq!(app.data(&["show", "it"])["pending"], shown["pending"]);
    app.data(&["answer", "it", "-m", "size=s, 2", "-m", "a deep green"]);
    app.until_status("it", "idle");
    let answers: Vec<Value> = sealed
        .received()
        .into_iter()
        .filter_map(|received| match received {
            Received::Answer { allowed: true, answers } => Some(answers),
            _ => None,
        })
        .collect();
    assert_eq!(answers, [json!({"Which colour?": "a deep green", "Which sizes?": "S, L"})]);
}
