//! `owt approvals`.

use owt_api::Approval;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::plain::one_line;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 4] = [
    Column { heading: "STATE", squeeze: Squeeze::Never },
    Column { heading: "CONTENT", squeeze: Squeeze::Never },
    Column { heading: "REPOSITORY", squeeze: Squeeze::To(12) },
    Column { heading: "WHAT", squeeze: Squeeze::To(12) },
];

/// How much of a digest a table shows: enough to name it.
const DIGEST: usize = 12;

pub(crate) fn render(page: &Page, approvals: &[Approval]) -> String {
    if approvals.is_empty() {
        return "This repository brings nothing along that runs.\n".to_owned();
    }
    let row = |approval: &Approval| {
        vec![
            Cell::new(tone(&approval.state), one_line(&approval.state)),
            Cell::new(Tone::Strong, approval.digest.get(..DIGEST).unwrap_or(&approval.digest)),
            Cell::plain(one_line(&approval.repository)),
            Cell::plain(lines(approval).collect::<Vec<_>>().join(", ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = approvals.iter().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}

/// One of them, whole.
pub(crate) fn page(page: &Page, approval: &Approval) -> String {
    let state = page.style.paint(tone(&approval.state), &one_line(&approval.state));
    let files: String = lines(approval).map(|line| format!("    {line}\n")).collect();
    format!("{}  {state}\n  {}\n{files}", approval.digest, one_line(&approval.repository))
}

/// Its commands and files.
fn lines(approval: &Approval) -> impl Iterator<Item = String> + '_ {
    approval.commands.iter().chain(&approval.files).map(|line| one_line(line))
}

fn tone(state: &str) -> Tone {
    match state {
        "allowed" => Tone::Good,
        "denied" => Tone::Bad,
        _ => Tone::Warn,
    }
}
