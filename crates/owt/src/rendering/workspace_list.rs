//! `owt list`.

use owt_api::Workspace;
use owt_api::WorkspaceKind;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::next_step;
use crate::rendering::plain::one_line;
use crate::rendering::span;
use crate::rendering::status;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 7] = [
    Column { heading: "STATUS", squeeze: Squeeze::Never },
    // What commands are told: rather the branch goes, which mostly repeats it.
    Column { heading: "NAME", squeeze: Squeeze::To(24) },
    Column { heading: "AGENT", squeeze: Squeeze::Drop(2) },
    Column { heading: "CHANGES", squeeze: Squeeze::Drop(1) },
    Column { heading: "SINCE", squeeze: Squeeze::Never },
    Column { heading: "BRANCH", squeeze: Squeeze::Drop(0) },
    Column { heading: "TASK", squeeze: Squeeze::To(12) },
];

const REPOSITORY: Column = Column { heading: "REPOSITORY", squeeze: Squeeze::To(10) };

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
        Cell::new(Tone::Strong, one_line(&workspace.name)),
        Cell::plain(agent(workspace)),
        Cell::plain(changes(workspace)),
        Cell::new(Tone::Dim, span::since(&workspace.status_since, page.now)),
        Cell::new(Tone::Dim, branch(workspace)),
        task(workspace),
    ];
    let repository = workspace.repository.rsplit('/').next().unwrap_or_default();
    match breadth {
        Breadth::One => cells.into(),
        Breadth::All => std::iter::once(Cell::plain(one_line(repository))).chain(cells).collect(),
    }
}

fn agent(workspace: &Workspace) -> String {
    workspace.agent.as_deref().map(one_line).unwrap_or_default()
}

/// `+2 ~1 -3`: commits of its own, changed files, commits of the base that are not here.
pub(super) fn changes(workspace: &Workspace) -> String {
    let part = |sign: char, count: Option<u32>| {
        count.filter(|&count| count > 0).map(|count| format!("{sign}{count}"))
    };
    let parts = [
        part('+', workspace.standing.commits_ahead),
        part('~', workspace.standing.dirty_files),
        part('-', workspace.standing.commits_behind),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
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
fn task(workspace: &Workspace) -> Cell {
    let title = workspace.title.as_deref().or(workspace.task.as_deref()).map(one_line).unwrap_or_default();
    match &workspace.status_detail {
        Some(detail) if status::needs_person(workspace.status) => Cell::new(Tone::Warn, one_line(detail)),
        Some(detail) if workspace.status == owt_api::Status::Failed => Cell::new(Tone::Bad, one_line(detail)),
        Some(detail) if workspace.outfit.install == "running" || workspace.outfit.setup == "running" => {
            Cell::new(Tone::Warn, one_line(detail))
        }
        _ => match next_step::lacking(workspace) {
            Some(lacking) => Cell::new(Tone::Warn, format!("[{}] {title}", lacking.short())),
            None => Cell::plain(title),
        },
    }
}

/// What the person should do next, a line for each workspace that waits.
pub(crate) fn hints(workspaces: &[Workspace]) -> Vec<String> {
    let switch = |workspace: &Workspace| {
        let detail =
            workspace.status_detail.as_deref().filter(|_| workspace.standing.switched_to.is_some())?;
        Some(format!("'{}': {}", one_line(&workspace.name), one_line(detail)))
    };
    let lacking = |workspace: &Workspace| Some(next_step::lacking(workspace)?.what_to_do(workspace));
    let hint =
        |workspace| next_step::of(workspace).or_else(|| switch(workspace)).or_else(|| lacking(workspace));
    workspaces.iter().filter_map(hint).collect()
}
