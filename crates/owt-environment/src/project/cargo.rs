//! Rust: Cargo.

use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::Manager;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use toml::Table;
use toml::Value;

use super::Site;
use super::members::Patterns;

/// `cargo fetch` is what needs the network; building is the agent's own first command, with the flags that it wants.
pub(crate) fn detect(site: &Site<'_>) -> Option<Project> {
    let reason = site.first(&["Cargo.lock", "Cargo.toml"])?;
    if !site.lists("Cargo.toml") {
        return None;
    }
    let mut project = site.project(Ecosystem::Rust, Manager::Cargo, reason);
    project.needs.push("cargo".to_owned());
    match site.has("Cargo.lock") {
        true => project.install.push(Command::new("cargo", ["fetch", "--locked"])),
        false => project.install.push(Command::new("cargo", ["fetch"])),
    }
    site.discard_new(&mut project, "Cargo.lock");
    project.test = Some(Command::new("cargo", ["test"]));
    project.dev = is_server(site).then(|| Command::new("cargo", ["run"]));
    Some(project)
}

/// Crates that a program uses to answer requests.
const SERVERS: [&str; 7] = ["axum", "actix-web", "rocket", "warp", "hyper", "poem", "tide"];

/// Whether what `cargo run` starts answers requests: an ordinary program has no development server.
fn is_server(site: &Site<'_>) -> bool {
    let Some(manifest) = manifest(site).filter(|_| site.has("src/main.rs")) else { return false };
    let dependencies = manifest.get("dependencies").and_then(Value::as_table);
    // A dependency may go by another name here.
    let name = |(key, value): (&String, &Value)| {
        value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()
    };
    dependencies.into_iter().flatten().map(name).any(|name| SERVERS.contains(&name.as_str()))
}

fn manifest(site: &Site<'_>) -> Option<Table> {
    site.text("Cargo.toml")?.parse().ok()
}

fn words(value: Option<&Value>) -> Vec<String> {
    let words = value.and_then(Value::as_array).into_iter().flatten();
    words.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What `[workspace]` says of members.
pub(crate) fn workspace(site: &Site<'_>) -> Option<Patterns> {
    let manifest = manifest(site)?;
    let workspace = manifest.get("workspace")?.as_table()?;
    Some(Patterns { members: words(workspace.get("members")), excluded: words(workspace.get("exclude")) })
}

/// Folders of packages that this one depends on by path: Cargo builds them with it, and with its lock file.
pub(crate) fn reached_by_path(site: &Site<'_>) -> Vec<RelPath> {
    let Some(manifest) = manifest(site) else { return Vec::new() };
    let workspace = manifest.get("workspace").and_then(Value::as_table);
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let own = tables.iter().filter_map(|table| manifest.get(*table));
    let shared = workspace.and_then(|workspace| workspace.get("dependencies"));
    let dependencies = own.chain(shared).filter_map(Value::as_table).flat_map(Table::values);
    let paths = dependencies.filter_map(|dependency| dependency.get("path")?.as_str());
    paths.filter_map(|path| site.folder.join(path).ok()).filter(|folder| folder != site.folder).collect()
}
