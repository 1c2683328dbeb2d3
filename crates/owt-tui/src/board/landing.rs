//! Landing work, by a merge or by shipping it: what would land is shown first, then done. It must not know who asks the
//! server, nor where on the screen it is told.

use owt_api as api;
use owt_core::counting::counted;

use super::ahead::News;
use super::ahead::Question;
use crate::event::Deed;
use crate::layer::Act;
use crate::layer::Choice;
use crate::row::Row;
use crate::status::Tone;
use crate::text::line;
use crate::wording;

type Lines = Vec<(Tone, String)>;

/// How work lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// What is committed.
    Merge,
    /// What is not committed is committed first, and the repository's checks run.
    Ship,
}

impl By {
    const fn heading(self) -> &'static str {
        match self {
            Self::Merge => "Merge",
            Self::Ship => "Ship",
        }
    }

    fn look_ahead(self, workspace: api::Selector) -> Deed {
        match self {
            Self::Merge => Deed::Merge(api::MergeWorkspace {
                workspace,
                dry_run: true,
                ..api::MergeWorkspace::default()
            }),
            Self::Ship => {
                Deed::Ship(api::ShipWorkspace { workspace, dry_run: true, ..api::ShipWorkspace::default() })
            }
        }
    }

    /// The deed itself, with the words of its key and what to say meanwhile.
    fn landing(self, workspace: api::Selector) -> (Deed, &'static str, &'static str) {
        match self {
            Self::Merge => (
                Deed::Merge(api::MergeWorkspace { workspace, ..api::MergeWorkspace::default() }),
                "land it",
                "landing",
            ),
            Self::Ship => (
                Deed::Ship(api::ShipWorkspace { workspace, ..api::ShipWorkspace::default() }),
                "ship it",
                "shipping",
            ),
        }
    }
}

/// What would land?
pub(super) fn question(by: By, row: &Row, whose: api::Selector) -> Question {
    let title = format!("{} {}", by.heading(), row.name());
    Question { title, doing: "looking ahead", deed: by.look_ahead(whose.clone()), whose }
}

pub(super) fn news(by: By, merged: &api::Merged) -> News {
    match merged.outcome {
        api::MergeOutcome::Landed => said(merged),
        api::MergeOutcome::PullRequest => News::Said(
            Tone::Good,
            format!("{} goes by a pull request: {}", line(&merged.name), pull_request(merged)),
        ),
        _ => News::Shown(not_landed(by, merged)),
    }
}

/// What a landing would do, and the way to do it.
pub(super) fn ahead(by: By, merged: &api::Merged, workspace: api::Selector) -> Choice {
    let name = line(&merged.name);
    match merged.outcome {
        api::MergeOutcome::WouldLand | api::MergeOutcome::WouldOpenPullRequest => {
            let (deed, words, doing) = by.landing(workspace);
            let act = Act::Do(Box::new(deed), format!("{doing} {name}"));
            Choice::new(format!("{} {name}?", by.heading()), would_land(merged)).way('y', words, act)
        }
        api::MergeOutcome::Conflicts => {
            let request =
                api::MergeWorkspace { workspace, leave_conflicts: true, ..api::MergeWorkspace::default() };
            let act = Act::Do(Box::new(Deed::Merge(request)), format!("beginning the merge in {name}"));
            not_landed(by, merged).way(
                'c',
                "leave the conflicts in the workspace, for its agent to settle",
                act,
            )
        }
        _ => not_landed(by, merged),
    }
}

fn would_land(merged: &api::Merged) -> Lines {
    let target = line(&merged.target);
    let commits = what(merged);
    let before: String = merged.before_sha.chars().take(10).collect();
    let mut lines = match &merged.offered {
        None => vec![
            (Tone::Good, format!("{commits} would land in {target}, without a conflict.")),
            (Tone::Dim, format!("{target} is at {before}.")),
        ],
        Some(offered) => vec![
            (
                Tone::Good,
                format!("{commits} would be pushed to {}, without a conflict.", line(&offered.remote)),
            ),
            (Tone::Dim, format!("A pull request into {target} of {}.", line(&offered.repository))),
        ],
    };
    lines.extend(committed(merged));
    lines.extend(checks(merged));
    if let Some(checkout) = &merged.checkout {
        lines.push((Tone::Plain, format!("The checkout in {} goes along.", line(checkout))));
    }
    lines.extend(deleted(merged));
    lines.extend(found(merged));
    lines
}

