//! Ways of working that have a name: what the agent is told, where the branch starts, and what a template may not do.

use std::fs;

use owt_testkit::scripted_agent::Received;
use serde_json::Value;

use crate::project::Project;
use crate::sealed::Sealed;

const CLAUDE: [&str; 3] = ["--agent", "claude", "--structured"];

fn home() -> Sealed {
    Sealed::with_worker().with_scripted_claude()
}

/// Starts an agent; what was made.
fn begin(app: &Project<'_>, words: &[&str]) -> Value {
    let made = app.data(&[words, &CLAUDE].concat());
    app.data(&["wait", made["name"].as_str().unwrap()]);
    made
}

fn told(app: &Project<'_>, made: &Value) -> String {
    let shown = app.data(&["show", made["name"].as_str().unwrap(), "--context"]);
    shown["context"].as_str().unwrap().to_owned()
}

fn argv_of_last_start(sealed: &Sealed) -> Vec<String> {
    let mut starts = sealed.received().into_iter().filter_map(|it| match it {
        Received::Started { argv, .. } => Some(argv),
        _ => None,
    });
    starts.next_back().unwrap()
}

fn plans(argv: &[String]) -> bool {
    argv.windows(2).any(|pair| pair == ["--permission-mode", "plan"])
}

fn prompts(sealed: &Sealed) -> Vec<String> {
    let texts = sealed.received().into_iter().filter_map(|it| match it {
        Received::Prompt { text, .. } => Some(text),
        _ => None,
    });
    texts.collect()
}

#[test]
fn the_ways_of_working_that_are_part_of_owt() {
    let sealed = home();
    let app = sealed.repository("app");
    let feature = begin(&app, &["new", "Add payments", "--template", "feature"]);
    assert!(plans(&argv_of_last_start(&sealed)), "{:?}", argv_of_last_start(&sealed));
    assert_eq!(feature["base"], "main", "there is no develop");
    let context = told(&app, &feature);
    assert!(context.contains("change nothing until the person agrees to the plan"), "{context}");
    assert!(context.find("Test first:").unwrap() < context.find("Implement:").unwrap(), "{context}");
    assert_eq!(prompts(&sealed), ["Add payments"], "the prompt is the person's own, byte for byte");

    app.git(&["branch", "develop"]);
    app.git(&["switch", "-q", "-c", "topic"]);
    assert_eq!(begin(&app, &["new", "Add refunds", "-t", "feature"])["base"], "develop");
    assert_eq!(begin(&app, &["new", "Add tax", "-t", "feature", "--base", "topic"])["base"], "topic");
    let hotfix = begin(&app, &["new", "Patch the login", "--template", "hotfix"]);
    assert!(!plans(&argv_of_last_start(&sealed)));
    assert_eq!(hotfix["base"], "main");
    assert!(hotfix["branch"].as_str().unwrap().starts_with("hotfix/"), "{hotfix}");
    assert!(told(&app, &hotfix).contains("The stability of production"), "{}", told(&app, &hotfix));
    let bugfix = begin(&app, &["new", "Mend the login", "--template", "bugfix", "--plan-mode"]);
    assert!(plans(&argv_of_last_start(&sealed)));
    assert_eq!(bugfix["base"], "topic", "where the person stands");
    assert!(told(&app, &bugfix).contains("Root cause:"), "{}", told(&app, &bugfix));
}

#[test]
fn without_anybody_to_agree_to_a_plan_the_work_begins_at_once_and_it_is_said() {
    let sealed = home();
    let app = sealed.repository("app");
    let words = ["new", "Add payments", "--template", "feature", "--headless", "--branch"];
    for (branch, agent, permissions) in [("one", "claude", "edits"), ("two", "worker", "")] {
        let mut words = [&words[..], &[branch, "--agent", agent]].concat();
        if !permissions.is_empty() {
            words.extend(["--permissions", permissions]);
        }
        let made = app.data(&words);
        app.data(&["wait", branch]);
        assert!(made["notices"].to_string().contains("no plan comes first"), "{made}");
    }
    assert!(!plans(&argv_of_last_start(&sealed)));
    let context = told(&app, &serde_json::json!({"name": "one"}));
    assert!(!context.contains("until the person agrees") && context.contains("`feature`"), "{context}");
}

#[test]
fn the_persons_own_templates_and_their_faults() {
    let sealed = home();
    let app = sealed.repository("app");
    let folder = sealed.owt_home().join("templates");
    fs::create_dir_all(&folder).unwrap();
    let spike = "kind = \"docs\"\nsteps = [\"Look around\"]\nprefix = \"spike\"\nagent = \"claude\"\n";
    fs::write(folder.join("spike.toml"), spike).unwrap();
    let made = app.data(&["new", "Look at the parser", "-t", "spike", "--structured"]);
    app.data(&["wait", made["name"].as_str().unwrap()]);
    assert_eq!(made["agent"], "claude");
    assert!(made["branch"].as_str().unwrap().starts_with("spike/"), "{made}");
    let context = told(&app, &made);
    assert!(
        context.contains("`spike` (documentation)") && context.contains("\n1. Look around\n"),
        "{context}"
    );
    // What the agent was told stays, whatever becomes of the file.
    fs::remove_file(folder.join("spike.toml")).unwrap();
    let name = made["name"].as_str().unwrap();
    app.data(&["stop", name]);
    app.data(&["resume", name]);
    app.until_status(name, "idle");
    assert!(told(&app, &made).contains("`spike` (documentation)"));

    let traces = app.traces();
    let unknown = app.refused(&["new", "x", "--template", "hotfx"], 5, "unknown_template");
    assert!(unknown["hint"].as_str().unwrap().contains("'hotfix'"), "{unknown}");
    fs::write(folder.join("bad.toml"), "text = \"x\"\npermissions = \"bypass\"\n").unwrap();
    let bad = app.owt(&["--json", "new", "x", "--template", "bad"]);
    assert!(bad.stdout.contains("bad.toml:2:1: permissions: a template cannot say"), "{bad:?}");
    assert_eq!(bad.code, 2);
    // A repository brings none.
    app.write("templates/theirs.toml", "text = \"Obey\"\n");
    app.write(".open-orchestrator/templates/theirs.toml", "text = \"Obey\"\n");
    app.refused(&["new", "x", "--template", "theirs"], 5, "unknown_template");
    assert_eq!(app.traces(), traces);
    app.data(&["create", "by-branch", "-t", "bugfix", "--agent", "claude", "--structured"]);
    assert!(told(&app, &serde_json::json!({"name": "by-branch"})).contains("`bugfix`"));
}

#[test]
fn an_agent_that_cannot_be_told_a_way_of_working_is_named_at_once() {
    let sealed = home();
    let app = sealed.repository("app");
    app.write("AGENTS.md", "my own\n");
    let words = ["new", "Add payments", "--template", "bugfix", "--no-context", "--branch", "topic"];
    let made = begin(&app, &words);
    let notices = made["notices"].to_string();
    assert!(notices.contains("claude is not told what comes with --template"), "{notices}");
    let shown = app.data(&["show", "topic"])["furnishing"]["notices"].to_string();
    assert!(shown.contains("AGENTS.md was left out, and this agent cannot be told its words"), "{shown}");
    let told = begin(&app, &["new", "Add payments", "--template", "bugfix", "--branch", "told"]);
    assert!(!told["notices"].to_string().contains("is not told"), "{told:#}");
}
