//! Words for what the server says by codes, the same on the board and on the command line. It must not know where they
//! are shown.

use owt_api::CarConflict;
use owt_api::CarState;
use owt_api::CriticFinding;
use owt_api::Deleted;
use owt_api::LandingChecks;
use owt_api::LandingProgress;
use owt_api::LineSpan;
use owt_api::QueueState;
use owt_api::Standing;
use owt_api::Workspace;
use owt_core::counting::counted;

use crate::status::Tone;
use crate::text::line;

/// Why git would not merge a file by itself.
pub fn conflict(kind: &str) -> &'static str {
    match kind {
        "content" => "both changed it",
        "binary" => "both changed it, no text",
        "both_added" => "both made it",
        "modify_delete" => "changed and deleted",
        "rename" => "renamed",
        "file_folder" => "a file and a folder",
        "types" => "different types",
        "submodule" => "both moved the submodule",
        _ => "git cannot merge it",
    }
}

/// Lines by their numbers.
pub fn span(lines: LineSpan) -> String {
    match lines.count {
        0 => format!("after {}", lines.first),
        1 => lines.first.to_string(),
        count => format!("{}-{}", lines.first, lines.first.saturating_add(count - 1)),
    }
}

/// `↑2 ~1 ↓3`: commits of its own, changed files, commits of its base that are not here.
pub fn changes(standing: &Standing) -> String {
    let part = |sign: char, count: Option<u32>| {
        count.filter(|&count| count > 0).map(|count| format!("{sign}{count}"))
    };
    let parts = [
        part('↑', standing.commits_ahead),
        part('~', standing.dirty_files),
        part('↓', standing.commits_behind),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// So many are named that work conflicts with, and so many files; all of them: `owt conflicts`.
const MOST_NAMED: usize = 3;

/// `conflicts with main, auth`: what the work would not merge with, its target first; `None` where there is nothing.
pub fn conflicts(workspace: &Workspace) -> Option<String> {
    let target = workspace.standing.conflicts_with_target.as_deref().map(line);
    let others = workspace.conflicts_with.iter().take(MOST_NAMED).map(|name| line(name));
    let more = workspace.conflicts_with.len().saturating_sub(MOST_NAMED) as u64;
    let more = (more > 0).then(|| counted(more, "other", "others"));
    let all: Vec<String> = target.into_iter().chain(others).chain(more).collect();
    (!all.is_empty()).then(|| format!("conflicts with {}", all.join(", ")))
}

/// `+120 -7`: lines that its work has added and removed; nothing where it is none, or nobody can tell.
pub fn lines(standing: &Standing) -> String {
    match (standing.lines_added, standing.lines_removed) {
        (Some(added), Some(removed)) if added > 0 || removed > 0 => {
            format!("+{} -{}", short(added), short(removed))
        }
        _ => String::new(),
    }
}

/// A number in four digits at most.
fn short(number: u32) -> String {
    match number {
        ..10_000 => number.to_string(),
        10_000..10_000_000 => format!("{}k", number / 1_000),
        10_000_000.. => format!("{}M", number / 1_000_000),
    }
}

/// Whether work could land.
pub const fn queue_state(state: QueueState) -> &'static str {
    match state {
        QueueState::Ready => "ready",
        QueueState::Waits => "waits",
        QueueState::Conflicts => "conflicts with its target",
        QueueState::Unrelated => "unrelated to its target",
        QueueState::TargetGone => "its target is gone",
        QueueState::Uncommitted => "not committed",
        QueueState::Working => "at work",
        QueueState::Empty => "nothing to land",
        QueueState::Away => "not there",
    }
}

/// How far a landing is.
pub fn landing(progress: &LandingProgress) -> String {
    match (progress.step.as_str(), progress.check.as_deref()) {
        ("waiting", _) => "waits for its turn to land".to_owned(),
        ("reviewing", _) => "landing: the critic looks at it".to_owned(),
        ("committing", _) => "landing: what is left is committed".to_owned(),
        ("building", _) => "landing: its target comes in".to_owned(),
        ("checking", Some(check)) => format!("landing: checked by {}", line(check)),
        ("checking", None) => "landing: its checks are about to run".to_owned(),
        ("moving", _) => "landing: its target moves".to_owned(),
        ("leaving", _) => "its conflicts are laid out in its folder".to_owned(),
        ("landed", _) => "has landed; others that land with it have not yet".to_owned(),
        ("taking_back", _) => "is taken back from its target".to_owned(),
        (other, _) => format!("landing: {}", line(other)),
    }
}

/// Why work cannot land in its base, whatever it changes.
pub fn stranded(word: &str) -> Option<&'static str> {
    match word {
        "target_gone" => Some("stranded: its target is gone"),
        "unrelated" => Some("stranded: unrelated to its target"),
        _ => None,
    }
}

