//! The files that sessions were started with. A credential, our hooks, and what of the person's settings went along are of no use to
//! anybody once the session has ended: they go. A session that is taken up again is another attempt, with files of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use owt_agents::launch::CONTEXT_FILE;
use owt_agents::launch::PREAMBLE_FILE;
use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_ports::FileError;
use owt_ports::StoreError;

use crate::engine::Engine;

/// What stays: the words that the agent was told, for whoever asks later.
const KEPT: [&str; 2] = [CONTEXT_FILE, PREAMBLE_FILE];

/// How long after its end a session's hooks may report: by its credential what they say completes the record.
const LATE_HOOKS: Duration = Duration::from_secs(60);

/// The files of sessions, with the memory of which are gone.
#[derive(Debug, Default)]
pub struct SessionFiles {
    gone: BTreeSet<AttemptId>,
}

impl SessionFiles {
    /// Removes the files of sessions that have ended some time ago. Reports that wait in the spool are to be taken in before.
    ///
    /// # Errors
    /// Failures of the journal; a file that cannot be removed is tried again the next time.
    pub fn sweep(&mut self, engine: &Engine) -> Result<(), StoreError> {
        let names = known(engine.ports().files.list(&engine.home().agents()))?.unwrap_or_default();
        for id in names.iter().filter_map(|name| name.parse::<AttemptId>().ok()) {
            if !self.gone.contains(&id) && is_long_over(engine, id)? && removed(engine, id)? {
                self.gone.insert(id);
            }
        }
        Ok(())
    }
}

/// Of what there is no record it is not known that it has ended.
fn is_long_over(engine: &Engine, id: AttemptId) -> Result<bool, StoreError> {
    let ended_at = engine.records().load::<Attempt>(id)?.and_then(|attempt| attempt.phase.ended_at());
    Ok(ended_at.is_some_and(|at| engine.ports().clock.now().since(at) >= LATE_HOOKS))
}

/// Whether all are gone now.
fn removed(engine: &Engine, id: AttemptId) -> Result<bool, StoreError> {
    let (files, folder) = (&engine.ports().files, engine.home().attempt(id));
    let Some(names) = known(files.list(&folder))? else { return Ok(false) };
    let mut all = true;
    for name in names.iter().filter(|name| !KEPT.contains(&name.as_str())) {
        all &= known(files.remove(&folder.join(name)))?.is_some();
    }
    Ok(all)
}

/// What came of it; `None` when it could not be done, which is said.
fn known<T>(done: Result<T, FileError>) -> Result<Option<T>, StoreError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(FileError::Crashed) => Err(StoreError::Crashed),
        Err(error) => {
            tracing::warn!(%error, "files of a session that has ended stay for now");
            Ok(None)
        }
    }
}
