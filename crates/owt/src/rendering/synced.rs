//! `owt sync`.

use owt_api::SettledBy;
use owt_api::SyncOutcome;
use owt_api::Synced;
use owt_api::SyncedWorkspace;
use owt_core::counting::counted;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 2] = [
    Column { heading: "WORKSPACE", squeeze: Squeeze::To(24) },
    Column { heading: "WHAT CAME OF IT", squeeze: Squeeze::To(40) },
];

pub(crate) fn render(page: &Page, synced: &Synced) -> String {
    if synced.workspaces.is_empty() {
        return "No workspace here has a branch that anything could come into.\n".to_owned();
    }
    let row = |it: &SyncedWorkspace| {
        vec![Cell::new(Tone::Strong, one_line(&it.name)), Cell::new(tone(it.outcome), what(it))]
    };
    let rows: Vec<Vec<Cell>> = synced.workspaces.iter().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}

/// What came of one, to be read after its name.
pub(crate) fn what(it: &SyncedWorkspace) -> String {
    let source = one_line(it.source.as_deref().unwrap_or("its branch"));
    let commits = counted(it.commits, "commit", "commits");
    let files = || {
        let paths: Vec<String> = it.conflicts.iter().map(|conflict| one_line(&conflict.path)).collect();
        paths.join(", ")
    };
    let why = || it.problem.as_ref().map(|problem| one_line(&problem.message)).unwrap_or_default();
    match it.outcome {
        SyncOutcome::UpToDate => format!("has everything of {source}"),
        SyncOutcome::WouldMerge => format!("would get {commits} of {source}"),
        SyncOutcome::Merged => format!("got {commits} of {source}{}", settled(it.settled.as_ref())),
        SyncOutcome::Conflicts => format!("conflicts with {source}, and was left alone: {}", files()),
        SyncOutcome::ConflictsLeft => {
            format!("has the merge of {source} begun, to be settled there: {}", files())
        }
        SyncOutcome::Failed => format!("stayed as it is: {}", why()),
        SyncOutcome::Skipped => format!("was left alone: {}", why()),
    }
}

/// Who has settled what conflicted, to be read behind what came of it.
pub(crate) fn settled(by: Option<&SettledBy>) -> String {
    let Some(by) = by else { return String::new() };
    let agent = one_line(&by.agent);
    match by.confidence_percent {
        None => format!("; {agent} settled what conflicted"),
        Some(percent) => format!("; {agent} settled what conflicted, and is {percent} % sure of it"),
    }
}

const fn tone(outcome: SyncOutcome) -> Tone {
    match outcome {
        SyncOutcome::UpToDate | SyncOutcome::Skipped => Tone::Dim,
        SyncOutcome::WouldMerge | SyncOutcome::Merged => Tone::Good,
        SyncOutcome::Conflicts | SyncOutcome::ConflictsLeft => Tone::Warn,
        SyncOutcome::Failed => Tone::Bad,
    }
}
