//! What an agent asks, with the answers that it offers and the command that answers it.

use owt_api::PendingQuestion;
use owt_api::Question;
use owt_tui::text::columns;
use owt_tui::text::harmless;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;

/// The lines of one request.
pub(super) fn lines(page: &Page, asked: &PendingQuestion) -> Vec<String> {
    let command = page.style.paint(Tone::Dim, &one_line(&asked.answer));
    let first = |said: &str| {
        let tool = page.style.paint(Tone::Warn, &one_line(&asked.tool));
        format!("{tool}  {}  {command}", one_line(said))
    };
    match asked.questions.as_slice() {
        [] => std::iter::once(first(&asked.summary)).chain(detail(page, asked)).collect(),
        [only] => std::iter::once(first(&headed(only))).chain(offered(page, only)).collect(),
        several => {
            let each = several.iter().flat_map(|question| {
                std::iter::once(format!("  {}", headed(question))).chain(offered(page, question))
            });
            let count = format!("{} at once", several.len());
            std::iter::once(first(&count)).chain(each).collect()
        }
    }
}

/// All that it wants to do, where one line does not say it.
fn detail<'a>(page: &'a Page, asked: &'a PendingQuestion) -> impl Iterator<Item = String> + use<'a> {
    let lines = asked.detail.iter().flat_map(|detail| detail.lines());
    lines.map(|line| format!("    {}", page.style.paint(Tone::Dim, &harmless(line))))
}

/// The question behind its short name, by which an answer may name it.
fn headed(question: &Question) -> String {
    let text = one_line(&question.text);
    match question.header.as_deref().map(one_line).filter(|header| !header.is_empty()) {
        Some(header) => format!("{header}: {text}"),
        None => text,
    }
}

/// The answers that it offers, by number, and what is taken beside them.
fn offered<'a>(page: &'a Page, question: &'a Question) -> impl Iterator<Item = String> + use<'a> {
    let widest = question.options.iter().map(|option| columns(&one_line(&option.label))).max().unwrap_or(0);
    let options = (1..).zip(&question.options).map(move |(number, option)| {
        let label = one_line(&option.label);
        let blanks = " ".repeat(widest.saturating_sub(columns(&label)));
        let meaning = option.description.as_deref().map(one_line).unwrap_or_default();
        format!("    {number}  {label}{blanks}  {}", page.style.paint(Tone::Dim, &meaning))
            .trim_end()
            .to_owned()
    });
    let rule = match (question.options.is_empty(), question.multi_select, question.free_text) {
        (true, ..) | (false, false, true) => None,
        (false, true, true) => Some("several, with commas, or words of your own"),
        (false, true, false) => Some("several, with commas"),
        (false, false, false) => Some("one of these"),
    };
    options.chain(rule.map(|rule| format!("    {}", page.style.paint(Tone::Dim, rule))))
}
