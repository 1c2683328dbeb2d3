//! Which of Node's package managers a project means, and how each installs without changing its lock file.

use owt_core::environment::Command;
use owt_core::environment::Manager;
use owt_core::environment::Project;

use super::Site;

/// Lock files, the first one wins.
const LOCKS: &[(&str, Manager)] = &[
    ("bun.lock", Manager::Bun),
    ("bun.lockb", Manager::Bun),
    ("pnpm-lock.yaml", Manager::Pnpm),
    ("yarn.lock", Manager::Yarn),
    ("npm-shrinkwrap.json", Manager::Npm),
    ("package-lock.json", Manager::Npm),
];

/// What told which manager it is.
pub(crate) struct Choice {
    pub(crate) manager: Manager,
    pub(crate) reason: String,
    pub(crate) lock: Option<&'static str>,
    pub(crate) notice: Option<String>,
}

/// The manager of the lock file; `packageManager` (a name, `@` and a version) tells among several, or without one.
pub(crate) fn choose(site: &Site<'_>, declared: Option<&str>) -> Choice {
    let declared_manager = declared.and_then(|text| named(text.split('@').next().unwrap_or_default()));
    let mut present = LOCKS.iter().filter(|(name, _)| site.lists(name));
    let first = present.clone().next();
    let agreed = present.find(|(_, manager)| Some(*manager) == declared_manager);
    match (agreed.or(first), declared_manager) {
        (Some((name, manager)), _) => Choice {
            manager: *manager,
            reason: (*name).to_owned(),
            lock: Some(name),
            notice: declared_manager.filter(|declared| declared != manager).map(|declared| {
                format!("package.json names {declared} as its packageManager, but there is a {name}: {manager} is used")
            }),
        },
        (None, Some(manager)) => {
            Choice { manager, reason: "packageManager".to_owned(), lock: None, notice: None }
        }
        (None, None) => {
            Choice { manager: Manager::Npm, reason: "package.json".to_owned(), lock: None, notice: None }
        }
    }
}

fn named(name: &str) -> Option<Manager> {
    [Manager::Bun, Manager::Pnpm, Manager::Yarn, Manager::Npm]
        .into_iter()
        .find(|manager| manager.name() == name)
}

/// A command of the manager; through corepack where only that is installed.
pub(crate) fn command(site: &Site<'_>, manager: Manager, arguments: &[&str]) -> Command {
    let by_corepack = matches!(manager, Manager::Pnpm | Manager::Yarn)
        && !site.checkout.has_program(manager.name())
        && site.checkout.has_program("corepack");
    match by_corepack {
        true => Command::new("corepack", [&[manager.name()], arguments].concat()),
        false => Command::new(manager.name(), arguments.iter().copied()),
    }
}

/// Adds the install, and what it needs on the search path.
pub(crate) fn add_install(site: &Site<'_>, choice: &Choice, declared: Option<&str>, project: &mut Project) {
    let modern_yarn = || is_modern_yarn(site, declared);
    let arguments: &[&str] = match (choice.manager, choice.lock) {
        (Manager::Bun, Some(_)) => &["install", "--frozen-lockfile"],
        (Manager::Bun, None) => &["install", "--no-save"],
        (Manager::Pnpm, Some(_)) => &["install", "--frozen-lockfile"],
        (Manager::Pnpm, None) => &["install", "--no-lockfile"],
        (Manager::Yarn, Some(_)) if modern_yarn() => &["install", "--immutable"],
        (Manager::Yarn, None) if modern_yarn() => &["install", "--no-immutable"],
        (Manager::Yarn, Some(_)) => &["install", "--frozen-lockfile", "--non-interactive"],
        (Manager::Yarn, None) => &["install", "--no-lockfile", "--non-interactive"],
        (_, Some(_)) => &["ci", "--no-audit", "--no-fund"],
        (_, None) => &["install", "--no-package-lock", "--no-audit", "--no-fund"],
    };
    let install = command(site, choice.manager, arguments);
    if let owt_core::environment::Program::OnPath(program) = &install.program {
        project.needs.push(program.clone());
    }
    if choice.manager != Manager::Bun {
        project.needs.push("node".to_owned());
    }
    project.install.push(install);
    if choice.manager == Manager::Yarn && choice.lock.is_none() {
        site.discard_new(project, "yarn.lock");
    }
}

/// Yarn 2 and later: its own settings file, its own lock format, or said so.
fn is_modern_yarn(site: &Site<'_>, declared: Option<&str>) -> bool {
    let version = declared.and_then(|text| text.strip_prefix("yarn@"));
    site.has(".yarnrc.yml")
        || version.is_some_and(|version| !version.starts_with("1."))
        || site.text("yarn.lock").is_some_and(|lock| lock.contains("__metadata:"))
}
