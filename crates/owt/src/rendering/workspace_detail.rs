//! `owt show`: one workspace as a page.

use owt_api::Attempt;
use owt_api::ChildProgram;
use owt_api::Cost;
use owt_api::Delivery;
use owt_api::DiskUse;
use owt_api::Furnishing;
use owt_api::LandedWork;
use owt_api::LandingProgress;
use owt_api::ModifiedFiles;
use owt_api::OpenTool;
use owt_api::Sender;
use owt_api::Workspace;
use owt_api::WorkspaceDetail;
use owt_api::WorkspaceKind;
use owt_core::counting::counted;
use owt_tui::status;
use owt_tui::text::block;
use owt_tui::text::columns;
use owt_tui::text::cut;
use owt_tui::text::one_line;
use owt_tui::wording;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::agent_failure;
use crate::rendering::amount;
use crate::rendering::asked;
use crate::rendering::deliveries;
use crate::rendering::explanation::NOT_FIRING;
use crate::rendering::explanation::SILENT_HOOKS;
use crate::rendering::next_step;
use crate::rendering::next_step::Standpoint;
use crate::rendering::pull_requests;
use crate::rendering::span;
use crate::rendering::workspace_list;

/// Columns before a value.
const LABEL: usize = 13;

pub(crate) fn render(page: &Page, detail: &WorkspaceDetail) -> String {
    let workspace = &detail.workspace;
    let mut text = heading(page, workspace);
    // What is asked in a terminal is read and answered there.
    if let Some(step) = next_step::of(workspace, Standpoint::Inside).filter(|_| workspace.pending.is_empty())
    {
        text.insert_str(text.len() - 1, &format!("  {}\n", page.style.paint(Tone::Dim, &step)));
    }
    for (label, value) in facts(page, workspace) {
        text.push_str(&fact(page, label, &value));
    }
    if detail.hooks.as_deref() == Some(NOT_FIRING) {
        text.push_str(&fact(page, "Hooks", &page.style.paint(Tone::Warn, SILENT_HOOKS)));
    }
    if let Some(landed) = &detail.landed {
        text.push_str(&fact(page, "Landed", &landing(page, landed)));
    }
    if let Some(disk) = detail.disk {
        text.push_str(&fact(page, "Disk", &taken(disk)));
    }
    section(&mut text, page, "Asks you", workspace.pending.iter().flat_map(|it| asked::lines(page, it)));
    section(&mut text, page, "In use", detail.tools.iter().map(|tool| in_use(page, tool)));
    section(&mut text, page, "Still runs", detail.children.iter().map(|child| left_running(page, child)));
    section(&mut text, page, "Brought along", brought(&detail.furnishing).into_iter());
    section(&mut text, page, "Attempts", detail.attempts.iter().map(|tried| attempt(page, tried)));
    section(&mut text, page, "Messages", detail.deliveries.iter().map(|sent| delivery(page, sent)));
    let gutter = page.style.paint(Tone::Dim, "│");
    let room = page.width.map_or(usize::MAX, |width| width.saturating_sub(4));
    let line = |line: &String| format!("{gutter} {}", cut(&block(line).replace('\t', "    "), room));
    section(&mut text, page, "Last lines", detail.last_lines.iter().map(line));
    text
}

/// What the person needs to see of it once they have answered: what it does now, and what it asks next.
pub(crate) fn answered(page: &Page, detail: &WorkspaceDetail) -> String {
    let workspace = &detail.workspace;
    let mut text = heading(page, workspace).trim_end().to_owned() + "\n";
    section(&mut text, page, "Asks you", workspace.pending.iter().flat_map(|it| asked::lines(page, it)));
    text
}

/// A tool that the agent uses, and for how long by now.
pub(super) fn in_use(page: &Page, open: &OpenTool) -> String {
    let what = match open.summary.as_str() {
        "" => one_line(&open.tool),
        summary => format!("{}: {}", one_line(&open.tool), one_line(summary)),
    };
    let since = match span::since(&open.since, page.now).as_str() {
        "now" => "just begun".to_owned(),
        span => format!("for {span}"),
    };
    format!("{what}  {}", page.style.paint(Tone::Dim, &since))
}