/// The commits that are there, and the one that is made of what is left.
fn what(merged: &api::Merged) -> String {
    let there = merged.commits.saturating_sub(u32::from(merged.committed.is_some()));
    let commits = counted(there, "commit", "commits");
    match (there, &merged.committed) {
        (0, Some(_)) => "One commit, of what is not committed yet,".to_owned(),
        (_, Some(_)) => format!("{commits}, and one of what is not committed yet,"),
        (_, None) => commits,
    }
}

/// What is committed first, and what stays out of that.
fn committed(merged: &api::Merged) -> Lines {
    let mut lines = Lines::new();
    if let Some(work) = &merged.committed {
        let subject = line(work.message.lines().next().unwrap_or_default());
        let files =
            work.files.map_or_else(|| "what is left".to_owned(), |files| counted(files, "file", "files"));
        lines.push((Tone::Plain, format!("Committed first, {files}: {subject}")));
    }
    if !merged.withheld.is_empty() {
        let what = "Never committed (secrets, or repositories of their own):";
        lines.push((Tone::Warn, what.to_owned()));
        lines.extend(merged.withheld.iter().map(|path| (Tone::Plain, format!("  {}", line(path)))));
    }
    lines
}

fn checks(merged: &api::Merged) -> Option<(Tone, String)> {
    let checks = merged.checks.as_ref()?;
    let told = match checks.outcome.as_str() {
        "would_run" => {
            let commands: Vec<String> = checks.commands.iter().map(|command| line(command)).collect();
            return Some((Tone::Plain, format!("First the checks run on it: {}.", commands.join(", "))));
        }
        "passed" => (Tone::Good, "The repository's checks passed."),
        "passed_before" => (Tone::Good, "The repository's checks have passed on this very tree."),
        "may_not_run" => (Tone::Warn, "The repository's checks do not run: you denied them."),
        _ => return None,
    };
    Some((told.0, told.1.to_owned()))
}

/// What becomes of the workspace.
fn deleted(merged: &api::Merged) -> Lines {
    let mut lines = Lines::new();
    if let Some(deleted) = &merged.deleted {
        let branch = if deleted.branch_deleted { " and its branch" } else { "" };
        lines.push((Tone::Plain, format!("Then the workspace{branch} goes; owt restore brings it back.")));
        if deleted.changed_files > 0 {
            let files = counted(deleted.changed_files, "uncommitted file does", "uncommitted files do");
            lines.push((Tone::Warn, format!("{files} not land: kept in a snapshot.")));
        }
    }
    if let Some(why) = &merged.not_deleted {
        lines.push((Tone::Warn, format!("The workspace stays: {}", line(why))));
    }
    lines
}

/// What the critic has found.
fn found(merged: &api::Merged) -> Lines {
    let Some(review) = merged.review.as_ref().filter(|review| !review.findings.is_empty()) else {
        return Lines::new();
    };
    let mut lines = vec![(Tone::Strong, "The critic:".to_owned())];
    lines.extend(wording::findings(&review.findings, review.more));
    lines
}

fn not_landed(by: By, merged: &api::Merged) -> Choice {
    let lines = match merged.outcome {
        api::MergeOutcome::TargetKept => target_kept(merged),
        api::MergeOutcome::Denied => denied(merged),
        api::MergeOutcome::ChecksFailed => checks_failed(merged),
        api::MergeOutcome::Doubted => doubted(merged),
        api::MergeOutcome::Pushed => pushed(merged),
        _ => conflicts(merged),
    };
    Choice::new(format!("{} {}: nothing has landed", by.heading(), line(&merged.name)), lines)
}

