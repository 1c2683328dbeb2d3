//! What the critic has found, for people.

use owt_api::CriticFinding;
use owt_api::LandingReview;
use owt_core::counting::counted;

use owt_tui::text::one_line;

/// Its findings, a line each.
pub(crate) fn findings(findings: &[CriticFinding], more: u32) -> String {
    let mut text: String = findings.iter().map(|finding| format!("  {}\n", line(finding))).collect();
    if more > 0 {
        text.push_str(&format!("  and {}\n", counted(more, "more", "more")));
    }
    text
}

/// What it said of something that is to land; nothing where it found nothing.
pub(crate) fn of_landing(review: Option<&LandingReview>) -> String {
    let Some(review) = review.filter(|review| !review.findings.is_empty()) else { return String::new() };
    format!("The critic:\n{}", findings(&review.findings, review.more))
}

fn line(finding: &CriticFinding) -> String {
    let place = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("{}:{line}: ", one_line(path)),
        (Some(path), None) => format!("{}: ", one_line(path)),
        (None, _) => String::new(),
    };
    format!("{:<4}  {place}{} ({})", finding.severity, one_line(&finding.what), finding.rule)
}
