//! What became of a message, in words that claim no more than was observed.

use owt_api::Delivery;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;

pub(crate) fn render(page: &Page, deliveries: &[Delivery]) -> String {
    if deliveries.is_empty() {
        return "Nobody to send to: no session runs.\n".to_owned();
    }
    deliveries.iter().map(|delivery| line(page, delivery)).collect()
}

fn line(page: &Page, delivery: &Delivery) -> String {
    let name = page.style.paint(Tone::Strong, &one_line(&delivery.workspace));
    let state = page.style.paint(tone(&delivery.state), &one_line(&delivery.state));
    let detail = delivery.detail.as_deref().map_or_else(|| meaning(&delivery.state).to_owned(), one_line);
    format!("{name}  {state}  {detail}\n")
}

/// A state's meaning, where nothing more special is known.
pub(crate) fn meaning(state: &str) -> &'static str {
    match state {
        "accepted" => "taken, and on its way",
        "queued" => "goes to the agent at its next prompt",
        "injected" => "given to the agent, which has not shown it yet",
        "observed" => "the agent has it",
        "uncertain" => "nobody knows whether the agent got it; it is not sent again by itself",
        "failed" => "the agent did not get it",
        _ => "",
    }
}

pub(crate) fn tone(state: &str) -> Tone {
    match state {
        "observed" => Tone::Good,
        "failed" => Tone::Bad,
        "uncertain" => Tone::Warn,
        _ => Tone::Active,
    }
}
