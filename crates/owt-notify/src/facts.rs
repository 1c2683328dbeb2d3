//! What is told, as data.

use owt_core::Timestamp;
use owt_ports::Telling;
use serde_json::Value;
use serde_json::json;

/// The version of the facts: fields may be added within it.
const VERSION: u32 = 1;

/// The facts as a JSON object.
pub(crate) fn json(telling: &Telling) -> Value {
    json!({
        "version": VERSION,
        "event": telling.kind.as_str(),
        "number": telling.number,
        "at": time(telling.at),
        "text": telling.headline(),
        "name": telling.name,
        "workspace": telling.workspace,
        "path": telling.path,
        "repository": telling.repository,
        "branch": telling.branch,
        "agent": telling.agent,
        "title": telling.title,
        "status": telling.status.as_str(),
        "detail": telling.detail,
    })
}

/// The facts as variables of an environment.
pub(crate) fn variables(telling: &Telling) -> Vec<(&'static str, String)> {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("OWT_NOTICE", telling.kind.as_str().to_owned()),
        ("OWT_NOTICE_NUMBER", telling.number.to_string()),
        ("OWT_NOTICE_AT", time(telling.at)),
        ("OWT_NOTICE_TEXT", telling.headline()),
        ("OWT_NOTICE_NAME", telling.name.clone()),
        ("OWT_NOTICE_WORKSPACE", telling.workspace.clone()),
        ("OWT_NOTICE_PATH", telling.path.clone()),
        ("OWT_NOTICE_REPOSITORY", said(&telling.repository)),
        ("OWT_NOTICE_BRANCH", said(&telling.branch)),
        ("OWT_NOTICE_AGENT", said(&telling.agent)),
        ("OWT_NOTICE_TITLE", said(&telling.title)),
        ("OWT_NOTICE_STATUS", telling.status.as_str().to_owned()),
        ("OWT_NOTICE_DETAIL", said(&telling.detail)),
    ]
}

/// RFC 3339 in UTC, to the millisecond.
fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_or_else(|_| "unknown".to_owned(), |at| format!("{at:.3}"))
}
