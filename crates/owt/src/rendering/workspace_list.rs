//! `owt list`.

use owt_api::AgentFailure;
use owt_api::Status;
use owt_api::Workspace;
use owt_api::WorkspaceKind;
use owt_tui::status;
use owt_tui::text::one_line;
use owt_tui::wording;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::agent_failure;
use crate::rendering::next_step;
use crate::rendering::next_step::Standpoint;
use crate::rendering::span;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;
use crate::rendering::workspace_detail::thousands;

const COLUMNS: [Column; 10] = [
    Column { heading: "STATUS", squeeze: Squeeze::Never },
    // What commands are told: rather the branch goes, which mostly repeats it.
    Column { heading: "NAME", squeeze: Squeeze::To(24) },
    Column { heading: "AGENT", squeeze: Squeeze::Drop(2) },
    Column { heading: "CHANGES", squeeze: Squeeze::Drop(1) },
    Column { heading: "LINES", squeeze: Squeeze::Drop(0) },
    Column { heading: "SINCE", squeeze: Squeeze::Never },
    Column { heading: "ACTIVE", squeeze: Squeeze::Drop(1) },
    Column { heading: "TOKENS", squeeze: Squeeze::Drop(0) },
    Column { heading: "BRANCH", squeeze: Squeeze::Drop(0) },
    Column { heading: "TASK", squeeze: Squeeze::To(12) },
];

const REPOSITORY: Column = Column { heading: "REPOSITORY", squeeze: Squeeze::To(10) };

/// The mark of what nobody has looked at.
const UNREAD: &str = "•";

/// Which repositories the list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breadth {
    One,
    All,
}

/// The table, or a sentence where there is nothing.
pub(crate) fn render(page: &Page, workspaces: &[Workspace], breadth: Breadth) -> String {
    if workspaces.is_empty() {
        return "No workspaces yet.\n".to_owned();
    }
    let rows: Vec<Vec<Cell>> = workspaces.iter().map(|workspace| row(page, workspace, breadth)).collect();
    let columns: Vec<Column> = match breadth {
        Breadth::One => COLUMNS.to_vec(),
        Breadth::All => std::iter::once(REPOSITORY).chain(COLUMNS).collect(),
    };
    table::render(page, &columns, &rows)
}

fn row(page: &Page, workspace: &Workspace, breadth: Breadth) -> Vec<Cell> {
    let tone = status::tone(workspace.status);
    let state = format!("{} {}", status::glyph(workspace.status), status::word(workspace.status));
    let cells = [
        Cell::new(tone, state),
        name(workspace),
        Cell::plain(agent(workspace)),
        Cell::plain(wording::changes(&workspace.standing)),
        Cell::new(Tone::Dim, wording::lines(&workspace.standing)),
        Cell::new(Tone::Dim, span::since(&workspace.status_since, page.now)),
        Cell::new(Tone::Dim, active(workspace, page)),
        Cell::new(Tone::Dim, tokens(workspace)),
        Cell::new(Tone::Dim, branch(workspace)),
        task_and_conflicts(page, workspace),
    ];
    let repository = workspace.repository.rsplit('/').next().unwrap_or_default();
    match breadth {
        Breadth::One => cells.into(),
        Breadth::All => std::iter::once(Cell::plain(one_line(repository))).chain(cells).collect(),
    }
}

/// Its name, with a mark where something of it is unread.
fn name(workspace: &Workspace) -> Cell {
    let name = one_line(&workspace.name);
    Cell::new(Tone::Strong, if workspace.used.attention.unread { format!("{name} {UNREAD}") } else { name })
}

/// How long ago something came from its agent.
fn active(workspace: &Workspace, page: &Page) -> String {
    workspace
        .used
        .attention
        .last_activity_at
        .as_deref()
        .map(|at| span::since(at, page.now))
        .unwrap_or_default()
}

fn tokens(workspace: &Workspace) -> String {
    workspace.used.tokens.map(|tokens| thousands(tokens.input + tokens.output)).unwrap_or_default()
}

fn agent(workspace: &Workspace) -> String {
    workspace.agent.as_deref().map(one_line).unwrap_or_default()
}

