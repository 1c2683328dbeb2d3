//! GitHub's language, pure: questions as JSON, answers as values or typed errors. Nothing of what it answers is trusted to be
//! as documented: what is not understood is an error, never a guess.

mod question;
mod reading;

use owt_core::pull_request::PullRequest;
use owt_ports::ForgeError;
use owt_ports::FoundPull;
use owt_ports::WantedPull;
use serde_json::Value;

use crate::exchange::Answer;

pub(crate) use question::AT_ONCE;
pub(crate) use question::new_pull;
pub(crate) use question::search;

/// How long a message of the host's may be in one of ours, in characters.
const WORDS: usize = 400;

/// An answer that is none of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Here it is.
    Done,
    /// It is as it was.
    Unchanged,
}

/// What the status says.
pub(crate) fn status(host: &str, answer: &Answer) -> Result<Status, ForgeError> {
    let host = host.to_owned();
    match answer.status {
        200..=299 => Ok(Status::Done),
        304 => Ok(Status::Unchanged),
        401 => Err(ForgeError::Unauthorised { host }),
        403 => Err(ForgeError::Forbidden { host, message: message(answer) }),
        404 => Err(ForgeError::NotFound { host, what: "such repository or pull request".to_owned() }),
        400 | 409 | 410 | 422 => Err(ForgeError::Refused { host, message: message(answer) }),
        500..=599 => {
            let why = format!("it answers {}", answer.status);
            Err(ForgeError::Unreachable { host, why })
        }
        other => Err(ForgeError::Failed { host, message: format!("it answers {other}") }),
    }
}

/// What it says of why not: `{"message": ..., "errors": [{"message": ...} or {"resource", "field", "code"}]}`.
fn message(answer: &Answer) -> String {
    let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let of_error = |error: &Value| {
        let part = |name: &str| error[name].as_str().map(str::to_owned);
        part("message").or_else(|| Some(format!("{} is {}", part("field")?, part("code")?)))
    };
    let errors = said["errors"].as_array().into_iter().flatten().filter_map(of_error);
    let all: Vec<String> = errors.collect();
    match (all.is_empty(), said["message"].as_str()) {
        (false, _) => short(&all.join("; ")),
        (true, Some(message)) => short(message),
        (true, None) => format!("it answers {}", answer.status),
    }
}

/// Words of the host's: one line, and not too many.
fn short(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WORDS).collect()
}

/// What a new pull request is.
pub(crate) fn opened(host: &str, answer: &Answer) -> Result<PullRequest, ForgeError> {
    let said: Value =
        serde_json::from_str(&answer.body).map_err(|_| strange(host, "what it says is no JSON"))?;
    reading::of_rest(&said).map_err(|what| strange(host, &what))
}

/// What was found, in the order of what was wanted.
pub(crate) fn found(
    host: &str,
    wanted: &[WantedPull],
    answer: &Answer,
) -> Result<Vec<FoundPull>, ForgeError> {
    let said: Value =
        serde_json::from_str(&answer.body).map_err(|_| strange(host, "what it says is no JSON"))?;
    let places = question::places(wanted);
    let troubles = troubles(host, &said);
    // Without a place it is about all of them; without data nothing was answered.
    if let Some((_, error)) = troubles.iter().find(|(at, _)| at.is_empty()) {
        return Err(error.clone());
    }
    if !said["data"].is_object() {
        return Err(troubles
            .into_iter()
            .next()
            .map_or_else(|| strange(host, "it has no data"), |(_, error)| error));
    }
    let one = |((repository, pull), wanted): (&(String, String), &WantedPull)| {
        let is_its = |at: &&[String]| at[0] == *repository && at.get(1).is_none_or(|own| own == pull);
        match troubles.iter().find(|(at, _)| is_its(&at.as_slice())) {
            Some((_, error)) => FoundPull::Unsaid(error.clone()),
            None => reading::of_graphql(&said["data"], (repository, pull), wanted)
                .unwrap_or_else(|what| FoundPull::Unsaid(strange(host, &what))),
        }
    };
    Ok(places.iter().zip(wanted).map(one).collect())
}

/// What went wrong, each with its place in the answer. Of what is not there the data says so.
fn troubles(host: &str, said: &Value) -> Vec<(Vec<String>, ForgeError)> {
    let errors = said["errors"].as_array().into_iter().flatten();
    let errors = errors.filter(|error| error["type"].as_str() != Some("NOT_FOUND"));
    let place = |error: &Value| -> Vec<String> {
        let path = error["path"].as_array().into_iter().flatten();
        path.map_while(|part| part.as_str().map(str::to_owned)).collect()
    };
    errors.map(|error| (place(error), refused(host, error))).collect()
}

