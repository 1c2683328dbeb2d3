//! `docs/json.md` against what the real program prints: its own server, real git, the demo agent.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;

use owt_api::ErrorCode;
use serde_json::Value;

use crate::sealed::Ran;
use crate::sealed::Sealed;

const PAGE: &str = include_str!("../../../../docs/json.md");

/// The section whose fields others have too.
const WORKSPACE: &str = "owt list";

/// What the page says of one answer.
#[derive(Default)]
struct Section {
    fields: BTreeSet<String>,
    example: Option<Value>,
}

/// The sections with examples, by heading.
fn sections() -> BTreeMap<&'static str, Section> {
    let mut sections: BTreeMap<&str, Section> = BTreeMap::new();
    let mut heading = "";
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("## ") {
            heading = found;
        } else if let Some(row) = line.strip_prefix("| `") {
            let field = row.split('`').next().unwrap().to_owned();
            sections.entry(heading).or_default().fields.insert(field);
        } else if line == "```json" {
            let example = serde_json::from_str(lines.next().unwrap()).unwrap();
            sections.entry(heading).or_default().example = Some(example);
        }
    }
    sections.retain(|_, section| section.example.is_some());
    sections
}

/// The page, and what of it was held to the program.
struct Checked {
    sections: BTreeMap<&'static str, Section>,
    seen: BTreeSet<&'static str>,
}

impl Checked {
    /// Compares an answer with the section of this heading, and `also` with that of a workspace.
    #[track_caller]
    fn compare(&mut self, heading: &'static str, also: Option<&str>, answer: &Value) {
        let section = self.sections.get(heading).unwrap_or_else(|| panic!("no section '{heading}'"));
        let shared = also.map(|also| &self.sections[also].fields);
        let wanted: BTreeSet<String> =
            section.fields.iter().chain(shared.into_iter().flatten()).cloned().collect();
        assert_eq!(keys(answer), wanted, "the fields of {heading}");
        assert_alike(section.example.as_ref().unwrap(), answer, heading);
        self.seen.insert(heading);
    }
}

/// The fields of an object, or of all objects of an array.
fn keys(answer: &Value) -> BTreeSet<String> {
    match answer {
        Value::Array(items) => items.iter().flat_map(keys).collect(),
        Value::Object(fields) => fields.keys().cloned().collect(),
        _ => BTreeSet::new(),
    }
}

/// Every field of the example is in the answer, and of the same kind wherever both know a value.
#[track_caller]
fn assert_alike(example: &Value, answer: &Value, place: &str) {
    match (example, answer) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Array(examples), Value::Array(answers)) => {
            for answer in answers {
                // Of several examples the one of the same type counts.
                let same = examples.iter().find(|example| example.get("type") == answer.get("type"));
                if let Some(example) = same {
                    assert_eq!(keys(example).difference(&keys(answer)).next(), None, "{place}: {answer}");
                    assert_alike(example, answer, place);
                } else {
                    assert!(examples.is_empty(), "{place} has no example of {answer}");
                }
            }
        }
        (Value::Object(fields), Value::Object(_)) => {
            for (name, example) in fields {
                let place = format!("{place}, {name}");
                let found = answer.get(name).unwrap_or_else(|| panic!("{place} is missing in {answer}"));
                assert_alike(example, found, &place);
            }
        }
        _ => assert_eq!(
            std::mem::discriminant(example),
            std::mem::discriminant(answer),
            "{place}: {example} and {answer}"
        ),
    }
}

#[track_caller]
fn data(ran: &Ran) -> Value {
    let json = ran.json();
    assert_eq!((ran.code, &json["ok"]), (0, &Value::Bool(true)), "{ran:?}");
    json["data"].clone()
}

