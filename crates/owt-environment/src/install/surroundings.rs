//! The environment variables of an install: those of the session, without what would send packages elsewhere, make
//! programs ask, or have them write hooks into the repository.

use std::collections::BTreeMap;

use owt_core::environment::Command;
use owt_core::environment::Program;

/// Node's launcher of package managers.
const COREPACK: &str = "corepack";

/// An environment of somebody else's Python; and `CI`, with which programs behave as on a build server.
const REMOVED: &[&str] = &["VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PYTHONHOME", "__PYVENV_LAUNCHER__", "CI"];

const SET: &[(&str, &str)] = &[
    // No hooks: husky 5 and later, husky 4, lefthook, simple-git-hooks.
    ("HUSKY", "0"),
    ("HUSKY_SKIP_INSTALL", "1"),
    ("LEFTHOOK", "0"),
    ("SKIP_INSTALL_SIMPLE_GIT_HOOKS", "1"),
    // No questions.
    ("COMPOSER_NO_INTERACTION", "1"),
    ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("PIP_NO_INPUT", "1"),
    ("SSH_ASKPASS_REQUIRE", "never"),
    // No pictures in the log.
    ("CARGO_TERM_PROGRESS_WHEN", "never"),
    ("TERM", "dumb"),
];

/// For pnpm alone: npm 11 warns of every setting in its environment that it does not know.
const SET_FOR_PNPM: &[(&str, &str)] = &[("npm_config_confirm_modules_purge", "false")];

/// What one command of an install gets besides.
pub(crate) fn of_command(command: &Command) -> &'static [(&'static str, &'static str)] {
    match manager_of(command) {
        Some("pnpm") => SET_FOR_PNPM,
        _ => &[],
    }
}

/// The program that a command means: corepack fetches and starts another.
pub(crate) fn manager_of(command: &Command) -> Option<&str> {
    match &command.program {
        Program::OnPath(name) if name == COREPACK => command.arguments.first().map(String::as_str),
        Program::OnPath(name) => Some(name),
        Program::InFolder(_) => None,
    }
}

/// Whether a command leaves it to corepack to fetch its program.
pub(crate) fn is_by_corepack(command: &Command) -> bool {
    matches!(&command.program, Program::OnPath(name) if name == COREPACK)
}

pub(crate) fn of_install(session: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut environment = session.clone();
    if let (Some(foreign), Some(path)) = (session.get("VIRTUAL_ENV"), session.get("PATH")) {
        environment.insert("PATH".to_owned(), without(path, foreign));
    }
    for name in REMOVED {
        environment.remove(*name);
    }
    environment.extend(SET.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    environment
}

/// The search path without the programs of a virtual environment.
fn without(path: &str, foreign: &str) -> String {
    let foreign = foreign.trim_end_matches('/');
    let is_foreign = |entry: &&str| entry.trim_end_matches('/').strip_prefix(foreign) == Some("/bin");
    let kept: Vec<&str> = path.split(':').filter(|entry| foreign.is_empty() || !is_foreign(entry)).collect();
    kept.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_pnpm_reaches_pnpm_alone() {
        let has = |program: &str, words: &[&str]| {
            !of_command(&Command::new(program, words.iter().copied())).is_empty()
        };
        assert!(has("pnpm", &["install"]) && has("corepack", &["pnpm", "install"]));
        assert!(!has("npm", &["ci"]) && !has("corepack", &["yarn", "install"]));
    }

    #[test]
    fn a_foreign_environment_and_ci_are_left_behind() {
        let session =
            [("VIRTUAL_ENV", "/v/x/"), ("PATH", "/a:/v/x/bin:/v/x/bin2:/b"), ("CI", "true"), ("KEPT", "1")];
        let session = session.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let environment = of_install(&session);
        assert_eq!(environment["PATH"], "/a:/v/x/bin2:/b");
        assert!(!environment.contains_key("VIRTUAL_ENV") && !environment.contains_key("CI"));
        assert_eq!((environment["KEPT"].as_str(), environment["HUSKY"].as_str()), ("1", "0"));
    }
}
