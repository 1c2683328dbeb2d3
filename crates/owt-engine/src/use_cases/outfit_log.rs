//! The output of what made a workspace ready: its install, and the commands that set it up.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::StillThere;
use super::logs::LogError;
use super::logs::LogPart;
use super::logs::LogView;
use crate::engine::Engine;

/// How long a follower waits before it looks again although nothing was told: output itself is no journal event.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Whose output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogSubject {
    /// The agent's.
    #[default]
    Agent,
    /// The install's.
    Install,
    /// That of the commands that set the workspace up.
    Setup,
}

/// A workspace's log and how it is told.
pub(super) struct OutfitLog<'a> {
    pub(super) id: WorkspaceId,
    pub(super) name: &'a str,
    pub(super) subject: LogSubject,
    pub(super) view: LogView,
}

impl OutfitLog<'_> {
    /// Sends it to its end; whoever follows gets what comes until the work has ended.
    pub(super) fn tell(
        &self,
        engine: &Engine,
        follow: bool,
        sink: &mut dyn FnMut(LogPart) -> bool,
        still_there: StillThere<'_>,
    ) -> Result<(), LogError> {
        let mut told = 0;
        loop {
            let ended = !follow || !still_there() || !self.is_under_way(engine)?;
            let bytes = match engine.ports().files.read(&self.path(engine)) {
                Ok(Some(bytes)) => bytes,
                Ok(None) if ended => return Err(self.nothing()),
                Ok(None) => Vec::new(),
                Err(error) => return Err(LogError::from(StoreError::Failed(error.to_string()))),
            };
            // One that was full has lost its middle: what comes after that is told.
            told = told.min(bytes.len());
            let whole = if ended { bytes.len() } else { lines_end(&bytes).max(told) };
            if whole > told && !sink(self.part(&bytes[told..whole])) || ended {
                return Ok(());
            }
            told = whole;
            let done = || Ok((!self.is_under_way(engine)?).then_some(()));
            engine.await_state(LOOK_AGAIN, still_there, done)?;
        }
    }

    fn part(&self, bytes: &[u8]) -> LogPart {
        let (stream, attempt) = ("output", 0);
        match self.view {
            LogView::Raw => LogPart::Raw { stream, attempt, bytes: bytes.to_vec() },
            LogView::Readable => {
                LogPart::Text { stream, attempt, text: String::from_utf8_lossy(bytes).into_owned() }
            }
        }
    }

    fn path(&self, engine: &Engine) -> AbsPath {
        match self.subject {
            LogSubject::Agent | LogSubject::Install => engine.home().install_log(self.id),
            LogSubject::Setup => engine.home().setup_log(self.id),
        }
    }

    fn is_under_way(&self, engine: &Engine) -> Result<bool, StoreError> {
        let workspace = engine.records().load::<Workspace>(self.id)?;
        Ok(workspace.is_some_and(|workspace| match self.subject {
            LogSubject::Agent | LogSubject::Install => workspace.outfit.install.is_under_way(),
            LogSubject::Setup => workspace.outfit.is_under_way(),
        }))
    }

    fn nothing(&self) -> LogError {
        let what = match self.subject {
            LogSubject::Agent | LogSubject::Install => "nothing was installed",
            LogSubject::Setup => "no commands have set it up",
        };
        LogError::NothingRan { name: self.name.to_owned(), what }
    }
}

/// Where the last line of a text that still grows has ended.
fn lines_end(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}
