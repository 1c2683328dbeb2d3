//! Looking after the database, as the person asks for it. It is the whole home's, so no agent's session may.

use std::collections::BTreeSet;
use std::time::Duration;

use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::authority::Action;
use owt_core::authority::Denied;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_ports::Backup;
use owt_ports::Clock;
use owt_ports::Health;
use owt_ports::StoreError;
use owt_ports::Upkeep;

use crate::checkup;
use crate::checkup::Examined;
use crate::checkup::Wanted;
use crate::engine::Engine;
use crate::projection;
use crate::projection::Rebuilt;
use crate::purge as old_records;
use crate::purge::Removed;
use crate::purge::Spared;

/// Why the database was not looked after.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpkeepError {
    /// Only a person may.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Folds every row again from the events.
///
/// # Errors
/// [`UpkeepError`]; what was put right until then stays so.
pub fn rebuild(engine: &Engine, asker: &Principal) -> Result<Rebuilt, UpkeepError> {
    authorise(asker, Action::ControlServer)?;
    let rebuilt = projection::rebuild(engine)?;
    engine.take_up_effects()?;
    Ok(rebuilt)
}

/// What is not as it should be; what is wanted of it is mended, which only the person may want.
///
/// # Errors
/// [`UpkeepError`].
pub fn check_up(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wanted: &Wanted,
    take_reports: &dyn Fn(),
) -> Result<Vec<Examined>, UpkeepError> {
    if !wanted.places.is_empty() {
        authorise(asker, Action::ControlServer)?;
    }
    Ok(checkup::check_up(engine, request, wanted, take_reports)?)
}

/// The state of the database, and its copies, newest first.
///
/// # Errors
/// [`UpkeepError`].
pub fn database_health(upkeep: &dyn Upkeep, asker: &Principal) -> Result<(Health, Vec<Backup>), UpkeepError> {
    authorise(asker, Action::ControlServer)?;
    Ok((upkeep.health()?, upkeep.backups()?))
}

/// Makes a copy now.
///
/// # Errors
/// [`UpkeepError`]; the older copies all stay then.
pub fn back_up(upkeep: &dyn Upkeep, clock: &dyn Clock, asker: &Principal) -> Result<Backup, UpkeepError> {
    authorise(asker, Action::ControlServer)?;
    Ok(upkeep.back_up(clock.now())?)
}

/// Closes the holes of the file; its state before and after.
///
/// # Errors
/// [`UpkeepError`]; the file stays as it was then.
pub fn vacuum(upkeep: &dyn Upkeep, asker: &Principal) -> Result<(Health, Health), UpkeepError> {
    authorise(asker, Action::ControlServer)?;
    let before = upkeep.health()?;
    upkeep.vacuum()?;
    Ok((before, upkeep.health()?))
}

/// Which old records are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// Nothing happened to them for so long.
    pub age: Duration,
    /// The workspaces that go, as they were found before; none: it is only looked.
    pub named: BTreeSet<WorkspaceId>,
}

/// Old records: what goes or went, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// What would go, or what is gone where something was named.
    pub goes: Vec<Removed>,
    /// The trains that go with it: those that had nobody else's work.
    pub trains: u64,
    /// What is old and stays.
    pub stays: Vec<Spared>,
    /// The copy that still has it.
    pub backup: Option<Backup>,
}

/// Looks for records of removed workspaces that nobody needs any more, and removes those that are named. A copy of the
/// database is made first, and the rows are put right: what goes is what the events say, in one step.
///
/// # Errors
/// [`UpkeepError`]; nothing was removed then.
pub fn purge(
    engine: &Engine,
    upkeep: &dyn Upkeep,
    asker: &Principal,
    purge: &Purge,
) -> Result<Purged, UpkeepError> {
    authorise(asker, Action::ControlServer)?;
    if purge.named.is_empty() {
        let plan = old_records::plan(engine, purge.age)?;
        return Ok(Purged { goes: plan.goes, trains: plan.trains, stays: plan.stays, backup: None });
    }
    projection::rebuild(engine)?;
    let plan = old_records::plan(engine, purge.age)?;
    if !plan.goes.iter().any(|removed| purge.named.contains(&removed.id)) {
        return Ok(Purged { stays: plan.stays, ..Purged::default() });
    }
    let backup = upkeep.back_up(engine.ports().clock.now())?;
    let stays = plan.stays.clone();
    let gone = old_records::carry_out(engine, plan, &purge.named)?;
    Ok(Purged { goes: gone.workspaces, trains: gone.trains, stays, backup: Some(backup) })
}
