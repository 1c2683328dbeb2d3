//! Where the names come from that a server knows: from the one that runs, or, where none does, from its records, which are
//! only looked at. None is started for a key press.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use owt_api::Approval;
use owt_api::ListApprovals;
use owt_api::ListNotes;
use owt_api::ListSnapshots;
use owt_api::ListWorkspaces;
use owt_api::NotePage;
use owt_api::Problem;
use owt_api::Restorable;
use owt_api::Workspace;
use owt_client::Client;
use owt_config::Environment;
use owt_server::Instance;
use owt_server::Patience;
use owt_server::Service as _;

use crate::command_line::Globals;
use crate::composition::onlooker;
use crate::composition::onlooker::Onlooker;
use crate::connect;
use crate::context::Call;
use crate::context::Context;
use crate::context::Records;
use crate::output::Output;

use super::line::Line;

/// How long a key press waits for an answer: the person sits before a line that does not move.
const PATIENCE: Duration = Duration::from_millis(500);

/// Who is asked.
pub(super) enum Source {
    /// The server that runs.
    Server(Client),
    /// Its records.
    Records {
        /// Who looks at them.
        seen: Box<Onlooker>,
        /// Keeps a server from starting meanwhile.
        _alone: Instance,
    },
}

impl Source {
    pub(super) fn workspaces(&mut self, request: ListWorkspaces) -> Result<Vec<Workspace>, Problem> {
        match self {
            Self::Server(client) => Ok(client.list(&request)?),
            Self::Records { seen, .. } => seen.service.list(&seen.call, request),
        }
    }

    pub(super) fn snapshots(&mut self, request: ListSnapshots) -> Result<Vec<Restorable>, Problem> {
        match self {
            Self::Server(client) => Ok(client.snapshots(&request)?),
            Self::Records { seen, .. } => seen.service.snapshots(&seen.call, request),
        }
    }

    pub(super) fn approvals(&mut self, request: ListApprovals) -> Result<Vec<Approval>, Problem> {
        match self {
            Self::Server(client) => Ok(client.approvals(&request)?),
            Self::Records { seen, .. } => seen.service.approvals(&seen.call, request),
        }
    }

    pub(super) fn notes(&mut self, request: ListNotes) -> Result<NotePage, Problem> {
        match self {
            Self::Server(client) => Ok(client.notes(&request)?),
            Self::Records { seen, .. } => seen.service.notes(&seen.call, request),
        }
    }
}

/// What is known, if somebody knows it and is quick about it.
pub(super) fn asked<T: Send + 'static>(
    line: &Line,
    ask: impl FnOnce(&mut Source, String) -> Result<T, Problem> + Send + 'static,
) -> Option<T> {
    let directory = line.directory.clone();
    let (answer, answered) = mpsc::channel();
    let found = move || {
        let context = context_in(directory)?;
        ask(&mut source(&context)?, context.cwd()).ok()
    };
    // Nobody listens any more when it took too long; the process ends then, and this thread with it.
    let asking = move || drop(answer.send(found()));
    thread::Builder::new().name("completion".to_owned()).spawn(asking).ok()?;
    answered.recv_timeout(PATIENCE).ok()?
}

fn source(context: &Context) -> Option<Source> {
    if let Some(client) = connect::running_within(context, PATIENCE).ok()? {
        return Some(Source::Server(client));
    }
    // In an agent's session the records are the person's.
    if context.environment.session_attempt().is_some() {
        return None;
    }
    let places = context.places().ok()?;
    // The lock of a server that never ran is not there, and nothing is written for a key press.
    if !onlooker::has_records(&places) {
        return None;
    }
    let alone = Instance::claim(&connect::server_lock(&places), Patience::None).ok()?;
    let seen = onlooker::onlooker(&context.environment, &places, context.request).ok()??;
    Some(Source::Records { seen: Box::new(seen), _alone: alone })
}

/// What a command in this line would have at hand.
pub(super) fn context(line: &Line) -> Option<Context> {
    context_in(line.directory.clone())
}

fn context_in(directory: Option<PathBuf>) -> Option<Context> {
    let environment = Environment::capture();
    let globals = Globals { directory, ..Globals::none() };
    let output = Output::new(&globals, &environment);
    Call { globals, environment, output }.begin(Records::Own).ok()
}
