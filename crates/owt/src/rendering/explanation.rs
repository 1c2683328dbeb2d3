//! `owt explain`: a status with its reasons as a page.

use owt_api::DisbelievedPiece;
use owt_api::EvidencePiece;
use owt_api::Explanation;
use owt_api::Reading;
use owt_api::Ruling;
use owt_api::StrangeLines;
use owt_core::counting::counted;
use owt_tui::status;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::agent_failure;
use crate::rendering::span;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;
use crate::rendering::workspace_detail::in_use;

const EVIDENCE: [Column; 5] = [
    Column { heading: "AGO", squeeze: Squeeze::Never },
    Column { heading: "SOURCE", squeeze: Squeeze::Never },
    Column { heading: "WEIGHT", squeeze: Squeeze::Drop(0) },
    Column { heading: "THEN", squeeze: Squeeze::Never },
    Column { heading: "WHAT WAS SEEN", squeeze: Squeeze::To(16) },
];

const DISBELIEVED: [Column; 5] = [
    Column { heading: "AGO", squeeze: Squeeze::Never },
    Column { heading: "SOURCE", squeeze: Squeeze::Never },
    Column { heading: "WEIGHT", squeeze: Squeeze::Drop(0) },
    Column { heading: "WHAT WAS SEEN", squeeze: Squeeze::To(16) },
    Column { heading: "WHY NOT", squeeze: Squeeze::To(16) },
];

/// What is said of hooks that should have reported and have not.
pub(super) const SILENT_HOOKS: &str = "not firing; its status rests on other evidence";

/// Their word in an answer.
pub(super) const NOT_FIRING: &str = "not_firing";

pub(crate) fn render(page: &Page, explained: &Explanation) -> String {
    let tone = status::tone(explained.status);
    let state = format!("{} {}", status::glyph(explained.status), status::word(explained.status));
    let mut text = format!(
        "{}  {}  {}\n",
        page.style.paint(Tone::Strong, &one_line(&explained.name)),
        page.style.paint(tone, &state),
        page.style.paint(
            Tone::Dim,
            &format!("since {} ({})", span::point(&explained.since, page.now), one_line(&explained.source))
        ),
    );
    if let Some(detail) = &explained.detail {
        text.push_str(&format!("  {}\n", page.style.paint(tone, &one_line(detail))));
    }
    for tool in &explained.tools {
        text.push_str(&format!("  In use: {}\n", in_use(page, tool)));
    }
    if let Some(failure) = &explained.failure {
        let words = format!("Failure: {}", agent_failure::words(failure, page.now));
        text.push_str(&format!("  {}\n", page.style.paint(Tone::Dim, &words)));
        if let Some(next) = agent_failure::next(failure, page.now) {
            text.push_str(&format!("  {}\n", page.style.paint(Tone::Dim, &format!("Next: {next}"))));
        }
    }
    if explained.hooks.as_deref() == Some(NOT_FIRING) {
        text.push_str(&format!("  {}\n", page.style.paint(Tone::Warn, &format!("Hooks: {SILENT_HOOKS}"))));
    }
    for (strange, one, many) in [
        (&explained.not_understood, "line of its stream", "lines of its stream"),
        (&explained.reports_not_understood, "report of its hooks", "reports of its hooks"),
    ] {
        let Some(StrangeLines { count, what, line }) = strange else { continue };
        let count = counted(*count, one, many);
        let words = format!("Not understood: {count}, the newest {}: {}", one_line(what), one_line(line));
        text.push_str(&format!("  {}\n", page.style.paint(Tone::Warn, &words)));
    }
    text.push_str(&format!("\n{}\n", page.style.paint(Tone::Strong, "Decided by")));
    text.push_str(&format!("  {}\n", ruling(page, &explained.decided)));
    if !explained.overruled.is_empty() {
        text.push_str(&format!("\n{}\n", page.style.paint(Tone::Strong, "Overruled")));
        for overruled in &explained.overruled {
            let detail = overruled.detail.as_deref().map(|detail| format!(" ({})", one_line(detail)));
            let says = format!("{}{}", status::word(overruled.status), detail.unwrap_or_default());
            text.push_str(&format!("  {}: would be {says}\n", ruling(page, overruled)));
        }
    }
    evidence(&mut text, page, explained);
    if !explained.disbelieved.is_empty() {
        text.push_str(&format!("\n{}\n", page.style.paint(Tone::Strong, "Not believed")));
        let rows: Vec<Vec<Cell>> = explained.disbelieved.iter().map(disbelieved).collect();
        text.push_str(&table::render(page, &DISBELIEVED, &rows));
    }
    text
}

fn ruling(page: &Page, ruling: &Ruling) -> String {
    format!("{}  {}", page.style.paint(Tone::Active, &one_line(&ruling.rule)), one_line(&ruling.why))
}

fn evidence(text: &mut String, page: &Page, explained: &Explanation) {
    if explained.evidence.is_empty() {
        return;
    }
    let earlier = match explained.earlier {
        0 => String::new(),
        count => {
            let left_out = counted(count, "earlier piece is left out", "earlier pieces are left out");
            page.style.paint(Tone::Dim, &format!("  {left_out}"))
        }
    };
    text.push_str(&format!("\n{}{earlier}\n", page.style.paint(Tone::Strong, "Seen")));
    let rows: Vec<Vec<Cell>> = explained.evidence.iter().map(piece).collect();
    text.push_str(&table::render(page, &EVIDENCE, &rows));
}

/// What the status rests on stands out, in shape too.
fn piece(piece: &EvidencePiece) -> Vec<Cell> {
    let made = piece.made.map(|made| format!("{} {}", status::glyph(made), status::word(made)));
    let (sign, tone) = if piece.decides { ("→ ", Tone::Strong) } else { ("", Tone::Plain) };
    vec![
        Cell::new(Tone::Dim, ago(piece.age_s)),
        Cell::plain(one_line(&piece.source)),
        Cell::new(Tone::Dim, one_line(&piece.weight)),
        Cell::new(piece.made.map_or(Tone::Plain, status::tone), made.unwrap_or_default()),
        Cell::new(tone, format!("{sign}{}", seen(&piece.says, piece.reading.as_ref()))),
    ]
}

fn disbelieved(piece: &DisbelievedPiece) -> Vec<Cell> {
    vec![
        Cell::new(Tone::Dim, ago(piece.age_s)),
        Cell::plain(one_line(&piece.source)),
        Cell::new(Tone::Dim, one_line(&piece.weight)),
        Cell::plain(format!("{}{}", seen(&piece.says, piece.reading.as_ref()), often(piece.times))),
        Cell::plain(one_line(&piece.why)),
    ]
}

/// What was seen, and by which rule and which part of a screen.
fn seen(says: &str, reading: Option<&Reading>) -> String {
    match reading {
        None => one_line(says),
        Some(Reading { rule, parts }) if parts.is_empty() => {
            format!("{} (rule {})", one_line(says), one_line(rule))
        }
        Some(Reading { rule, parts }) => {
            format!("{} (rule {} at {})", one_line(says), one_line(rule), one_line(&parts.join(", ")))
        }
    }
}

fn often(times: u64) -> String {
    if times > 1 { format!(", {times} times") } else { String::new() }
}

fn ago(seconds: u64) -> String {
    span::short(i64::try_from(seconds).unwrap_or(i64::MAX))
}
