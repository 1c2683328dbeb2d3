//! The structured log: whatever happens can be traced to the request that asked for it, and says of which workspace
//! and job it speaks.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;

use owt_process::Streams;
use serde_json::Value;

use crate::sealed::Sealed;

/// The records among the lines: on a standard error there may also be words for the person.
fn records(log: &str) -> Vec<Value> {
    log.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the innermost span of a record says.
fn field<'a>(record: &'a Value, name: &str) -> Option<&'a str> {
    record["span"][name].as_str()
}

#[test]
fn a_request_is_followed_through_effects_to_the_session_by_its_id_workspace_and_job() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let mut server = app.command(&["serve", "--log-format", "json", "-vv"]).spawn(Streams::piped()).unwrap();
    let mut said = String::new();
    let mut serving = BufReader::new(server.stderr.take().unwrap());
    while !said.contains("Serving on") {
        assert!(serving.read_line(&mut said).unwrap() > 0, "{said}");
    }
    // Nobody reads on: its records are in the file too.
    drop(serving);

    let ran = app.owt(&[
        "new",
        "Mend it",
        "--agent",
        "worker",
        "--headless",
        "--json",
        "-vv",
        "--log-format",
        "json",
    ]);
    let made = ran.data();
    let (name, job) = (made["name"].as_str().unwrap(), made["job"].as_str().unwrap());
    let asked = records(&ran.stderr);
    let request = asked.iter().find_map(|record| field(record, "id")).unwrap();
    app.data(&["wait", name]);
    app.data(&["server", "stop"]);
    assert_eq!(server.wait().unwrap().code(), Some(0));

    let log = records(&fs::read_to_string(sealed.owt_home().join("data/server.log")).unwrap());
    let of_request: Vec<&Value> = log.iter().filter(|record| field(record, "id") == Some(request)).collect();
    let is_new =
        |record: &&&Value| record["message"] == "answered" && record["span"]["path"] == "/v1/workspaces";
    let answered = of_request.iter().find(is_new).unwrap();
    assert_eq!((answered["status"].as_u64(), field(answered, "workspace")), (Some(200), Some(name)));
    for effect in ["PrepareWorkspace", "LaunchSession"] {
        let is_it =
            |record: &&&Value| record["message"] == "doing" && record["what"].as_str() == Some(effect);
        let doing = of_request.iter().find(is_it).unwrap_or_else(|| panic!("no {effect}: {of_request:#?}"));
        assert_eq!((field(doing, "workspace"), field(doing, "job")), (Some(name), Some(job)));
    }
    let made_the_worktree = of_request.iter().any(|record| record["label"] == "git worktree add");
    assert!(made_the_worktree, "programs that were started for it: {of_request:#?}");
    let of_session: Vec<_> = log.iter().filter(|record| record["span"]["name"] == "session").collect();
    assert!(!of_session.is_empty(), "what the agent did is in the log");
    for record in of_session {
        assert_eq!((field(record, "workspace"), field(record, "job")), (Some(name), Some(job)), "{record}");
    }
    for record in log.iter().filter(|record| record["span"]["name"] == "effect") {
        assert!(field(record, "workspace").is_some() && field(record, "id").is_some(), "{record}");
    }
}
