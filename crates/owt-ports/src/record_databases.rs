//! Records that agent programs keep in databases of their own, and not in files: read only, and never in their way.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;

use crate::FileError;
use crate::FilePart;
use crate::ReadFrom;

/// A conversation by the name that its program has given to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptConversation(pub String);

/// Databases in which agent programs keep what was said. A database that is not there, or is no such record, has no
/// conversations. Nothing is made or changed, in it or beside it, and its program waits for nobody.
pub trait RecordDatabases: Send + Sync {
    /// The conversations that were begun in a folder since then, the newest first and so many as matter; those of helpers
    /// are none of them.
    ///
    /// # Errors
    /// [`FileError::Busy`] while its program keeps everybody out or moves it under the reader;
    /// [`FileError::Io`], also for what is no regular file of this user's.
    fn begun_in(
        &self,
        database: &AbsPath,
        folder: &AbsPath,
        since: Timestamp,
    ) -> Result<Vec<KeptConversation>, FileError>;

    /// The conversations of those who helped in one, and of their helpers, the oldest first.
    ///
    /// # Errors
    /// As [`RecordDatabases::begun_in`].
    fn helpers_of(
        &self,
        database: &AbsPath,
        conversation: &KeptConversation,
    ) -> Result<Vec<KeptConversation>, FileError>;

    /// What was written of a conversation, as a file that grows: each thing a line `{"type":…,"data":…}` of its own. Places
    /// count lines. There are as many whole lines as fill `limit` bytes; fewer bytes are all that there is. A line that is
    /// too long to be of use has no data. `None` where there is no such conversation.
    ///
    /// # Errors
    /// As [`RecordDatabases::begun_in`].
    fn read_on(
        &self,
        database: &AbsPath,
        conversation: &KeptConversation,
        from: ReadFrom,
        limit: usize,
    ) -> Result<Option<FilePart>, FileError>;

    /// Waits until a database can be read that its program holds up, and no longer than that.
    ///
    /// # Errors
    /// As [`RecordDatabases::begun_in`]: [`FileError::Busy`] when it is still held up then.
    fn await_free(&self, database: &AbsPath, at_most: Duration) -> Result<(), FileError>;
}
