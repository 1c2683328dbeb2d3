//! What the records of a home say while no server runs. For whoever holds the server's lock. Changes nothing.

use std::sync::Arc;

use owt_api::Problem;
use owt_config::Environment;
use owt_config::Places;
use owt_core::RequestId;
use owt_ports::StoreError;
use owt_server::Call;
use owt_server::Caller;
use owt_server::EngineService;
use owt_store::SqliteStore;
use owt_store::Standing;

use super::broken_database;
use super::broken_database::explained;
use super::service;

/// The answers of a server that does not run.
pub(crate) struct Onlooker {
    /// Every question about what is recorded can be put to it.
    pub(crate) service: EngineService,
    /// In whose name.
    pub(crate) call: Call,
}

/// Whether there are records to look at, whatever state they are in.
pub(crate) fn has_records(places: &Places) -> bool {
    broken_database::standing(places) != Ok(Standing::NeverBegun)
}

/// Opens the records to look at them; `None` where none were begun.
///
/// # Errors
/// `database_damaged`, `database_locked`, ...
pub(crate) fn onlooker(
    environment: &Environment,
    places: &Places,
    request: RequestId,
) -> Result<Option<Onlooker>, Problem> {
    if broken_database::standing(places)? == Standing::NeverBegun {
        return Ok(None);
    }
    let explain = |error: StoreError| explained(&error, places);
    let settings = broken_database::store_settings(places);
    let store = SqliteStore::open_to_look(&broken_database::database(places), &settings).map_err(explain)?;
    let (_engine, service) = service(environment, places, Arc::new(store))?;
    Ok(Some(Onlooker { service, call: Call { by: Caller::Person { pid: None }, request } }))
}
