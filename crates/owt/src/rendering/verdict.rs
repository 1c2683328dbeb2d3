//! `owt agents test`: what a screen comes to.

use owt_tui::status;
use owt_tui::text::one_line;

use crate::command::agents::ScreenEvidence;
use crate::command::agents::ScreenVerdict;
use crate::rendering::Page;
use crate::rendering::Tone;

pub(crate) fn render(page: &Page, verdict: &ScreenVerdict) -> String {
    let state = format!("{} {}", status::glyph(verdict.status), status::word(verdict.status));
    let rule = match &verdict.rule {
        Some(rule) => format!("by the rule '{}'", one_line(rule)),
        None => "no rule holds".to_owned(),
    };
    let mut text = format!("{}  {rule}\n", page.style.paint(status::tone(verdict.status), &state));
    text.push_str(&rows(page, &verdict.evidence, "  "));
    for other in &verdict.outranked {
        text.push_str(&format!("  the rule '{}' holds too, and is outranked\n", one_line(&other.rule)));
        text.push_str(&rows(page, &other.evidence, "    "));
    }
    let box_says = match (&verdict.draft, verdict.accepts_input) {
        (Some(draft), _) => format!("Its input box holds: {}\n", one_line(draft)),
        (None, true) => "A message could be typed now.\n".to_owned(),
        (None, false) => "No message would be typed now.\n".to_owned(),
    };
    text.push_str(&box_says);
    if let Some(asks) = &verdict.asks {
        text.push_str(&format!("It asks: {}\n", one_line(asks)));
    }
    if let Some(advice) = &verdict.advice {
        text.push_str(&format!("You would be told: {}\n", one_line(advice)));
    }
    text
}

fn rows(page: &Page, evidence: &[ScreenEvidence], margin: &str) -> String {
    let row = |seen: &ScreenEvidence| {
        format!("{margin}{}  {}\n", page.style.paint(Tone::Dim, &seen.region), one_line(&seen.row))
    };
    evidence.iter().map(row).collect()
}
