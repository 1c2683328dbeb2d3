//! `owt new`: what was made, or would be.

use owt_api::Created;
use owt_tui::status;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::deliveries;
use crate::rendering::workspace_detail::setup;

/// Whether it was done or only said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Done,
    Rehearsed,
}

pub(crate) fn render(page: &Page, created: &[Created], mood: Mood) -> String {
    created.iter().map(|made| one(page, made, mood)).collect::<Vec<_>>().join("\n")
}

fn one(page: &Page, made: &Created, mood: Mood) -> String {
    let workspace = &made.workspace;
    let name = page.style.paint(Tone::Strong, &one_line(&workspace.name));
    let state = match mood {
        Mood::Done => page.style.paint(
            status::tone(workspace.status),
            &format!("{} {}", status::glyph(workspace.status), status::word(workspace.status)),
        ),
        Mood::Rehearsed => page.style.paint(Tone::Dim, "would be made"),
    };
    let mut text = format!("{name}  {state}\n");
    let mut fact = |label: &str, value: String| {
        text.push_str(&format!("  {}{value}\n", page.style.paint(Tone::Dim, &format!("{label:<13}"))));
    };
    if let Some(branch) = &workspace.branch {
        let base = match (&workspace.standing.base, &workspace.standing.base_sha) {
            (Some(base), Some(sha)) => {
                format!(" from {} at {}", one_line(base), sha.get(..10).unwrap_or(sha))
            }
            (Some(base), None) => format!(" from {}", one_line(base)),
            _ => String::new(),
        };
        fact("Branch", format!("{}{base}", one_line(branch)));
    }
    fact("Folder", one_line(&workspace.path));
    if let Some(agent) = &workspace.agent {
        let backend = workspace.backend.as_deref().map(|backend| format!(" ({})", one_line(backend)));
        let model = workspace.model.as_deref().map(|model| format!(", model {}", one_line(model)));
        let manner = [backend, model].map(Option::unwrap_or_default).concat();
        fact("Agent", format!("{}{manner}", one_line(agent)));
    }
    if matches!(workspace.outfit.setup.as_str(), "unapproved" | "failed")
        && let Some(setup) = setup(workspace)
    {
        fact("Setup", setup);
    }
    if let Some(permissions) = &workspace.assignment.permissions {
        fact("Permissions", one_line(permissions));
    }
    if let Some(delivery) = &made.delivery {
        let meaning = delivery
            .detail
            .as_deref()
            .map_or_else(|| deliveries::meaning(&delivery.state).to_owned(), one_line);
        let state = page.style.paint(deliveries::tone(&delivery.state), &one_line(&delivery.state));
        fact("Prompt", format!("{state}: {meaning}"));
    }
    text
}
