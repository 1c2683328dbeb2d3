//! Conflicts that the radar has seen: those concerned are told, and no message is lost, whatever dies meanwhile.

use owt_core::WorkspaceId;
use owt_core::effect::Message;
use owt_core::machine::Machine as _;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::WorkspaceName;

use super::run::Run;

impl Run {
    pub(super) fn see_a_conflict(&mut self) {
        let live = self.ledger.workspaces.iter().filter(|(_, workspace)| workspace.is_live());
        let live: Vec<(WorkspaceId, WorkspaceName)> =
            live.map(|(id, workspace)| (*id, workspace.spec.name.clone())).collect();
        let (Some((id, own)), Some((other, name))) = (self.choose(&live), self.choose(&live)) else { return };
        if id == other {
            return;
        }
        let files = ["a.txt", "b.txt"].into_iter().filter(|_| self.once_in(2)).map(str::to_owned).collect();
        let input = WorkspaceInput::Conflicts { other, name, files };
        let request = self.next_request();
        let seen = self.engine.dispatch(Message::Workspace { id, input }, request);
        self.note_answer(&format!("{own} would not merge with another"), &seen);
    }
}
