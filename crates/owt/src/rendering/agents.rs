//! `owt agents`.

use std::collections::BTreeMap;

use owt_api::Agent;
use owt_tui::text::one_line;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::table;
use crate::rendering::table::Cell;
use crate::rendering::table::Column;
use crate::rendering::table::Squeeze;

const COLUMNS: [Column; 6] = [
    Column { heading: "AGENT", squeeze: Squeeze::Never },
    Column { heading: "VERSION", squeeze: Squeeze::To(10) },
    Column { heading: "SESSIONS", squeeze: Squeeze::Drop(1) },
    Column { heading: "PERMISSIONS", squeeze: Squeeze::Drop(0) },
    Column { heading: "HOOKS", squeeze: Squeeze::Drop(2) },
    Column { heading: "PROGRAM", squeeze: Squeeze::To(12) },
];

pub(crate) fn render(page: &Page, agents: &[Agent]) -> String {
    if agents.is_empty() {
        return "No agents are known.\n".to_owned();
    }
    let rows: Vec<Vec<Cell>> = agents.iter().map(row).collect();
    let keys = model_keys(agents).map(|keys| format!("\n{keys}\n")).unwrap_or_default();
    table::render(page, &COLUMNS, &rows) + &keys
}

/// Why the hooks of an installed agent do not report, a line for each.
pub(crate) fn notes(agents: &[Agent]) -> Vec<String> {
    agents
        .iter()
        .filter(|agent| agent.path.is_some())
        .filter_map(|agent| {
            let (_, reason) = agent.hooks.split_once(": ")?;
            Some(format!("{}: its hooks do not report to owt: {}", one_line(&agent.name), one_line(reason)))
        })
        .collect()
}

/// Which keys for models are set, and which of the installed agents each is for.
fn model_keys(agents: &[Agent]) -> Option<String> {
    let mut readers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for agent in agents.iter().filter(|agent| agent.path.is_some()) {
        for key in &agent.model_keys {
            readers.entry(key).or_default().push(one_line(&agent.name));
        }
    }
    let key = |(key, names): (&str, Vec<String>)| format!("{} ({})", one_line(key), names.join(", "));
    let keys: Vec<String> = readers.into_iter().map(key).collect();
    (!keys.is_empty()).then(|| format!("Keys for models in this environment: {}", keys.join(", ")))
}

/// `on`, `off`, without the reason.
fn hooks(agent: &Agent) -> String {
    one_line(agent.hooks.split(':').next().unwrap_or_default())
}

fn row(agent: &Agent) -> Vec<Cell> {
    let installed = agent.path.is_some();
    let tone = if installed { Tone::Plain } else { Tone::Dim };
    let mark = match (installed, agent.default) {
        (false, _) => "·",
        (true, false) => "○",
        (true, true) => "●",
    };
    let name = format!("{mark} {}", one_line(&agent.name));
    let program = match agent {
        Agent { path: Some(path), .. } => one_line(path),
        Agent { configured_path: Some(path), .. } => {
            format!("nothing to run at {}, which agents.{}.path names", one_line(path), one_line(&agent.name))
        }
        Agent { install_hint: Some(hint), .. } => format!("not installed: {}", one_line(hint)),
        _ => "not installed".to_owned(),
    };
    vec![
        Cell::new(if agent.default { Tone::Good } else { tone }, name),
        Cell::new(tone, version(agent)),
        Cell::new(tone, agent.modes.join(", ")),
        Cell::new(tone, permissions(agent)),
        Cell::new(tone, hooks(agent)),
        Cell::new(tone, program),
    ]
}

/// What it says of its version; a description of ours that was never tried says so.
fn version(agent: &Agent) -> String {
    let untested = (!agent.tested && agent.origin == "built_in").then(|| "(untested)".to_owned());
    let said = agent.version.as_deref().map(one_line);
    said.into_iter().chain(untested).collect::<Vec<_>>().join(" ")
}

/// The levels, and the kinds of session that they are of where kinds differ. A kind without any runs as the program's own settings
/// say.
fn permissions(agent: &Agent) -> String {
    let mut groups: Vec<(&[String], Vec<&str>)> = Vec::new();
    for kind in &agent.permissions {
        match groups.iter_mut().find(|(levels, _)| *levels == kind.levels) {
            Some((_, kinds)) => kinds.push(&kind.mode),
            None => groups.push((&kind.levels, vec![&kind.mode])),
        }
    }
    match groups.as_slice() {
        [(levels, _)] => levels.join(" "),
        groups => {
            let groups = groups.iter().filter(|(levels, _)| !levels.is_empty());
            let group = |(levels, kinds): &(&[String], Vec<&str>)| {
                format!("{}: {}", kinds.join("+"), levels.join(" "))
            };
            groups.map(group).collect::<Vec<_>>().join(", ")
        }
    }
}