fn heading(page: &Page, workspace: &Workspace) -> String {
    let tone = status::tone(workspace.status);
    let state = format!("{} {}", status::glyph(workspace.status), status::word(workspace.status));
    let since = match span::since(&workspace.status_since, page.now).as_str() {
        "now" => "just now".to_owned(),
        span => format!("for {span}"),
    };
    let evidence = format!("{since} ({})", one_line(&workspace.status_source));
    let mut text = format!(
        "{}  {}  {}\n",
        page.style.paint(Tone::Strong, &one_line(&workspace.name)),
        page.style.paint(tone, &state),
        page.style.paint(Tone::Dim, &evidence)
    );
    if let Some(detail) = &workspace.status_detail {
        text.push_str(&format!("  {}\n", page.style.paint(tone, &one_line(detail))));
    }
    text.push('\n');
    text
}

/// How far its landing is, and since when.
fn landing_words(landing: &LandingProgress, page: &Page) -> String {
    format!("{}, for {}", wording::landing(landing), span::since(&landing.since, page.now))
}

/// Why its work cannot land where it would.
fn stranded(workspace: &Workspace) -> Option<String> {
    workspace.standing.stranded.as_ref()?;
    Some(next_step::lacking(workspace)?.what_to_do(workspace, Standpoint::Inside))
}

