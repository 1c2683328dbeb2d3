//! Questions: one for all pull requests that are looked for, and the body of a new one. What comes from outside travels as a
//! variable, never as a part of the text.

use std::fmt::Write as _;

use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::Readiness;
use owt_ports::NewPull;
use owt_ports::WantedPull;
use owt_ports::WhichPull;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Most pull requests in one question: the host counts what could come back (at most 500,000 nodes).
pub(crate) const AT_ONCE: usize = 50;

/// Most pull requests of one branch that are looked at.
const OF_BRANCH: usize = 50;

/// What is asked of each.
const PULL: &str = "
fragment pull on PullRequest {
  number
  url
  title
  state
  isDraft
  mergeable
  reviewDecision
  headRefOid
  baseRefName
  headRepositoryOwner { login }
  commits(last: 1) { nodes { commit { statusCheckRollup { state } } } }
}";

/// Where in the answer each is: the names of its repository and of itself.
pub(super) fn places(wanted: &[WantedPull]) -> Vec<(String, String)> {
    let repositories = repositories(wanted);
    let at = |wanted: &WantedPull| repositories.iter().position(|it| *it == &wanted.repository).unwrap_or(0);
    wanted.iter().enumerate().map(|(nth, wanted)| (format!("r{}", at(wanted)), format!("p{nth}"))).collect()
}

fn repositories(wanted: &[WantedPull]) -> Vec<&HostedRepository> {
    let mut known: Vec<&HostedRepository> = Vec::new();
    for wanted in wanted {
        if !known.contains(&&wanted.repository) {
            known.push(&wanted.repository);
        }
    }
    known
}

/// The question for all of them.
pub(crate) fn search(wanted: &[WantedPull]) -> Value {
    let (mut declared, mut fields, mut variables) = (String::new(), String::new(), Map::new());
    for (at, repository) in repositories(wanted).into_iter().enumerate() {
        declare(&mut declared, &format!("$owner{at}: String!, $name{at}: String!"));
        variables.insert(format!("owner{at}"), json!(repository.owner));
        variables.insert(format!("name{at}"), json!(repository.name));
        push(&mut fields, format_args!("  r{at}: repository(owner: $owner{at}, name: $name{at}) {{\n"));
        let own = wanted.iter().enumerate().filter(|(_, wanted)| &wanted.repository == repository);
        for (nth, wanted) in own {
            match &wanted.which {
                WhichPull::Number(number) => {
                    declare(&mut declared, &format!("$number{nth}: Int!"));
                    variables.insert(format!("number{nth}"), json!(number.0));
                    push(
                        &mut fields,
                        format_args!("    p{nth}: pullRequest(number: $number{nth}) {{ ...pull }}\n"),
                    );
                }
                WhichPull::OfBranch { branch, .. } => {
                    declare(&mut declared, &format!("$branch{nth}: String!"));
                    variables.insert(format!("branch{nth}"), json!(branch.as_str()));
                    push(
                        &mut fields,
                        format_args!(
                            "    p{nth}: pullRequests(headRefName: $branch{nth}, first: {OF_BRANCH}, orderBy: \
                             {{field: CREATED_AT, direction: DESC}}) {{ pageInfo {{ hasNextPage }} nodes {{ ...pull }} }}\n"
                        ),
                    );
                }
            }
        }
        fields.push_str("  }\n");
    }
    json!({ "query": format!("query({declared}) {{\n{fields}}}{PULL}"), "variables": variables })
}

fn declare(declared: &mut String, what: &str) {
    if !declared.is_empty() {
        declared.push_str(", ");
    }
    declared.push_str(what);
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a string takes whatever is written");
}

/// The body of a new pull request.
pub(crate) fn new_pull(new: &NewPull) -> Value {
    json!({
        "title": new.title,
        "body": new.body,
        "head": format!("{}:{}", new.owner, new.branch),
        "base": new.base.as_str(),
        "draft": new.readiness == Readiness::Draft,
    })
}
