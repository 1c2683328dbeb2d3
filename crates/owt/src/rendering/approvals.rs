//! `owt approvals`.

use owt_api::Approval;
use owt_tui::text::block;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
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
            Cell::plain(what(approval)),
        ]
    };
    let rows: Vec<Vec<Cell>> = approvals.iter().map(row).collect();
    table::render(page, &COLUMNS, &rows)
}

/// The commands with the setting that wants them, or the files.
pub(crate) fn what(approval: &Approval) -> String {
    let all = |lines: &[String]| lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join(", ");
    match &approval.hook {
        Some(hook) => format!("{}: {}", one_line(hook), all(&approval.commands)),
        None => all(&approval.files),
    }
}

/// One of them, with its commands and files.
pub(crate) fn page(page: &Page, approval: &Approval) -> String {
    let state = page.style.paint(tone(&approval.state), &one_line(&approval.state));
    let mut text = format!("{}  {state}\n  {}\n", approval.digest, one_line(&approval.repository));
    if let Some(hook) = &approval.hook {
        let when = match hook.as_str() {
            "worktree.teardown" => "before a worktree is removed",
            "landing.checks" => "in what would land, before it does",
            _ => "in each new worktree",
        };
        text.push_str(&format!("  {}, {when}:\n", one_line(hook)));
        approval.commands.iter().for_each(|line| text.push_str(&format!("    {}\n", one_line(line))));
        text.push_str(if approval.files.is_empty() { "" } else { "  with the scripts:\n" });
    }
    approval.files.iter().for_each(|line| text.push_str(&format!("    {}\n", one_line(line))));
    text
}

/// The same with what is in its files: nobody should have to allow what they have not seen.
pub(crate) fn whole(style: &Page, approval: &Approval) -> String {
    let mut text = page(style, approval);
    for file in &approval.contents {
        text.push_str(&format!("\n{}\n", style.style.paint(Tone::Strong, &one_line(&file.path))));
        block(&file.text).lines().for_each(|line| text.push_str(&format!("  | {line}\n")));
        if file.cut {
            text.push_str("  (too long to be shown whole: read the rest in the file before you allow it)\n");
        }
    }
    text
}

fn tone(state: &str) -> Tone {
    match state {
        "allowed" => Tone::Good,
        "denied" => Tone::Bad,
        _ => Tone::Warn,
    }
}