/// What is known, in order; what is not known is not mentioned.
fn facts(page: &Page, workspace: &Workspace) -> Vec<(&'static str, String)> {
    let text = |value: &Option<String>| value.as_deref().map(one_line);
    let task = workspace.assignment.task.as_deref().map(|task| block(task.trim()));
    let title = text(&workspace.assignment.title).filter(|title| task.as_ref() != Some(title));
    let known = [
        ("Failure", workspace.failure.as_ref().map(|failure| agent_failure::words(failure, page.now))),
        ("Next", workspace.failure.as_ref().and_then(|failure| agent_failure::next(failure, page.now))),
        ("Title", title),
        ("Task", task),
        ("Branch", branch(workspace)),
        ("Pull request", workspace.standing.pull_request.as_ref().map(pull_requests::line)),
        ("Checked out", text(&workspace.standing.switched_to)),
        ("Changes", Some(changes(workspace))),
        ("Modified", workspace.used.modified_files.as_ref().map(modified)),
        ("Warning", Some(workspace_list::warned(page, workspace)).filter(|words| !words.is_empty())),
        ("Landing", workspace.landing.as_ref().map(|landing| landing_words(landing, page))),
        ("Stranded", stranded(workspace)),
        ("Conflicts", conflicts(workspace)),
        ("Folder", Some(one_line(&workspace.path))),
        ("Repository", Some(one_line(&workspace.repository))),
        ("Agent", agent(workspace)),
        ("Permissions", text(&workspace.assignment.permissions)),
        ("Session", text(&workspace.session)),
        ("Job", text(&workspace.assignment.job)),
        ("Ports", workspace.outfit.port.map(|port| format!("{port} to {}", port.saturating_add(9)))),
        ("Packages", packages(workspace)),
        ("Setup", setup(workspace)),
        ("Used", used(workspace)),
        ("Active", workspace.used.attention.last_activity_at.as_deref().map(|at| span::point(at, page.now))),
        ("Made", Some(span::point(&workspace.dates.created_at, page.now))),
        ("Changed", Some(span::point(&workspace.dates.updated_at, page.now))),
    ];
    known.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

/// All that its work would not merge with, its target first.
fn conflicts(workspace: &Workspace) -> Option<String> {
    let target = workspace.standing.conflicts_with_target.as_deref();
    let target = target.map(|target| format!("with its target {}", one_line(target)));
    let others: Vec<String> = workspace.conflicts_with.iter().map(|name| one_line(name)).collect();
    let others = (!others.is_empty()).then(|| format!("with {}", others.join(", ")));
    let all: Vec<String> = target.into_iter().chain(others).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// The most files that are named to a person at once.
const MOST_NAMED: usize = 8;

/// The files that its agent has changed, and how many more.
fn modified(files: &ModifiedFiles) -> String {
    let named: Vec<String> = files.paths.iter().take(MOST_NAMED).map(|path| one_line(path)).collect();
    let rest = files.paths.len().saturating_sub(MOST_NAMED);
    match (rest, files.more) {
        (0, false) => named.join(", "),
        (rest, false) => format!("{} and {rest} more", named.join(", ")),
        (_, true) => format!("{} and many more", named.join(", ")),
    }
}

/// Where its work has landed.
fn landing(page: &Page, landed: &LandedWork) -> String {
    let short = |sha: &str| one_line(sha.get(..10).unwrap_or(sha));
    let (before, after) = (short(&landed.before_sha), short(&landed.after_sha));
    let skipped = match landed.checks.as_deref() {
        Some("skipped") => ", without its checks (--no-verify)",
        _ => "",
    };
    let (target, at) = (one_line(&landed.target), span::point(&landed.at, page.now));
    format!("in {target} ({before} to {after}) {at}{skipped}")
}

/// What it takes of the disk by itself.
fn taken(disk: DiskUse) -> String {
    let bytes = amount::bytes(disk.exclusive_bytes);
    match disk.complete {
        true => format!("{bytes} of its own"),
        false => format!("more than {bytes} of its own"),
    }
}

fn packages(workspace: &Workspace) -> Option<String> {
    let word = match workspace.outfit.install.as_str() {
        "waiting" => "waiting to be installed",
        "running" => "being installed",
        "done" => "installed",
        "failed" => "not installed",
        _ => return None,
    };
    Some(word.to_owned())
}

/// How far the commands are that set it up, where there are any.
pub(crate) fn setup(workspace: &Workspace) -> Option<String> {
    let word = match workspace.outfit.setup.as_str() {
        "unapproved" => {
            "not run: you have not approved it as it is now (owt approvals; after that, owt resume sets it up)"
        }
        "waiting" => "waiting",
        "running" => "runs",
        "done" => "done",
        "failed" => "failed",
        _ => return None,
    };
    Some(word.to_owned())
}

/// What is in the folder beside what git put there, and what is not.
fn brought(furnishing: &Furnishing) -> Vec<String> {
    let lines = |label: &'static str, values: &[String]| -> Vec<String> {
        values.iter().map(|value| format!("{label} {}", one_line(value))).collect()
    };
    let log = furnishing.install_log.as_slice();
    [
        lines("project", &furnishing.projects),
        lines("copied", &furnishing.copied),
        lines("shared", &furnishing.carried),
        lines("submodule", &furnishing.submodules),
        lines("built anew", &furnishing.rebuilt),
        lines("failed", &furnishing.install_failures),
        lines("install log", log),
        lines("failed", furnishing.setup_failure.as_slice()),
        lines("setup log", furnishing.setup_log.as_slice()),
        lines("note", &furnishing.notices),
    ]
    .concat()
}

fn branch(workspace: &Workspace) -> Option<String> {
    let mut text = one_line(workspace.branch.as_deref()?);
    if let Some(base) = &workspace.standing.base {
        text.push_str(&format!(" from {}", one_line(base)));
    }
    if let Some(sha) = &workspace.standing.base_sha {
        text.push_str(&format!(" at {}", short(sha)));
    }
    if let Some(sha) = &workspace.standing.head_sha {
        text.push_str(&format!(", now at {}", short(sha)));
    }
    if workspace.kind == WorkspaceKind::Branch {
        text.push_str(", in place");
    }
    Some(text)
}

fn short(sha: &str) -> &str {
    sha.get(..10).unwrap_or(sha)
}

fn changes(workspace: &Workspace) -> String {
    let some = |count: Option<u32>, one: &str, many: &str| {
        count.filter(|count| *count > 0).map(|count| counted(count, one, many))
    };
    let parts: Vec<String> = [
        some(workspace.standing.commits_ahead, "commit", "commits"),
        some(workspace.standing.dirty_files, "uncommitted file", "uncommitted files"),
        some(workspace.standing.commits_behind, "commit behind its base", "commits behind its base"),
        Some(wording::lines(&workspace.standing)).filter(|it| !it.is_empty()).map(|it| format!("{it} lines")),
        some(
            u32::try_from(workspace.standing.unmerged_files.len()).ok(),
            "file in which a merge has left conflicts",
            "files in which a merge has left conflicts",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    match (parts.is_empty(), workspace.standing.missing, workspace.standing.commits_ahead) {
        (false, None, _) => parts.join(", "),
        (false, Some(_), _) => format!("{} on its branch", parts.join(", ")),
        (true, _, Some(_)) => "none".to_owned(),
        (true, None, None) if workspace.branch.is_none() => "none".to_owned(),
        (true, _, None) => "nobody can tell".to_owned(),
    }
}

fn agent(workspace: &Workspace) -> Option<String> {
    let mut text = one_line(workspace.agent.as_deref()?);
    if let Some(backend) = &workspace.backend {
        text.push_str(&format!(" ({})", one_line(backend)));
    }
    if let Some(model) = &workspace.model {
        text.push_str(&format!(", model {}", one_line(model)));
    }
    Some(text)
}

fn used(workspace: &Workspace) -> Option<String> {
    let tokens = workspace.used.tokens.map(|tokens| {
        format!("{} tokens read, {} written", thousands(tokens.input), thousands(tokens.output))
    });
    let cost = workspace.used.cost().map(dollars);
    let parts: Vec<String> = cost.into_iter().chain(tokens).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// An amount of money; `~$1.20` where it is an estimate.
pub(super) fn dollars(cost: Cost) -> String {
    let about = if cost.is_estimated { "~" } else { "" };
    format!("{about}${:.2}", cost.usd)
}

/// A count, short: `950`, `1.2k`, `3.4M`.
pub(super) fn thousands(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.1}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// A fact; further lines of its value stand under the first.
fn fact(page: &Page, label: &str, value: &str) -> String {
    let blanks = " ".repeat(LABEL.saturating_sub(columns(label)));
    let indent = " ".repeat(LABEL + 2);
    let value = value.lines().collect::<Vec<_>>().join(&format!("\n{indent}"));
    format!("  {}{blanks}{value}\n", page.style.paint(Tone::Dim, label))
}

fn section(text: &mut String, page: &Page, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    text.push_str(&format!("\n{}\n", page.style.paint(Tone::Strong, title)));
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
}

fn left_running(page: &Page, child: &ChildProgram) -> String {
    let tone = if child.pace == "works" { Tone::Active } else { Tone::Dim };
    let pace = page.style.paint(tone, &one_line(&child.pace));
    let since = span::point(&child.started_at, page.now);
    format!("{}  {pace}  process {}, since {since}", one_line(&child.command), child.pid)
}

fn attempt(page: &Page, tried: &Attempt) -> String {
    let when = tried.started_at.as_deref().map(|time| format!("  {}", span::point(time, page.now)));
    // An end without an exit says nothing by itself.
    let exit = tried.exit.as_deref().or(tried.reason.as_deref());
    let exit = exit.map(|exit| format!("  {}", one_line(exit)));
    let word = tried.final_word.as_deref().map(|word| format!("  said: {}", one_line(word)));
    format!(
        "{}  {}{}{}{}",
        tried.number,
        one_line(&tried.state),
        exit.unwrap_or_default(),
        page.style.paint(Tone::Dim, &when.unwrap_or_default()),
        word.unwrap_or_default()
    )
}

fn delivery(page: &Page, sent: &Delivery) -> String {
    let state = page.style.paint(deliveries::tone(&sent.state), &one_line(&sent.state));
    let detail = sent.detail.as_deref().map(|detail| format!("  {}", one_line(detail)));
    let id = page.style.paint(Tone::Dim, &one_line(sent.id.as_deref().unwrap_or_default()));
    let sender = match sent.sender {
        Some(Sender::Owt) => "  from owt",
        Some(Sender::Agent) => "  from another agent",
        Some(Sender::Person) | None => "",
    };
    format!("{state}  {id}{sender}{}", detail.unwrap_or_default())
}
