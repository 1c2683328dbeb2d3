//! What earlier versions wrote is still read, whatever has been grouped or added since.

use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptEvent;
use owt_core::job::Job;
use owt_core::job::JobEvent;
use serde_json::Value;
use serde_json::json;

/// An attempt as version 0.1 first wrote it: nothing was committed for agents, and reports of hooks had no names.
const ATTEMPT: &str = r#"{"id":"att_0000000000005cpgtwhst62swp","spec":{"job":"job_0000000000001zh4x2xvxk4nay",
"workspace":"ws_000000000000273gc6j3q45j8b","number":1,"token":1,"session":"structured","delivery":null,"committer":"agent"},
"phase":{"phase":"running","host_pid":10002},"started_at":1767225600000,"doing":{"activity":{"doing":"idle"},
"since":1767225600030,"source":"protocol"},"line":{"line":"free"},"asks":[],"conversation":"c1","model":"demo",
"usage":{"input_tokens":10,"output_tokens":5,"cost_micro_usd":null},"final_word":{"failed":false,"text":"that is all"},
"turns":1,"place":41,"stopping":null}"#;

const SPEC: &str = r#"{"workspace":"ws_000000000000273gc6j3q45j8b","title":"Fix the login page","task":"Fix it",
"delivery":"dlv_0000000000002q3etmv38g3dds","agent":"demo","model":null,"session":"structured","permissions":{"level":"edits"},
"plan_mode":false,"depends_on":["job_0000000000001zh4x2xvxk4naz"],"scope":["src"],"limits":{"session":{"wall":{"secs":7200,
"nanos":0},"idle":null},"attempts":2},"checks":[{"argv":["make","test"],"timeout":{"secs":60,"nanos":0}}],"priority":-3,
"creator":"person","committer":"us"}"#;

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Whatever was in the old record is in the new one, in the same place.
fn keeps(old: &Value, new: &Value) {
    for (key, field) in old.as_object().unwrap() {
        assert_eq!(&new[key], field, "{key}");
    }
}

#[test]
fn an_attempt() {
    let attempt: Attempt = serde_json::from_str(ATTEMPT).unwrap();
    assert_eq!((attempt.heard.place, attempt.turns, attempt.commits.due), (41, 1, 0));
    keeps(&value(ATTEMPT), &serde_json::to_value(&attempt).unwrap());
    let begun = json!({"event": "begun", "id": value(ATTEMPT)["id"], "spec": value(ATTEMPT)["spec"]});
    let event: AttemptEvent = serde_json::from_value(begun.clone()).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), begun);
}

#[test]
fn a_job() {
    let id = "job_0000000000001zh4x2xvxk4nay";
    let created = json!({"event": "created", "id": id, "spec": value(SPEC)});
    // As the store has it: text.
    let event: JobEvent = serde_json::from_str(&created.to_string()).unwrap();
    let JobEvent::Created { spec, .. } = &event else { panic!("it is {event:?}") };
    assert_eq!((spec.order.priority, spec.order.depends_on.len()), (-3, 1));
    assert_eq!((spec.terms.limits.attempts, spec.terms.scope.as_slice()), (2, ["src".to_owned()].as_slice()));
    assert_eq!(spec.terms.checks[0].argv, ["make", "test"]);
    assert_eq!(serde_json::to_value(&event).unwrap(), created);
    let row = json!({"id": id, "spec": value(SPEC), "phase": {"phase": "queued"}, "attempts": [], "token": 0, "cancelled": false});
    let job: Job = serde_json::from_str(&row.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&job).unwrap(), row);
}
