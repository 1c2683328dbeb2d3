//! What an agent is told besides its task: by its own channel, shown to the person, and gone when it is switched off.

use serde_json::Value;

use crate::ran::Ran;
use crate::sealed::Sealed;

const CLAUDE: [&str; 4] = ["--agent", "claude", "--structured", "--branch"];

fn told(app: &crate::project::Project<'_>, name: &str) -> Value {
    app.data(&["show", name, "--context"])["context"].clone()
}

#[test]
fn the_agent_is_told_where_it_is_and_the_person_sees_what() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&[&["new", "Fix the greeting"], &CLAUDE[..], &["fix-it"]].concat());
    app.data(&["wait", "fix-it"]);
    let text = told(&app, "fix-it").as_str().unwrap().to_owned();
    let head = app.git(&["rev-parse", "HEAD"]);
    assert!(text.contains("on the branch `fix-it`, which starts from `main` at "), "{text}");
    assert!(text.contains(&head[..7]) && text.contains("looks like a bug fix"), "{text}");
    assert!(!text.contains("Fix the greeting"), "the task goes its own way: {text}");
    assert_eq!(app.data(&["show", "fix-it"])["context"], text.as_str());
    let printed = Ran::of(&app.command(&["show", "fix-it", "--context"])).done();
    assert_eq!(printed.trim_end(), text.trim_end());
    assert_eq!(app.workspace("fix-it").git(&["status", "--porcelain", "--ignored"]), "");
}

#[test]
fn switched_off_it_is_told_its_task_and_nothing_else() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.data(&[&["new", "Say hello", "--no-context"], &CLAUDE[..], &["by-flag"]].concat());
    app.data(&["wait", "by-flag"]);
    assert_eq!(told(&app, "by-flag"), Value::Null);
    let sealed = Sealed::new().with_scripted_claude().with("OWT_CONTEXT", "off");
    let app = sealed.repository("app");
    app.data(&[&["new", "Say hello"], &CLAUDE[..], &["by-setting"]].concat());
    app.data(&["wait", "by-setting"]);
    assert_eq!(told(&app, "by-setting"), Value::Null);
}
