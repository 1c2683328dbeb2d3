//! The world as the engine sees it: one of each port.

use std::sync::Arc;

use owt_ports::Clock;
use owt_ports::Entropy;
use owt_ports::Environments;
use owt_ports::EventStore;
use owt_ports::Forge;
use owt_ports::Git;
use owt_ports::JobQueue;
use owt_ports::Landing;
use owt_ports::Lookout;
use owt_ports::Notifier;
use owt_ports::PrivateFiles;
use owt_ports::Programs;
use owt_ports::Radar;
use owt_ports::RecordDatabases;
use owt_ports::Remotes;
use owt_ports::Sessions;

use crate::settings::SettingsSource;

/// One of each port. Cloning shares them.
#[derive(Clone)]
pub struct Ports {
    /// The journal.
    pub store: Arc<dyn EventStore>,
    /// The queue of jobs.
    pub queue: Arc<dyn JobQueue>,
    /// git.
    pub git: Arc<dyn Git>,
    /// Landing: the same git, as far as it brings work into targets.
    pub landing: Arc<dyn Landing>,
    /// Remotes: the same git, as far as it pushes.
    pub remotes: Arc<dyn Remotes>,
    /// Code hosts.
    pub forge: Arc<dyn Forge>,
    /// The watch over worktrees.
    pub lookout: Arc<dyn Lookout>,
    /// The conflict radar.
    pub radar: Arc<dyn Radar>,
    /// The environment of worktrees.
    pub environments: Arc<dyn Environments>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Private files.
    pub files: Arc<dyn PrivateFiles>,
    /// Databases of agent programs.
    pub databases: Arc<dyn RecordDatabases>,
    /// Installed programs.
    pub programs: Arc<dyn Programs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub entropy: Arc<dyn Entropy>,
    /// Ways to the person.
    pub notifier: Arc<dyn Notifier>,
    /// Configuration.
    pub settings: Arc<dyn SettingsSource>,
}
