//! The agents that are known, and which of them are installed as seen from a caller's environment.

use crate::agent_choice::detected;
use std::collections::BTreeMap;

use owt_agents::Manifest;
use owt_agents::manifest::Pick;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::session::SessionKind;
use owt_core::vcs::Repository;

use crate::engine::Engine;
use crate::settings::BrokenSettings;

/// One agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentReport {
    /// What it is.
    pub manifest: Manifest,
    /// Where its program is; `None` when it is not installed.
    pub program: Option<AbsPath>,
    /// Where the person says that it is, if they do.
    pub configured: Option<AbsPath>,
    /// What it says of its version.
    pub version: Option<String>,
    /// The levels it can enforce, by kind of session; empty levels: not managed.
    pub permissions: Vec<(SessionKind, Vec<Permissions>)>,
    /// The variables with a key for a model that are set for it, by name.
    pub model_keys: Vec<String>,
    /// Whether it would be chosen.
    pub is_default: bool,
}

/// The agents in the order of preference.
///
/// # Errors
/// [`BrokenSettings`].
pub fn agents(
    engine: &Engine,
    folder: &AbsPath,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<AgentReport>, BrokenSettings> {
    let repository = engine.ports().git.discover(folder).ok().map(|checkout| checkout.repository);
    let source = repository.as_ref().map(Repository::source);
    let settings = engine.ports().settings.settings(source, Some(environment))?;
    let detected = detected(engine, &settings, environment);
    let automatic = detected.iter().find(|found| found.manifest.pick == Pick::Automatic);
    let preferred = settings
        .agent
        .as_ref()
        .map(|agent| agent.value.as_str())
        .and_then(|name| settings.catalog.get(name).ok())
        .map(|manifest| manifest.name.clone())
        .or_else(|| automatic.map(|found| found.manifest.name.clone()));
    let programs: BTreeMap<_, _> =
        detected.iter().map(|found| (found.manifest.name.clone(), found.program.clone())).collect();
    let configured = settings.configured_programs();
    let mut reports = Vec::new();
    std::thread::scope(|scope| {
        let asked: Vec<_> = settings
            .catalog
            .manifests()
            .iter()
            .map(|manifest| {
                let program = programs.get(&manifest.name).cloned();
                let version = program.clone().and_then(|program| {
                    let ask = move || engine.ports().programs.version(&program, environment);
                    std::thread::Builder::new().name("agent version".to_owned()).spawn_scoped(scope, ask).ok()
                });
                (manifest, program, version)
            })
            .collect();
        for (manifest, program, version) in asked {
            reports.push(AgentReport {
                version: version.and_then(|thread| thread.join().ok()).flatten(),
                permissions: levels(manifest),
                model_keys: set_among(&manifest.model_keys, environment),
                configured: configured.get(&manifest.name).cloned(),
                is_default: program.is_some() && preferred.as_ref() == Some(&manifest.name),
                manifest: manifest.clone(),
                program,
            });
        }
    });
    Ok(reports)
}

/// Those of the variables that say something; what they say goes nowhere.
fn set_among(variables: &[String], environment: &BTreeMap<String, String>) -> Vec<String> {
    let is_set = |name: &&String| environment.get(*name).is_some_and(|value| !value.is_empty());
    variables.iter().filter(is_set).cloned().collect()
}

fn levels(manifest: &Manifest) -> Vec<(SessionKind, Vec<Permissions>)> {
    manifest.kinds().filter_map(|kind| Some((kind, manifest.mode(kind)?.permissions.supported()))).collect()
}
