//! The files that an agent's tools change, from the call that names them to the result that says that it was done.

use std::collections::HashMap;

use owt_agents::events::ToolOutcome;
use owt_core::AbsPath;
use owt_core::edits::EditedFile;
use owt_core::evidence::Observation;

/// More tools than an agent uses at once.
const MOST: usize = 256;

/// The edits of one session that are not done.
#[derive(Default)]
pub(super) struct Edits {
    /// `None` where it is not known any more: then no file can be told.
    workspace: Option<AbsPath>,
    /// By the program's own id of the call.
    under_way: HashMap<String, Vec<String>>,
}

impl Edits {
    /// None yet.
    pub(super) fn within(workspace: Option<AbsPath>) -> Self {
        Self { workspace, under_way: HashMap::new() }
    }

    /// A tool is being used that is to change these files.
    pub(super) fn begin(&mut self, call: &str, files: &[String]) {
        if !files.is_empty() && self.under_way.len() < MOST {
            self.under_way.insert(call.to_owned(), files.to_vec());
        }
    }

    /// The use of a tool is over: what it has changed, files that are named only now included.
    pub(super) fn end(&mut self, call: &str, outcome: ToolOutcome, named: &[String]) -> Option<Observation> {
        let mut told = self.under_way.remove(call).unwrap_or_default();
        told.extend_from_slice(named);
        match outcome {
            ToolOutcome::Done => edited(self.workspace.as_ref()?, &told),
            ToolOutcome::Failed => None,
        }
    }

    /// The turn is over: nothing is in use.
    pub(super) fn forget(&mut self) {
        self.under_way.clear();
    }
}

/// What is seen of files that were changed; nothing of none.
pub(crate) fn edited(workspace: &AbsPath, told: &[String]) -> Option<Observation> {
    let mut files: Vec<_> = told.iter().filter_map(|told| EditedFile::seen_from(workspace, told)).collect();
    files.sort();
    files.dedup();
    (!files.is_empty()).then_some(Observation::Edited { files })
}
