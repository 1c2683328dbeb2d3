//! Go: the go command.

use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::Manager;
use owt_core::environment::Project;

use super::Site;
use super::members::Patterns;

pub(crate) fn detect(site: &Site<'_>) -> Option<Project> {
    let reason = site.first(&["go.work", "go.mod"])?;
    let mut project = site.project(Ecosystem::Go, Manager::Go, reason);
    project.needs.push("go".to_owned());
    project.install.push(Command::new("go", ["mod", "download"]));
    project.test = Some(Command::new("go", ["test".to_owned()].into_iter().chain(packages(site))));
    project.dev = site.has("main.go").then(|| Command::new("go", ["run", "."]));
    Some(project)
}

/// The packages to test. In a workspace `./...` means only those of the module that the folder itself is.
fn packages(site: &Site<'_>) -> Vec<String> {
    let modules = workspace(site).map(|patterns| patterns.members).unwrap_or_default();
    match modules.is_empty() {
        true => vec!["./...".to_owned()],
        false => modules.iter().map(|module| pattern_below(module)).collect(),
    }
}

/// The modules that `go.work` uses.
pub(crate) fn workspace(site: &Site<'_>) -> Option<Patterns> {
    let text = site.text("go.work")?;
    let mut members = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        match line {
            ")" => in_block = false,
            _ if in_block => members.push(line),
            _ => match line.strip_prefix("use").map(str::trim) {
                Some("(") => in_block = true,
                Some(module) if line.starts_with("use ") => members.push(module),
                _ => {}
            },
        }
    }
    let members = members.into_iter().map(|member| member.trim_matches(['"', '`']).to_owned()).collect();
    Some(Patterns { members, excluded: Vec::new() })
}

fn pattern_below(module: &str) -> String {
    match module.trim_start_matches("./").trim_matches('/') {
        "" | "." => "./...".to_owned(),
        module => format!("./{module}/..."),
    }
}
