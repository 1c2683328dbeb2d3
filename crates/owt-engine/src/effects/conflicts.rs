//! Telling an agent that its work would not merge with another's. Which files of whom are news was decided and recorded
//! before; the message is made once for that.

use owt_core::WorkspaceId;
use owt_core::briefing::conflict_message;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliverySpec;
use owt_core::delivery::Meaning;
use owt_core::delivery::Sender;
use owt_core::effect::Message;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceName;
use owt_ports::StoreError;

use super::Outcome;
use super::file_failure;
use super::notes::NoteEffects;
use super::required;
use super::stream_id;
use crate::board::Task;
use crate::notes::conflict_message_of;
use crate::notes::hears_of_conflicts;
use crate::use_cases::preview;

impl NoteEffects {
    pub(super) fn tell_conflict(
        &self,
        task: &Task,
        other: &WorkspaceName,
        files: &[String],
    ) -> Result<Outcome, StoreError> {
        let workspace: WorkspaceId = stream_id(task)?;
        let record: Workspace = required(self.records.load(workspace)?, "a workspace")?;
        // Its session is over: who takes it up again looks at what conflicts then.
        if !self.reader(&record)?.is_some_and(|reader| hears_of_conflicts(&reader.job, &reader.attempt)) {
            return Ok(Outcome::Settled);
        }
        let (id, message) = (conflict_message_of(task.id), conflict_message(other.as_str(), files));
        let text = self.home.message(id);
        if let Err(error) = self.ports.files.write(&text, message.as_bytes()) {
            return Ok(Outcome::Later(file_failure(&error)?.message));
        }
        let spec = DeliverySpec {
            workspace,
            text,
            bytes: message.len() as u64,
            digest: None,
            preview: preview(&format!("(conflict with {other}) {}", files.join(" "))),
            sender: Sender::Owt,
            meaning: Meaning::Information,
        };
        let input = DeliveryInput::Create { id, spec };
        self.dispatcher.dispatch(Message::Delivery { id, input }, task.correlation)?;
        Ok(Outcome::Settled)
    }
}
