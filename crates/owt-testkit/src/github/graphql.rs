//! The one kind of question that is understood: repositories by alias, in each pull requests by number or branch.

use owt_core::pull_request::CheckState;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::Mergeability;
use owt_core::pull_request::PullRequestState;
use owt_core::pull_request::Readiness;
use owt_core::pull_request::ReviewState;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::forge::FakeHost;
use crate::forge::HOST;
use crate::forge::HeldPull;

/// The answer to a body.
pub(super) fn answer(host: &FakeHost, body: &str) -> Value {
    let said: Value = serde_json::from_str(body).unwrap();
    let (query, variables) = (said["query"].as_str().unwrap(), &said["variables"]);
    let asked = fields(query);
    let (mut data, mut errors, mut at) = (Map::new(), Vec::new(), None);
    let fields = query.lines().map(str::trim).take_while(|line| !line.starts_with("fragment"));
    for line in fields.filter(|line| line.contains(": ")).filter(|line| !line.starts_with("query(")) {
        let (alias, rest) = line.split_once(": ").unwrap();
        let value = |name: &str| variables[argument(rest, name)].clone();
        if rest.starts_with("repository(") {
            let text = |name| value(name).as_str().unwrap().to_owned();
            let repository =
                HostedRepository { host: HOST.to_owned(), owner: text("owner"), name: text("name") };
            let is_there = host.has(&repository);
            if !is_there {
                errors.push(json!({"type": "NOT_FOUND", "path": [alias], "message": "Could not resolve"}));
            }
            data.insert(alias.to_owned(), if is_there { json!({}) } else { Value::Null });
            at = Some((alias.to_owned(), repository));
            continue;
        }
        let (repository_alias, repository) = at.as_ref().unwrap();
        let Some(Value::Object(into)) = data.get_mut(repository_alias) else { continue };
        let held = host.held(repository);
        let found = if rest.starts_with("pullRequest(") {
            let number = value("number").as_u64().unwrap();
            match held.iter().find(|held| held.pull.number.0 == number) {
                Some(held) => node(held, &asked),
                None => {
                    let path = json!([repository_alias, alias]);
                    errors.push(json!({"type": "NOT_FOUND", "path": path, "message": "Could not resolve"}));
                    Value::Null
                }
            }
        } else {
            assert!(rest.starts_with("pullRequests("), "GitHub has no such field: {rest}");
            let branch = value("headRefName");
            let of_branch = held.iter().rev().filter(|held| branch == held.branch.as_str());
            let mut nodes: Vec<Value> = of_branch.map(|held| node(held, &asked)).collect();
            let most: usize =
                rest.split_once("first: ").unwrap().1.split(',').next().unwrap().parse().unwrap();
            let has_more = nodes.len() > most;
            nodes.truncate(most);
            json!({ "pageInfo": {"hasNextPage": has_more}, "nodes": nodes })
        };
        into.insert(alias.to_owned(), found);
    }
    match errors.is_empty() {
        true => json!({ "data": data }),
        false => json!({ "data": data, "errors": errors }),
    }
}

/// The variable that an argument has: `number: $number0` is `number0`.
fn argument<'a>(call: &'a str, name: &str) -> &'a str {
    let (_, rest) = call.split_once(&format!("{name}: $")).unwrap();
    rest.split([',', ')']).next().unwrap()
}

/// The fields that the fragment asks for.
fn fields(query: &str) -> Vec<&str> {
    let (_, fragment) = query.split_once("fragment pull on PullRequest {").unwrap();
    let lines = fragment.lines().map(str::trim).take_while(|line| *line != "}");
    lines.filter_map(|line| line.split([' ', '(']).next()).filter(|name| !name.is_empty()).collect()
}

/// What was asked for, and nothing else.
fn node(held: &HeldPull, asked: &[&str]) -> Value {
    let all = everything(held);
    let field = |name: &&str| {
        let value = all.get(*name).unwrap_or_else(|| panic!("GitHub has no such field: {name}"));
        ((*name).to_owned(), value.clone())
    };
    Value::Object(asked.iter().map(field).collect())
}

fn everything(held: &HeldPull) -> Value {
    let pull = &held.pull;
    let rollup = match pull.checks {
        CheckState::None => Value::Null,
        CheckState::Pending => json!({"state": "PENDING"}),
        CheckState::Passed => json!({"state": "SUCCESS"}),
        CheckState::Failed => json!({"state": "FAILURE"}),
    };
    json!({
        "number": pull.number.0,
        "url": pull.url,
        "title": pull.title,
        "state": match pull.state {
            PullRequestState::Open => "OPEN",
            PullRequestState::Merged => "MERGED",
            PullRequestState::Closed => "CLOSED",
        },
        "isDraft": pull.readiness == Readiness::Draft,
        "mergeable": match pull.mergeability {
            Mergeability::Unknown => "UNKNOWN",
            Mergeability::Mergeable => "MERGEABLE",
            Mergeability::Conflicting => "CONFLICTING",
        },
        "reviewDecision": match pull.review {
            ReviewState::None => Value::Null,
            ReviewState::Required => json!("REVIEW_REQUIRED"),
            ReviewState::Approved => json!("APPROVED"),
            ReviewState::ChangesRequested => json!("CHANGES_REQUESTED"),
        },
        "headRefOid": pull.head.as_str(),
        "baseRefName": pull.base,
        "headRepositoryOwner": {"login": held.owner},
        "commits": {"nodes": [{"commit": {"statusCheckRollup": rollup}}]},
    })
}