fn target_kept(merged: &api::Merged) -> Lines {
    let at = merged.checkout.as_deref().map(line).unwrap_or_default();
    let target = line(&merged.target);
    let mut lines = vec![(Tone::Bad, format!("{target} is checked out in {at} with something in the way:"))];
    let why = merged.in_the_way.as_deref().unwrap_or_default();
    lines.extend(why.lines().map(|line| (Tone::Plain, format!("  {line}"))));
    let hint = match merged.after_sha {
        Some(_) => "hint: put away what is there, then once more",
        None => "hint: settle that first, then once more",
    };
    lines.push((Tone::Active, hint.to_owned()));
    lines
}

fn denied(merged: &api::Merged) -> Lines {
    let mut lines =
        vec![(Tone::Bad, format!("The critic denies that it lands in {}:", line(&merged.target)))];
    let Some(review) = &merged.review else { return lines };
    lines.extend(wording::findings(&review.findings, review.more));
    if review.needs_decision {
        let times = counted(review.denials_in_a_row, "time", "times");
        lines.push((Tone::Warn, format!("It was denied {times} in a row: this is yours to decide.")));
    }
    let hint = "hint: settle it in the workspace, or say in your own configuration how much a rule weighs ([critic])";
    lines.push((Tone::Active, hint.to_owned()));
    lines
}

/// The address of its pull request.
fn pull_request(merged: &api::Merged) -> String {
    let pull = merged.offered.as_ref().and_then(|offered| offered.pull_request.as_ref());
    pull.map(|pull| format!("#{} {}", pull.number, line(&pull.url))).unwrap_or_default()
}

fn pushed(merged: &api::Merged) -> Lines {
    let problem = merged.offered.as_ref().and_then(|offered| offered.problem.as_ref());
    let why = problem.map(|problem| line(&problem.message)).unwrap_or_default();
    vec![(Tone::Bad, why), (Tone::Active, format!("hint: owt pr create {} makes it", line(&merged.name)))]
}

fn doubted(merged: &api::Merged) -> Lines {
    let Some(opinion) = &merged.opinion else { return Lines::new() };
    let agent = line(&opinion.agent);
    let what = match &opinion.problem {
        Some(problem) => format!("The second opinion of {agent} could not be had: {}", line(problem)),
        None => format!("{agent} doubts it ({}%):", opinion.score_percent.unwrap_or_default()),
    };
    let mut lines = vec![(Tone::Bad, what)];
    lines.extend(opinion.findings.iter().map(|finding| (Tone::Plain, format!("  {}", line(finding)))));
    lines.push((
        Tone::Active,
        format!("hint: owt ship {} asks you whether it lands all the same", line(&merged.name)),
    ));
    lines
}

fn checks_failed(merged: &api::Merged) -> Lines {
    let checks = merged.checks.as_ref();
    let what = checks.and_then(|checks| checks.what.as_deref()).map(line).unwrap_or_default();
    let target = line(&merged.target);
    let mut lines = vec![(Tone::Bad, format!("{target} is where it was: the check {what}"))];
    let last = checks.map(|checks| checks.last_lines.as_slice()).unwrap_or_default();
    lines.extend(last.iter().map(|text| (Tone::Plain, format!("  {}", line(text)))));
    if let Some(log) = checks.and_then(|checks| checks.log.as_deref()) {
        lines.push((Tone::Active, format!("hint: all that the checks printed is in {}", line(log))));
    }
    lines
}

fn conflicts(merged: &api::Merged) -> Lines {
    let target = line(&merged.target);
    let conflicts = counted(merged.conflicts.len() as u64, "conflict", "conflicts");
    let mut lines = vec![(Tone::Bad, format!("It does not agree with {target}: {conflicts}."))];
    let words = |conflict: &api::MergeConflict| format!("  {}: {}", conflict.path, conflict.what);
    lines.extend(merged.conflicts.iter().map(|conflict| (Tone::Plain, words(conflict))));
    if merged.outcome == api::MergeOutcome::ConflictsLeft {
        let what =
            "The merge is begun in the workspace: let its agent settle it there and commit, then merge.";
        lines.push((Tone::Active, what.to_owned()));
    }
    lines
}

fn said(merged: &api::Merged) -> News {
    let commits = counted(merged.commits, "commit", "commits");
    News::Said(
        Tone::Good,
        format!("{} has landed in {} ({commits})", line(&merged.name), line(&merged.target)),
    )
}
