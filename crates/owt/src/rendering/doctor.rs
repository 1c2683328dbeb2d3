//! `owt doctor`.

use owt_api::CheckupReport;
use owt_api::Finding;
use owt_api::FindingState;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;

/// What would be done about a finding, before it is done.
pub(crate) fn intention(finding: &Finding) -> String {
    format!("{}\n  -> {}", one_line(&finding.what), one_line(&finding.remedy))
}

/// What was found, and what became of it.
pub(crate) fn report(page: &Page, report: &CheckupReport) -> String {
    if report.findings.is_empty() {
        return "All is well.\n".to_owned();
    }
    report.findings.iter().map(|finding| one(page, finding)).collect()
}

fn one(page: &Page, finding: &Finding) -> String {
    let (word, tone) = match finding.state {
        FindingState::Mended => ("mended", Tone::Good),
        FindingState::Stays => ("stays", Tone::Bad),
        FindingState::Found => ("found", Tone::Warn),
    };
    let heading = format!("{}  {}\n", page.style.paint(tone, &format!("{word:<6}")), one_line(&finding.what));
    if finding.state == FindingState::Mended {
        return heading;
    }
    let remedy = if finding.fixable { "--fix" } else { "do" };
    let error = finding.error.iter().map(|error| ("because", error));
    let lines = [("why", &finding.why), (remedy, &finding.remedy)].into_iter().chain(error);
    let line = |(label, text): (&str, &String)| {
        format!("        {}{}\n", page.style.paint(Tone::Dim, &format!("{label:<9}")), one_line(text))
    };
    lines.fold(heading, |text, entry| text + &line(entry))
}