fn refused(host: &str, error: &Value) -> ForgeError {
    let (host, message) =
        (host.to_owned(), short(error["message"].as_str().unwrap_or("it does not say why")));
    match error["type"].as_str() {
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES" | "SAML_FAILURE") => ForgeError::Forbidden { host, message },
        _ => ForgeError::Failed { host, message },
    }
}

/// It has answered what nobody understands.
pub(crate) fn strange(host: &str, message: &str) -> ForgeError {
    ForgeError::Failed { host: host.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.to_owned() }
    }

    #[test]
    fn what_a_status_means() {
        let host = || "github.com".to_owned();
        let said = |status, body| super::status("github.com", &answer(status, body));
        assert_eq!(said(201, ""), Ok(Status::Done));
        assert_eq!(said(304, ""), Ok(Status::Unchanged));
        assert_eq!(said(401, "{}"), Err(ForgeError::Unauthorised { host: host() }));
        let exists = r#"{"message":"Validation Failed","errors":[{"message":"A pull request already exists for a:b."},
            {"resource":"PullRequest","field":"base","code":"invalid"}]}"#;
        let message = "A pull request already exists for a:b.; base is invalid".to_owned();
        assert_eq!(said(422, exists), Err(ForgeError::Refused { host: host(), message }));
        let message = "Resource not accessible by personal access token".to_owned();
        let forbidden = r#"{"message":"Resource not accessible by personal access token"}"#;
        assert_eq!(said(403, forbidden), Err(ForgeError::Forbidden { host: host(), message }));
        assert!(matches!(said(404, ""), Err(ForgeError::NotFound { .. })));
        assert!(matches!(said(502, "<html>"), Err(ForgeError::Unreachable { .. })));
        assert!(matches!(said(301, ""), Err(ForgeError::Failed { .. })), "no redirect is followed");
    }

    #[test]
    fn what_is_wrong_with_one_is_not_held_against_the_others() {
        let wanted = |number| WantedPull {
            repository: owt_core::pull_request::HostedRepository {
                host: "github.com".to_owned(),
                owner: "acme".to_owned(),
                name: "app".to_owned(),
            },
            which: owt_ports::WhichPull::Number(owt_core::pull_request::PullRequestNumber(number)),
        };
        let pull = |number: u64, state: &str| {
            serde_json::json!({
                "number": number, "url": "https://github.com/acme/app/pull/7", "title": "T", "state": state,
                "isDraft": false, "mergeable": "ODD", "reviewDecision": null, "headRefOid": "a".repeat(40),
                "baseRefName": "main", "headRepositoryOwner": null, "commits": {"nodes": []},
            })
        };
        let body = serde_json::json!({
            "data": {"r0": {"p0": pull(1, "OPEN"), "p1": pull(2, "ASLEEP"), "p2": null, "p3": null}},
            "errors": [
                {"type": "FORBIDDEN", "path": ["r0", "p2"], "message": "No"},
                {"type": "NOT_FOUND", "path": ["r0", "p3"], "message": "Could not resolve"},
            ],
        });
        let all = [wanted(1), wanted(2), wanted(3), wanted(4)];
        let read = found("github.com", &all, &answer(200, &body.to_string())).unwrap();
        assert!(matches!(&read[0], FoundPull::There(_)), "{read:?}");
        assert!(matches!(&read[1], FoundPull::Unsaid(ForgeError::Failed { .. })), "{read:?}");
        assert!(matches!(&read[2], FoundPull::Unsaid(ForgeError::Forbidden { .. })), "{read:?}");
        assert_eq!(read[3], FoundPull::None);
        let everywhere = r#"{"data":{"r0":{"p0":null}},"errors":[{"message":"Something is wrong"}]}"#;
        let read = found("github.com", &[wanted(1)], &answer(200, everywhere));
        assert!(matches!(read, Err(ForgeError::Failed { .. })), "{read:?}");
    }

    #[test]
    fn what_is_no_answer_is_an_error_and_never_a_guess() {
        for body in
            ["", "no json", "[]", "{}", r#"{"data":null}"#, r#"{"data":{"r0":{"p0":{"number":"7"}}}}"#]
        {
            let wanted = WantedPull {
                repository: owt_core::pull_request::HostedRepository {
                    host: "github.com".to_owned(),
                    owner: "acme".to_owned(),
                    name: "app".to_owned(),
                },
                which: owt_ports::WhichPull::Number(owt_core::pull_request::PullRequestNumber(7)),
            };
            let read = found("github.com", &[wanted], &answer(200, body));
            let is_unsaid =
                |found: &[FoundPull]| matches!(found, [FoundPull::Unsaid(ForgeError::Failed { .. })]);
            let is_error = read
                .as_ref()
                .map_or_else(|error| matches!(error, ForgeError::Failed { .. }), |found| is_unsaid(found));
            assert!(is_error, "{body}: {read:?}");
        }
    }
}
