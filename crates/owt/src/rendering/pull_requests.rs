//! `owt pr`.

use owt_api::CreatedPullRequest;
use owt_api::MergedPullRequest;
use owt_api::PullRequest;
use owt_api::PullRequestOutcome;
use owt_api::WorkspacePullRequest;
use owt_core::counting::counted;
use owt_tui::text::block;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::review;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 7] = [
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(16) },
    Column { heading: "PR", squeeze: Squeeze::Never },
    Column { heading: "STATE", squeeze: Squeeze::Never },
    Column { heading: "CHECKS", squeeze: Squeeze::Never },
    Column { heading: "REVIEW", squeeze: Squeeze::Drop(1) },
    Column { heading: "MERGES", squeeze: Squeeze::Drop(0) },
    Column { heading: "URL", squeeze: Squeeze::To(24) },
];

const MERGED: [Column; 4] = [
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(16) },
    Column { heading: "PR", squeeze: Squeeze::Never },
    Column { heading: "WHAT BECOMES OF IT", squeeze: Squeeze::To(30) },
    Column { heading: "URL", squeeze: Squeeze::To(24) },
];

/// The workspaces and their pull requests.
pub(crate) fn render(page: &Page, found: &[WorkspacePullRequest]) -> String {
    let rows: Vec<Vec<Cell>> =
        found.iter().filter_map(|it| Some(row(it, it.pull_request.as_ref()?))).collect();
    if rows.is_empty() {
        return "No workspace here has a pull request.\n".to_owned();
    }
    table::render(page, &COLUMNS, &rows)
}

/// By which one a workspace's work does not go any more.
pub(crate) fn unlinked(was: &WorkspacePullRequest) -> String {
    let number = was.pull_request.as_ref().map(|pull| format!("#{}", pull.number)).unwrap_or_default();
    format!(
        "'{}' does not go by pull request {number} any more; at its host nothing changes.\n",
        one_line(&was.name)
    )
}

fn row(it: &WorkspacePullRequest, pull: &PullRequest) -> Vec<Cell> {
    vec![
        Cell::new(Tone::Strong, one_line(&it.name)),
        Cell::plain(format!("#{}", pull.number)),
        state(pull),
        Cell::new(tone(&pull.checks), word(&pull.checks)),
        Cell::new(tone(&pull.review), word(&pull.review)),
        Cell::new(tone(&pull.mergeable), word(&pull.mergeable)),
        Cell::new(Tone::Dim, one_line(&pull.url)),
    ]
}

fn state(pull: &PullRequest) -> Cell {
    match (pull.state.as_str(), pull.draft) {
        ("open", true) => Cell::new(Tone::Dim, "draft"),
        ("open", false) => Cell::new(Tone::Active, "open"),
        ("merged", _) => Cell::new(Tone::Good, "merged"),
        (other, _) => Cell::new(Tone::Dim, one_line(other)),
    }
}

/// A word of the wire for people; nothing to say is a stroke.
fn word(word: &str) -> String {
    match word {
        "none" | "unknown" => "-".to_owned(),
        "mergeable" => "yes".to_owned(),
        "conflicting" => "conflicts".to_owned(),
        "changes_requested" => "changes wanted".to_owned(),
        other => one_line(other),
    }
}

fn tone(word: &str) -> Tone {
    match word {
        "passed" | "approved" | "mergeable" => Tone::Good,
        "failed" | "conflicting" | "changes_requested" => Tone::Bad,
        "pending" | "required" => Tone::Warn,
        _ => Tone::Dim,
    }
}

/// A pull request in one line, for `owt show`.
pub(crate) fn line(pull: &PullRequest) -> String {
    let state = if pull.draft && pull.state == "open" { "draft" } else { pull.state.as_str() };
    let mut parts = vec![format!("#{} {}", pull.number, one_line(state))];
    if pull.checks != "none" {
        parts.push(format!("checks {}", word(&pull.checks)));
    }
    if pull.review != "none" {
        parts.push(format!("review {}", word(&pull.review)));
    }
    format!("{}  {}", parts.join(", "), one_line(&pull.url))
}

/// What came of a new one.
pub(crate) fn created(created: &CreatedPullRequest) -> String {
    let (name, base) = (one_line(&created.name), one_line(&created.base));
    let branch = created.branch.as_deref().map(one_line).unwrap_or_default();
    let remote = one_line(&created.remote);
    let place = format!("{} at {}", one_line(&created.repository), one_line(&created.host));
    let url = created.pull_request.as_ref().map(|pull| format!("#{} {}", pull.number, one_line(&pull.url)));
    let url = url.unwrap_or_default();
    let mut text = match created.outcome {
        PullRequestOutcome::Created => format!("'{name}' has a pull request: {url}\n"),
        PullRequestOutcome::WasThere => {
            format!("'{name}' had a pull request, which has all of it now: {url}\n")
        }
        PullRequestOutcome::WouldCreate => format!(
            "{branch} of '{name}' would be pushed to {remote}, with a pull request into {base} of {place}, where it has none.\n"
        ),
    };
    if let Some(committed) = &created.committed {
        let files = committed.files.map(|files| counted(files, "file", "files")).unwrap_or_default();
        let was = if created.dry_run { "would be" } else { "was" };
        let subject = committed.message.lines().next().unwrap_or_default();
        text.push_str(&format!("  {files} {was} committed first: {}\n", one_line(subject)));
    }
    if !created.withheld.is_empty() {
        let paths: Vec<String> = created.withheld.iter().map(|path| one_line(path)).collect();
        text.push_str(&format!(
            "  Not committed (secrets, or repositories of their own): {}\n",
            paths.join(", ")
        ));
    }
    text.push_str(&review::of_landing(Some(&created.review)));
    if created.outcome == PullRequestOutcome::WouldCreate {
        text.push_str(&format!("\n{}\n\n{}", one_line(&created.title), block(&created.body)));
    }
    text
}

/// Workspaces whose pull request was merged.
pub(crate) fn merged(page: &Page, items: &[MergedPullRequest]) -> String {
    if items.is_empty() {
        return "No pull request of a workspace here was merged.\n".to_owned();
    }
    let row = |item: &MergedPullRequest| {
        let (tone, what) = match (&item.stays, item.done) {
            (Some(why), _) => (Tone::Warn, format!("stays: {}", one_line(why))),
            (None, true) => (Tone::Good, "deleted".to_owned()),
            (None, false) => (Tone::Plain, "would be deleted".to_owned()),
        };
        vec![
            Cell::new(Tone::Strong, one_line(&item.name)),
            Cell::plain(format!("#{}", item.pull_request.number)),
            Cell::new(tone, what),
            Cell::new(Tone::Dim, one_line(&item.pull_request.url)),
        ]
    };
    let rows: Vec<Vec<Cell>> = items.iter().map(row).collect();
    table::render(page, &MERGED, &rows)
}
