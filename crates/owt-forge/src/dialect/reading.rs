//! Answers: what GitHub says of a pull request, as values. An error is what was not understood.

use owt_core::pull_request::CheckState;
use owt_core::pull_request::Mergeability;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::PullRequestNumber;
use owt_core::pull_request::PullRequestState;
use owt_core::pull_request::Readiness;
use owt_core::pull_request::ReviewState;
use owt_core::vcs::ObjectId;
use owt_ports::FoundPull;
use owt_ports::WantedPull;
use owt_ports::WhichPull;
use serde::Deserialize;
use serde_json::Value;

/// What GraphQL says of one (docs.github.com, GraphQL, `PullRequest`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pull {
    number: u64,
    url: String,
    title: String,
    state: String,
    is_draft: bool,
    mergeable: String,
    review_decision: Option<String>,
    head_ref_oid: String,
    base_ref_name: String,
    head_repository_owner: Option<Owner>,
    commits: Nodes<CommitOf>,
}

#[derive(Deserialize)]
struct Owner {
    login: String,
}

#[derive(Deserialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

/// The first page of several.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    nodes: Vec<Pull>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
}

#[derive(Deserialize)]
struct CommitOf {
    commit: Commit,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    status_check_rollup: Option<Rollup>,
}

#[derive(Deserialize)]
struct Rollup {
    state: String,
}

/// One that was looked for, at its place.
pub(super) fn of_graphql(
    data: &Value,
    (repository, place): (&str, &str),
    wanted: &WantedPull,
) -> Result<FoundPull, String> {
    let Some(repositories) = data.as_object() else { return Err("it has no data".to_owned()) };
    let Some(repository) = repositories.get(repository) else {
        return Err("a repository is missing".to_owned());
    };
    if repository.is_null() {
        return Ok(FoundPull::NoRepository);
    }
    let Some(said) = repository.get(place) else { return Err("a pull request is missing".to_owned()) };
    if said.is_null() {
        return Ok(FoundPull::None);
    }
    let pull = match &wanted.which {
        WhichPull::Number(_) => Some(read::<Pull>(said)?),
        WhichPull::OfBranch { owner, .. } => newest(read::<Page>(said)?, owner)?,
    };
    pull.map_or(Ok(FoundPull::None), |pull| Ok(FoundPull::There(Box::new(pull.understood()?))))
}

fn read<'a, T: Deserialize<'a>>(said: &'a Value) -> Result<T, String> {
    T::deserialize(said).map_err(|error| format!("a pull request is not as documented: {error}"))
}

/// An open one before others, of those the newest; of this owner's branch, for forks have branches of the same names: where they have
/// so many that its own may be among those that were not told, nobody knows.
fn newest(page: Page, owner: &str) -> Result<Option<Pull>, String> {
    let (all, is_all) = (page.nodes, !page.page_info.has_next_page);
    let is_own = |pull: &Pull| {
        pull.head_repository_owner.as_ref().is_some_and(|head| head.login.eq_ignore_ascii_case(owner))
    };
    let mut own: Vec<Pull> = all.into_iter().filter(is_own).collect();
    own.sort_by_key(|pull| (pull.state == "OPEN", pull.number));
    match own.pop() {
        None if !is_all => {
            Err("forks have more pull requests of branches of this name than are looked through".to_owned())
        }
        found => Ok(found),
    }
}

impl Pull {
    fn understood(self) -> Result<PullRequest, String> {
        Ok(PullRequest {
            number: PullRequestNumber(self.number),
            url: url(self.url)?,
            title: PullRequest::kept_title(&self.title),
            state: match self.state.as_str() {
                "OPEN" => PullRequestState::Open,
                "MERGED" => PullRequestState::Merged,
                "CLOSED" => PullRequestState::Closed,
                other => return Err(format!("a state '{other:.40}'")),
            },
            readiness: readiness(self.is_draft),
            head: oid(&self.head_ref_oid)?,
            base: self.base_ref_name,
            checks: checks(self.commits.nodes.first().and_then(|of| of.commit.status_check_rollup.as_ref()))?,
            review: match self.review_decision.as_deref() {
                None => ReviewState::None,
                Some("APPROVED") => ReviewState::Approved,
                Some("CHANGES_REQUESTED") => ReviewState::ChangesRequested,
                Some("REVIEW_REQUIRED") => ReviewState::Required,
                Some(other) => return Err(format!("a review '{other:.40}'")),
            },
            mergeability: match self.mergeable.as_str() {
                "MERGEABLE" => Mergeability::Mergeable,
                "CONFLICTING" => Mergeability::Conflicting,
                _ => Mergeability::Unknown,
            },
        })
    }
}

fn checks(rollup: Option<&Rollup>) -> Result<CheckState, String> {
    Ok(match rollup.map(|rollup| rollup.state.as_str()) {
        None => CheckState::None,
        Some("SUCCESS") => CheckState::Passed,
        Some("PENDING" | "EXPECTED") => CheckState::Pending,
        Some("FAILURE" | "ERROR") => CheckState::Failed,
        Some(other) => return Err(format!("a state of checks '{other:.40}'")),
    })
}

const fn readiness(is_draft: bool) -> Readiness {
    if is_draft { Readiness::Draft } else { Readiness::Ready }
}

fn oid(text: &str) -> Result<ObjectId, String> {
    ObjectId::new(text).map_err(|error| error.to_string())
}

/// It is shown to a person, who may follow it.
fn url(text: String) -> Result<String, String> {
    let is_plain = text.starts_with("https://") || text.starts_with("http://");
    match is_plain && text.chars().all(|sign| sign.is_ascii_graphic()) {
        true => Ok(text),
        false => Err("an address that is none".to_owned()),
    }
}

/// What REST says of a new one (docs.github.com, REST, "Create a pull request").
#[derive(Deserialize)]
struct Made {
    number: u64,
    html_url: String,
    title: String,
    #[serde(default)]
    draft: bool,
    head: Head,
    base: BaseRef,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct BaseRef {
    #[serde(rename = "ref")]
    name: String,
}

/// A new one: nobody has checked or reviewed it.
pub(super) fn of_rest(said: &Value) -> Result<PullRequest, String> {
    let made: Made = read(said)?;
    Ok(PullRequest {
        number: PullRequestNumber(made.number),
        url: url(made.html_url)?,
        title: PullRequest::kept_title(&made.title),
        state: PullRequestState::Open,
        readiness: readiness(made.draft),
        head: oid(&made.head.sha)?,
        base: made.base.name,
        checks: CheckState::None,
        review: ReviewState::None,
        mergeability: Mergeability::Unknown,
    })
}