#[test]
fn every_answer_is_as_the_page_says() {
    let sealed = Sealed::new().with("OWT_DEMO_PACE", "0");
    sealed.make_repository();
    std::fs::write(sealed.work().join(".mcp.json"), r#"{"mcpServers":{"x":{"command":"echo"}}}"#).unwrap();
    let mut page = Checked { sections: sections(), seen: BTreeSet::new() };
    let run = |words: &str| sealed.run(&[words.split(' ').collect(), vec!["--json"]].concat());

    page.compare("owt version", None, &data(&run("version")));
    page.compare("owt agents", None, &data(&run("agents")));
    page.compare("owt config show", None, &data(&run("config show")));
    page.compare("owt config path", None, &data(&run("config path")));
    page.compare("owt skill show", None, &data(&run("skill show wt-list")));
    page.compare("owt skill list", None, &data(&run("skill list")));
    page.compare("owt skill install", None, &data(&run("skill install --dry-run")));
    page.compare("owt skill agents-md", None, &data(&run("skill agents-md")));
    page.compare("owt server status", None, &data(&run("server status")));
    page.compare("owt approvals", None, &data(&run("approvals")));

    let made = data(&run("new Greet --agent demo --headless --permissions edits --branch feat/greet"));
    page.compare("owt new", Some(WORKSPACE), &made);
    page.compare("owt wait", None, &data(&run("wait greet")));
    page.compare("owt list", None, &data(&run("list")));
    page.compare("owt logs", None, &every_part(&run));
    page.compare("owt diff", None, &data(&run("diff greet")));

    let asking = data(&run("new Ask --agent demo --structured --permissions ask --branch feat/ask"));
    page.compare("owt new", Some(WORKSPACE), &asking);
    let waited = run("wait ask");
    assert_eq!((waited.code, waited.json()["error"]["code"].as_str()), (4, Some("waiting_on_person")));
    page.compare("owt wait", None, &waited.json()["data"]);
    let shown = data(&run("show ask"));
    assert_eq!(shown["pending"].as_array().map(Vec::len), Some(1), "{shown}");
    page.compare("owt show", Some(WORKSPACE), &shown);
    page.compare("owt send", None, &data(&run("send ask hello --dry-run")));
    page.compare("owt send", None, &data(&run("send ask hello")));
    page.compare("owt note", None, &data(&run("note Hello")));
    page.compare("owt note --list", None, &data(&run("note --list")));
    page.compare("owt note --remove", None, &data(&run("note --remove 1")));
    page.compare("owt explain", None, &data(&run("explain ask")));
    page.compare("owt conflicts", None, &data(&run("conflicts")));
    page.compare("owt queue", None, &data(&run("queue")));
    page.compare("owt usage", None, &data(&run("usage")));
    page.compare("owt notify", None, &data(&run("notify --test bell")));
    page.compare("owt show", Some(WORKSPACE), &data(&run("answer ask deny")));
    // What waited is its next turn: which of the two would be interrupted is clear when that one asks.
    let waited = run("wait ask");
    assert_eq!(waited.code, 4, "{}", waited.stdout);
    page.compare("owt interrupt", None, &data(&run("interrupt ask")));
    page.compare("owt stop", None, &data(&run("stop ask")));
    page.compare("owt resume", None, &data(&run("resume ask")));
    page.compare("owt stop", None, &data(&run("stop ask")));

    page.compare("owt cleanup", None, &data(&run("cleanup --days 0 --force --dry-run")));
    let unsure = run("delete greet --force");
    assert_eq!((unsure.code, unsure.json()["error"]["code"].as_str()), (3, Some("needs_confirmation")));
    page.compare("owt delete", None, &unsure.json()["data"]);
    page.compare("owt delete", None, &data(&run("delete greet --force --yes")));
    page.compare("owt restore", None, &data(&run("restore")));
    page.compare("owt restore NAME", None, &data(&run("restore greet")));
    page.compare("owt critic", None, &data(&run("critic merge greet")));
    page.compare("owt critic --rules", None, &data(&run("critic --rules")));
    page.compare("owt sync", None, &data(&run("sync greet --dry-run")));
    page.compare("owt queue --ship", None, &data(&run("queue --ship --dry-run")));
    page.compare("owt merge", None, &data(&run("ship greet --dry-run")));
    sealed.git(&["remote", "add", "origin", "https://github.com/acme/app.git"]);
    page.compare("owt pr create", None, &data(&run("pr create greet --dry-run")));
    page.compare("owt merge", None, &data(&run("merge greet --dry-run")));
    page.compare("owt merge", None, &data(&run("merge greet")));
    page.compare("owt undo --list", None, &data(&run("undo --list")));
    page.compare("owt undo", None, &data(&run("undo --dry-run")));
    page.compare("owt undo", None, &data(&run("undo --yes")));

    let shown = data(&run("demo --dir shown"));
    page.compare("owt demo", None, &shown);
    let commits = BTreeSet::from(["commits".to_owned()]);
    let listed = &page.sections[WORKSPACE].fields | &commits;
    assert_eq!(keys(&shown["workspaces"]), listed);
    page.compare("owt demo --clean", None, &data(&run("demo --clean --dir shown")));

    page.compare("owt db backup", None, &data(&run("db backup")));
    page.compare("owt db health", None, &data(&run("db health --check")));
    page.compare("owt db vacuum", None, &data(&run("db vacuum")));
    page.compare("owt db rebuild", None, &data(&run("db rebuild")));
    page.compare("owt db purge", None, &data(&run("db purge --days 0 --dry-run")));
    page.compare("owt doctor", None, &data(&run("doctor")));
    page.compare("owt db restore", None, &data(&run("db restore --dry-run")));
    page.compare("owt server stop", None, &data(&run("server restart --dry-run")));
    page.compare("owt server stop", None, &data(&run("server stop")));
    page.compare("owt serve", None, &data(&served(&sealed)));
    assert_eq!(page.seen, page.sections.keys().copied().collect(), "every section is looked at");
}

/// The parts of a log of each kind, as they are followed line by line.
fn every_part(run: &dyn Fn(&str) -> Ran) -> Value {
    let mut parts = data(&run("logs greet"));
    let followed = run("logs greet --follow --raw");
    assert_eq!(followed.code, 0, "{followed:?}");
    let lines = followed.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    parts.as_array_mut().unwrap().extend(lines);
    parts
}

/// A server in the foreground, until it is asked to stop.
fn served(sealed: &Sealed) -> Ran {
    let server = sealed.cmd(&["serve", "--json"]);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| crate::sealed::ran(&server));
        let deadline = std::time::Instant::now() + crate::rehearsal::PATIENCE;
        while UnixStream::connect(sealed.places().server_socket().as_path()).is_err() {
            assert!(std::time::Instant::now() < deadline, "no server");
            std::thread::yield_now();
        }
        assert_eq!(sealed.run(&["server", "stop"]).code, 0);
        server.join().unwrap()
    })
}

#[test]
fn every_error_code_stands_on_the_page_with_its_exit_code() {
    let (_, codes) = PAGE.split_once("## Error codes").unwrap();
    let told: Vec<(&str, u8)> = codes
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(code, rest)| (code, rest.split(' ').next().unwrap().parse().unwrap()))
        .collect();
    let known: Vec<(&str, u8)> =
        ErrorCode::ALL.iter().map(|code| (code.as_str(), code.class().exit_code())).collect();
    assert_eq!(told, known);
}
