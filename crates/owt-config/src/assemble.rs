//! The pure core: texts, variables and flags in; settings or every fault out.

use std::collections::BTreeMap;

use owt_core::AbsPath;

use crate::declaration::Declaration;
use crate::declaration::declarations;
use crate::document;
use crate::document::Given;
use crate::document::KeyPath;
use crate::document::Said;
use crate::document::split;
use crate::hooks::Hooks;
use crate::origin::FileLayer;
use crate::origin::Origin;
use crate::problem::InvalidConfiguration;
use crate::problem::Problem;
use crate::problem::ProblemKind;
use crate::section::Winners;
use crate::settings::PROGRAM_VARIABLES;
use crate::settings::Settings;
use crate::tools;

/// A configuration file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, for messages.
    pub path: AbsPath,
    /// Its whole text.
    pub text: String,
}

/// What the command line says about a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagValue {
    /// The setting's key.
    pub key: &'static str,
    /// The flag, for messages (`--agent`).
    pub flag: &'static str,
    /// The value.
    pub text: String,
}

/// Everything that settings are made of, weakest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The person's file, where there is one.
    pub user: Option<&'a SourceFile>,
    /// The repository's file, where there is one.
    pub repository: Option<&'a SourceFile>,
    /// The environment of the person's command; `None` where there is no such command.
    pub variables: Option<&'a BTreeMap<String, String>>,
    /// The command line.
    pub flags: &'a [FlagValue],
}

/// Puts the layers over each other: default < user < repository < environment < flag.
///
/// # Errors
/// [`InvalidConfiguration`] with every fault of every layer.
pub fn assemble(sources: &Sources<'_>) -> Result<Settings, InvalidConfiguration> {
    let mut layers = vec![defaults()];
    let user = sources.user.map(|file| document::read(&file.text, &file.path, FileLayer::User));
    let own_hooks = Hooks::from_winners(&user.as_ref().map(|said| said.values.clone()).unwrap_or_default());
    layers.extend(user);
    layers
        .extend(sources.repository.map(|file| document::read(&file.text, &file.path, FileLayer::Repository)));
    layers.extend(sources.variables.map(variables));
    layers.push(flags(sources.flags));

    let mut winners = Winners::new();
    let mut headers = BTreeMap::new();
    let mut problems = Vec::new();
    for layer in layers {
        winners.extend(layer.values);
        headers.extend(layer.tools);
        problems.extend(layer.problems);
    }
    if problems.is_empty() {
        let tools = tools::tables(headers, &winners);
        return Ok(Settings::from_winners(&winners, own_hooks, tools));
    }
    problems.sort_by(|a: &Problem, b: &Problem| a.origin.cmp(&b.origin));
    Err(InvalidConfiguration { problems })
}

fn defaults() -> Said {
    let value = |declaration: &Declaration| {
        let text = declaration.default?.to_owned();
        Some((split(declaration.key), (Given::Text(text), Origin::Default)))
    };
    Said { values: declarations().filter_map(value).collect(), ..Said::default() }
}

fn variables(variables: &BTreeMap<String, String>) -> Said {
    let mut said = Said::default();
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    for declaration in declarations() {
        if let Some((name, text)) = declaration.variable.and_then(|name| Some((name, set(name)?))) {
            said.take(declaration, split(declaration.key), text, Origin::Variable(name));
        }
    }
    let program = declarations().find(|declaration| declaration.key == "agents.<name>.path");
    for (name, agent) in PROGRAM_VARIABLES {
        if let (Some(declaration), Some(text)) = (program, set(name)) {
            let key = ["agents", agent, "path"].map(str::to_owned).to_vec();
            said.take(declaration, key, text, Origin::Variable(name));
        }
    }
    said
}

/// Whether a variable of the environment says what a setting is.
pub fn is_setting(variable: &str) -> bool {
    let is_agents_program = PROGRAM_VARIABLES.iter().any(|(name, _)| *name == variable);
    is_agents_program || declarations().any(|declaration| declaration.variable == Some(variable))
}

fn flags(flags: &[FlagValue]) -> Said {
    let mut said = Said::default();
    for flag in flags {
        let origin = Origin::Flag(flag.flag);
        match declarations().find(|declaration| declaration.key == flag.key) {
            Some(declaration) => said.take(declaration, split(flag.key), &flag.text, origin),
            None => {
                let kind = ProblemKind::UnknownKey { nearest: None };
                said.problems.push(Problem { origin, key: flag.key.to_owned(), kind });
            }
        }
    }
    said
}

impl Said {
    /// Takes a text for a setting, or the reason why not.
    fn take(&mut self, declaration: &Declaration, key: KeyPath, text: &str, origin: Origin) {
        match (declaration.check)(text, None) {
            Ok(()) => {
                self.values.insert(key, (Given::Text(text.to_owned()), origin));
            }
            Err(refusal) => {
                let kind = ProblemKind::refused(declaration, text, refusal);
                self.problems.push(Problem { origin, key: key.join("."), kind });
            }
        }
    }
}
