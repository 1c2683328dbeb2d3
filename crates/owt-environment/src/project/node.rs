//! JavaScript and TypeScript: what package.json says.

use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::Manager;
use owt_core::environment::Project;
use serde_json::Value;

use super::Site;
use super::members::Patterns;
use super::node_choice;

/// What `npm init` writes in the place of a test.
const NO_TEST: &str = "no test specified";

const DEPENDENCIES: [&str; 3] = ["dependencies", "devDependencies", "optionalDependencies"];

/// Scripts that `npm install` and its kin run in a project itself, whatever it depends on (npm 10, docs "scripts").
const RUN_BY_INSTALL: [&str; 5] = ["preinstall", "install", "postinstall", "preprepare", "prepare"];

pub(crate) fn detect(site: &Site<'_>) -> Option<Project> {
    if !site.lists("package.json") {
        return None;
    }
    let manifest: Option<Value> = site.text("package.json").and_then(|text| serde_json::from_str(&text).ok());
    let declared = manifest.as_ref().and_then(|m| m.get("packageManager")).and_then(Value::as_str);
    let choice = node_choice::choose(site, declared);
    let mut project = site.project(Ecosystem::Node, choice.manager, &choice.reason);
    project.notices.extend(choice.notice.clone());
    let Some(manifest) = &manifest else {
        project.notices.push("package.json cannot be read as JSON: nothing is installed".to_owned());
        return Some(project);
    };
    match choice.lock.is_some() || wants_packages(manifest) || workspace(site).is_some() {
        true => node_choice::add_install(site, &choice, declared, &mut project),
        false => {
            project.notices.push("package.json names no packages and no script that an install runs: there is nothing to install".to_owned());
        }
    }
    project.test = test(site, manifest, choice.manager);
    project.dev = dev(site, manifest, choice.manager);
    Some(project)
}

fn wants_packages(manifest: &Value) -> bool {
    let any = |kind: &&str| manifest.get(*kind).and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    let has_script = |name: &&str| script(manifest, name).is_some();
    DEPENDENCIES.iter().any(any) || RUN_BY_INSTALL.iter().any(has_script)
}

fn script<'a>(manifest: &'a Value, name: &str) -> Option<&'a str> {
    manifest.get("scripts")?.get(name)?.as_str()
}

fn test(site: &Site<'_>, manifest: &Value, manager: Manager) -> Option<Command> {
    match (script(manifest, "test").filter(|line| !line.contains(NO_TEST)), manager) {
        (Some(_), Manager::Bun) => Some(node_choice::command(site, manager, &["run", "test"])),
        (Some(_), _) => Some(node_choice::command(site, manager, &["test"])),
        (None, Manager::Bun) => Some(node_choice::command(site, manager, &["test"])),
        (None, _) => None,
    }
}

fn dev(site: &Site<'_>, manifest: &Value, manager: Manager) -> Option<Command> {
    let name = ["dev", "start"].into_iter().find(|name| script(manifest, name).is_some())?;
    let arguments: &[&str] = match manager {
        Manager::Yarn | Manager::Pnpm => &[name],
        _ => &["run", name],
    };
    Some(node_choice::command(site, manager, arguments))
}

/// The packages of a workspace: `workspaces` of package.json, or `packages` of pnpm-workspace.yaml.
pub(crate) fn workspace(site: &Site<'_>) -> Option<Patterns> {
    let declared = || {
        let manifest: Value = serde_json::from_str(&site.text("package.json")?).ok()?;
        let workspaces = manifest.get("workspaces")?;
        let list = workspaces.as_array().or_else(|| workspaces.get("packages")?.as_array())?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let pnpm = || Some(yaml_list(&site.text("pnpm-workspace.yaml")?, "packages"));
    let all: Vec<String> = pnpm().filter(|list| !list.is_empty()).or_else(declared)?;
    let (excluded, members): (Vec<_>, Vec<_>) = all.into_iter().partition(|pattern| pattern.starts_with('!'));
    let excluded = excluded.into_iter().map(|pattern| pattern[1..].to_owned()).collect();
    Some(Patterns { members, excluded })
}

/// The words of a list at the top of a YAML document, in block or flow style; as much YAML as pnpm's file needs.
fn yaml_list(text: &str, key: &str) -> Vec<String> {
    let word = |text: &str| text.trim().trim_matches(['\'', '"']).to_owned();
    let mut lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end());
    let Some(first) = lines.by_ref().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':'))
    else {
        return Vec::new();
    };
    if let Some(flow) = first.trim().strip_prefix('[') {
        let inside = flow.trim_end_matches(']');
        return inside.split(',').map(word).filter(|word| !word.is_empty()).collect();
    }
    let is_inside = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with(['-', '#']);
    let items = lines.take_while(is_inside).filter_map(|line| line.trim_start().strip_prefix('-'));
    items.map(word).filter(|word| !word.is_empty()).collect()
}
