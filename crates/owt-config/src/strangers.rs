//! Variables that are named as ours are and that nothing reads: most probably a slip of the person's fingers. They hold
//! nothing up, since another program may have its reasons for them.

use std::fmt;

use owt_core::spelling::nearest;

use crate::declaration::declarations;
use crate::environment::Environment;
use crate::settings::Settings;
use crate::shown::Value;

/// How the names of our variables begin.
const OURS: &str = "OWT_";

/// What is said to us, to agents' sessions, and to commands of the person and of repositories, besides settings.
const SPOKEN: [&str; 18] = [
    "OWT_HOME",
    "OWT_COMPLETE",
    "OWT_SOCKET",
    "OWT_TOKEN",
    "OWT_ATTEMPT",
    "OWT_JOB_ID",
    "OWT_WORKTREE_NAME",
    "OWT_AUTOMATED",
    "OWT_DATABASE_SUFFIX",
    "OWT_INSTALL",
    "OWT_INSTALL_LOG",
    "OWT_SETUP",
    "OWT_SETUP_LOG",
    "OWT_MAIN_CHECKOUT",
    "OWT_LEFT_BY",
    "OWT_PORT",
    "OWT_PORTS_TAKEN",
    "OWT_NOTICE",
];

/// Whole families: the ports of a workspace, what a notice says, the demo agent's and our tests' own.
const FAMILIES: [&str; 4] = ["OWT_PORT_", "OWT_NOTICE_", "OWT_DEMO_", "OWT_TEST_"];

/// A variable that is named as ours are, and that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// Its name.
    pub name: String,
    /// The name that was probably meant.
    pub nearest: Option<String>,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing reads the variable {}", self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// The strangers of an environment in which these settings hold: a variable that a setting names is read.
pub fn strangers(environment: &Environment, settings: &Settings) -> Vec<Stranger> {
    let declared: Vec<&str> = declarations().filter_map(|declaration| declaration.variable).collect();
    let shown = settings.shown();
    let is_named = |name: &str| {
        shown.iter().any(
            |setting| matches!(&setting.value, Value::Text(text) if text.strip_prefix("env:") == Some(name)),
        )
    };
    let is_known = |name: &str| {
        declared.contains(&name)
            || SPOKEN.contains(&name)
            || FAMILIES.iter().any(|family| name.starts_with(family))
            || is_named(name)
    };
    let ours = environment.variables().keys().filter(|name| name.starts_with(OURS));
    ours.filter(|name| !is_known(name))
        .map(|name| {
            let candidates = declared.iter().copied().chain(["OWT_HOME"]);
            // What all have in common says nothing about which was meant.
            let bare = candidates.filter_map(|name| name.strip_prefix(OURS));
            let nearest = nearest(&name[OURS.len()..], bare).map(|nearest| format!("{OURS}{nearest}"));
            Stranger { name: name.clone(), nearest }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use owt_core::AbsPath;

    use super::*;
    use crate::assemble::SourceFile;
    use crate::assemble::Sources;
    use crate::assemble::assemble;

    #[test]
    fn slips_are_named_and_what_somebody_reads_is_not() {
        let names = [
            "OWT_PERMISIONS",
            "OWT_FLUX",
            "OWT_AGENT",
            "OWT_TOKEN",
            "OWT_PORT_3",
            "OWT_DEMO_PACE",
            "OWT_MY_SECRET",
            "PATH",
        ];
        let variables: BTreeMap<String, String> =
            names.map(|name| (name.to_owned(), "claude".to_owned())).into();
        let text = "[notify]\nwebhook_secret = \"env:OWT_MY_SECRET\"\n".to_owned();
        let user = SourceFile { path: AbsPath::new("/owt/config.toml").unwrap(), text };
        let sources =
            Sources { user: Some(&user), repository: None, variables: Some(&variables), flags: &[] };
        let settings = assemble(&sources).unwrap();
        let found = strangers(&Environment::new(variables.clone(), 1000), &settings);
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        let expected = [
            "nothing reads the variable OWT_FLUX",
            "nothing reads the variable OWT_PERMISIONS; did you mean OWT_PERMISSIONS?",
        ];
        assert_eq!(told, expected);
    }
}
