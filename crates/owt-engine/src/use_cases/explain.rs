//! Why a workspace has the status that it has.

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::attempt::Account;
use owt_core::attempt::Attempt;
use owt_core::attempt::HookStanding;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::status::Reasoning;
use owt_core::status::reason;
use owt_ports::StoreError;

use super::SelectError;
use crate::engine::Engine;
use crate::facts::add_facts;
use crate::hooks_heard::hooks_heard;
use crate::observer::Disbelief;
use crate::observer::OpenTool;
use crate::observer::StrangeLines;
use crate::use_cases::select::find;
use crate::use_cases::show::tools_in_use;
use crate::view::WorkspaceView;

/// Most pieces of evidence that are told.
const MAX_PIECES: usize = 30;

/// A status with its reasons.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The workspace.
    pub view: WorkspaceView,
    /// How the status comes about.
    pub reasoning: Reasoning,
    /// What was seen of the newest attempt, from the journal.
    pub account: Account,
    /// What was seen of it and not believed, as long as this server has listened; oldest first.
    pub disbelieved: Vec<Disbelief>,
    /// Whether its hooks report; `None` where nothing rests on them.
    pub hooks: Option<HookStanding>,
    /// The tools that its agent uses now.
    pub tools: Vec<OpenTool>,
    /// What of its stream was not understood, as long as this server has listened.
    pub strange: Option<StrangeLines>,
    /// What of its hooks' reports was not understood, as long as this server has listened.
    pub strange_reports: Option<StrangeLines>,
    /// The present.
    pub now: Timestamp,
}

/// Explains the status of one workspace: by the fold and the judgement that make it, from the events of its newest
/// attempt.
///
/// # Errors
/// [`SelectError`].
pub fn explain(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    name: &str,
) -> Result<Explanation, SelectError> {
    let mut view = find(engine, asker, folder, name, Action::Read)?;
    add_facts(engine, std::slice::from_mut(&mut view));
    let newest = view.attempt.as_ref().map(|(id, _)| *id);
    let account = account(engine, newest)?;
    let job = view.job.as_ref().map(|(_, job)| job);
    let reasoning = reason(&view.workspace, job, account.attempt());
    let disbelieved = newest.map(|id| engine.observers().disbelieved(id)).unwrap_or_default();
    let (hooks, tools) = (hooks_heard(engine, &view), tools_in_use(engine, &view));
    let strange = newest.and_then(|id| engine.observers().strange_lines(id));
    let strange_reports = newest.and_then(|id| engine.observers().strange_reports(id));
    let now = engine.ports().clock.now();
    Ok(Explanation { view, reasoning, account, disbelieved, hooks, tools, strange, strange_reports, now })
}

fn account(engine: &Engine, attempt: Option<AttemptId>) -> Result<Account, StoreError> {
    let mut account = Account::new(MAX_PIECES);
    if let Some(id) = attempt {
        engine.records().events::<Attempt>(id, |event, at| account.take(&event, at))?;
    }
    Ok(account)
}
