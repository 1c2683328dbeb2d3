//! The environment variables of an install: those of the session, without what would send packages elsewhere, make
//! programs ask, or have them write hooks into the repository.

use std::collections::BTreeMap;

use owt_core::environment::Command;
use owt_core::environment::Program;
use owt_core::environment::leave_active_environment;

/// Node's launcher of package managers.
const COREPACK: &str = "corepack";

/// `CI`, with which programs behave as on a build server; what sends packages past the environment of the project (pip 25
/// `--user`, `--target`, `--prefix`; Poetry 2 `virtualenvs.create`), or leaves some of them out (Yarn 1).
const REMOVED: &[&str] =
    &["CI", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "POETRY_VIRTUALENVS_CREATE", "YARN_PRODUCTION"];

/// What npm 11 and pnpm 10 read of the environment, in any case, behind this.
const NPM_SETTING: &str = "npm_config_";

/// The settings of npm with which packages are left out or go elsewhere.
const NPM_REMOVED: &[&str] = &["omit", "only", "production", "global", "location", "dev", "dry_run"];

/// With this value Node's package managers leave out what the tests need.
const PRODUCTION: (&str, &str) = ("NODE_ENV", "production");

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
    // Where it was asked for has been looked at before: this is for whoever asks without.
    leave_active_environment(&mut environment, None);
    environment.retain(|name, value| !leads_astray(name, value));
    environment.extend(SET.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    environment
}

/// Whether an install with this variable would put packages elsewhere, leave some out, or behave as on a build server.
fn leads_astray(name: &str, value: &str) -> bool {
    let npm = name.to_ascii_lowercase().replace('-', "_");
    let is_of_npm = npm.strip_prefix(NPM_SETTING).is_some_and(|setting| NPM_REMOVED.contains(&setting));
    REMOVED.contains(&name) || is_of_npm || (name, value) == PRODUCTION
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

    #[test]
    fn nothing_sends_packages_elsewhere_or_leaves_some_out() {
        let session = [
            ("NODE_ENV", "production"),
            ("PIP_USER", "1"),
            ("npm_config_omit", "dev"),
            ("NPM_CONFIG_ONLY", "prod"),
            ("npm_config_production", "true"),
            ("NPM_CONFIG_GLOBAL", "true"),
            ("npm_config_registry", "https://r"),
        ];
        let session = session.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let mut environment = of_install(&session);
        environment.retain(|name, _| session.contains_key(name));
        assert_eq!(environment.into_keys().collect::<Vec<_>>(), ["npm_config_registry"]);
        let test = [("NODE_ENV".to_owned(), "test".to_owned())].into();
        assert_eq!(of_install(&test)["NODE_ENV"], "test");
    }
}