/// What that means to a person.
pub const fn queue_tone(state: QueueState) -> Tone {
    match state {
        QueueState::Ready => Tone::Good,
        QueueState::Working => Tone::Active,
        QueueState::Conflicts | QueueState::Unrelated | QueueState::TargetGone | QueueState::Away => {
            Tone::Bad
        }
        QueueState::Uncommitted | QueueState::Waits => Tone::Warn,
        QueueState::Empty => Tone::Dim,
    }
}

/// Which checks would run, or why none would; `None` where there are none.
pub fn foreseen_checks(checks: &LandingChecks) -> Option<String> {
    Some(match checks.outcome.as_str() {
        "would_run" => {
            let commands: Vec<String> = checks.commands.iter().map(|command| line(command)).collect();
            format!("The repository's checks would run: {}.", commands.join(", "))
        }
        "may_not_run" => "The repository's checks would not run: you denied them.".to_owned(),
        "skipped" => "The repository's checks would not run: --no-verify, which is recorded.".to_owned(),
        _ => return None,
    })
}

/// What becomes of work in a train that does not merge with what lands before it.
pub fn car_conflict(conflict: &CarConflict) -> String {
    let named: Vec<String> = conflict.files.iter().take(MOST_NAMED).map(|path| line(path)).collect();
    let more = conflict.files.len().saturating_sub(MOST_NAMED);
    let more =
        if more > 0 { format!(" and {}", counted(more, "other file", "other files")) } else { String::new() };
    format!("conflicts with {} in {}{more}: it would be put out", line(&conflict.with), named.join(", "))
}

/// How far work is in a train.
pub const fn car_state(state: CarState) -> &'static str {
    match state {
        CarState::Waits => "in the train: to be built",
        CarState::Building => "in the train: being built",
        CarState::Built => "in the train: built",
        CarState::Checking => "in the train: being checked",
        CarState::Passed => "in the train: passed",
        CarState::Failed => "in the train: failed",
        CarState::Landing => "in the train: landing",
        CarState::Landed => "landed",
        CarState::TakenBack => "taken back",
        CarState::Out => "put out of the train",
    }
}

/// What that means to a person.
pub const fn car_tone(state: CarState) -> Tone {
    match state {
        CarState::Out => Tone::Bad,
        CarState::Landed => Tone::Good,
        _ => Tone::Active,
    }
}

/// What the critic has found, a line each.
pub(crate) fn findings(findings: &[CriticFinding], more: u32) -> Vec<(Tone, String)> {
    let mut lines: Vec<(Tone, String)> = findings.iter().map(finding).collect();
    if more > 0 {
        lines.push((Tone::Dim, format!("  and {more} more")));
    }
    lines
}

fn finding(it: &CriticFinding) -> (Tone, String) {
    let tone = match it.severity.as_str() {
        "deny" => Tone::Bad,
        "warn" => Tone::Warn,
        _ => Tone::Plain,
    };
    let place = match (&it.path, it.line) {
        (Some(path), Some(at)) => format!("{}:{at}: ", line(path)),
        (Some(path), None) => format!("{}: ", line(path)),
        (None, _) => String::new(),
    };
    (tone, format!("  {:<4}  {place}{}", it.severity, line(&it.what)))
}

/// What of a workspace that goes is nowhere else: `2 changed files and 1 unmerged commit`.
pub fn held(deleted: &Deleted) -> Option<String> {
    let held = [
        (deleted.changed_files, "changed file", "changed files"),
        (deleted.unmerged_commits, "unmerged commit", "unmerged commits"),
    ];
    let held = held.into_iter().filter(|(count, ..)| *count > 0);
    let held: Vec<String> = held.map(|(count, one, many)| counted(count, one, many)).collect();
    (!held.is_empty()).then(|| held.join(" and "))
}
