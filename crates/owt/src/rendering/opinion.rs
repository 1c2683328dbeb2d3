//! What an agent thinks that was asked for a second opinion, for people.

use owt_api::SecondOpinion;
use owt_tui::text::one_line;

/// Its words, a line each; nothing where nobody was asked.
pub(crate) fn of_landing(opinion: Option<&SecondOpinion>) -> String {
    let Some(opinion) = opinion else { return String::new() };
    let agent = one_line(&opinion.agent);
    if let Some(problem) = &opinion.problem {
        return format!("The second opinion of {agent} could not be had: {}.\n", one_line(problem));
    }
    let word = match (opinion.verdict.as_deref(), opinion.doubtful) {
        (Some("deny"), _) => "is against it",
        (_, true) => "doubts it",
        (_, false) => "is for it",
    };
    let score = opinion.score_percent.unwrap_or_default();
    let findings: String = opinion.findings.iter().map(|it| format!("  {}\n", one_line(it))).collect();
    format!("{agent} {word}: {score}% (doubtful below {}%).\n{findings}", opinion.threshold_percent)
}
