//! PHP: Composer.

use owt_core::environment::Command;
use owt_core::environment::Ecosystem;
use owt_core::environment::Manager;
use owt_core::environment::Program;
use owt_core::environment::Project;
use owt_core::environment::RelPath;
use serde_json::Value;

use super::Site;

pub(crate) fn detect(site: &Site<'_>) -> Option<Project> {
    let reason = site.first(&["composer.lock", "composer.json"])?;
    if !site.lists("composer.json") {
        return None;
    }
    let mut project = site.project(Ecosystem::Php, Manager::Composer, reason);
    project.needs.extend(["composer".to_owned(), "php".to_owned()]);
    let manifest: Option<Value> =
        site.text("composer.json").and_then(|text| serde_json::from_str(&text).ok());
    let Some(manifest) = manifest else {
        project.notices.push("composer.json cannot be read as JSON: nothing is installed".to_owned());
        return Some(project);
    };
    project.install.push(Command::new("composer", ["install", "--no-interaction", "--no-progress"]));
    site.discard_new(&mut project, "composer.lock");
    project.test = test(&manifest);
    project.dev = dev(site, &manifest);
    Some(project)
}

fn test(manifest: &Value) -> Option<Command> {
    let bundled = |name: &str| {
        let path = RelPath::new(format!("vendor/bin/{name}")).ok()?;
        Some(Command::of(Program::InFolder(path), Vec::<String>::new()))
    };
    let requires = |package: &str| manifest.get("require-dev").and_then(|dev| dev.get(package)).is_some();
    match manifest.get("scripts").and_then(|scripts| scripts.get("test")) {
        Some(_) => Some(Command::new("composer", ["test"])),
        None if requires("pestphp/pest") => bundled("pest"),
        None if requires("phpunit/phpunit") => bundled("phpunit"),
        None => None,
    }
}

fn dev(site: &Site<'_>, manifest: &Value) -> Option<Command> {
    let has_script = manifest.get("scripts").is_some_and(|scripts| scripts.get("dev").is_some());
    match () {
        () if site.has("artisan") => Some(Command::new("php", ["artisan", "serve"])),
        () if has_script => Some(Command::new("composer", ["run", "dev"])),
        () => None,
    }
}
