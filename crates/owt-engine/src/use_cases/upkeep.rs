//! Looking after the database, as the person asks for it. It is the whole home's, so no agent's session may.

use owt_core::authority::Action;
use owt_core::authority::Denied;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_ports::Backup;
use owt_ports::Clock;
use owt_ports::Health;
use owt_ports::StoreError;
use owt_ports::Upkeep;

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
