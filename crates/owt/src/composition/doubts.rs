//! Looks after what a configuration names: agents, programs, files with secrets.

use owt_agents::catalog::Surroundings;
use owt_agents::manifest::Binary;
use owt_agents::manifest::Origin;
use owt_api::Problem;
use owt_config::Environment;
use owt_config::Places;
use owt_core::AbsPath;
use owt_engine::Settings;

use super::configuration::unreadable_secrets;
use super::engine_settings;
use super::own_program;
use crate::doubts::Doubt;

/// What leads nowhere in the configuration that holds for a repository, or outside of all.
///
/// # Errors
/// `bad_configuration`.
pub(crate) fn doubts(
    environment: &Environment,
    places: &Places,
    repository_root: Option<&AbsPath>,
) -> Result<Vec<Doubt>, Problem> {
    let settings = engine_settings(environment, places.clone(), repository_root)?;
    let paths = places.config_paths(repository_root.cloned());
    let mut doubts: Vec<Doubt> = settings.unknown_tables().into_iter().map(Doubt::Agent).collect();
    doubts.extend(absent_paths(&settings));
    if let Ok(said) = owt_config::load(&paths, Some(environment.variables()), &[]) {
        doubts.extend(absent_tools(environment, &settings, &said));
        doubts.extend(unreadable_secrets(&said, environment));
    }
    Ok(doubts)
}

fn absent_paths(settings: &Settings) -> impl Iterator<Item = Doubt> {
    let is_there = |path: &AbsPath| owt_process::find_program(path.as_str(), "", &[]).is_some();
    let of_agents = settings.agent_paths.iter().filter(|(name, _)| settings.catalog.get(name).is_ok());
    of_agents.filter(move |(_, path)| !is_there(&path.value)).map(|(name, path)| Doubt::Path {
        agent: name.clone(),
        place: path.place.clone(),
        path: path.value.clone(),
    })
}

fn absent_tools(environment: &Environment, settings: &Settings, said: &owt_config::Settings) -> Vec<Doubt> {
    let Ok(owt) = own_program() else { return Vec::new() };
    let (home, configured) = (environment.home(), settings.configured_programs());
    let surroundings = Surroundings { home: home.as_ref(), owt: &owt, configured: &configured };
    let find =
        |name: &str, known: &[AbsPath]| owt_process::find_program(name, environment.search_path(), known);
    let tools = settings.catalog.manifests().iter().filter(|manifest| manifest.origin == Origin::Tool);
    tools
        .filter(|manifest| !configured.contains_key(&manifest.name))
        .filter(|manifest| settings.catalog.locate(manifest, surroundings, &find).is_none())
        .filter_map(|manifest| {
            let Binary::Named(binary) = &manifest.binary else { return None };
            let table = said.tools.get(manifest.name.as_str())?;
            let place = table.origin_of("binary").clone();
            Some(Doubt::Tool { name: manifest.name.to_string(), place, binary: binary.clone() })
        })
        .collect()
}