fn branch(workspace: &Workspace) -> String {
    match (&workspace.branch, workspace.kind) {
        (Some(branch), _) if workspace.standing.switched_to.is_some() => {
            let now = workspace.standing.switched_to.as_deref().unwrap_or_default();
            format!("{} → {}", one_line(branch), one_line(now))
        }
        (Some(branch), WorkspaceKind::Branch) => format!("{} (in place)", one_line(branch)),
        (Some(branch), _) => one_line(branch),
        (None, WorkspaceKind::Folder) => "(no git)".to_owned(),
        (None, _) => String::new(),
    }
}

/// What it is about; what the person must know comes first.
fn task(page: &Page, workspace: &Workspace) -> Cell {
    let assignment = &workspace.assignment;
    let title = assignment.title.as_deref().or(assignment.task.as_deref()).map(one_line).unwrap_or_default();
    let failed = failed_turn(workspace).map(|failure| agent_failure::words(failure, page.now));
    if let Some(landing) = &workspace.landing {
        return Cell::new(Tone::Active, wording::landing(landing));
    }
    match &workspace.status_detail {
        Some(detail) if waits_on_person(workspace) => Cell::new(Tone::Warn, one_line(detail)),
        Some(detail) if workspace.status == Status::Failed => Cell::new(Tone::Bad, one_line(detail)),
        // It waits to go on by itself.
        Some(detail) if workspace.failure.as_ref().is_some_and(|failure| failure.next.at.is_some()) => {
            Cell::new(Tone::Warn, one_line(detail))
        }
        Some(detail) if workspace.outfit.install == "running" || workspace.outfit.setup == "running" => {
            Cell::new(Tone::Warn, one_line(detail))
        }
        _ if !workspace.used.attention.warnings.is_empty() => Cell::new(Tone::Warn, warned(page, workspace)),
        _ => match (failed, next_step::lacking(workspace)) {
            (Some(words), _) => Cell::new(Tone::Bad, format!("its turn failed: {words}")),
            (None, Some(lacking)) => Cell::new(Tone::Warn, format!("[{}] {title}", lacking.short())),
            (None, None) => Cell::plain(title),
        },
    }
}

/// Whether a person should do something, by what it does or by what became of a message to it.
fn waits_on_person(workspace: &Workspace) -> bool {
    let attention = &workspace.used.attention;
    status::needs_person(workspace.status) || attention.held_message || attention.uncertain_message
}

/// That with what the work would not merge with.
fn task_and_conflicts(page: &Page, workspace: &Workspace) -> Cell {
    let cell = task(page, workspace);
    match wording::conflicts(workspace) {
        None => cell,
        Some(conflicts) => cell.warned(&conflicts),
    }
}

/// How the last turn of a session failed that takes the next message; an interrupt was somebody's wish.
fn failed_turn(workspace: &Workspace) -> Option<&AgentFailure> {
    let idle = workspace.status == Status::Idle;
    workspace.failure.as_ref().filter(|failure| idle && failure.next.action != "none")
}

/// What is to be warned of, in words.
pub(super) fn warned(page: &Page, workspace: &Workspace) -> String {
    let words = workspace.used.attention.warnings.iter().map(|warning| {
        let span = span::since(&warning.since, page.now);
        match warning.kind.as_str() {
            "no_output" => format!("no output for {span}"),
            "long_running" => format!("at work for {span}"),
            "near_time_limit" => format!("near its time limit, after {span}"),
            "near_turn_limit" => "near its turn limit".to_owned(),
            "near_budget" => "near the end of its budget".to_owned(),
            other => format!("{} for {span}", one_line(other)),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What the person should do next, a line for each workspace that waits.
pub(crate) fn hints(workspaces: &[Workspace], standpoint: impl Fn(&Workspace) -> Standpoint) -> Vec<String> {
    let switch = |workspace: &Workspace| {
        let detail =
            workspace.status_detail.as_deref().filter(|_| workspace.standing.switched_to.is_some())?;
        Some(format!("'{}': {}", one_line(&workspace.name), one_line(detail)))
    };
    let lacking = |workspace: &Workspace| {
        Some(next_step::lacking(workspace)?.what_to_do(workspace, standpoint(workspace)))
    };
    let step = |workspace: &Workspace| next_step::of(workspace, standpoint(workspace));
    let hint = |workspace| step(workspace).or_else(|| switch(workspace)).or_else(|| lacking(workspace));
    workspaces.iter().filter_map(hint).collect()
}
